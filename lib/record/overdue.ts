// Requests in flight that have become slow: told while they run, where the agent thread asks, and when the process ends, which is the
// last that anybody hears of them. Main thread, inside the application's stack or in its 'exit'.

import { now } from '../process/clock.js'
import type { Timeline } from '../types.js'
import type { Request } from './request.js'
import type { Slots } from './slots.js'
import type { SlowPolicy } from './slow.js'
import { isLong } from './timeline.js'

/** A look at a blocked thread runs on top of its stack: it takes this many requests, or a long one, the rest at the next look. */
const MAX_PER_LOOK = 5

export interface Overdue {
  /** Those that have run past their threshold since the last call, as they are now. */
  take(): Timeline[]
  /** The same as the thread ends. No report follows, so a request that is turned away is counted. */
  takeLast(): Timeline[]
  /** How many of those in flight have been taken. */
  told(): number
}

export function createOverdue(slots: Slots, policy: SlowPolicy, timelineOf: (request: Request) => Timeline): Overdue {
  const isDue = (request: Request, moment: number): boolean =>
    !request.reportedRunning && moment >= request.start + request.thresholdMs

  function tell(request: Request, moment: number): Timeline | undefined {
    const { method } = request.facts
    if (!request.isWhole || !policy.admitRunning(method, request.route, moment - request.start, moment))
      return undefined
    request.reportedRunning = true
    return timelineOf(request)
  }

  return {
    take() {
      const moment = now()
      const taken: Timeline[] = []
      for (const request of slots.requests) {
        if (!request || !isDue(request, moment)) continue
        if (taken.length === MAX_PER_LOOK || taken.some(isLong)) break
        slots.settled(request)
        const timeline = tell(request, moment)
        if (timeline) taken.push(timeline)
      }
      return taken
    },

    takeLast() {
      const moment = now()
      const taken: Timeline[] = []
      for (const request of slots.requests) {
        if (!request || !isDue(request, moment)) continue
        const timeline = tell(request, moment)
        if (timeline) taken.push({ ...timeline, isLast: true })
        else policy.turnAway(request.facts.method, request.route)
      }
      return taken
    },

    told: () => slots.requests.filter(request => request?.reportedRunning).length
  }
}
