// What the kernel's files say, and which of them are this process's. Pure.
//
//   /proc/self/cgroup      4:cpu,cpuacct:/docker/ab12     v1: hierarchy, controllers, group
//                          0::/docker/ab12                v2
//   /proc/self/mountinfo   … /docker/ab12 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu
//                            ▲ group     ▲ is seen here
//
// In a container the group's path may be the host's while the mount shows only the container's part of the tree; inside a
// namespace of its own it begins with `/`, or with `/..` when the process was moved out of it.

export interface Throttling {
  throttledMs: number
  periods: number
}

/** cpu.stat: v1 counts `throttled_time` in nanoseconds, v2 `throttled_usec`. Both sum it over all CPUs. */
export function parseThrottling(text: string): Throttling | undefined {
  const nanoseconds = numberIn(text, /^throttled_time (\d+)$/m)
  const microseconds = numberIn(text, /^throttled_usec (\d+)$/m)
  const periods = numberIn(text, /^nr_throttled (\d+)$/m)
  if (periods === undefined) return undefined
  if (microseconds !== undefined) return { throttledMs: microseconds / 1e3, periods }
  return nanoseconds === undefined ? undefined : { throttledMs: nanoseconds / 1e6, periods }
}

/** cpu.max of v2: `20000 100000`; undefined for `max`, which is no limit. */
export const parseCpuMax = (text: string): number | undefined => coresOf(...text.trim().split(' '))

/** cpu.cfs_quota_us and cpu.cfs_period_us of v1; a quota of -1 is no limit. */
export const parseCfsQuota = (quota: string, period: string): number | undefined => coresOf(quota, period)

function coresOf(quota = '', period = ''): number | undefined {
  const cores = Number(quota) / Number(period)
  return Number.isFinite(cores) && cores > 0 ? cores : undefined
}

/** How long some task was stalled in all, from /proc/pressure/*. */
export function parsePressureMs(text: string): number | undefined {
  const microseconds = numberIn(text, /^some .*total=(\d+)$/m)
  return microseconds === undefined ? undefined : microseconds / 1e3
}

/** Faults that had to read from a disk. The thread's name, which may contain anything, ends at the last parenthesis. */
export function parseMajorFaults(stat: string): number | undefined {
  const faults = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[9])
  return Number.isInteger(faults) ? faults : undefined
}

/** On a CPU or waiting for one. */
export const isReady = (stat: string): boolean => stat[stat.lastIndexOf(')') + 2] === 'R'

/** A thread gives the CPU up when it waits for something, and it is taken from it for others. */
export const parseSwitches = (status: string): Record<string, number | undefined> => ({
  voluntarySwitches: numberIn(status, /^voluntary_ctxt_switches:\s+(\d+)$/m),
  involuntarySwitches: numberIn(status, /^nonvoluntary_ctxt_switches:\s+(\d+)$/m)
})

export interface CpuGroup {
  version: 1 | 2
  /** The group's own folder first, then those of the groups around it, as far as they are seen. */
  folders: string[]
}

/** The group whose quota holds: that of v1's cpu controller where it is mounted, else that of v2. */
export function findCpuGroup(cgroup: string, mountinfo: string): CpuGroup | undefined {
  const groups = cgroup.split('\n').map(line => /^\d+:([^:]*):(.*)$/.exec(line) ?? [])
  const mounts = mountinfo.split('\n').flatMap(line => parseMount(line) ?? [])
  const v1 = groups.find(([, controllers]) => controllers?.split(',').includes('cpu'))?.[2]
  const v1Mount = mounts.find(({ type, options }) => type === 'cgroup' && options.includes('cpu'))
  if (v1 !== undefined && v1Mount) return { version: 1, folders: foldersOf(v1, v1Mount) }
  const v2 = groups.find(([, controllers]) => controllers === '')?.[2]
  const v2Mount = mounts.find(({ type }) => type === 'cgroup2')
  return v2 !== undefined && v2Mount ? { version: 2, folders: foldersOf(v2, v2Mount) } : undefined
}

interface Mount {
  root: string
  at: string
  type: string
  options: string[]
}

function parseMount(line: string): Mount | undefined {
  const [before = '', after] = line.split(' - ')
  const [, , , root, at] = before.split(' ')
  const [type, , options = ''] = after?.split(' ') ?? []
  if (root === undefined || at === undefined || type === undefined) return undefined
  return { root: unescapeOctal(root), at: unescapeOctal(at), type, options: options.split(',') }
}

/** Blanks and the like are octal there. */
const unescapeOctal = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

function foldersOf(group: string, { root, at }: Mount): string[] {
  const inside = root === '/' ? group : group === root || group.startsWith(`${root}/`) ? group.slice(root.length) : '/'
  const names = inside.split('/').filter(name => name !== '')
  const seen = names.includes('..') ? [] : names
  return Array.from({ length: seen.length + 1 }, (_, up) => [at, ...seen.slice(0, seen.length - up)].join('/'))
}

function numberIn(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}
