// Under which CPU quotas this process runs: that of its control group, and those of the groups around it. Agent thread; a few small
// reads of /proc and /sys/fs/cgroup. Which groups these are, by either version of cgroups, is computed in control-groups.ts.

import { readFileSync } from 'node:fs'
import { attempt } from '../process/attempt.js'
import { findControlGroup } from '../process/control-groups.js'
import { parseCfsQuota, parseCpuMax } from './kernel-files.js'

export interface CpuQuota {
  cores: number
  /** CPU time of all processes of the group, since it was made. */
  usedSeconds: number
}

/** A group that has a quota. */
export interface LimitedGroup {
  folder: string
  version: 1 | 2
  cores: number
}

/** The innermost first. Throws where the kernel tells of no groups. */
export function limitedGroups(
  cgroup = readFileSync('/proc/self/cgroup', 'latin1'),
  mountinfo = readFileSync('/proc/self/mountinfo', 'latin1')
): LimitedGroup[] {
  const { folders, version } = findControlGroup('cpu', cgroup, mountinfo) ?? { folders: [], version: 2 }
  return folders.flatMap(folder => {
    const cores = coresOf({ folder, version })
    return cores === undefined ? [] : [{ folder, version, cores }]
  })
}

/** Which of them binds. */
export const tightestOf = (groups: LimitedGroup[]): LimitedGroup | undefined =>
  groups.toSorted((a, b) => a.cores - b.cores)[0]

/** How to read the smallest of these quotas again; undefined where there is none. */
export function watchCpuQuota(groups = attempt(limitedGroups) ?? []): (() => CpuQuota | undefined) | undefined {
  const tightest = tightestOf(groups)
  if (!tightest) return undefined
  return () => {
    const [cores, usedSeconds] = [coresOf(tightest), usedSecondsOf(tightest)]
    return cores === undefined || usedSeconds === undefined ? undefined : { cores, usedSeconds }
  }
}

type Place = Pick<LimitedGroup, 'folder' | 'version'>

/** The root of the tree has no limits, and no files for them. */
const coresOf = ({ folder, version }: Place): number | undefined =>
  version === 2
    ? parseCpuMax(read(`${folder}/cpu.max`) ?? '')
    : parseCfsQuota(read(`${folder}/cpu.cfs_quota_us`) ?? '', read(`${folder}/cpu.cfs_period_us`) ?? '')

function usedSecondsOf({ folder, version }: Place): number | undefined {
  if (version === 2) return secondsIn(/^usage_usec (\d+)$/m.exec(read(`${folder}/cpu.stat`) ?? '')?.[1], 1e6)
  // Of version 1 another controller counts it, which is mounted with this one or beside it.
  const beside = folder.replace('/cpu/', '/cpuacct/')
  return secondsIn(read(`${folder}/cpuacct.usage`) ?? read(`${beside}/cpuacct.usage`), 1e9)
}

const secondsIn = (text: string | undefined, perSecond: number): number | undefined =>
  text ? Number(text) / perSecond : undefined

const read = (file: string): string | undefined => attempt(() => readFileSync(file, 'latin1').trim())
