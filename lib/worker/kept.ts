// Requests that were not slow and whose spans are wanted (a sampler says so, or they failed), on their way to the agent thread.
// Main thread. They go in batches, and the next one leaves when the agent thread has worked off the last: so a thread that does
// not keep up bounds what waits here. What has no room is dropped, counted, and said once.

import { log } from '../log.js'
import type { Timeline } from '../types.js'

const MAX_BATCH = 64
/** As long as a span may wait, so that batches are worth their message. */
const BATCH_MS = 500
const MAX_WAITING = 2048

export interface Kept {
  push(timeline: Timeline): void
  /** Sends what waits, whatever the agent thread does. */
  flush(): void
  /** The agent thread has worked off the last batch. */
  took(): void
  dropped(): number
}

export function createKept(send: (timelines: Timeline[]) => void): Kept {
  let waiting: Timeline[] = []
  let dropped = 0
  let underWay = false
  let timer: NodeJS.Timeout | undefined

  function sendBatch(): void {
    clearTimeout(timer)
    timer = undefined
    if (underWay || waiting.length === 0) return
    underWay = true
    send(waiting.splice(0, MAX_BATCH))
  }

  return {
    push(timeline) {
      if (waiting.length >= MAX_WAITING) {
        if (dropped++ === 0) log('warn', 'its thread does not keep up: spans of requests that were not slow are lost')
        return
      }
      waiting.push(timeline)
      if (waiting.length >= MAX_BATCH) sendBatch()
      else timer ??= setTimeout(sendBatch, BATCH_MS).unref()
    },
    flush() {
      clearTimeout(timer)
      timer = undefined
      if (waiting.length > 0) send(waiting)
      waiting = []
    },
    took() {
      underWay = false
      if (waiting.length >= MAX_BATCH) sendBatch()
      else if (waiting.length > 0) timer ??= setTimeout(sendBatch, BATCH_MS).unref()
    },
    dropped: () => dropped
  }
}
