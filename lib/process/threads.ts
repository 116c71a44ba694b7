// How many threads more the process may start: `pids.max` of its control groups, and RLIMIT_NPROC (`ulimit -u`), which counts those of all
// processes of a user. Any thread; some small reads of /proc and /sys/fs/cgroup.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { attempt } from './attempt.js'
import { findControlGroup } from './control-groups.js'
import { threadsOf } from './pool-size.js'

/** From here on nobody counts what a user has: looking at each process of a machine takes milliseconds. */
const MANY = 1024

/**
 * How many are left, where they are not enough for `ours` and for libuv's pool, which is started with the first call for it: libuv and V8
 * end a process that cannot start a thread. Undefined: they are, or nobody says.
 */
export function tooFewThreads(ours: number, poolSize: string | undefined): number | undefined {
  const left = Math.min(leftInGroups(), leftToUser() ?? Number.POSITIVE_INFINITY)
  return left < ours + threadsOf(poolSize) ? Math.max(0, left) : undefined
}

function leftInGroups(): number {
  const { folders = [] } =
    attempt(() => findControlGroup('pids', read('/proc/self/cgroup'), read('/proc/self/mountinfo'))) ?? {}
  // The root of the tree has no limit, and no file for it; else it may be `max`.
  const left = folders.flatMap(
    folder => attempt(() => Number(read(`${folder}/pids.max`)) - Number(read(`${folder}/pids.current`))) ?? []
  )
  return Math.min(...left.filter(count => !Number.isNaN(count)))
}

/** Not of root, whom the kernel does not hold to it. */
function leftToUser(): number | undefined {
  return attempt(() => {
    const user = process.getuid!()
    const [, limit] = /^Max processes +(\d+)/m.exec(read('/proc/self/limits')) ?? []
    if (user === 0 || limit === undefined || Number(limit) >= MANY) return undefined
    const processes = readdirSync('/proc').filter(name => /^\d/.test(name))
    return processes.reduce((left, pid) => left - (attempt(() => threadsIn(`/proc/${pid}`, user)) ?? 0), Number(limit))
  })
}

function threadsIn(folder: string, user: number): number {
  if (statSync(folder).uid !== user) return 0
  return Number(/^Threads:\s+(\d+)/m.exec(read(`${folder}/status`))?.[1] ?? 0)
}

const read = (file: string): string => readFileSync(file, 'latin1')
