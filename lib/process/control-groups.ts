// Which control groups this process is in, by either version. Pure.
//
//   /proc/self/cgroup      4:cpu,cpuacct:/docker/ab12     v1: hierarchy, controllers, group
//                          0::/docker/ab12                v2
//   /proc/self/mountinfo   … /docker/ab12 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu
//                            ▲ group     ▲ is seen here
//
// In a container the group's path may be the host's while the mount shows only the container's part of the tree; inside a
// namespace of its own it begins with `/`, or with `/..` when the process was moved out of it.

export interface ControlGroup {
  version: 1 | 2
  /** The group's own folder first, then those of the groups around it, as far as they are seen. */
  folders: string[]
}

/** The group whose limits hold: that of v1's controller where it is mounted, else that of v2. */
export function findControlGroup(controller: string, cgroup: string, mountinfo: string): ControlGroup | undefined {
  const groups = cgroup.split('\n').map(line => /^\d+:([^:]*):(.*)$/.exec(line) ?? [])
  const mounts = mountinfo.split('\n').flatMap(line => parseMount(line) ?? [])
  const v1 = groups.find(([, controllers]) => controllers?.split(',').includes(controller))?.[2]
  const v1Mount = mounts.find(({ type, options }) => type === 'cgroup' && options.includes(controller))
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
