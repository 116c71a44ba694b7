// One run of `perfagent kernel`: attaches, collects what the parts see and what the agent says of slow requests until it is time
// to stop, and detaches, whatever happens.

import { readFileSync } from 'node:fs'
import { attempt } from '../process/attempt.js'
import { now } from '../process/clock.js'
import type { Report } from '../types.js'
import { type Attached, attach } from './attach.js'
import type { KernelEvent } from './events.js'
import { type Finding, findingsOf } from './findings.js'
import { addressBook, commOf, processName, threadNames } from './names.js'
import { perfMapOf, tracepointExists } from './needs.js'
import { ON_CPU } from './on-cpu.js'
import { named, type PerfMap, readPerfMap } from './perf-map.js'
import { PROBES } from './probes/index.js'
import type { Lost } from './program.js'
import { createRecording, type Summarized } from './recording.js'
import type { Said } from './rendezvous.js'
import { type Network, networkOf, watchSockets } from './sockets.js'
import { listen, type Windows } from './windows.js'

export interface SessionOptions {
  pid: number
  /** Undefined: until `leaving`, or the end of the process. */
  seconds: number | undefined
  /** Names of parts that are not wanted. */
  without: string[]
  leaving: AbortSignal
  /** Everything is attached; `lost` is not. */
  attached(lost: Lost[]): void
  /** A slow request has ended, and what the kernel saw of it has arrived. */
  slow(request: SlowRequest): void
  /** One line for the user. */
  note(text: string): void
}

/** A request that the agent called slow, and what the kernel saw of it. */
export interface SlowRequest {
  report: Report
  /** On the clock of `events`. */
  start: number
  end: number
  events: KernelEvent[]
  findings: Finding[]
  threadName(tid: number): string
}

export interface Seen extends Summarized {
  start: number
  end: number
  lost: Lost[]
  /** Records that nobody kept. */
  dropped: number
  requests: SlowRequest[]
  /** Why it was over before its time. */
  brokeOff: string | undefined
  /** Of the whole time. */
  findings: Finding[]
  /** Whether JavaScript functions have names. */
  javascriptNamed: boolean
}

/** What the kernel saw of a request comes within that time after the request's report. */
const SETTLE_MS = 1000
const LOOK_FOR_DEATH_MS = 200

