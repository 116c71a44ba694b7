// One thread of the application, as the agent thread serves it: it is watched while it has requests in flight, its slow requests are
// explained, and its hooks are asked. The main thread is served from the beginning; workers come and go. Agent thread.
//
// Kept true: each slow request that a thread hands over is explained or counted as dropped, also when the thread has ended meanwhile.

import { randomUUID } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import { type Batch, buffersOf, roomOf } from '../batch/format.js'
import { readHolders } from '../evidence/holders.js'
import { type EvidenceGatherer, type EvidenceOptions, startEvidence, type Target } from '../evidence/index.js'
import { now } from '../process/clock.js'
import { log } from '../process/log.js'
import type { Report, Thread, Timeline } from '../types.js'
import { toReport } from '../verdict/report.js'
import { requestName, requestsTold } from '../verdict/words.js'
import { restAfterMs, weightOf } from './backlog.js'
import { createDecisions } from './decisions.js'
import { signal } from './farewell.js'
import { createMaps } from './maps.js'
import type { FromAgentThread, ToAgentThread } from './messages.js'
import { createOrder } from './order.js'
import { revive } from './revive.js'
import { addDone, addPending, isBeating, readSlots, type Shared, takeUntold } from './shared.js'
import type { Untold } from './untold.js'

const MAX_ENDED = 1000
/** With so many to be explained, running requests are looked for more seldom: most end before the next look, and are reported then. */
const MANY = 10
const MANY_LOOK_EACH_MS = 100

export interface ServedThread {
  /** Undefined: the main thread. */
  readonly thread: Thread | undefined
  readonly hooks: { reports: boolean; decides: boolean }
  /** Handles a message if it concerns this thread alone; else returns false. */
  handle(message: ToAgentThread): boolean
  /** Looks at the thread, and returns when it wants to be looked at again: Infinity while nothing is in flight. */
  tick(moment: number): number
  tell(message: FromAgentThread): void
  /** The batch of `kept` is worked off, and its arrays go back to the thread. */
  took(batch: Batch): void
  /** Asks its beforeReport hooks. Null: the report is dropped. */
  decide(report: Report): Promise<Report | null>
  /** Resolves when the evidence is there for all that it has handed over, or after `ms`. */
  gathered(ms: number): Promise<void>
  /** Resolves when all that it has handed over is explained, or after `ms`. */
  explained(ms: number): Promise<void>
  /** Resolves when its evidence is being gathered. */
  readonly starting: Promise<EvidenceGatherer>
  /** Starts its evidence again, which was stopped. */
  lookAnew(): void
  /** It ends, or has ended: the slow requests that it had counted as dropped are counted here, and told by the next report of any thread. */
  passOn(): void
  /** It has ended: its hooks are asked no more, and reports that wait for them are dropped. */
  end(): void
  /** It has ended, and all that it had handed over is explained. */
  leave(): void
}

export interface ServedOptions {
  thread: Thread | undefined
  port: MessagePort
  shared: Shared
  evidence: EvidenceOptions
  target?: Target
  /** What is the same in the reports of all threads. */
  inAllReports: Omit<Parameters<typeof toReport>[0], 'id' | 'timeline' | 'evidence' | 'thread'>
  /** One for all threads: one that has ended makes no report that could tell. */
  untold: Untold
  /** Changes the count of slow requests that were handed over and not told of yet. */
  pend(count: number): void
  /** Hears of each slow request that has ended. */
  onEnd(timeline: Timeline): void
  /** Asks all hooks that may change or drop the report. Null: it is dropped. */
  pass(report: Report, from: ServedThread): Promise<Report | null>
  send(report: Report, timeline: Timeline, from: ServedThread): void
  isExiting(): boolean
}

