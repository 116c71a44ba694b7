// For how long the agent thread was inside calls that wait for a disk. A disk that stalls holds up this thread and the application's alike,
// and then nothing of the process runs: by the kernel's counters that looks as if the process had been stopped (evidence/kernel.ts).

import { now } from './clock.js'

let waitedMs = 0

/** Since the thread began. */
export const atDiskMs = (): number => waitedMs

export function atDisk<Result>(call: () => Result): Result {
  const began = now()
  try {
    return call()
  } finally {
    waitedMs += now() - began
  }
}
