// How many files and sockets the process may still open (RLIMIT_NOFILE, `ulimit -n`). Any thread.

import { readdirSync, readFileSync } from 'node:fs'
import { attempt } from './attempt.js'

/** From here on nobody counts those that are open: with 10,000 of them that would take milliseconds. */
const MANY = 1024

/** Undefined where the limit is high, and where nobody says it. */
export function descriptorsLeft(): number | undefined {
  return attempt(() => {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
    if (limit === undefined || Number(limit) >= MANY) return undefined
    // One of them is that of the folder itself.
    return Number(limit) - readdirSync('/proc/self/fd').length + 1
  })
}
