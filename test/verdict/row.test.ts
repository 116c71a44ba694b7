import assert from 'node:assert/strict'
import { withoutSlivers } from '../../lib/verdict/causes/row.js'

describe('what a claim consists of', () => {
  const shares = (largestMs: number, otherMs: number): { ms: number }[] => [
    ...Array.from({ length: 10 }, () => ({ ms: otherMs })),
    { ms: largestMs }
  ]

  it('is told without slivers', () => {
    assert.deepEqual(withoutSlivers(shares(950, 5), 1000), [{ ms: 950 }])
  })

  it('is told whole where more than a tenth lies in slivers', () => {
    assert.equal(withoutSlivers(shares(60, 8), 1000).length, 11)
  })
})
