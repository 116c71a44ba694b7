// What is done at each heartbeat: turns are watched while a request may become slow, a silence of the loop is noted with the request that
// made it, and what is kept of requests is let go where the heap is nearly full. Main thread, in the heartbeat's own turn.

import { BLOCK_MS } from '../process/beat.js'
import { now } from '../process/clock.js'
import { AGED_SHARE } from '../worker/shared.js'
import type { HeapWatch } from './heap.js'
import type { Request } from './request.js'
import type { RuntimeHost } from './runtime.js'
import type { Slots } from './slots.js'
import type { SlowPolicy } from './slow.js'
import type { Tellable, Turns } from './turns.js'

/**
 * Aged requests that a beat asks whether there could be a report of them; the next one goes on behind these. In a flood there are 1,024 whose
 * route has no report left, and to ask each of them was 0.12 to 0.16 ms of each
 * beat (0.25 to 0.35 of the first). So turns may be watched 160 ms later there.
 */
const MAX_ASKED = 64

export interface Beats extends Pick<RuntimeHost, 'beat' | 'collected'> {
  /** The last that has begun. */
  newest: Request | undefined
  /** At a beat, and at the end of a request that comes before it. */
  noteSilence(moment: number): void
}

/** `lastId`: the id of the last request before this recorder began. */
export function createBeats(
  { requests }: Slots,
  turns: Turns,
  heap: HeapWatch,
  policy: Pick<SlowPolicy, 'hasRoom'>,
  lastId: number
): Beats {
  let newestAtBeat = lastId

  /** Whether a report could still tell who ran when. In a flood the reports of a route are soon used up. */
  const isTellable = (request: Request, moment: number): boolean =>
    request.reportedRunning || policy.hasRoom(request.facts.method, request.route, moment)

  /** The place in the list at which the next look for aged requests begins. */
  let from = 0

  const tellable: Tellable = {
    hasAged() {
      const moment = now()
      let left = MAX_ASKED
      for (let i = 0; i < requests.length && left > 0; i++) {
        const request = requests[from]
        from = (from + 1) % requests.length
        if (!request || moment - request.start <= request.thresholdMs * AGED_SHARE) continue
        if (isTellable(request, moment)) return true
        left--
      }
      return false
    },
    beganBefore(since) {
      const moment = now()
      return requests.some(request => request && request.start < since && isTellable(request, moment))
    }
  }

  const beats: Beats = {
    newest: undefined,
    beat(moment, busyShare) {
      if (!heap.isFull) turns.beat(moment, busyShare, tellable)
      beats.noteSilence(moment)
      newestAtBeat = beats.newest?.id ?? lastId
    },
    noteSilence(moment) {
      const { newest } = beats
      if (!newest || newest.id - newestAtBeat !== 1 || heap.isFull) return
      if (moment - newest.start >= BLOCK_MS) turns.silent(newest.start, moment, newest)
    },
    collected() {
      if (heap.collected()) {
        turns.letGo()
        for (const request of requests) request?.letGo()
      }
      return heap.isFull
    }
  }
  return beats
}