export async function runSession(options: SessionOptions): Promise<Seen> {
  const { pid, without, leaving } = options
  const sockets = watchSockets(pid)
  const recording = createRecording()
  const reports = new Map<string, { report: Report; start: number; end: number }>()
  const requests = new Map<string, SlowRequest>()
  const settling = new Set<Promise<void>>()
  const command = processName(pid, '')
  const identity = startTimeOf(pid)
  let network: Network = { peers: [], queues: [], listenOverflows: 0, listenDrops: 0 }
  let attached: Attached | undefined
  /** What ended before everything was attached has nothing to be joined with, nor has what begins while the tools detach. */
  let from = Number.POSITIVE_INFINITY
  let to = Number.POSITIVE_INFINITY
  const windows = open()

  try {
    attached = await attach({
      probes: PROBES.filter(({ name }) => !without.includes(name)),
      target: { pid, netns: networkOf(pid) },
      recording,
      onCpu: !without.includes(ON_CPU),
      exists: tracepointExists,
      leaving
    })
    const start = now()
    from = start
    options.attached(attached.lost)
    const brokeOff = await untilOver(attached.ended)
    const end = now()
    to = end
    network = await sockets.network()
    await attached.detach()
    for (const [key, { report }] of reports) if (report.status === 'running') await settle(key)
    await Promise.all(settling)
    return { ...(await seen(start, end)), brokeOff }
  } finally {
    await attached?.detach()
    windows?.close()
  }

  function open(): Windows | undefined {
    try {
      return listen(pid, hear)
    } catch (error) {
      options.note(`the agent cannot tell its slow requests: ${(error as Error).message}`)
      return undefined
    }
  }

  function hear(message: Said): void {
    if (message.type !== 'report') return
    const { report, start, end } = message
    if (end < from || start > to) return
    const key = `${report.traceId}-${report.spanId}`
    reports.set(key, { report, start, end })
    if (report.status === 'running') return
    const settled = new Promise<void>(resolve => setTimeout(resolve, SETTLE_MS)).then(() => settle(key))
    settling.add(settled)
    void settled.finally(() => settling.delete(settled))
  }

  async function settle(key: string): Promise<void> {
    const { report, start, end } = reports.get(key)!
    const request = { report, start, end, ...(await looked(start, end, report)) }
    requests.set(key, request)
    options.slow(request)
  }

  async function looked(
    start: number,
    end: number,
    report?: Report
  ): Promise<Pick<SlowRequest, 'events' | 'findings' | 'threadName'>> {
    const events = eventsOf(start, end)
    const threadName = threadNames(pid, eventsOf(-Infinity, end), commOf(pid))
    const peers = report ? (await sockets.network()).peers : network.peers
    const findings = findingsOf({
      pid,
      start,
      end,
      events,
      operations: report?.operations ?? [],
      peers,
      tcpWatched:
        attached !== undefined && !without.includes('tcp') && !attached.lost.some(({ part }) => part === 'tcp'),
      threadName,
      processName,
      addressesOf: await addressBook(report ? [report] : [])
    })
    return { events, findings: findings.filter(({ kind }) => kind !== 'peer' || waitedForPeer(report)), threadName }
  }

  /** Ours alone, with the names that compiled JavaScript has by now. */
  function eventsOf(start: number, end: number): KernelEvent[] {
    const map = perfMap()
    return recording.between(start, end).flatMap((event): KernelEvent[] => {
      if (event.type === 'tcp') return sockets.owns(event.inode) ? [event] : []
      if (event.type === 'sleep') return [{ ...event, user: named(event.user, map) }]
      if (event.type === 'sample') return [{ ...event, frames: named(event.frames, map) }]
      return [event]
    })
  }

  function perfMap(): PerfMap | undefined {
    const file = perfMapOf(pid)
    return file === undefined ? undefined : attempt(() => readPerfMap(readFileSync(file, 'utf8')))
  }

  async function seen(start: number, end: number): Promise<Omit<Seen, 'brokeOff'>> {
    const { events, findings } = await looked(start, end)
    return {
      pid,
      start,
      end,
      seconds: (end - start) / 1000,
      lost: attached!.lost,
      dropped: recording.dropped() + attached!.lostRecords(),
      events,
      findings,
      counted: attached!.counted,
      network,
      requests: [...requests.values()].sort((a, b) => a.start - b.start),
      javascriptNamed: perfMapOf(pid) !== undefined,
      threadName: threadNames(pid, events, commOf(pid)),
      processName: (other, comm) => (other === pid ? command : processName(other, comm))
    }
  }

  /** Resolves with what a tool said that ended before. */
  function untilOver(toolEnded: Promise<string>): Promise<string | undefined> {
    return new Promise(resolve => {
      const over = (brokeOff?: string): void => {
        clearTimeout(timer)
        clearInterval(watching)
        resolve(brokeOff)
      }
      const isThere = (): boolean => startTimeOf(pid) === identity
      const timer = options.seconds === undefined ? undefined : setTimeout(over, options.seconds * 1000)
      const watching = setInterval(() => isThere() || over(), LOOK_FOR_DEATH_MS)
      if (leaving.aborted) over()
      leaving.addEventListener('abort', () => over(), { once: true })
      // A tool may see the end of the process before /proc tells it.
      void toolEnded.then(said => setTimeout(() => over(isThere() ? said : undefined), LOOK_FOR_DEATH_MS))
    })
  }
}

const PEER_CAUSES = [
  'db.slow_query',
  'db.n_plus_one',
  'cache.slow',
  'cache.n_plus_one',
  'http.slow_peer',
  'http.n_plus_one'
]

/** An answer that waited in the socket, because the loop was busy, says nothing about who sent it. */
const waitedForPeer = (report: Report | undefined): boolean =>
  report !== undefined && PEER_CAUSES.includes(report.verdict.cause)

/** Tells a process from another that got its number: field 22 of /proc/PID/stat, counted after the name, which may have blanks. */
function startTimeOf(pid: number): string | undefined {
  const fields = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
    ?.replace(/^.*\) /s, '')
    .split(' ')
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? undefined : fields?.[19]
}
