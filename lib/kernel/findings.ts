// What the kernel's view says about one stretch of time of a process, most often a slow request: findings, longest first. Pure.
// A finding is said only of what was seen; that the network lost nothing is said only where TCP was watched.

import type { Report } from '../types.js'
import type { BlockIo, Call, KernelEvent, Queued, Sleep } from './events.js'
import { coveredMs, meetingOf } from './intervals.js'
import { networkFindings } from './network.js'
import { ioName } from './probes/disk.js'
import { placeOf, reasonOf } from './probes/off-cpu.js'
import { ranInstead } from './probes/run-queue.js'
import type { Peer } from './sockets.js'
import { callName } from './syscalls.js'
import { bytes, ms, plain, plural } from './words.js'

export interface Finding {
  kind: 'call' | 'sleep' | 'cpu' | 'network' | 'peer'
  /** Of the stretch. */
  ms: number
  sentence: string
  /** Where the main thread slept, leaf first. */
  stack?: string[]
}

export interface Stretch {
  pid: number
  start: number
  end: number
  /** Of that stretch, on the same clock. */
  events: KernelEvent[]
  /** Of the request that it is, if it is one. */
  operations: Report['operations']
  peers: Peer[]
  /** False: nobody can say that nothing was lost. */
  tcpWatched: boolean
  threadName(tid: number): string
  processName(pid: number, comm: string): string
  /** IP addresses of a name, as far as they are known. */
  addressesOf(host: string): string[]
}

/** Less than that explains nothing. */
const LEAST_SHARE = 0.05
const LEAST_MS = 1
const MAX_FINDINGS = 5
const MAX_OTHERS = 3

export function findingsOf(stretch: Stretch): Finding[] {
  const least = Math.max(LEAST_MS, LEAST_SHARE * (stretch.end - stretch.start))
  return [
    ...callFindings(stretch, least),
    ...sleepFindings(stretch),
    ...cpuFindings(stretch),
    ...networkFindings(stretch)
  ]
    .filter(finding => finding.ms >= least)
    .sort((a, b) => rank(b) - rank(a))
    .slice(0, MAX_FINDINGS)
}

/** Calls of other threads overlap with what the main thread did, so that theirs count half. */
const rank = (finding: Finding): number =>
  finding.ms * (finding.kind === 'call' && !finding.sentence.startsWith(MAIN) ? 0.5 : 1)

const MAIN = 'The main thread'

/** Of one kind and one file, all together. What lay inside is looked up for those that matter alone: there may be as many files as calls. */
function callFindings(stretch: Stretch, leastMs: number): Finding[] {
  const { pid, start, end } = stretch
  const calls = stretch.events.filter(event => event.type === 'call')
  const groups = groupedBy(calls, call => [call.tid === pid ? 0 : 1, call.call, call.file, call.peer].join('\n'))
  return [...groups.values()].flatMap(calls => {
    const [first] = calls as [Call]
    const spent = coveredMs(calls, start, end)
    if (spent < leastMs) return []
    const who = first.tid === pid ? MAIN : `A ${stretch.threadName(first.tid)} thread`
    const meets = meetingOf(calls)
    const disk = stretch.events.filter((event): event is BlockIo => event.type === 'io' && meets(event))
    const times = calls.length > 1 ? `${calls.length} calls of ` : ''
    const longest = longestSleep(stretch.events, calls)
    return {
      kind: 'call',
      ms: spent,
      sentence: `${who} was ${ms(spent)} ms in ${times}${callName(first.call)}${objectOf(first)}${diskPart(disk, start, end)}.`,
      ...(longest && { stack: longest.user })
    }
  })
}

/** Of the threads that were in these calls, while they were. */
function longestSleep(events: KernelEvent[], calls: Call[]): Sleep | undefined {
  const byThread = groupedBy(calls, ({ tid }) => tid)
  const meets = new Map(Array.from(byThread, ([tid, own]) => [tid, meetingOf(own)]))
  const slept = events.filter(event => event.type === 'sleep' && meets.get(event.tid)?.(event) === true) as Sleep[]
  return slept.sort((a, b) => b.end - b.start - (a.end - a.start))[0]
}

function objectOf({ file, kind, peer }: Call): string {
  if (peer) return ` of the connection to ${peer}`
  if (kind === 'socket') return ' of a local socket'
  if (file === undefined || file === '') return ''
  return ` of ${kind === 'fifo' ? 'the FIFO ' : kind === 'device' ? 'the device ' : ''}${plain(file)}`
}

function diskPart(io: BlockIo[], start: number, end: number): string {
  if (io.length === 0) return ''
  const size = io.reduce((sum, request) => sum + request.bytes, 0)
  const names = [...new Set(io.map(({ flags }) => ioName(flags)))].join(', ')
  return `: the disk took ${ms(coveredMs(io, start, end))} ms for ${plural(io.length, 'request')} (${names}, ${bytes(size)})`
}

/** Sleeps of the main thread in no system call: pages that had to be read. */
function sleepFindings({ pid, start, end, events }: Stretch): Finding[] {
  const sleeps = events.filter(event => event.type === 'sleep' && event.tid === pid && event.call < 0) as Sleep[]
  return [...groupedBy(sleeps, reasonOf)].map(([reason, sleeps]) => {
    const spent = coveredMs(sleeps, start, end)
    const [first] = sleeps as [Sleep]
    return {
      kind: 'sleep',
      ms: spent,
      sentence: `${MAIN} slept ${ms(spent)} ms outside any system call (${reason}), called by ${plain(placeOf(first))}.`,
      stack: first.user
    }
  })
}

function cpuFindings({ pid, start, end, events, processName }: Stretch): Finding[] {
  const waits = events
    .filter((event): event is Queued => event.type === 'queued' && event.tid === pid)
    .map(wait => ({ ...wait, start: Math.max(wait.start, start), end: Math.min(wait.end, end) }))
  const spent = coveredMs(waits, start, end)
  if (spent === 0) return []
  const others = ranInstead(
    waits,
    events.filter(event => event.type === 'ran')
  )
  const names = others
    .slice(0, MAX_OTHERS)
    .map(other => `${plain(processName(other.pid, other.comm))} (pid ${other.pid}) ran ${ms(other.ms)} ms`)
  return [
    {
      kind: 'cpu',
      ms: spent,
      sentence: `${MAIN} could run and waited ${ms(spent)} ms for a CPU; ${
        names.length > 0
          ? `meanwhile ${names.join(', ')}`
          : 'no other process was seen on it for long: its own threads, a CPU quota, or the host of this virtual machine'
      }.`
    }
  ]
}

/** `Map.groupBy` is not in Node 20. */
function groupedBy<Key, Item>(items: Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
