// Each cause has its page, and each page shows a report that the code of today makes.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { CAUSE_ROWS } from '../../lib/verdict/causes/index.js'
import { excerptOf } from './examples.js'

const FOLDER = path.join(__dirname, '../../../docs/causes')

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
      assert.ok(page.includes(advice), `the page lacks the advice: ${advice}`)
      const example = `\`\`\`json\n${excerptOf(cause)}\n\`\`\``
      assert.ok(page.includes(example), `the example should be:\n${example}`)
    })
  }

  it('has no page without a cause', () => {
    assert.deepEqual(readdirSync(FOLDER).sort(), CAUSE_ROWS.map(({ cause }) => `${cause}.md`).sort())
  })
})
