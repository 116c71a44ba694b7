// A core that the services under measurement have for themselves: the load, the peer and the databases share the others. Where the kernel
// chooses, two processes of one build differ by twice as much (docs/overhead.md). It does choose where there is but one core, or no
// `taskset` (util-linux).

import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** `measure` is told what to put before a service's command. Afterwards everything may run everywhere again. */
export async function withOwnCore(measure) {
  const cores = allowedCores()
  if (cores.length < 2 || spawnSync('taskset', ['--version']).status !== 0) return measure([])
  const [own, ...others] = cores
  keepTo(others)
  try {
    return await measure(['taskset', '-c', own])
  } finally {
    keepTo(cores)
  }
}

/** `0-1,4` → 0, 1, 4 */
function allowedCores() {
  if (process.platform !== 'linux') return []
  const [, list] = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return list.split(',').flatMap(range => {
    const [first, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => String(first + i))
  })
}

/** This process, and what scripts/services.mjs started around it. */
function keepTo(cores) {
  const isServices = readFileSync(`/proc/${process.ppid}/cmdline`, 'utf8').includes('services.mjs')
  for (const pid of treeOf(isServices ? process.ppid : process.pid)) {
    try {
      execFileSync('taskset', ['-a', '-c', '-p', cores.join(','), pid], { stdio: 'ignore' })
    } catch {} // It has ended.
  }
}

function treeOf(pid) {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap(thread =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean)
    )
    return [String(pid), ...children.flatMap(treeOf)]
  } catch {
    return []
  }
}
