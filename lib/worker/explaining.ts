// The way of a timeline to its report: it waits for its evidence, then for its turn among others, and is explained. Agent thread, for one
// thread of the application (served.ts).
//
// Kept true: each slow request that ends is reported or counted, and none is told as running whose end is known.

import { randomUUID } from 'node:crypto'
import { readHolders } from '../evidence/holders.js'
import type { EvidenceGatherer } from '../evidence/index.js'
import { now } from '../process/clock.js'
import { log } from '../process/log.js'
import type { Report, Thread, Timeline } from '../types.js'
import { toReport } from '../verdict/report.js'
import { requestName, requestsTold } from '../verdict/words.js'
import type { Maps } from './maps.js'
import { createOrder } from './order.js'
import type { Untold } from './untold.js'

const MAX_ENDED = 1000

export interface Explaining {
  /** Resolves when its report was sent, or when there will be none. */
  begin(timeline: Timeline): Promise<void>
  /** How many have not come so far. */
  readonly count: number
  /** Start of the oldest request that may still be explained. `oldest`: of those in flight. */
  firstWanted(oldest: number): number
  /** Resolves when the evidence is there for all that have begun, or after `ms`. */
  gathered(ms: number): Promise<void>
  /** Resolves when all that have begun are over, or after `ms`. */
  finished(ms: number): Promise<void>
}

export interface ExplainingOptions {
  thread: Thread | undefined
  /** What is the same in the reports of all threads. */
  inAllReports: Omit<Parameters<typeof toReport>[0], 'id' | 'timeline' | 'evidence' | 'thread'>
  /** What gathers evidence now. */
  gatherer(): Promise<EvidenceGatherer>
  maps: Maps
  untold: Untold
  /** Changes the count of slow requests that were handed over and not told of yet. */
  pend(count: number): void
  /** Hears of each slow request that has ended. */
  onEnd(timeline: Timeline): void
  /** Asks all hooks that may change or drop the report. Null: it is dropped. */
  pass(report: Report): Promise<Report | null>
  send(report: Report, timeline: Timeline): void
  isExiting(): boolean
}

export function createExplaining(options: ExplainingOptions): Explaining {
  const { untold, maps } = options
  const gathering = new Set<Promise<unknown>>()
  const explaining = new Set<Promise<unknown>>()
  /** The timelines that are being explained. */
  const waiting = new Set<Timeline>()
  const ended = new Set<number>()
  let oldestBefore = Number.POSITIVE_INFINITY
  let saidFailed = false
  const order = createOrder({ now, isStale, isExiting: options.isExiting })

  /** It is told as running, but its end has been told already: the look was answered late, or the timeline has waited here. */
  function isStale({ status, id }: Timeline): boolean {
    return status === 'running' && ended.has(id)
  }

  function noteEnd(id: number): void {
    ended.add(id)
    if (ended.size > MAX_ENDED) ended.delete(ended.values().next().value!)
  }

  async function gather({ end, status }: Timeline): Promise<EvidenceGatherer> {
    const gatherer = await options.gatherer()
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
      thread: options.thread
    })
    const report = await options.pass(made)
    const route = requestName(timeline)
    if (!report) {
      options.pend(made.dropped.reports - requestsTold({ ...made, isLast: timeline.isLast }))
      untold.add(route, made.dropped.reports)
      return
    }
    const counted = untold.take(route)
    report.dropped.reports += counted
    try {
      options.send(report, timeline)
    } catch (error) {
      untold.add(route, counted)
      throw error
    }
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

  return {
    async begin(timeline) {
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
    },
    get count() {
      return explaining.size
    },
    // Those in flight at the look before count as well: one of them may have ended since, and not be here yet.
    firstWanted(oldest) {
      let first = Math.min(oldest, oldestBefore)
      for (const { start } of waiting) if (start < first) first = start
      oldestBefore = oldest
      return first
    },
    gathered: ms => settled(gathering, ms),
    finished: ms => settled(explaining, ms)
  }
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
