// The CPU quotas of the groups that the process is in, and the files in which the kernel counts how they throttled it. They stay open.
// Agent thread.

import { type CounterFile, openCounter } from './counter-file.js'
import { limitedGroups, tightestOf } from './cpu-quota.js'
import { parseThrottling, type Throttling } from './kernel-files.js'

export interface Quotas {
  /** The smallest of the group and those around it. */
  cores: number | undefined
  /** cpu.stat of the groups that have one. */
  files: CounterFile[]
}

export function openQuotas(): Quotas {
  const groups = limitedGroups()
  return {
    cores: tightestOf(groups)?.cores,
    files: groups.map(({ folder }) => openCounter(`${folder}/cpu.stat`))
  }
}

export function readThrottling({ files }: Quotas): Throttling {
  const sum = { throttledMs: 0, periods: 0 }
  for (const file of files) {
    const counted = parseThrottling(file.read())
    sum.throttledMs += counted?.throttledMs ?? 0
    sum.periods += counted?.periods ?? 0
  }
  return sum
}
