// Names for threads, processes and hosts. The rules are pure; what has to be looked up is looked up once.

import { lookup } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { attempt } from '../process/attempt.js'
import type { Report } from '../types.js'
import type { KernelEvent } from './events.js'

/** What a function at the bottom of a thread's stack says about the thread. Node 20 calls all of them `node`. */
const ROLES: [pattern: RegExp, role: string][] = [
  [/^(?:uv__fs_work|uv__getaddrinfo_work|uv__getnameinfo_work|uv__queue_work|worker)$/, 'libuv'],
  [/PlatformWorkerThread|WorkerThreadsTaskRunner/, 'V8'],
  [/^node::worker::Worker/, 'worker']
]
/** Names that say no more than that it is Node. */
const BLAND = /^(?:node|MainThread|)$/

export function threadNames(
  pid: number,
  events: KernelEvent[],
  comm: (tid: number) => string
): (tid: number) => string {
  const roles = new Map([[pid, 'main']])
  for (const event of events) {
    const frames = event.type === 'sleep' ? event.user : event.type === 'sample' ? event.frames : undefined
    if (!frames || roles.has(event.type === 'sleep' || event.type === 'sample' ? event.tid : pid)) continue
    const role = roleOf(frames)
    if (role && 'tid' in event) roles.set(event.tid, role)
  }
  return tid => {
    let name = roles.get(tid)
    if (name === undefined) {
      const said = comm(tid)
      name = BLAND.test(said) ? 'other' : said
      roles.set(tid, name)
    }
    return name
  }
}

export const roleOf = (frames: string[]): string | undefined =>
  ROLES.find(([pattern]) => frames.some(frame => pattern.test(frame)))?.[1]

export const commOf =
  (pid: number) =>
  (tid: number): string =>
    read(`/proc/${pid}/task/${tid}/comm`).trim()

const MAX_COMMAND_CHARS = 100

/** `node busy.js`; what has ended has only the name that the kernel told. */
export const processName = (pid: number, comm: string): string =>
  read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim().slice(0, MAX_COMMAND_CHARS) || comm

/** IP addresses of the hosts that reports name, in words of the machine we are on. */
export async function addressBook(reports: Report[]): Promise<(host: string) => string[]> {
  const hosts = new Set(reports.flatMap(({ operations }) => operations.map(({ target }) => hostOf(target))))
  const book = new Map<string, string[]>()
  await Promise.all(
    [...hosts].map(async host => {
      if (isIP(host)) return void book.set(host, [host])
      const found = await lookup(host, { all: true }).catch(() => [])
      book.set(
        host,
        found.map(({ address }) => address)
      )
    })
  )
  return host => book.get(host) ?? []
}

const hostOf = (target: string): string => (/^(.*?):\d+(?:\/.*)?$/.exec(target)?.[1] ?? target).replace(/^\[|\]$/g, '')

const read = (file: string): string => attempt(() => readFileSync(file, 'utf8')) ?? ''
