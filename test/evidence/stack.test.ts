import assert from 'node:assert/strict'
import { join } from 'node:path'
import { parseStack, withoutAgent } from '../../lib/evidence/stack.js'

describe('the text of a stack', () => {
  const cases: [line: string, frame: [name: string, file: string, line: number, column: number]][] = [
    ['    at inner (/app/src/burn.js:2:29)', ['inner', '/app/src/burn.js', 2, 29]],
    ['    at async handler (file:///app/src/a.mjs:10:5)', ['handler', '/app/src/a.mjs', 10, 5]],
    ['    at get (file:///my%20shop/%5Bid%5D/a.mjs:10:5)', ['get', '/my shop/[id]/a.mjs', 10, 5]],
    ['    at file:///app/100%/a.mjs:10:5', ['(anonymous)', '/app/100%/a.mjs', 10, 5]],
    ['    at /app/100%25/burn.js:7:3', ['(anonymous)', '/app/100%25/burn.js', 7, 3]],
    ['    at /app/src/burn.js:7:3', ['(anonymous)', '/app/src/burn.js', 7, 3]],
    ['    at Server.<anonymous> (/app/a b/burn.js:7:3)', ['Server.<anonymous>', '/app/a b/burn.js', 7, 3]],
    ['    at Type.run [as go] (node:internal/x:1:2)', ['Type.run [as go]', 'node:internal/x', 1, 2]],
    ['    at Math.random (<anonymous>)', ['Math.random', '', 0, 0]],
    [
      '    at validate10 (eval at compile (/app/node_modules/ajv/index.js:89:30), <anonymous>:3:1356)',
      ['validate10', '<anonymous>', 3, 1356]
    ],
    ['    at C:\\app\\burn.js:7:3', ['(anonymous)', 'C:\\app\\burn.js', 7, 3]]
  ]
  for (const [line, [name, file, row, column]] of cases) {
    it(line.trim(), () => {
      assert.deepEqual(parseStack(`Error\n${line}`), [{ function: name, file, line: row, column }])
    })
  }

  it('is bounded', () => assert.equal(parseStack(`Error\n${'    at f (/a.js:1:1)\n'.repeat(1000)}`).length, 64))

  const names = (lines: string[]) =>
    withoutAgent(parseStack(['Error', ...lines].join('\n'))).map(frame => frame.function)
  const ours = (name: string, file: string) => `    at ${name} (${join(__dirname, '../../lib', file)}:1:1)`

  it('is without the question that was asked on top of it', () => {
    const lines = [
      ours('plainStack', 'record/answers.js'),
      ours('Object.probe', 'record/answers.js'),
      '    at <anonymous>:1:120'
    ]
    assert.deepEqual(names([...lines, '    at inner (/app/burn.js:2:29)', '    at emit (node:events:1:1)']), [
      'inner',
      'emit'
    ])
  })

  it('is empty when only the agent ran', () => {
    assert.deepEqual(names([ours('beat', 'record/runtime.js'), '    at listOnTimeout (node:internal/timers:1:1)']), [])
  })

  it('keeps the application on both sides of a wrapped function, without the wrapper', () => {
    const wrapper = ours('emit', 'hook/wrap.js')
    assert.deepEqual(names(['    at now (node:perf_hooks:1:1)', wrapper, '    at handler (/app/a.js:1:1)']), [
      'handler'
    ])
    assert.deepEqual(names(['    at handler (/app/a.js:1:1)', wrapper, '    at serve (/app/b.js:1:1)']), [
      'handler',
      'serve'
    ])
  })

  it('lays what a package does beneath a wrapper on whoever called it', () => {
    const parse = '    at parse (/app/node_modules/pg/lib/parser.js:1:1)'
    const lines = [parse, ours('apply', 'hook/wrap.js'), '    at load (/app/a.js:1:1)']
    assert.deepEqual(names(lines), ['parse', 'load'])
  })
})
