// How long the event loop was in use, by clocks that contradict each other.

import assert from 'node:assert/strict'
import { createLoopTime, type LoopClock } from '../../lib/metrics/loop-time.js'

const clock = (activeMs: number, idleMs: number): LoopClock => ({ activeMs, idleMs })

/** A second, in which Node says that the loop was active for 900 ms. */
const SECOND: { what: string; mayProfile: boolean; ranMs: number | undefined; lateMs?: number; activeMs: number }[] = [
  { what: 'without a profile by the clock of Node', mayProfile: false, ranMs: 300, activeMs: 900 },
  { what: 'with one by the time on a CPU', mayProfile: true, ranMs: 300, activeMs: 300 },
  {
    what: 'asleep in a synchronous call by the late heartbeat',
    mayProfile: true,
    ranMs: 300,
    lateMs: 700,
    activeMs: 700
  },
  { what: 'late by what any timer is', mayProfile: true, ranMs: 300, lateMs: 20, activeMs: 300 },
  { what: 'never more than Node says', mayProfile: true, ranMs: 950, lateMs: 990, activeMs: 900 },
  { what: 'where the kernel does not tell by the clock of Node', mayProfile: true, ranMs: undefined, activeMs: 900 }
]

describe('the time of the event loop', () => {
  for (const { what, mayProfile, ranMs, lateMs = 0, activeMs } of SECOND) {
    it(what, () => {
      const time = createLoopTime(
        () => mayProfile,
        () => ranMs
      )
      time.late(lateMs)
      assert.deepEqual(time.at(clock(900, 100)), clock(activeMs, 1000 - activeMs))
    })
  }

  it('adds up, and never goes back where the last was a guess', () => {
    const time = createLoopTime(
      () => false,
      () => undefined
    )
    time.at(clock(500, 500))
    assert.deepEqual(time.at(clock(490, 600)), clock(500, 600))
    assert.deepEqual(time.at(clock(590, 700)), clock(600, 700))
  })

  it('counts from the first look on where another has told what was before, of which not all is known any more', () => {
    let ranMs = 5000
    const time = createLoopTime(
      () => true,
      () => ranMs,
      { toldBefore: true }
    )
    assert.deepEqual(time.at(clock(9000, 1000)), clock(0, 0))
    ranMs += 300
    assert.deepEqual(time.at(clock(9900, 1100)), clock(300, 700))
  })

  it('of one stretch takes the late heartbeats of that one', () => {
    const time = createLoopTime(
      () => true,
      () => 0
    )
    time.late(700)
    assert.deepEqual(time.at(clock(900, 100)), clock(700, 300))
    time.late(100)
    assert.deepEqual(time.at(clock(1800, 200)), clock(800, 1200))
  })
})
