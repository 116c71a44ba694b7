// How much of what calls wait in front of a full loop is the way there: a far network, or a proxy. Pure. A queue is gone at some moment,
// unless the loop is full all the time; the way is as long as ever. So the fastest calls took the way and the work, and no queue.

import { LOOPS } from './pool-late.js'
import type { MayBeFar, ServiceSums } from './sums.js'

/** What all but the fastest twentieth of calls took at least. */
export const FASTEST_SHARE = 0.05
/** What comes at any moment finds a loop idle more often than the fastest are. */
const MOSTLY_FULL = 0.8
/** OpenTelemetry's for durations in HTTP. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** Of a quantile that was found between two bounds of a histogram: it is that long at least. */
export const atLeast = (seconds: number): number => BOUNDS.findLast(bound => bound <= seconds) ?? 0

interface Fastest extends Pick<MayBeFar, 'from' | 'atWorkSeconds'> {
  requests: number
  fastestSeconds?: number | undefined
}

/**
 * Of all calls; undefined: there is none to be seen. The mean of the work is no less than that of the fastest. `mostSeconds` is what they
 * waited beyond it, and for `blockedSeconds` the caller may have computed while the answer was there.
 */
export function wayInFront(calls: Fastest, mostSeconds: number, blockedSeconds: number): MayBeFar | undefined {
  const { from, requests, fastestSeconds = 0, atWorkSeconds } = calls
  const seconds = Math.min(requests * (fastestSeconds - atWorkSeconds), mostSeconds) - blockedSeconds
  return seconds > 0 ? { from, seconds, fastestSeconds, atWorkSeconds } : undefined
}

/** Then the fastest calls may have stood in a queue, too. */
export const isMostlyFull = ({ resources }: Pick<ServiceSums, 'resources'>, stretchSeconds: number): boolean =>
  resources.some(
    ({ resource, busySeconds, capacity }) =>
      LOOPS.includes(resource) && busySeconds > MOSTLY_FULL * capacity * stretchSeconds
  )
