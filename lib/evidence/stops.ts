// Stops that an evaluation of ours would swallow. Agent thread.
//
// `terminate()`, the end of a process that has workers, and the `timeout` of node:vm have V8 throw what no JavaScript catches. Where
// it is thrown inside `Runtime.evaluate`, the inspector catches it: the answer is "Execution was terminated", and what was to be
// stopped goes on, a worker in `Atomics.wait` or in an endless loop for ever (Node 20 to 26, with nothing else in the process). So
// what was swallowed is asked for again, by `Runtime.terminateExecution`.
//
// Node 20 cannot be asked again while the thread is in `Atomics.wait`: it aborts the process (V8 11.3, "Check failed: callback_result
// != AtomicsWaitEvent::kTerminatedExecution"). So there a worker that sleeps in one is asked nothing until it wakes.

import { readFileSync } from 'node:fs'
import { abortsStoppedWaits } from '../process/node-version.js'
import type { Wire } from './inspector.js'
import { evaluate, questionOf } from './question.js'

const SWALLOWED = /Execution was terminated/
/** In the stack of whoever waits for a script with a `timeout`. */
const IN_VM = /\(node:vm:/
/** What asks for a stop. */
export const STOP = 'Runtime.terminateExecution'
const LOOK_AGAIN_MS = 50
/** Who has slept that long has its profile ended (windows.ts), so nothing is lost by what waits a second more; a look is 0.3 ms. */
const LOOKS_OF_FIVE_MINUTES = 6000
const LOOK_SELDOM_MS = 1000

/** `task`: the thread's folder in /proc, '' where there is none. */
export function passStops(wire: Wire, { isWorker, task }: { isWorker: boolean; task: string }): Wire {
  const sleeps = (): boolean => abortsStoppedWaits() && isInFutex(task)

  async function post(method: string, params?: object): Promise<unknown> {
    if (isWorker) await awake()
    try {
      return await wire.post(method, params)
    } catch (error) {
      if (isSwallowed(error)) void stopAgain()
      throw error
    }
  }

  async function stopAgain(): Promise<void> {
    await awake()
    if (isWorker || (await isInVm())) await wire.post(STOP).catch(() => {})
  }

  /** A lock of V8's own looks like `Atomics.wait`, for a moment. */
  async function awake(): Promise<void> {
    for (let looks = 0; sleeps(); looks++) {
      const pauseMs = looks < LOOKS_OF_FIVE_MINUTES ? LOOK_AGAIN_MS : LOOK_SELDOM_MS
      await new Promise(resolve => setTimeout(resolve, pauseMs))
    }
  }

  /** On the main thread what was to be stopped may be over, and something else would be cut off. Node 20 answers by errors until it is. */
  const isInVm = (): Promise<boolean> =>
    evaluate(wire, questionOf('probe()')).then(
      ({ result }) => IN_VM.test(String(result.value ?? '')),
      () => true
    )

  return { ...wire, post }
}

const isSwallowed = (error: unknown): boolean => SWALLOWED.test((error as Error).message)

function isInFutex(task: string): boolean {
  try {
    return task !== '' && readFileSync(`${task}/wchan`, 'latin1').startsWith('futex')
  } catch {
    return false
  }
}
