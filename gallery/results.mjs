// gallery/RESULTS.md, from what `npm run gallery -- --json` printed, in as many parts as it was played:
//
//   node gallery/results.mjs PART.json … > gallery/RESULTS.md
//
// Of what was played again the later part counts, and what was wrong before is told.

import { readFileSync } from 'node:fs'

const parts = process.argv.slice(2).map(file => JSON.parse(readFileSync(file, 'utf8')))
const nodes = [...new Set(parts.map(({ node }) => node))].sort()
const title = ({ name, variant }) => (variant ? `${name}: ${variant}` : name)
const partsOf = node => parts.filter(part => part.node === node)
const has = (part, name) => part.rows.some(row => title(row) === name)
const isLast = (part, name) => part === partsOf(part.node).findLast(each => has(each, name))
const rowsOf = node => partsOf(node).flatMap(part => part.rows.filter(row => isLast(part, title(row))))
const replaced = parts.flatMap(part =>
  part.rows
    .filter(row => !row.right && !isLast(part, title(row)))
    .map(row => `- ${title(row)}, ${part.node} at ${part.commit}, round ${row.round}: ${row.why}`)
)
const list = values => [...new Set(values)].join(', ')

const roundsOf = ({ rows }) => Math.max(...rows.map(({ round }) => round))

function summaryOf(node) {
  const rows = rowsOf(node)
  const own = partsOf(node).filter(part => part.rows.some(row => isLast(part, title(row))))
  const right = rows.filter(row => row.right).length
  const wrongly = rows.filter(row => row.wrongly).length
  const healthy = rows.filter(row => row.planted === 'nothing')
  const seconds = own.reduce((sum, part) => sum + part.seconds / roundsOf(part), 0)
  const loads = own.map(({ load }) => load)
  return [
    node,
    list(own.map(({ commit }) => commit)),
    `${Math.min(...loads).toFixed(0)} to ${Math.max(...loads).toFixed(0)} on ${list(own.map(({ cpus }) => cpus))} CPUs`,
    list(own.map(roundsOf).sort()),
    `${right} of ${rows.length}`,
    wrongly,
    `${healthy.filter(row => !row.right).length} of ${healthy.length}`,
    Math.round(seconds)
  ]
}

/** Of several rounds: how many were right, and what was said in the first that was not. */
function cellsOf(node, name) {
  const rows = rowsOf(node).filter(row => title(row) === name)
  if (rows.length === 0) return ['not played', '']
  const wrong = rows.find(row => !row.right)
  const row = wrong ?? rows[0]
  const said = row.cause ? `\`${row.cause}\`${row.confidence === 'measured' ? '' : ' (inferred)'}` : row.said
  const times = rows.flatMap(({ ms, plantedMs }) => (plantedMs === undefined ? [] : [`${Math.round(ms)}/${plantedMs}`]))
  const right = `${rows.filter(each => each.right).length}/${rows.length}`
  return [`${wrong ? `**${right}**` : right} ${said}${wrong?.why ? `: ${wrong.why}` : ''}`, times.join(' ')]
}

const line = cells => `| ${cells.map(cell => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
const table = (head, rows) => [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
const titles = [...new Set(parts.flatMap(({ rows }) => rows.map(title)))].sort()

process.stdout.write(`# What the gallery gave

\`npm run gallery -- --json --rounds N\`, with \`--node\` for another Node, in parts by \`--only\`; made by \`gallery/results.mjs\`. A row is right
when the cause, the culprit and the milliseconds are (within 15 % or 30 ms of what was planted), and no report of its route is wrong and
says \`measured\`. Load is the machine's mean of five minutes: the gallery takes priority over other programs, and was not alone.

${table(['Node', 'commit', 'load', 'rounds', 'right', 'wrong with confidence', 'reports of healthy services', 'seconds a round'], nodes.map(summaryOf))}

ms: told/planted, for each round.

${table(
  ['case', ...nodes.flatMap(node => [node, 'ms'])],
  titles.map(name => [name, ...nodes.flatMap(node => cellsOf(node, name))])
)}
${replaced.length === 0 ? '' : `\nPlayed again, and wrong before:\n\n${replaced.join('\n')}\n`}`)
