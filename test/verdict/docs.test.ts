// Each cause has its page, and each page shows a report: one of the gallery, or, of what it does not play, one that the code of
// today makes of a timeline.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Report } from '../../lib/types.js'
import { CAUSE_ROWS } from '../../lib/verdict/causes/index.js'
import { excerptOf } from './examples.js'

const ROOT = path.join(__dirname, '../../..')
const FOLDER = path.join(ROOT, 'docs/causes')

/** The gallery's case, and the JSON. */
const EXAMPLE = /^## Example\n\n(?:A report of the gallery's case \[`([\w-]+)`\].*\n\n)?```json\n([\s\S]*?)\n```\n$/m
const WITHIN_SHARE = 0.01

type Shown = Pick<Report, 'durationMs' | 'verdict' | 'breakdown'>

function checkPlayed(cause: string, played: string, { durationMs, verdict, breakdown }: Shown): void {
  assert.ok(existsSync(path.join(ROOT, `gallery/cases/${played}.js`)), `there is no case ${played}`)
  assert.equal(verdict.cause, cause)
  assert.equal(breakdown[0]!.cause, cause)
  const sumMs = breakdown.reduce((sum, { ms }) => sum + ms, 0)
  assert.ok(Math.abs(sumMs - durationMs) <= durationMs * WITHIN_SHARE, `${sumMs} of ${durationMs} ms`)
}

describe('docs/causes', () => {
  for (const { cause, advice } of CAUSE_ROWS) {
    it(`${cause}.md says what it means, how it is known, what to do, and shows a report`, () => {
      const page = readFileSync(path.join(FOLDER, `${cause}.md`), 'utf8')
      const headings = page.split('\n').filter(line => line.startsWith('#'))
      assert.deepEqual(headings, [
        `# ${cause}`,
        '## What it means',
        '## How perfagent knows',
        '## What to do',
        '## Example'
      ])
      for (const { say } of advice) assert.ok(page.includes(say), `the page lacks the advice: ${say}`)
      const [, played, shown] = EXAMPLE.exec(page) ?? []
      assert.ok(shown, 'the page shows no report')
      if (played) checkPlayed(cause, played, JSON.parse(shown) as Shown)
      else assert.equal(shown, excerptOf(cause))
    })
  }

  it('has no page without a cause', () => {
    assert.deepEqual(readdirSync(FOLDER).sort(), CAUSE_ROWS.map(({ cause }) => `${cause}.md`).sort())
  })
})