export function serve(options: ServedOptions): ServedThread {
  const { thread, port, shared, untold, pend } = options
  const gathering = new Set<Promise<unknown>>()
  const explaining = new Set<Promise<unknown>>()
  /** The timelines that are being explained. */
  const waiting = new Set<Timeline>()
  let oldestBefore = Number.POSITIVE_INFINITY
  const ended = new Set<number>()
  let evidence: EvidenceGatherer | undefined
  // Not awaited here: the port's listener is what keeps this thread alive meanwhile.
  let starting = start()
  let hooks = { reports: false, decides: false }
  let saidFailed = false
  let lookedAt = Number.NEGATIVE_INFINITY
  const order = createOrder({ now, isStale, isExiting: options.isExiting })
  const maps = createMaps({ now, tell, isExiting: options.isExiting })
  const decisions = createDecisions({ tell, undecided: countUndecided })

  function start(): Promise<EvidenceGatherer> {
    evidence = undefined
    const gatherer = startEvidence(options.evidence, shared, options.target)
    void gatherer.then(started => {
      if (gatherer === starting) evidence = started
    })
    return gatherer
  }

  function tell(message: FromAgentThread, transferred: ArrayBuffer[] = []): void {
    port.postMessage(message, transferred)
    if (options.isExiting()) signal(shared)
  }

  async function lookForRunning(evidence: EvidenceGatherer): Promise<void> {
    // None beside it.
    lookedAt = Number.POSITIVE_INFINITY
    const answer = await evidence.ask('overdue()')
    const found = JSON.parse(answer ?? '[]') as Timeline[]
    for (const timeline of found) {
      if (timeline.status === 'running') void begin(revive(timeline))
      // It was asked for in the midst of its end. The end is handed over in a moment, but without this count of dropped reports.
      else {
        pend(timeline.dropped.reports)
        untold.add(requestName(timeline), timeline.dropped.reports)
      }
    }
    if (answer === undefined) tell({ type: 'askRunning' })
    lookedAt = now() + Math.max(0, ...found.map(restAfterMs))
  }

  /** It is told as running, but its end has been told already: the look was answered late, or the timeline has waited here. */
  function isStale({ status, id }: Timeline): boolean {
    return status === 'running' && ended.has(id)
  }

  function receive(timeline: Timeline): void {
    // From the thread's own memory to the main thread's, which is the only one that is read when the process ends.
    addPending(shared, -requestsTold(timeline))
    pend(requestsTold(timeline))
    void begin(timeline).then(() => addDone(shared, weightOf(timeline)))
  }

  async function begin(timeline: Timeline): Promise<void> {
    if (isStale(timeline)) return
    if (timeline.status !== 'running') {
      noteEnd(timeline.id)
      options.onEnd(timeline)
    }
    waiting.add(timeline)
    await during(
      explaining,
      explain(timeline).catch(error => noteFailed(timeline, error))
    )
    waiting.delete(timeline)
  }

  /** Said once: what fails for one request fails for most. */
  function noteFailed(timeline: Timeline, error: Error): void {
    if (!saidFailed) log('warn', `a slow request could not be explained: ${error.stack}`)
    saidFailed = true
    countUnexplained(timeline)
  }

  /** One that still runs comes again at its end. */
  function countUnexplained(timeline: Timeline): void {
    untold.add(requestName(timeline), requestsTold(timeline))
  }

  function countUndecided({ status, request }: Report): void {
    if (status === 'running') return
    pend(1)
    untold.add(requestName(request), 1)
  }

  /**
   * Start of the oldest request that may still be explained. Those in flight at the look before count as well: one of them may have ended
   * since, and not be here yet.
   */
  function firstWanted(oldest: number): number {
    let first = Math.min(oldest, oldestBefore)
    for (const { start } of waiting) if (start < first) first = start
    oldestBefore = oldest
    return first
  }

  function noteEnd(id: number): void {
    ended.add(id)
    if (ended.size > MAX_ENDED) ended.delete(ended.values().next().value!)
  }

  async function gather({ end, status }: Timeline): Promise<EvidenceGatherer> {
    const gatherer = await starting
    await Promise.all([gatherer.upTo(end), status !== 'running' && gatherer.turnOver(end)])
    return gatherer
  }

  async function explain(timeline: Timeline): Promise<void> {
    const gatherer = await during(gathering, gather(timeline))
    const turn = await order.turn(timeline)
    if (turn === 'late') countUnexplained(timeline)
    if (turn !== 'explain') return
    // Not before its turn: evidence is far larger than a timeline, and thousands of these may wait for their turn.
    const seen = await maps.with(() => gatherer.between(timeline.start, timeline.end))
    const made = toReport({
      ...options.inAllReports,
      id: randomUUID(),
      timeline: readHolders(timeline),
      evidence: seen,
      thread
    })
    const report = await options.pass(made, served)
    const route = requestName(timeline)
    if (!report) {
      pend(made.dropped.reports - requestsTold({ ...made, isLast: timeline.isLast }))
      untold.add(route, made.dropped.reports)
      return
    }
    report.dropped.reports += untold.take(route)
    options.send(report, timeline, served)
  }

  const served: ServedThread = {
    thread,
    tell,
    took: batch => tell({ type: 'took', room: roomOf(batch) }, buffersOf(batch)),
    get hooks() {
      return hooks
    },
    get starting() {
      return starting
    },
    lookAnew() {
      starting = start()
    },

    handle(message) {
      switch (message.type) {
        case 'slow':
          receive(message.timeline)
          return true
        case 'running':
          for (const timeline of message.timelines) void begin(timeline)
          return true
        case 'maps':
          maps.learn(message.maps)
          return true
        case 'hooks':
          hooks = message
          return true
        case 'decided':
          decisions.answer(message.id, message.report)
          return true
        default:
          return false
      }
    },

    tick(moment) {
      if (!evidence) return Number.POSITIVE_INFINITY
      const inFlight = readSlots(shared, moment)
      const busy = isBeating(shared)
      const next = evidence.tick(moment, busy, inFlight, firstWanted(inFlight.oldest))
      const pauseMs = explaining.size > MANY ? MANY_LOOK_EACH_MS : 0
      const mayLook = moment - lookedAt >= pauseMs && !options.isExiting()
      if (inFlight.overdue && mayLook) void lookForRunning(evidence)
      return busy ? next : Number.POSITIVE_INFINITY
    },

    decide: decisions.ask,
    gathered: ms => settled(gathering, ms),
    explained: ms => settled(explaining, ms),

    passOn() {
      const count = takeUntold(shared)
      pend(count)
      // Without a route: only the thread knew which they were of.
      untold.add('', count)
    },

    end: decisions.end,

    leave() {
      decisions.end()
      served.passOn()
      hooks = { reports: false, decides: false }
      void starting.then(evidence => evidence.stop())
    }
  }
  return served
}

async function during<Result>(set: Set<Promise<unknown>>, work: Promise<Result>): Promise<Result> {
  set.add(work)
  try {
    return await work
  } finally {
    set.delete(work)
  }
}

/** Resolves when nothing is left in the set, or after `ms`. */
async function settled(set: Set<Promise<unknown>>, ms: number): Promise<void> {
  const deadline = now() + ms
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, ms)
  })
  while (set.size > 0 && now() < deadline) await Promise.race([Promise.all(set), late])
  clearTimeout(timer)
}
