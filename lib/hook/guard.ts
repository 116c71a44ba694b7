// Code of ours that runs inside the application's stack runs through here. Main thread.
//
// A subscriber that throws becomes the application's uncaughtException on the next tick (Node 18 to 26), so nothing of
// ours may throw; and what fails three times is broken for this application: it is switched off, which is said in one line.

import { types } from 'node:util'
import { log } from '../process/log.js'

const FAILURES_TO_OFF = 3

/** One for each part: the failures of all its handlers count together. */
export interface Fuse {
  name: string
  failures: number
  blown: boolean
}

const fuses = new Map<string, Fuse>()

export function createFuse(name: string): Fuse {
  const fuse = fuses.get(name) ?? { name, failures: 0, blown: false }
  fuses.set(name, fuse)
  return fuse
}

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
  try {
    const reason = reasonOf(error)
    // The application's own stack overflow, met inside our frame: no fault of ours, and logging would overflow again.
    if (reason.startsWith('Maximum call stack')) return
    fuse.failures++
    log('debug', `${fuse.name} failed: ${reason}`)
    if (fuse.failures !== FAILURES_TO_OFF) return
    fuse.blown = true
    log('warn', `${fuse.name} failed ${FAILURES_TO_OFF} times and is switched off: ${reason}`)
  } catch {}
}

/** An error may be the application's: nothing of it runs. */
function reasonOf(error: unknown): string {
  const message = types.isNativeError(error) ? Object.getOwnPropertyDescriptor(error, 'message')?.value : undefined
  return typeof message === 'string' ? message : typeof error
}
