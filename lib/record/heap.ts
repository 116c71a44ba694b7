// Whether the application's heap has room for what the agent keeps there. Main thread and workers.
//
// V8 ends a process whose collections leave it too little time, and counts only those after which the old generation is at 80 % of its
// limit or more (Node 20 to 26). What the agent keeps must not be what brings it there: so it lets go a tenth of the limit before that
// border (at most MAX_GAP_BYTES, which is 200 requests in flight with 1000 operations each), and keeps again when half of that gap more is
// free. Meanwhile one slow request in TELL_EACH_MS is told by what lies elsewhere: collections and CPU samples.
// What comes faster than it looks is bounded: operations of all requests in flight take a tenth of the limit together (footprint.ts).
//
// Looked at by the heartbeat, and only when the old generation has been collected since the last one: near the limit that is often,
// and what lies there in between is in part garbage. A look is 1 to 4 µs (Node 20 to 26). The young generation is left out: up to 192
// MB of V8's own sum of both limits belong to it (Node 24).
//
// node:v8 is loaded with the first request: 0.3 to 1 ms in a service. A process that serves nothing need not load it.

import { resourceLimits } from 'node:worker_threads'
import { now } from '../process/clock.js'
import { log } from '../process/log.js'
import type { Heap } from '../types.js'
import type { Footprint } from './footprint.js'

const MIB = 1024 ** 2
const BORDER_SHARE = 0.8
const GAP_SHARE = 0.1
const FOLLOWED_SHARE = 0.1
const KEPT_SHARE = 0.08
const MAX_GAP_BYTES = 64 * MIB
const SAY_EACH_MS = 60_000
const TELL_EACH_MS = 10_000
const LIMIT_FLAG = '--max-old-space-size='

export interface HeapWatch {
  readonly isFull: boolean
  readonly footprint: Footprint
  /** Of what had begun before, a part was let go. Infinity while the heap is full. */
  readonly wholeSince: number
  /** With the first request: there is a bound for what is kept. */
  open(): void
  /** Of a slow request that has ended: what is told with it, if it is one of the few that are told while the heap is full. */
  toTell(moment: number): Heap | undefined
  /** The old generation was collected. True when the heap is full now and was not before. */
  collected(): boolean
}

/**
 * The limit of this thread's old generation. V8 tells only that of both generations together, which is 5 % more at most where nobody has
 * set another limit. A flag holds for workers too, whatever limits they were given.
 */
export function heapLimitBytes(flags: string[]): number {
  const flag = flags.findLast(each => each.startsWith(LIMIT_FLAG))
  const mb = Number(flag?.slice(LIMIT_FLAG.length)) || resourceLimits.maxOldGenerationSizeMb
  return mb ? mb * MIB : v8().getHeapStatistics().heap_size_limit
}

/** `limit` and `usedBytes` are those of the old generation; where either is undefined, the heap counts as having room. `limit` is asked once. */
export function watchHeap(limit: () => number | undefined, usedBytes: () => number | undefined): HeapWatch {
  let limitBytes: number | undefined
  const footprint = { bytes: 0, maxBytes: Number.POSITIVE_INFINITY, maxFollowedBytes: Number.POSITIVE_INFINITY }
  let said = Number.NEGATIVE_INFINITY
  let told = Number.NEGATIVE_INFINITY
  let lastUsed = 0

  function say(used: number, limitBytes: number): void {
    const moment = now()
    if (moment - said < SAY_EACH_MS) return
    said = moment
    const share = `${toMb(used)} of ${toMb(limitBytes)} MB`
    log('warn', `the heap is nearly full (${share}): what requests do is not kept until there is room`)
  }

  const watch = {
    isFull: false,
    footprint,
    wholeSince: Number.NEGATIVE_INFINITY,
    open() {
      limitBytes ??= limit()
      if (limitBytes === undefined) return
      footprint.maxBytes = limitBytes * KEPT_SHARE
      footprint.maxFollowedBytes = limitBytes * FOLLOWED_SHARE
    },
    toTell(moment: number) {
      if (!watch.isFull || moment - told < TELL_EACH_MS) return undefined
      told = moment
      return { usedBytes: lastUsed, limitBytes: limitBytes! }
    },
    collected() {
      const wasFull = watch.isFull
      const used = usedBytes()
      limitBytes ??= limit()
      if (used === undefined || limitBytes === undefined) return false
      lastUsed = used
      const gapBytes = Math.min(limitBytes * GAP_SHARE, MAX_GAP_BYTES)
      const fullBytes = limitBytes * BORDER_SHARE - gapBytes
      watch.isFull = used >= (wasFull ? fullBytes - gapBytes / 2 : fullBytes)
      if (watch.isFull === wasFull) return false
      footprint.maxBytes = watch.isFull ? 0 : limitBytes * KEPT_SHARE
      watch.wholeSince = watch.isFull ? Number.POSITIVE_INFINITY : now()
      if (watch.isFull) say(used, limitBytes)
      return watch.isFull
    }
  }
  return watch
}

export function oldGenerationBytes(): number {
  let used = 0
  for (const space of v8().getHeapSpaceStatistics())
    if (!space.space_name.startsWith('new_')) used += space.space_used_size
  return used
}

let loaded: typeof import('node:v8') | undefined

function v8(): typeof import('node:v8') {
  loaded ??= process.getBuiltinModule('node:v8')
  return loaded
}

const toMb = (bytes: number): string => (bytes / MIB).toFixed(0)
