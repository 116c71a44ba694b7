// Whose a spool file is, told by its name: `perfagent-<where>-<pid>-<start>-<chance>.spool`. Agent thread. `where` is the machine's
// boot and its namespace of process ids: in it the pid and when that process started say for certain whether it still lives.
// Elsewhere (containers that share a volume) a file that nobody has touched for ORPHAN_MS is an orphan; owners touch theirs.
//
// A file is taken over by renaming it to a name of one's own, which only one can do.

import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { attempt } from '../process/attempt.js'

export const TOUCH_MS = 20_000
const ORPHAN_MS = 90_000

const NAME = /^perfagent-([0-9a-f]{12})-(\d{1,10})-(\d{1,20})-[0-9a-f]{12}\.spool$/

export const ownName = (): string =>
  `perfagent-${where()}-${process.pid}-${startOf(process.pid) ?? 0}-${randomBytes(6).toString('hex')}.spool`

export const isSpool = (name: string): boolean => NAME.test(name)

/** Of this very process: that of an agent thread that is no more, unless it is the one in use. */
export const isOrphan = (name: string, own: string, ageMs: number): boolean => {
  const [, place, pid, start] = NAME.exec(name) ?? []
  if (place === undefined || name === own) return false
  if (place !== where()) return ageMs > ORPHAN_MS
  if (Number(pid) === process.pid) return true
  const started = startOf(Number(pid))
  return started === undefined || String(started) !== start
}

let known: string | undefined

function where(): string {
  known ??= createHash('sha256')
    .update(`${hostname()} ${attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))} `)
    .update(`${attempt(() => readlinkSync('/proc/self/ns/pid'))}`)
    .digest('hex')
    .slice(0, 12)
  return known
}

/** In the kernel's ticks; without /proc 0 for a process that lives; undefined for one that does not. */
function startOf(pid: number): string | number | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // The name in brackets may hold brackets and spaces; the start is the 20th field after it.
  if (stat !== undefined) return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  if (process.platform === 'linux') return undefined
  return attempt(() => process.kill(pid, 0)) === undefined ? undefined : 0
}
