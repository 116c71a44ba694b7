// Stretches in which the event loop made no turn, and which answers may have waited behind them. Pure.

import type { Interval } from '../types.js'
import { firstAt, merged, startsOf } from './intervals.js'

export interface Hold extends Interval {
  /** An answer that was read up to here may have come while the loop was held. */
  readBy: number
}

export type HoldAround = (interval: Interval) => Hold

/** Others may be read before it, and a long hold leaves a long queue. A pause of 5 ms cannot have kept an answer for 25. */
const READ_AFTER_MS = 25
const READ_AFTER_SHARE = 0.1
/** The heartbeat's tick: what lies between two blocks in a row. */
const TICK_MS = 12

/** Overlapping stretches are one hold. */
export function findHolds(intervals: Interval[]): HoldAround {
  const holds = merged(intervals)
  const known = holds.map((hold, i) => ({ ...hold, readBy: readBy(hold, holds[i + 1]) }))
  const starts = startsOf(known)
  return interval => {
    const { start, end } = interval
    const next = firstAt(starts, start)
    const hold = starts[next] === start ? known[next] : known[next - 1]
    return hold && hold.end >= end ? hold : { start, end, readBy: readBy(interval, undefined) }
  }
}

/** Whatever is read inside a hold had come before it began: when that follows another at once, during the other. */
function readBy({ start, end }: Interval, next: Interval | undefined): number {
  const lengthMs = end - start
  const slackMs = Math.max(Math.min(READ_AFTER_MS, lengthMs), READ_AFTER_SHARE * lengthMs)
  return Math.max(end + slackMs, next && next.start - end <= TICK_MS ? next.end : end)
}
