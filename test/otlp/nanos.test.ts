import assert from 'node:assert/strict'
import fc from 'fast-check'
import { toDecimal, toWords } from '../../lib/otlp/nanos.js'

const exact = (epochMs: number): bigint => {
  const whole = Math.floor(epochMs)
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((epochMs - whole) * 1e6))
}
const joined = ({ low, high }: { low: number; high: number }): bigint => (BigInt(high) << 32n) | BigInt(low)

describe('nanoseconds', () => {
  const cases: [number, bigint][] = [
    [0, 0n],
    [0.5, 500_000n],
    [1, 1_000_000n],
    [1_795_375_860_123, 1_795_375_860_123_000_000n],
    [1_795_375_860_123.25, 1_795_375_860_123_250_000n],
    [5.9999999, 6_000_000n],
    [Number.NaN, 0n],
    [-1, 0n],
    [Number.POSITIVE_INFINITY, 0n]
  ]
  for (const [ms, nanos] of cases) {
    it(`of ${ms} ms`, () => {
      assert.equal(joined(toWords(ms)), nanos)
      assert.equal(toDecimal(ms), String(nanos))
    })
  }

  it('are exact for every moment until 2500', () =>
    fc.assert(
      fc.property(fc.double({ min: 0, max: Date.UTC(2500, 0), noNaN: true }), ms => {
        assert.equal(joined(toWords(ms)), exact(ms))
        assert.equal(BigInt(toDecimal(ms)), exact(ms))
      }),
      { numRuns: 2000 }
    ))
})
