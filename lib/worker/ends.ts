// Workers that the main thread ends by `terminate()`, in memory that it and the agent thread see. What the inspector sends to a worker in
// the microsecond in which the worker's own inspector goes aborts the process (lib/evidence/inspected-workers.ts), and a worker that is
// terminated has no 'exit' at which it could see to that itself (join.ts).
//
//   Int32  SENDING  1 while the agent thread sends something to a worker
//          ends     for each thread number modulo ENDS: the last of them that is terminated
//
// The agent thread says that it sends, and looks then; the main thread says that it ends a worker, and looks then: at least one of the two
// sees the other. What was sent is with the main thread, as an interrupt: V8 runs it before JavaScript has come to the native stop, so the
// worker has it before its inspector goes. One that a worker ends is not told of: what is sent to it goes by way of the main thread, too.

const SENDING = 0
const ENDS_AT = 1
/** A pool that has more workers, and ends them all at once, is asked as it was. */
const ENDS = 1023
/** Sending takes microseconds, unless the agent thread loses its CPU. */
const SENT_MS = 20

export type Ends = Int32Array

export const createEnds = (): Ends =>
  new Int32Array(new SharedArrayBuffer((ENDS_AT + ENDS) * Int32Array.BYTES_PER_ELEMENT))

const placeOf = (threadId: number): number => ENDS_AT + (threadId % ENDS)

/** Main thread, before the native stop. One that has ended has the number -1. */
export function endWorker(ends: Ends, threadId: number): void {
  if (!(threadId > 0)) return
  Atomics.store(ends, placeOf(threadId), threadId)
  Atomics.wait(ends, SENDING, 1, SENT_MS)
}

/** Agent thread. False: the worker is being ended, and `send` was not called. */
export function whileItLives(ends: Ends, threadId: number, send: () => void): boolean {
  Atomics.store(ends, SENDING, 1)
  try {
    if (Atomics.load(ends, placeOf(threadId)) === threadId) return false
    send()
    return true
  } finally {
    sendNothing(ends)
  }
}

/** Main thread, when the agent thread is gone, in the midst of it perhaps. */
export function sendNothing(ends: Ends): void {
  Atomics.store(ends, SENDING, 0)
  Atomics.notify(ends, SENDING)
}
