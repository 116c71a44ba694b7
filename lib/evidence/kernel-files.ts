// What the kernel's files say. Pure.

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

function numberIn(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}
