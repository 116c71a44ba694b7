// How much address space the process may still take (RLIMIT_AS, `ulimit -v`). Any thread.

import { readFileSync } from 'node:fs'
import { attempt } from './attempt.js'

/** Undefined where it has no bound, and where nobody says so. */
export function addressSpaceLeftBytes(): number | undefined {
  return attempt(() => {
    const [, limit] = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
    if (limit === undefined) return undefined
    const [, takenKb] = /^VmSize:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))!
    return Number(limit) - Number(takenKb) * 1024
  })
}
