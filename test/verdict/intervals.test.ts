import assert from 'node:assert/strict'
import fc from 'fast-check'
import { touching } from '../../lib/verdict/intervals.js'

const interval = fc.tuple(fc.nat(30), fc.nat(10)).map(([start, ms]) => ({ start, end: start + ms }))

describe('stretches of time', () => {
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
