// Whether a wait stood in the queue of libuv's full pool. Pure. The pool is first come, first served: who stood behind the same
// calls as the agent's own was let through at the same moment.

import type { Evidence, FullPool, Interval } from '../types.js'
import { allInside, totalMs } from './intervals.js'
import type { Wait } from './waits.js'

/** What counts as nearly all of a time. */
export const NEARLY_ALL_SHARE = 0.8
/** The call itself, and what it needs of the pool once more. */
const GOT_ON_MS = 25
const GOT_ON_SHARE = 0.05
/** Shorter ones end so often that one of them ends with any wait. */
const LONG_MS = 200

/** The wait was over as soon as a thread became free. */
export function gotOnWith({ start, end }: Interval, full: FullPool): boolean {
  const stoodMs = full.end - Math.max(full.start, start)
  const lateMs = end - full.end
  return stoodMs >= LONG_MS && lateMs >= 0 && lateMs <= Math.max(GOT_ON_MS, stoodMs * GOT_ON_SHARE)
}

/** The pool was full for most of a look-up, and until it was over: no name server is to blame. */
export function stoodInPool(lookUp: Interval, { fullPool = [] }: Evidence): boolean {
  const lasted = lookUp.end - lookUp.start
  const inside = allInside(fullPool, lookUp)
  const lateMs = lookUp.end - Math.max(...inside.map(({ end }) => end))
  return totalMs(inside) >= lasted * NEARLY_ALL_SHARE && lateMs <= Math.max(GOT_ON_MS, lasted * GOT_ON_SHARE)
}

/** `dns.resolve` and its kind need no thread. */
export const isQueuedLookUp = (wait: Wait, evidence: Evidence): boolean =>
  wait.operation.kind === 'dns' && wait.operation.text?.startsWith('lookup') === true && stoodInPool(wait, evidence)
