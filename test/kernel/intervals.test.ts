import assert from 'node:assert/strict'
import fc from 'fast-check'
import { coveredMs, meetingOf, sharedWith } from '../../lib/kernel/intervals.js'
import type { Interval } from '../../lib/types.js'

/** Of whole milliseconds, so that many of them touch. */
const interval = fc
  .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 8 }))
  .map(([start, ms]): Interval => ({ start, end: start + ms }))
const some = fc.array(interval, { maxLength: 20 })

const isIn = ({ start, end }: Interval, ms: number): boolean => start <= ms && ms < end

describe('stretches of a recording', () => {
  it('meet what some of them lies in, and not what they only touch', () =>
    fc.assert(
      fc.property(some, interval, (intervals, other) => {
        const expected = intervals.some(({ start, end }) => start < other.end && end > other.start)
        assert.equal(meetingOf(intervals)(other), expected)
      })
    ))

  it('cover each millisecond once, however many lie there', () =>
    fc.assert(
      fc.property(some, interval, (intervals, other) => {
        let expected = 0
        for (let ms = other.start; ms < other.end; ms++) if (intervals.some(each => isIn(each, ms))) expected++
        assert.equal(sharedWith(intervals)(other), expected)
        assert.equal(coveredMs(intervals, other.start, other.end), expected)
      })
    ))
})
