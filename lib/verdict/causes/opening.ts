// The look-up of a name inside the wait for a connection that is opened to it: it is told as what it is. Pure.

import type { Interval } from '../../types.js'
import type { Facts } from '../facts.js'
import { isFor } from '../full-pool.js'
import { gapsBetween, merged } from '../intervals.js'
import type { Stretch } from '../sweep.js'
import type { Wait } from '../waits.js'

/** While its client had no connection, and kept the call back. */
export function connectingOf({ operation: { marks }, end }: Wait): Interval | undefined {
  const { connecting, queued, sent = end } = marks ?? {}
  return connecting === undefined || queued !== undefined ? undefined : { start: connecting, end: Math.min(sent, end) }
}

/** Only those of the request itself are known. What a call of HTTP looks up is no database's. */
export function withoutLookUps(stretch: Stretch, opening: Interval | undefined, facts: Facts): Stretch[] {
  if (!opening) return [stretch]
  const start = Math.max(opening.start, stretch.start)
  const end = Math.min(opening.end, stretch.end)
  const calls = facts.servedOf('http')
  const lookUps = facts
    .servedOf('dns')
    .filter(one => one.start >= start && one.end <= end && !calls.some(call => isFor(one, call)))
  return gapsBetween(merged(lookUps), stretch).map(({ start, end }) => ({
    ...stretch,
    start,
    end,
    until: end < stretch.end ? end : stretch.until!
  }))
}
