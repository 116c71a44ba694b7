// How much the main thread has handed over that the agent thread has not explained yet. Main thread.
//
// A message port takes whatever it is given: without a limit an agent thread that is busy, or stopped by the machine, would let
// the service's memory grow with every slow request. A timeline weighs 1, 1 for each operation, and what its turns are in
// operations; beyond MAX_WEIGHT it is dropped and counted. Most operations are 0.3 kB, so the limit is 3 MB; with statements of
// 8 kB it is 80.

import type { Timeline } from '../types.js'
import { doneWeight, MAX_NAMED, type Shared } from './shared.js'

const MAX_WEIGHT = 10_000
/** Of turns, in an operation's 0.3 kB. A second in which hundreds of requests ran has 200 kB of them. */
const NUMBERS_OF_AN_OPERATION = 36

export const weightOf = ({ operations, turns }: Timeline): number =>
  1 + operations.length + Math.ceil((turns?.stretchesUs.length ?? 0) / NUMBERS_OF_AN_OPERATION)

/** From here on a timeline is heavy. That of a request that was slow among thousands is mostly whose turns there were, the same for each. */
const HEAVY_WEIGHT = 200
/** So long no running request is looked for after a heavy one: of the others there is hardly anything else to tell, and most end before. */
const HEAVY_REST_MS = 1000

export const restAfterMs = (timeline: Timeline): number =>
  weightOf(timeline) > HEAVY_WEIGHT || timeline.turns?.requests.length === MAX_NAMED ? HEAVY_REST_MS : 0

export interface Backlog {
  /** Whether there is room; what is admitted counts until the agent thread is done with it. */
  admit(timeline: Timeline): boolean
  /** What was handed over died with the thread. */
  forget(): void
}

export function createBacklog(shared: Shared): Backlog {
  let given = doneWeight(shared)
  return {
    admit(timeline) {
      // Both count modulo 2^32.
      const waiting = (given - doneWeight(shared)) | 0
      if (waiting > 0 && waiting + weightOf(timeline) > MAX_WEIGHT) return false
      given = (given + weightOf(timeline)) | 0
      return true
    },
    forget() {
      given = doneWeight(shared)
    }
  }
}
