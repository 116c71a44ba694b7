// What the kernel's view says about one stretch of time of a process, most often a slow request: findings, longest first. Pure.
// A finding is said only of what was seen; that the network lost nothing is said only where TCP was watched.

import type { Interval, Report } from '../types.js'
import type { BlockIo, Call, KernelEvent, Queued, Sleep } from './events.js'
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
  return [...callFindings(stretch), ...sleepFindings(stretch), ...cpuFindings(stretch), ...networkFindings(stretch)]
    .filter(finding => finding.ms >= least)
    .sort((a, b) => rank(b) - rank(a))
    .slice(0, MAX_FINDINGS)
}

/** Calls of other threads overlap with what the main thread did, so that theirs count half. */
const rank = (finding: Finding): number =>
  finding.ms * (finding.kind === 'call' && !finding.sentence.startsWith(MAIN) ? 0.5 : 1)

const MAIN = 'The main thread'

/** Of one kind and one file, all together. */
function callFindings(stretch: Stretch): Finding[] {
  const { pid, start, end } = stretch
  const groups = new Map<string, Call[]>()
  for (const event of stretch.events) {
    if (event.type !== 'call') continue
    const key = [event.tid === pid ? 0 : 1, event.call, event.file, event.peer].join('\n')
    groups.set(key, [...(groups.get(key) ?? []), event])
  }
  return [...groups.values()].map(calls => {
    const [first] = calls as [Call]
    const spent = coveredMs(calls, start, end)
    const who = first.tid === pid ? MAIN : `A ${stretch.threadName(first.tid)} thread`
    const slept = stretch.events.filter(
      (event): event is Sleep =>
        event.type === 'sleep' && calls.some(call => call.tid === event.tid && overlaps(call, event))
    )
    const disk = stretch.events.filter(
      (event): event is BlockIo => event.type === 'io' && calls.some(call => overlaps(call, event))
    )
    const [longest] = [...slept].sort((a, b) => b.end - b.start - (a.end - a.start))
    const times = calls.length > 1 ? `${calls.length} calls of ` : ''
    return {
      kind: 'call',
      ms: spent,
      sentence: `${who} was ${ms(spent)} ms in ${times}${callName(first.call)}${objectOf(first)}${diskPart(disk, start, end)}.`,
      ...(longest && { stack: longest.user })
    }
  })
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
  const groups = new Map<string, Sleep[]>()
  for (const event of events) {
    if (event.type !== 'sleep' || event.tid !== pid || event.call >= 0) continue
    const reason = reasonOf(event)
    groups.set(reason, [...(groups.get(reason) ?? []), event])
  }
  return [...groups].map(([reason, sleeps]) => {
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

const overlaps = (a: Interval, b: Interval): boolean => a.start < b.end && b.start < a.end

/** How much of the stretch the intervals cover, what overlaps once. */
export function coveredMs(intervals: Interval[], start: number, end: number): number {
  let covered = 0
  let upTo = start
  for (const interval of [...intervals].sort((a, b) => a.start - b.start)) {
    const from = Math.max(interval.start, upTo)
    const to = Math.min(interval.end, end)
    if (to <= from) continue
    covered += to - from
    upTo = to
  }
  return covered
}
