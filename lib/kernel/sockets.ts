// The sockets of a process as /proc and `ss` tell them: which inode is whose, round-trip times, accept queues, and how often the
// kernel refused a connection. The readers are pure; the process is asked in `watchSockets` alone.

import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { promisify } from 'node:util'
import { attempt } from '../process/attempt.js'

export interface Network {
  peers: Peer[]
  /** Listening sockets with connections that nobody has accepted yet. */
  queues: { local: string; waiting: number; limit: number }[]
  /** Since the recording began, of the whole network namespace. */
  listenOverflows: number
  listenDrops: number
}

export interface Peer {
  peer: string
  rttMs: number
  /** Since the connection was made. */
  retransmits: number
  /** Packets that came out of order: what the peer sent was lost on its way to us, or overtaken. */
  outOfOrder: number
}

/**
 * `ss -tinHp`: a line for each socket, and one of details below it, indented.
 *
 *     ESTAB 0 0 10.0.0.1:40444 10.0.0.2:5432 users:(("node",pid=71,fd=20))
 *       cubic wscale:7,7 rto:204 rtt:0.5/0.2 … retrans:0/3 rcv_ooopack:2 …
 */
export function readEstablished(text: string, pid: number): Peer[] {
  const peers = new Map<string, Peer>()
  for (const entry of text.split(/\n(?=\S)/)) {
    if (!entry.includes(`pid=${pid},`)) continue
    const [, , , , peer] = entry.split(/\s+/)
    const rttMs = Number(/\brtt:([\d.]+)/.exec(entry)?.[1])
    if (!peer || !Number.isFinite(rttMs)) continue
    const name = withoutMapping(peer)
    const known = peers.get(name) ?? { peer: name, rttMs, retransmits: 0, outOfOrder: 0 }
    known.rttMs = Math.max(known.rttMs, rttMs)
    known.retransmits += Number(/\bretrans:\d+\/(\d+)/.exec(entry)?.[1] ?? 0)
    known.outOfOrder += Number(/\brcv_ooopack:(\d+)/.exec(entry)?.[1] ?? 0)
    peers.set(name, known)
  }
  return [...peers.values()]
}

/** `ss -tlnHp`: what Recv-Q and Send-Q are elsewhere is, of a listening socket, the accept queue and its limit. */
export function readQueues(text: string, pid: number): Network['queues'] {
  return text
    .split('\n')
    .filter(line => line.includes(`pid=${pid},`))
    .map(line => line.split(/\s+/))
    .map(([, waiting, limit, local]) => ({ local: local!, waiting: Number(waiting), limit: Number(limit) }))
    .filter(({ waiting }) => waiting > 0)
}

/** /proc/net/netstat has, for each group, a line of names and a line of numbers. */
export function readCounter(netstat: string, name: string): number {
  const lines = netstat.split('\n')
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const at = lines[i]!.split(' ').indexOf(name)
    if (at > 0) return Number(lines[i + 1]!.split(' ')[at]) || 0
  }
  return 0
}

/** `[::ffff:10.0.0.2]:5432` is `10.0.0.2:5432`. */
const withoutMapping = (address: string): string => address.replace(/^\[::ffff:([\d.]+)\]/, '$1')

export interface Sockets {
  /** Whether it is a socket of the process. */
  owns(inode: number): boolean
  network(): Promise<Network>
}

/** A list of 10,000 descriptors takes 50 ms to read. */
const REREAD_MS = 250
const SS_TIMEOUT_MS = 5000

export function watchSockets(pid: number): Sockets {
  const counter = (name: string): number =>
    readCounter(attempt(() => readFileSync(`/proc/${pid}/net/netstat`, 'utf8')) ?? '', name)
  const before = { overflows: counter('ListenOverflows'), drops: counter('ListenDrops') }
  const owned = new Set<number>()
  let readAt = 0
  return {
    owns(inode) {
      if (inode === 0) return false
      if (!owned.has(inode) && performance.now() - readAt > REREAD_MS) {
        for (const known of socketsOf(pid)) owned.add(known)
        readAt = performance.now()
      }
      return owned.has(inode)
    },
    async network() {
      const [established, listening] = await Promise.all([ss(pid, '-tinHp'), ss(pid, '-tlnHp')])
      return {
        peers: readEstablished(established, pid),
        queues: readQueues(listening, pid),
        listenOverflows: Math.max(0, counter('ListenOverflows') - before.overflows),
        listenDrops: Math.max(0, counter('ListenDrops') - before.drops)
      }
    }
  }
}

function socketsOf(pid: number): number[] {
  const folder = `/proc/${pid}/fd`
  const descriptors = attempt(() => readdirSync(folder)) ?? []
  return descriptors.flatMap(fd => {
    const inode = /^socket:\[(\d+)\]$/.exec(attempt(() => readlinkSync(`${folder}/${fd}`)) ?? '')?.[1]
    return inode ? [Number(inode)] : []
  })
}

/** In the network of the process, which need not be ours. A machine without `ss` loses these lines alone. */
async function ss(pid: number, options: string): Promise<string> {
  const command = ['ss', options]
  if (networkOf(pid) !== networkOf('self')) command.unshift('nsenter', '-t', String(pid), '-n')
  try {
    const [program, ...args] = command
    return (await promisify(execFile)(program!, args, { timeout: SS_TIMEOUT_MS, maxBuffer: 1 << 26 })).stdout
  } catch {
    return ''
  }
}

export const networkOf = (pid: number | 'self'): number => attempt(() => statSync(`/proc/${pid}/ns/net`).ino) ?? 0
