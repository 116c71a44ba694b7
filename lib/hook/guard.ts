// Code of ours that runs inside the application's stack runs through here. Main thread.
//
// A subscriber that throws becomes the application's uncaughtException on the next tick (Node 18 to 26), so nothing of
// ours may throw; and what fails three times is broken for this application: it switches itself off and says so once.

import { log } from '../log.js'

const FAILURES_TO_OFF = 3

/** One per instrumentation: the failures of all its handlers count together. */
export interface Fuse {
  name: string
  failures: number
  blown: boolean
}

export const createFuse = (name: string): Fuse => ({ name, failures: 0, blown: false })

/** `fn` that never throws. Returns undefined when it failed or when the fuse is blown. */
export function guard<Args extends unknown[], Result>(
  fuse: Fuse,
  fn: (...args: Args) => Result
): (...args: Args) => Result | undefined {
  return (...args) => {
    if (fuse.blown) return undefined
    try {
      return fn(...args)
    } catch (error) {
      fail(fuse, error)
      return undefined
    }
  }
}

export function fail(fuse: Fuse, error: unknown): void {
  fuse.failures++
  fuse.blown = fuse.failures >= FAILURES_TO_OFF
  // A RangeError may be the application's own stack overflow, met inside our frame: logging would overflow again.
  try {
    const reason = error instanceof Error ? error.message : typeof error
    log('warn', `${fuse.name} failed: ${reason}${fuse.blown ? '; it is switched off' : ''}`)
  } catch {}
}
