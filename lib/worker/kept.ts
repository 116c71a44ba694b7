// Requests that were not slow and whose spans are wanted (a sampler says so, or they failed), on their way to the agent thread.
// Main thread. Each is written into a batch when it ends. The batch leaves when it is worth its message and the agent thread has worked off
// the last one: a thread that does not keep up gets fewer and larger messages. What waits here is bounded; what has no room is dropped,
// counted, and said once.

import type { Batch, Room } from '../batch/format.js'
import { createBatchWriter, type Leaving } from '../batch/writer.js'
import { attempt } from '../process/attempt.js'
import { log } from '../process/log.js'

/**
 * Requests and their operations. A message and what it makes the agent thread do (waking, HTTP) costs it about 1 ms: with 512 in
 * a batch that was half of what an exported request cost it. A batch of 2048 is 0.4 MB, and at most as much on its way out.
 */
const BATCH_WEIGHT = 2048
/** As long as a span may wait, so that batches are worth their message. */
const BATCH_MS = 500
const MAX_WAITING_WEIGHT = 8192
const LOST = 'spans of requests that were not slow are lost; the sampler has to let fewer pass'

export interface Kept {
  push(request: Leaving): void
  /** Sends what waits, whatever the agent thread does. */
  flush(): void
  /** The agent thread has worked off the last batch; `room` was its arrays, and is written again. */
  took(room?: Room): void
  dropped(): number
}

export function createKept(send: (batch: Batch) => void): Kept {
  const batch = createBatchWriter()
  let dropped = 0
  let underWay = false
  let timer: NodeJS.Timeout | undefined

  function sendBatch(): void {
    stopTimer()
    if (underWay || batch.count === 0) return
    underWay = true
    send(batch.take())
  }

  function stopTimer(): void {
    clearTimeout(timer)
    timer = undefined
  }

  function sendInTime(): void {
    if (batch.weight >= BATCH_WEIGHT) sendBatch()
    else if (batch.count > 0) timer ??= setTimeout(() => attempt(sendBatch), BATCH_MS).unref()
  }

  return {
    push(request) {
      if (batch.weight >= MAX_WAITING_WEIGHT) {
        if (dropped++ === 0) log('warn', `its thread does not keep up: ${LOST}`)
        return
      }
      batch.add(request)
      sendInTime()
    },
    flush() {
      stopTimer()
      if (batch.count > 0) send(batch.take())
    },
    took(room) {
      if (room) batch.reuse(room)
      underWay = false
      sendInTime()
    },
    dropped: () => dropped
  }
}
