// How a thread of the application and the agent thread part, by words of the memory that both see (shared.ts). Both threads.
//
//   the process ends   In its exit handler the main thread waits until the agent thread has sent the rest (EXIT). When its time is over, it
//                      waits a moment longer until that has hung up (HUNG_UP), because Node would wait for an open inspector session.
//   a worker ends      It waits until the questions that it is being asked are answered (ASKED), and is asked no more. One that came as
//                      its inspector goes would abort the process (lib/evidence/inspected-workers.ts).
//
// Kept true: nobody waits beyond its deadline. Who waits does so in short naps, because a thread inside `Atomics.wait` answers no
// command of the inspector; between two naps it does.

import { ASKED, EXIT, HUNG_UP, isLeaving, type Shared, SIGNAL, setLeaving } from './shared.js'

/** Short, so that the last window of the CPU profile can be had between two of them. */
const EXIT_NAP_MS = 5
/** Beyond the time that an exit may take. */
const HANG_UP_MS = 200
/** An answer takes 0.4 to 0.8 ms when nobody else wants the CPU. */
const QUESTION_NAP_MS = 1

/** Main thread, in `process.on('exit')`. Handles messages meanwhile. False: the agent thread has not even hung up. `nth`: as in `Leaving`. */
export function waitForExit(
  shared: Shared,
  nth: number,
  deadline: number,
  now: () => number,
  handleMessages: () => void
): boolean {
  setLeaving(shared)
  return (
    waitFor(shared, EXIT, nth, deadline, now, handleMessages) ||
    waitFor(shared, HUNG_UP, nth, deadline + HANG_UP_MS, now, handleMessages)
  )
}

function waitFor(
  { ints }: Shared,
  word: number,
  nth: number,
  deadline: number,
  now: () => number,
  handleMessages: () => void
): boolean {
  for (;;) {
    const seen = Atomics.load(ints, SIGNAL)
    handleMessages()
    if (Atomics.load(ints, word) === nth) return true
    const leftMs = deadline - now()
    if (leftMs <= 0) return false
    Atomics.wait(ints, SIGNAL, seen, Math.min(leftMs, EXIT_NAP_MS))
  }
}

/** Agent thread: has a main thread that waits in its exit handler look what has come. */
export function signal({ ints }: Shared): void {
  Atomics.add(ints, SIGNAL, 1)
  Atomics.notify(ints, SIGNAL)
}

/** `nth`: a process may leave again and again without ending. What comes late of one leaving must not be taken for the next. */
export function signalExitDone(shared: Shared, nth: number): void {
  Atomics.store(shared.ints, EXIT, nth)
  signal(shared)
}

export function signalHungUp(shared: Shared, nth: number): void {
  Atomics.store(shared.ints, HUNG_UP, nth)
  signal(shared)
}

/** Agent thread, before it asks a worker something. False: the worker leaves, and must not be asked. */
export function beginQuestion(shared: Shared): boolean {
  Atomics.add(shared.ints, ASKED, 1)
  // In this order: a worker that leaves first says so and then looks, so at least one of the two sees the other.
  if (!isLeaving(shared)) return true
  endQuestion(shared)
  return false
}

export function endQuestion({ ints }: Shared): void {
  Atomics.sub(ints, ASKED, 1)
  Atomics.notify(ints, ASKED)
}

/** Worker, when the agent thread that asked is gone, which would have ended its questions. */
export const forgetQuestions = ({ ints }: Shared): void => {
  Atomics.store(ints, ASKED, 0)
}

/** Worker, at its 'exit': no question begins any more, and those that have begun are waited for. */
export function leaveQuestions(shared: Shared, deadline: number, now: () => number): void {
  const { ints } = shared
  setLeaving(shared)
  for (;;) {
    const asked = Atomics.load(ints, ASKED)
    const leftMs = deadline - now()
    if (asked === 0 || leftMs <= 0) return
    Atomics.wait(ints, ASKED, asked, Math.min(leftMs, QUESTION_NAP_MS))
  }
}
