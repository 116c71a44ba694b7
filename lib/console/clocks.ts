// How far the clocks of senders are from the console's, by when what they send comes. Pure, but for what it remembers.
//
// The newest moment that a delivery tells of lies as long before its arrival as it took to come, and as far off as its sender's clock
// is. Some deliveries take longer than others, a backlog comes faster than time passes, and a single time may be wrong. So a clock counts
// as off when two stretches of deliveries, one after the other, agree by how much; and no more when a delivery came earlier than that.

export interface Clocks {
  /** `toldMs`: the newest moment in what came at `arrivedMs`. */
  heard(service: string, instance: string, toldMs: number, arrivedMs: number): void
  off(): ClockOfSender[]
}

export interface ClockOfSender {
  service: string
  instance: string
  /** Below 0 it is behind. */
  aheadMs: number
  /** By the console's clock. */
  lastHeardMs: number
}

interface Heard {
  service: string
  instance: string
  sinceMs: number
  lastMs: number
  /** The least that a delivery came after what it told of, in this stretch and in the one before. */
  leastMs: number
  beforeMs: number | undefined
  /** What two stretches agreed on. */
  agreedMs: number | undefined
}

const STRETCH_MS = 15_000
/** Spans wait up to so long for their batch. */
const AGREE_MS = 5_000
/** Nothing comes before it was, so this is the clock's; less of it hardly changes a sum of minutes. */
const AHEAD_FROM_MS = 10_000
/** Ways that take some seconds are usual: a Collector's batch, a second try. */
const BEHIND_FROM_MS = 30_000
const MAX_SENDERS = 10_000

const NOTHING_KNOWN = { beforeMs: undefined, agreedMs: undefined }

export function createClocks(): Clocks {
  const senders = new Map<string, Heard>()
  return {
    heard(service, instance, toldMs, arrivedMs) {
      const key = `${service}\n${instance}`
      const lateMs = arrivedMs - toldMs
      const first = { service, instance, sinceMs: arrivedMs, lastMs: arrivedMs, leastMs: lateMs, ...NOTHING_KNOWN }
      const known = senders.get(key)
      senders.delete(key)
      senders.set(key, known ? after(known, lateMs, arrivedMs) : first)
      if (senders.size > MAX_SENDERS) senders.delete(senders.keys().next().value!)
    },
    off: () => [...senders.values()].flatMap(clockOf)
  }
}

function after(known: Heard, lateMs: number, arrivedMs: number): Heard {
  const { sinceMs, leastMs } = known
  const now =
    arrivedMs - sinceMs < STRETCH_MS
      ? { ...known, lastMs: arrivedMs, leastMs: Math.min(leastMs, lateMs) }
      : { ...known, sinceMs: arrivedMs, lastMs: arrivedMs, leastMs: lateMs, beforeMs: leastMs }
  return { ...now, agreedMs: agreedBy(now) }
}

function agreedBy({ leastMs, beforeMs, agreedMs }: Heard): number | undefined {
  if (beforeMs !== undefined && Math.abs(leastMs - beforeMs) <= AGREE_MS) return Math.min(leastMs, beforeMs)
  return agreedMs !== undefined && leastMs < agreedMs - AGREE_MS ? undefined : agreedMs
}

function clockOf({ service, instance, lastMs: lastHeardMs, agreedMs = 0 }: Heard): ClockOfSender[] {
  const aheadMs = -agreedMs
  return aheadMs > AHEAD_FROM_MS || aheadMs < -BEHIND_FROM_MS ? [{ service, instance, aheadMs, lastHeardMs }] : []
}
