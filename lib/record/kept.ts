// What operations of requests in flight keep of this thread's heap, all of them together. Main thread and workers.
//
// Each request adds what it keeps and takes all of it away when it lets go, so the sum is exact, and never more than its bound. A
// request that never ends counts for ever, as it does among those in flight.

import type { Operation } from '../types.js'

/** Without its text: 190 on Node 20 and 24. */
const OPERATION_BYTES = 200

export interface Kept {
  bytes: number
  /** 0 while the heap is full (heap.ts). */
  readonly maxBytes: number
}

/** A text is looked at by nobody else before it is handed over: it may be no string. */
export const bytesOf = ({ text }: Operation): number => OPERATION_BYTES + (typeof text === 'string' ? text.length : 0)
