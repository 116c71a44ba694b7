// What a writer could get wrong that no report happens to have, read back by another decoder.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { fromJson, fromProtobuf } from '../../lib/otlp/decode.js'
import { toProtobuf } from '../../lib/otlp/encode.js'
import type { Message } from '../../lib/otlp/messages.js'

describe('a message of OTLP', () => {
  for (const length of [0, 1, 126, 127, 128, 129, 255, 256, 16_383, 16_384]) {
    it(`has a text of ${length} characters as it was`, () => {
      const name = 'x'.repeat(length)
      assert.equal(fromProtobuf('Span', toProtobuf('Span', { name })).name ?? '', name)
    })
  }

  for (const text of ['é'.repeat(127), '\u0080', '\u007f', '𠀀'.repeat(40)]) {
    it(`has ${text.slice(0, 2)} as it was`, () =>
      assert.equal(fromProtobuf('Span', toProtobuf('Span', { name: text })).name, text))
  }

  it('has of an id the bytes that Buffer makes of it, also where it is none', () => {
    const digit = fc.constantFrom(...'0123456789abcdefABCDEF')
    // What stands beside the digits in ASCII, and what is a digit in its lower bits.
    const other = fc.constantFrom(...'/:@GZ`gz\u0130\u0161\u0441 ')
    const id = fc.oneof(
      fc.string({ unit: digit, maxLength: 300 }),
      fc.string({ unit: fc.oneof(digit, other), maxLength: 40 })
    )
    fc.assert(
      fc.property(id, traceId => {
        const read = fromProtobuf('Span', toProtobuf('Span', { traceId, name: 'after' }))
        assert.deepEqual([read.traceId ?? '', read.name], [Buffer.from(traceId, 'hex').toString('hex'), 'after'])
      })
    )
  })

  it('has counts beyond 32 bits in a list, and a negative scale and offset', () => {
    const point: Message<'ExponentialHistogramDataPoint'> = {
      scale: -3,
      positive: { offset: -160, bucketCounts: [1, 2 ** 32, 2 ** 40 + 5] }
    }
    const read = fromProtobuf('ExponentialHistogramDataPoint', toProtobuf('ExponentialHistogramDataPoint', point))
    assert.deepEqual([read.scale, read.positive], [-3, point.positive])
    const explicit = { bucketCounts: [0, 2 ** 33, 3] }
    assert.deepEqual(
      fromProtobuf('HistogramDataPoint', toProtobuf('HistogramDataPoint', explicit)).bucketCounts,
      explicit.bucketCounts
    )
  })

  it('has zigzag as protobuf does: -3 is 5', () => {
    const bytes = [...toProtobuf('ExponentialHistogramDataPoint', { scale: -3 })]
    assert.deepEqual(bytes.slice(-1), [5])
  })

  it('of JSON has ids in lower case, whoever wrote them', () =>
    assert.equal(fromJson('Span', '{"spanId":"00F067AA0BA902B7"}').spanId, '00f067aa0ba902b7'))
})
