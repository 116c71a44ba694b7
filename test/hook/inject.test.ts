import assert from 'node:assert/strict'
import { addHeaders } from '../../lib/hook/inject.js'

const OURS: [string, string][] = [
  ['traceparent', 'ours'],
  ['tracestate', 'ours'],
  ['baggage', 'ours']
]

describe('the headers of an outgoing call', () => {
  // what the application has set | what we add
  const cases: [string[], string[]][] = [
    [[], ['traceparent', 'tracestate', 'baggage']],
    [['baggage'], ['traceparent', 'tracestate']],
    [['traceparent'], ['baggage']],
    [['tracestate'], ['baggage']],
    [['traceparent', 'baggage'], []]
  ]
  for (const [theirs, expected] of cases) {
    it(`beside ${theirs.join(', ') || 'none'} are ${expected.join(', ') || 'none'}`, () => {
      const added: string[] = []
      addHeaders(
        OURS,
        name => theirs.includes(name),
        name => added.push(name)
      )
      assert.deepEqual(added, expected)
    })
  }
})
