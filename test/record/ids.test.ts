// Trace and span ids: hexadecimal digits of the right number, of which each is made by chance.

import assert from 'node:assert/strict'
import { newOwnIds, newSpanId, newTraceId, textOf } from '../../lib/record/ids.js'

const COUNT = 2000

/** More than what is made at once, so that it is filled again in between. */
function assertRandom(make: () => string, digits: number): void {
  const ids = Array.from({ length: COUNT }, make)
  assert.ok(ids.every(id => id.length === digits && /^[\da-f]+$/.test(id)))
  assert.equal(new Set(ids).size, COUNT)
  for (let at = 0; at < digits; at++) assert.equal(new Set(ids.map(id => id[at])).size, 16, `digit ${at}`)
}

describe('ids', () => {
  it('of traces have 32 digits', () => assertRandom(newTraceId, 32))
  it('of spans have 16 digits', () => assertRandom(newSpanId, 16))

  it('of a trace that begins here are words, and texts when somebody asks', () => {
    const made = (): string => {
      const { traceId, spanId } = textOf(newOwnIds())
      assert.equal(traceId.length, 32)
      return traceId + spanId
    }
    assertRandom(made, 48)
  })

  it('are told with all their zeros', () => {
    const zeros = { trace0: 0, trace1: 1, trace2: -1, trace3: 0x0f000000, span0: 0, span1: 16 }
    assert.deepEqual(textOf(zeros), { traceId: '0000000000000001ffffffff0f000000', spanId: '0000000000000010' })
  })
})
