// What the machine and the process tell of themselves, as OpenTelemetry's resource attributes. Any thread. Arguments of the process are
// not told: they may hold secrets.

import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { basename } from 'node:path'
import { attempt } from '../process/attempt.js'

export function machineAttributes(mainFile: string): Record<string, string> {
  const container = containerId(read('/proc/self/cgroup'), read('/proc/self/mountinfo'))
  const machine = read('/etc/machine-id').trim()
  return {
    'host.arch': architectureOf(process.arch),
    ...(machine && { 'host.id': machine }),
    'os.type': systemOf(process.platform),
    'os.version': release(),
    'process.executable.name': basename(process.execPath),
    'process.executable.path': process.execPath,
    ...(mainFile && { 'process.command': mainFile }),
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'process.runtime.description': 'Node.js',
    ...(container && { 'container.id': container })
  }
}

const read = (file: string): string => attempt(() => readFileSync(file, 'utf8')) ?? ''

/** 64 hex digits of Docker, containerd, CRI-O and Podman; 32 and a number of ECS on Fargate. */
const ID = /(?:^|[/:-])([0-9a-f]{64}|[0-9a-f]{32}-\d{1,10})(?:\.scope)?$/
const IN_MOUNT = /\/(?:containers|overlay-containers|sandboxes)\/([0-9a-f]{64})\//

/**
 * The container's id from `/proc/self/cgroup` (v1: the path's last part) or `/proc/self/mountinfo` (v2: where the runtime mounts
 * hostname and resolv.conf from, not the sandbox of the pod where there is another).
 */
export function containerId(cgroup: string, mountinfo: string): string | undefined {
  for (const line of cgroup.split('\n')) {
    const found = ID.exec(line.trim())?.[1]
    if (found) return found
  }
  const ids = mountinfo.split('\n').flatMap(line => {
    const [where, id] = IN_MOUNT.exec(line) ?? []
    return id ? [{ id, sandbox: where!.startsWith('/sandboxes') }] : []
  })
  return (ids.find(({ sandbox }) => !sandbox) ?? ids[0])?.id
}

/** OpenTelemetry's names for Node's. */
const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm: 'arm32', ia32: 'x86' }
const SYSTEMS: Record<string, string> = { win32: 'windows', sunos: 'solaris' }

export const architectureOf = (arch: string): string => ARCHITECTURES[arch] ?? arch
export const systemOf = (platform: string): string => SYSTEMS[platform] ?? platform
