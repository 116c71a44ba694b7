import assert from 'node:assert/strict'
import type { SpanStatus } from '@opentelemetry/api'
import { isValid } from '../../lib/api/context.js'
import { createDetail, type Limits, setAttribute, setStatus } from '../../lib/api/detail.js'

const LIMITS: Limits = {
  spanAttributes: 2,
  spanAttributeChars: 3,
  spanEvents: 1,
  spanLinks: 1,
  eventAttributes: 1,
  linkAttributes: 1
}
const detail = () => createDetail('work', 0, { name: '', version: '' })

describe('what a span is told', () => {
  it('is of an attribute the last, also when there is no room for another', () => {
    const span = detail()
    for (const [key, value] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['a', 'long'],
      ['b', {}]
    ] as const)
      setAttribute(span, key, value, LIMITS)
    assert.deepEqual([span.attributes, span.dropped.attributes], [{ a: 'lon', b: 2 }, 1])
  })

  const [UNSET, OK, ERROR] = [{ code: 0 }, { code: 1 }, { code: 2, message: 'no' }]
  // statuses | the one that holds
  const cases: [SpanStatus[], { code: number; message: string }][] = [
    [[ERROR], { code: 2, message: 'no' }],
    [[ERROR, UNSET], { code: 2, message: 'no' }],
    [[ERROR, OK], { code: 1, message: '' }],
    [[OK, ERROR], { code: 1, message: '' }],
    [[{ code: 7 } as unknown as SpanStatus], { code: 0, message: '' }]
  ]
  for (const [statuses, expected] of cases) {
    it(`is of statuses ${statuses.map(({ code }) => code).join(', ')} ${expected.code}`, () => {
      const span = detail()
      for (const status of statuses) setStatus(span, status)
      assert.deepEqual(span.status, expected)
    })
  }

  // trace id | span id | whether that is a span's place
  const places: [string, string, boolean][] = [
    ['a'.repeat(32), 'b'.repeat(16), true],
    ['0'.repeat(32), 'b'.repeat(16), false],
    ['a'.repeat(32), '0'.repeat(16), false],
    ['A'.repeat(32), 'b'.repeat(16), false],
    ['a'.repeat(31), 'b'.repeat(16), false]
  ]
  for (const [traceId, spanId, expected] of places) {
    it(`is of a span ${traceId.slice(0, 2)}… ${spanId.slice(0, 2)}…: ${expected ? 'one' : 'none'}`, () =>
      assert.equal(isValid({ traceId, spanId, traceFlags: 1 }), expected))
  }
})
