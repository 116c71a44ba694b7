import assert from 'node:assert/strict'
import { parseStack, withoutLook } from '../../lib/evidence/stack.js'

describe('the text of a stack', () => {
  const cases: [line: string, frame: [name: string, file: string, line: number, column: number]][] = [
    ['    at inner (/app/src/burn.js:2:29)', ['inner', '/app/src/burn.js', 2, 29]],
    ['    at async handler (file:///app/src/a.mjs:10:5)', ['handler', '/app/src/a.mjs', 10, 5]],
    ['    at /app/src/burn.js:7:3', ['(anonymous)', '/app/src/burn.js', 7, 3]],
    ['    at Server.<anonymous> (/app/a b/burn.js:7:3)', ['Server.<anonymous>', '/app/a b/burn.js', 7, 3]],
    ['    at Type.run [as go] (node:internal/x:1:2)', ['Type.run [as go]', 'node:internal/x', 1, 2]],
    ['    at Math.random (<anonymous>)', ['Math.random', '', 0, 0]],
    ['    at C:\\app\\burn.js:7:3', ['(anonymous)', 'C:\\app\\burn.js', 7, 3]]
  ]
  for (const [line, [name, file, row, column]] of cases) {
    it(line.trim(), () => {
      assert.deepEqual(parseStack(`Error\n${line}`), [{ function: name, file, line: row, column }])
    })
  }

  it('is bounded', () => assert.equal(parseStack(`Error\n${'    at f (/a.js:1:1)\n'.repeat(1000)}`).length, 64))

  it('is without the question that was asked on top of it', () => {
    const frames = parseStack(
      [
        'Error',
        '    at plainStack (/x/node_modules/perfagent/dist/lib/record/look.js:50:12)',
        '    at Object.probe (/x/node_modules/perfagent/dist/lib/record/look.js:25:77)',
        '    at <anonymous>:1:120',
        '    at inner (/app/src/burn.js:2:29)'
      ].join('\n')
    )
    assert.deepEqual(
      withoutLook(frames).map(frame => frame.function),
      ['inner']
    )
  })
})
