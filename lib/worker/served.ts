// One thread of the application, as the agent thread serves it: it is watched while it has requests in flight, what it hands over is
// explained (explaining.ts), and its hooks are asked. The main thread is served from the beginning; workers come and go. Agent thread.
//
// Kept true: each slow request that a thread hands over is explained or counted as dropped, also when the thread has ended meanwhile.

import type { MessagePort } from 'node:worker_threads'
import { type Batch, buffersOf, roomOf } from '../batch/format.js'
import { type EvidenceGatherer, type EvidenceOptions, startEvidence, type Target } from '../evidence/index.js'
import { now } from '../process/clock.js'
import type { Report, Thread, Timeline } from '../types.js'
import { requestName, requestsTold } from '../verdict/words.js'
import { restAfterMs, weightOf } from './backlog.js'
import { createDecisions } from './decisions.js'
import { createExplaining, type ExplainingOptions } from './explaining.js'
import { signal } from './farewell.js'
import { createMaps } from './maps.js'
import type { FromAgentThread, ToAgentThread } from './messages.js'
import { revive } from './revive.js'
import { addDone, addPending, addRunning, isBeating, readSlots, type Shared, takeUntold } from './shared.js'

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

export interface ServedOptions extends Omit<ExplainingOptions, 'gatherer' | 'maps' | 'pass' | 'send'> {
  port: MessagePort
  shared: Shared
  evidence: EvidenceOptions
  target?: Target
  /** Asks all hooks that may change or drop the report. Null: it is dropped. */
  pass(report: Report, from: ServedThread): Promise<Report | null>
  send(report: Report, timeline: Timeline, from: ServedThread): void
}

export function serve(options: ServedOptions): ServedThread {
  const { thread, port, shared, untold, pend } = options
  let evidence: EvidenceGatherer | undefined
  // Not awaited here: the port's listener is what keeps this thread alive meanwhile.
  let starting = start()
  let hooks = { reports: false, decides: false }
  let lookedAt = Number.NEGATIVE_INFINITY
  const maps = createMaps({ now, tell, isExiting: options.isExiting })
  const decisions = createDecisions({ tell, undecided: countUndecided })
  const explaining = createExplaining({
    ...options,
    maps,
    gatherer: () => starting,
    pass: report => options.pass(report, served),
    send: (report, timeline) => options.send(report, timeline, served)
  })

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
    // No second look while this one is under way.
    lookedAt = Number.POSITIVE_INFINITY
    const answer = await evidence.ask('overdue()')
    const found = JSON.parse(answer ?? '[]') as Timeline[]
    for (const timeline of found) {
      if (timeline.status === 'running') {
        addRunning(shared, 1)
        void explaining.begin(revive(timeline)).then(() => addRunning(shared, -1))
      }
      // The question came as it ended. It is handed over in a moment; but the reports that it tells as dropped are told here alone.
      else {
        pend(timeline.dropped.reports)
        untold.add(requestName(timeline), timeline.dropped.reports)
      }
    }
    if (answer === undefined) tell({ type: 'askRunning' })
    lookedAt = now() + Math.max(0, ...found.map(restAfterMs))
  }

  function receive(timeline: Timeline): void {
    // From the thread's own memory to the main thread's, which is the only one that is read when the process ends.
    addPending(shared, -requestsTold(timeline))
    pend(requestsTold(timeline))
    void explaining.begin(timeline).then(() => addDone(shared, weightOf(timeline)))
  }

  function countUndecided({ status, request }: Report): void {
    if (status === 'running') return
    pend(1)
    untold.add(requestName(request), 1)
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
          for (const timeline of message.timelines) void explaining.begin(timeline)
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
      const next = evidence.tick(moment, busy, inFlight, explaining.firstWanted(inFlight.oldest))
      const pauseMs = explaining.count > MANY ? MANY_LOOK_EACH_MS : 0
      const mayLook = moment - lookedAt >= pauseMs && !options.isExiting()
      if (inFlight.overdue && mayLook) void lookForRunning(evidence)
      return busy ? next : Number.POSITIVE_INFINITY
    },

    decide: decisions.ask,
    gathered: explaining.gathered,
    explained: explaining.finished,

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
