// Real reports as examples of the causes' pages: of each cause the first row that was right, measured before inferred.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../scripts/prepare.mjs'

const HEADING = '## Example\n'

export function writeExamples(rows, say) {
  const right = rows.filter(row => row.right && row.report && row.cause === row.planted)
  for (const cause of new Set(right.map(row => row.cause))) {
    const found = right.filter(row => row.cause === cause)
    const row = found.find(({ confidence }) => confidence === 'measured') ?? found[0]
    const page = join(ROOT, `docs/causes/${cause}.md`)
    if (!existsSync(page)) throw new Error(`${cause} has no page`)
    const [above] = readFileSync(page, 'utf8').split(HEADING)
    writeFileSync(page, above + HEADING + exampleOf(row))
    say(`  docs/causes/${cause}.md shows ${row.name}`)
  }
}

/** What a page shows of a report. */
function exampleOf({ name, variant, report: { durationMs, verdict, breakdown } }) {
  const { cause, summary, confidence, share, culprit } = verdict
  const shown = { durationMs, verdict: { cause, summary, confidence, share, culprit }, breakdown }
  const coding = variant ? `, coding \`${variant}\`` : ''
  return `
A report of the gallery's case [\`${name}\`](../../gallery/cases/${name}.js)${coding}.

\`\`\`json
${JSON.stringify(shown, null, 2)}
\`\`\`
`
}
