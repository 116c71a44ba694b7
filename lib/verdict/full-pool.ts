// Whether a wait stood in the queue of libuv's full pool. Pure. The pool is first come, first served: who stood behind the same
// calls as the agent's own was let through at the same moment.

import type { Evidence, FullPool, Interval } from '../types.js'
import type { Facts } from './facts.js'
import { allInside, totalMs } from './intervals.js'
import { targetOf } from './names.js'
import type { Stretch } from './sweep.js'
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

/**
 * The look-up that a wait is, or that a part of a call is, if it had to wait its turn (record/look-ups.ts). Those of calls are
 * recorded beside them, and begin and end with that part.
 */
export const lookUpBehind = (
  { start, end, wait }: Pick<Stretch, 'start' | 'end' | 'wait'>,
  { servedOf }: Facts
): Wait | undefined =>
  wait?.operation.kind === 'dns'
    ? [wait].find(isBehind)
    : servedOf('dns').find(
        one =>
          isBehind(one) && Math.abs(one.start - start) <= BESIDE_MS && one.end <= end + BESIDE_MS && isFor(one, wait)
      )

const isBehind = ({ operation: { ahead } }: Wait): boolean => ahead !== undefined

/** `lookup stock` of a call to `stock:8080`. */
export const isFor = ({ operation: { text = '' } }: Wait, call: Wait | undefined): boolean =>
  call !== undefined && targetOf(call.operation).startsWith(text.slice(text.indexOf(' ') + 1))

const BESIDE_MS = 5

/** `dns.resolve` and its kind need no thread. */
export const isQueuedLookUp = (wait: Wait, evidence: Evidence): boolean =>
  wait.operation.kind === 'dns' && wait.operation.text?.startsWith('lookup') === true && stoodInPool(wait, evidence)
