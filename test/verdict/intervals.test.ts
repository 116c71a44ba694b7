import assert from 'node:assert/strict'
import fc from 'fast-check'
import { overlapsMs, touching } from '../../lib/verdict/intervals.js'

const interval = fc.tuple(fc.nat(30), fc.nat(10)).map(([start, ms]) => ({ start, end: start + ms }))

describe('stretches of time', () => {
  it('cover of another what of each lies in it', () => {
    const apart = [
      { start: 0, end: 10 },
      { start: 20, end: 30 },
      { start: 40, end: 50 }
    ]
    assert.deepEqual(
      [overlapsMs(apart, { start: 5, end: 28 }), overlapsMs(apart, { start: 30, end: 40 }), overlapsMs([], apart[0]!)],
      [13, 0, 0]
    )
  })

  it('that touch another are found as by looking at each, in the order in which they were given', () => {
    fc.assert(
      fc.property(fc.array(interval), interval, (all, other) => {
        const expected = all.filter(({ start, end }) => start <= other.end && end >= other.start)
        const found = touching(all)(other)
        assert.deepEqual(found, expected)
        assert.ok(found.every(each => all.includes(each)))
      })
    )
  })
})
