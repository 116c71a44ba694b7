// The times that callers of the API give, as moments of lib/process/clock.ts. Main thread. By the API's TimeInput: a pair of seconds and
// nanoseconds, a Date, epoch milliseconds, or (what is too small for those) a reading of performance.now().

import type { TimeInput } from '@opentelemetry/api'
import { fromEpochMs, now } from '../process/clock.js'
import { hardened } from './harden.js'

/** What is no time is now. */
export const momentOf = hardened('time', readTime, now)

function readTime(time: TimeInput | undefined): number {
  if (Array.isArray(time)) return usable(time[0] * 1000 + time[1] / 1e6)
  if (time instanceof Date) return usable(time.getTime())
  if (typeof time !== 'number') return now()
  return time < performance.timeOrigin ? now() - performance.now() + time : usable(time)
}

const usable = (epochMs: number): number => (Number.isFinite(epochMs) ? fromEpochMs(epochMs) : now())
