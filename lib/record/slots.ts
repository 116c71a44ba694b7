// The slots of requests in flight: by them the agent thread sees a request become slow, also while this thread is blocked. Main
// thread. Beyond SLOTS requests in flight the rest have none, and are judged at their end alone.

import { clearSlot, type Shared, SLOTS, writeSlot } from '../worker/shared.js'
import type { Request } from './request.js'

const NEVER = Number.POSITIVE_INFINITY

export interface Slots {
  /** Those that have one, and free places between them. */
  requests: readonly (Request | undefined)[]
  take(request: Request): void
  give(request: Request): void
  /** Its threshold is another. */
  changed(request: Request): void
  /** It is looked at no more while it runs: it was reported, or will not be. */
  settled(request: Request): void
}

export function createSlots(shared: Shared): Slots {
  const requests = new Array<Request | undefined>(SLOTS)
  const free = Array.from({ length: SLOTS }, (_, i) => SLOTS - 1 - i)

  function changed({ slot, start, thresholdMs }: Request): void {
    if (slot >= 0) writeSlot(shared, slot, start, start + thresholdMs)
  }

  return {
    requests,
    changed,
    take(request) {
      const slot = free.pop()
      if (slot === undefined) return
      request.slot = slot
      requests[slot] = request
      changed(request)
    },
    give(request) {
      if (request.slot < 0) return
      clearSlot(shared, request.slot)
      requests[request.slot] = undefined
      free.push(request.slot)
      request.slot = -1
    },
    settled: ({ slot, start }) => writeSlot(shared, slot, start, NEVER)
  }
}
