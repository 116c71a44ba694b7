// How much CPU the container may use, and has used. Agent thread; a few small reads of /sys/fs/cgroup at each collection. Both
// versions of cgroups; of nested groups the one with the smallest quota.

import { readFileSync } from 'node:fs'
import path from 'node:path'

export interface CpuQuota {
  cores: number
  /** Of the whole group, since it was made. */
  usedSeconds: number
}

export interface Group {
  folder: string
  version: 1 | 2
}

const ROOT = '/sys/fs/cgroup'

/** The group whose quota binds; undefined where there is none. */
export function findQuota(root = ROOT, own = '/proc/self/cgroup'): Group | undefined {
  const groups = groupsOf(read(own) ?? '', root)
  const bound = groups.flatMap(group => {
    const cores = coresOf(group)
    return cores === undefined ? [] : [{ group, cores }]
  })
  return bound.sort((a, b) => a.cores - b.cores)[0]?.group
}

export function readQuota(group: Group): CpuQuota | undefined {
  const cores = coresOf(group)
  const usedSeconds = group.version === 2 ? usedV2(group) : usedV1(group)
  return cores === undefined || usedSeconds === undefined ? undefined : { cores, usedSeconds }
}

/** A container usually sees its own group as the root, whatever /proc/self/cgroup calls it: both are tried. */
function groupsOf(own: string, root: string): Group[] {
  const groups: Group[] = []
  for (const line of own.split('\n')) {
    const [, controllers = '', of = '/'] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (!line || !(controllers === '' || controllers.split(',').includes('cpu'))) continue
    const version = controllers === '' ? 2 : 1
    const base = version === 2 ? root : path.join(root, 'cpu')
    for (let folder = path.join(base, of); folder.startsWith(base); folder = path.dirname(folder)) {
      groups.push({ folder, version })
    }
  }
  return groups
}

function coresOf({ folder, version }: Group): number | undefined {
  const [quota, period] =
    version === 2
      ? (read(path.join(folder, 'cpu.max'))?.split(' ') ?? [])
      : [read(path.join(folder, 'cpu.cfs_quota_us')), read(path.join(folder, 'cpu.cfs_period_us'))]
  const cores = Number(quota) / Number(period)
  return cores > 0 && Number.isFinite(cores) ? cores : undefined
}

const usedV2 = ({ folder }: Group): number | undefined =>
  seconds(/^usage_usec (\d+)$/m.exec(read(path.join(folder, 'cpu.stat')) ?? '')?.[1], 1e6)

/** The two controllers are mounted as one, by either name. */
const usedV1 = ({ folder }: Group): number | undefined =>
  seconds(
    read(path.join(folder, 'cpuacct.usage')) ?? read(path.join(folder.replace('/cpu/', '/cpuacct/'), 'cpuacct.usage')),
    1e9
  )

const seconds = (text: string | undefined, perSecond: number): number | undefined =>
  text === undefined || text === '' ? undefined : Number(text) / perSecond

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}
