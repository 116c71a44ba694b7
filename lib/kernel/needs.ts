// What `perfagent kernel` needs from the machine, and for each missing piece the command that mends it. Looks, and changes nothing.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { attempt } from '../process/attempt.js'

export interface Missing {
  what: string
  /** A command, or what to do. */
  mend: string
}

/** Where tracefs may be mounted; the second is where debugfs has it. */
const TRACEFS = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing']

/** The first process namespace: bpftrace counts processes as it does. PROC_PID_INIT_INO in the kernel's proc_ns.h. */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]'

const CAP_SYS_PTRACE = 19
const CAP_SYS_ADMIN = 21
const CAP_PERFMON = 38
const CAP_BPF = 39

export const tracepointExists = (tracepoint: string): boolean =>
  TRACEFS.some(root => existsSync(`${root}/events/${tracepoint}/format`))

export function missingFor(pid: number, { perf, arguments: given }: { perf: boolean; arguments: string }): Missing[] {
  if (process.platform !== 'linux') return [{ what: 'this is not Linux', mend: 'run it where the service runs' }]
  const missing: Missing[] = []
  const need = (met: boolean, what: string, mend: string): void => void (met || missing.push({ what, mend }))

  need(existsSync(`/proc/${pid}/stat`), `there is no process ${pid}`, 'pgrep -a node')
  const whole = processOf(pid)
  need(
    whole === undefined || whole === pid,
    `${pid} is a thread of process ${whole}`,
    `sudo npx perfagent kernel --pid ${whole}`
  )
  const root = process.geteuid?.() === 0
  need(root, 'only root may trace the kernel', `sudo npx perfagent kernel ${given}`)
  if (root) {
    need(mayTrace(capabilities()), 'this root lacks capabilities', 'docker run --privileged --pid=host …')
    need(
      readlinkSync('/proc/self/ns/pid') === FIRST_PID_NAMESPACE,
      'this is a container with process ids of its own',
      'run it on the host, or: docker run --privileged --pid=host …'
    )
    need(
      TRACEFS.some(path => existsSync(`${path}/events`)),
      'tracefs is not mounted',
      'mount -t tracefs tracefs /sys/kernel/tracing'
    )
    need(lockdown() !== 'confidentiality', 'the kernel is locked down', 'boot without lockdown=confidentiality')
  }
  need(runs('bpftrace', '--version'), 'bpftrace is not installed', 'apt-get install bpftrace')
  if (perf) {
    // Ubuntu's is a script that looks for the perf of the kernel that runs.
    const mend = 'apt-get install linux-perf (Ubuntu: linux-tools-$(uname -r)), or add --without on-cpu'
    need(runs('perf', '--version'), 'perf is not installed, or not for this kernel', mend)
  }
  return missing
}

/** Of a mask as in /proc/self/status. */
export function mayTrace(mask: bigint): boolean {
  const has = (capability: number): boolean => ((mask >> BigInt(capability)) & 1n) === 1n
  return has(CAP_SYS_ADMIN) || (has(CAP_BPF) && has(CAP_PERFMON) && has(CAP_SYS_PTRACE))
}

const capabilities = (): bigint =>
  BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`)

/** /proc answers for a thread's id, too, though it does not list it. */
const processOf = (id: number): number | undefined => {
  const [, whole] = /^Tgid:\s*(\d+)$/m.exec(attempt(() => readFileSync(`/proc/${id}/status`, 'utf8')) ?? '') ?? []
  return whole === undefined ? undefined : Number(whole)
}

const lockdown = (): string | undefined =>
  attempt(() => /\[(\w+)\]/.exec(readFileSync('/sys/kernel/security/lockdown', 'utf8'))?.[1])

const runs = (program: string, option: string): boolean =>
  spawnSync(program, [option], { stdio: 'ignore', timeout: 10_000 }).status === 0

/** `perf-PID.map` of a service that was started with --perf-basic-prof, in its own file system. */
export const perfMapOf = (pid: number): string | undefined =>
  attempt(() => {
    const inner = /^NSpid:.*?(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? String(pid)
    const file = `/proc/${pid}/root/tmp/perf-${inner}.map`
    return statSync(file).isFile() ? file : undefined
  })
