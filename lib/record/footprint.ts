// The footprint of requests in flight: what their operations take of this thread's heap, all of them together. That is what is kept of
// each, and what holds a call that is under way. Main thread and workers.
//
// Each request adds what it takes and gives all of it back when it ends, so the sum is exact, and never more than its bound. A request
// that never ends counts for ever, as it does among those in flight; a call that never ends counts as long as its request.

import type { Operation } from '../types.js'

/** Without its text: 190 on Node 20 and 24. */
const OPERATION_BYTES = 200

/**
 * What waits for the end of a call, beside its operation: message, closures, a derived promise. Through `operation`, ioredis, pg and
 * node:http 545 to 700 on Node 20, and 470 to 780 on 24, measured.
 */
export const UNDER_WAY_BYTES = 700

export interface Footprint {
  bytes: number
  /** Beyond it nothing more is kept. 0 while the heap is full (heap.ts). */
  readonly maxBytes: number
  /** Beyond it no call's end is waited for. Larger than the other, so that calls are timed for metrics when nothing of them is kept. */
  readonly maxFollowedBytes: number
}

/** A text is looked at by nobody else before it is handed over: it may be no string. */
export const bytesOf = ({ text }: Operation): number => OPERATION_BYTES + (typeof text === 'string' ? text.length : 0)
