// What was measured, as text: a line on the terminal, and RESULTS.md. Pure.
//
// Kept true: RESULTS.md has one measurement of each question, Node and contender, the last that was given; what was not measured
// again keeps its commit. All rows of the three give way together, for some have a number that was found by the run in their name.

const HEAD = ['question', 'Node', 'what', 'who', 'measured', 'lowest to highest', 'budget', '', 'commit', 'load']

export function textOf({ what, who, value, low, high, unit, budget, known, detail }) {
  const range = low === undefined ? '' : ` (${number(low)} to ${number(high)})`
  const limit = budget === undefined ? '' : `, budget ${budget}`
  const over = value > budget ? `, OVER${known ? `, as is known (${known})` : ''}` : ''
  return `${what}: ${who} ${number(value)} ${unit}${range}${limit}${over}${detail ? `, ${detail}` : ''}`
}

/** RESULTS.md as it is to be: `before` it was this text, and `pieces`, lists of rows, were measured since, the last one last. */
export function results(before, pieces, { day, cpu, cores, memoryGb }, questions) {
  const lines = pieces.reduce((kept, rows) => replace(kept, rows.map(cellsOf)), linesIn(before))
  return [
    '# What it costs, as measured',
    '',
    `Written by \`npm run bench -- --write\` on ${day}: ${cpu}, ${cores} cores, ${memoryGb} GB. Medians, with lowest and`,
    'highest round; each file of this folder, one a question, says in its head what it asks and how. `load`: the load average at the',
    'end of that piece of the run. Rows of different commits were not measured in one run, and are not to be compared with each other.',
    '',
    textOfLine(HEAD),
    textOfLine(HEAD.map(() => '---')),
    ...inOrder(lines, questions).map(textOfLine),
    ''
  ].join('\n')
}

function cellsOf({ question, node, what, who, value, low, high, unit, budget, detail, commit, load }) {
  return [
    question,
    node,
    what,
    who,
    `${number(value)} ${unit}`,
    low === undefined ? '' : `${number(low)} to ${number(high)}`,
    budget === undefined ? '' : `${budget}${value > budget ? ' (over)' : ''}`,
    detail ?? '',
    commit,
    String(load)
  ]
}

const textOfLine = cells => `| ${cells.join(' | ')} |`

/** The lines of its table, as cells. */
function linesIn(text) {
  const [, , ...lines] = text.split('\n').filter(line => line.startsWith('| '))
  return lines.map(line => line.slice(2, -2).split(' | '))
}

function replace(lines, newer) {
  const measured = new Set(newer.map(measurementOf))
  return [...newer, ...lines.filter(line => !measured.has(measurementOf(line)))]
}

/** Another agent's version is not a part of who it is. */
const measurementOf = ([question, node, , who]) => [question, node, who.replace(/ \d+\.\d+\.\d+\S*$/, '')].join()

/** By question and Node; of those, what is the same side by side, the agent before others. */
function inOrder(lines, questions) {
  const majorOf = node => Number(/\d+/.exec(node))
  const firsts = new Map(lines.map((line, i) => [whatOf(line), i]).reverse())
  return [...lines].sort(
    (a, b) =>
      questions.indexOf(a[0]) - questions.indexOf(b[0]) ||
      majorOf(a[1]) - majorOf(b[1]) ||
      firsts.get(whatOf(a)) - firsts.get(whatOf(b))
  )
}

const whatOf = ([question, node, what]) => [question, node, what].join()

function number(value) {
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)
}
