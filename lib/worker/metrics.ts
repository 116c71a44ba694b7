// When metrics are collected, and of what: the main thread's counts, what it answers when asked, what this thread sees. Agent
// thread. What is collected goes to the exporters' queue; sums are cumulative until then, so a collection lost is made up for by
// the next (with delta temporality the queue alone keeps it).

import { watchCpuQuota } from '../evidence/cpu-quota.js'
import { serverValues } from '../metrics/attributes.js'
import { createCollector } from '../metrics/collector.js'
import type { MetricsAnswer } from '../metrics/counting.js'
import { createLoopTime } from '../metrics/loop-time.js'
import { createObserved } from '../metrics/observed.js'
import type { Reading } from '../metrics/reading.js'
import { histogramsOf } from '../metrics/series.js'
import { createTemporality, type TemporalReading } from '../metrics/temporality.js'
import type { Config } from '../options/config.js'
import { now } from '../process/clock.js'
import { mainThreadRanMs } from '../process/schedstat.js'
import type { Report } from '../types.js'
import type { ToAgentThread } from './messages.js'
import type { Shared } from './shared.js'

/** A main thread that takes longer is blocked: then what it said last has to do. */
const ANSWER_MS = 1000
/** When the process ends it waits for nothing else. */
const LAST_ANSWER_MS = 300
const LOOK_EACH_MS = 1000
const MS_PER_S = 1000

type SeriesMessage = Extract<ToAgentThread, { type: 'series' }>

export interface MetricsReader {
  learn(message: SeriesMessage): void
  told(told: MetricsAnswer): void
  slow(report: Report): void
  tick(moment: number): void
  /** Collects now what has been counted since. */
  collect(last?: boolean): Promise<void>
  stop(): void
}

export interface MetricsReaderOptions {
  config: Config
  shared: Shared
  /** It takes the place of another thread of ours. */
  again: boolean
  /** Asks the main thread, whose answer comes to `told`. */
  ask(): void
  push(readings: TemporalReading[]): void
}

export function startMetrics({ config, shared, again, ask, push }: MetricsReaderOptions): MetricsReader {
  const collector = createCollector(histogramsOf(config), Date.now())
  const loopTime = createLoopTime(() => config.profile, mainThreadRanMs, { toldBefore: again })
  const startMs = Date.now() - process.uptime() * MS_PER_S
  const observed = createObserved(shared, startMs, loopTime, watchCpuQuota())
  const temporality = createTemporality(config.metricTemporality)
  let answered: ((told: MetricsAnswer | undefined) => void) | undefined
  let collecting: Promise<void> | undefined
  let lookedAt = 0
  const timer = setInterval(() => void collect(), config.metricIntervalMs)

  function answer(ms: number): Promise<MetricsAnswer | undefined> {
    return new Promise(resolve => {
      const late = setTimeout(() => answered?.(undefined), ms)
      answered = told => {
        clearTimeout(late)
        answered = undefined
        resolve(told)
      }
      ask()
    })
  }

  function collect(last = false): Promise<void> {
    collecting ??= read(last ? LAST_ANSWER_MS : ANSWER_MS)
      .then(readings => push(temporality.of(readings, Date.now())))
      .finally(() => {
        collecting = undefined
      })
    return collecting
  }

  async function read(answerMs: number): Promise<Reading[]> {
    const told = await answer(answerMs)
    return merged([...collector.readings(), ...observed.readings(told, now()), ...(told?.sources ?? [])])
  }

  return {
    learn({ series, again }) {
      collector.learn(series)
      // Another thread of ours has told these counts before it died.
      if (again) temporality.forget(collector.readings(), Date.now())
    },
    told: told => answered?.(told),
    slow(report) {
      const { status, durationMs, request, breakdown, verdict, traceId, spanId, sampled } = report
      if (status === 'running') return
      const [method, route, ...answer] = serverValues(
        request.method,
        request.route,
        request.statusCode,
        status === 'aborted'
      )
      for (const { cause, ms } of breakdown) collector.add('slowTime', [method, route, cause], ms / MS_PER_S)
      collector.add('slowReported', [method, route, verdict.cause], 1)
      if (config.exemplarFilter === 'always_off' || (config.exemplarFilter === 'trace_based' && !sampled)) return
      const atMs = Date.parse(report.at) + durationMs
      const exemplar = { value: durationMs / MS_PER_S, atMs, traceId, spanId }
      collector.addExemplar('serverDuration', [method, route, ...answer], exemplar)
    },
    tick(moment) {
      if (moment - lookedAt < LOOK_EACH_MS) return
      lookedAt = moment
      observed.tick()
    },
    collect,
    stop: () => clearInterval(timer)
  }
}

/** Of one metric there is one: some of its series are the main thread's, some are seen here. */
function merged(readings: Reading[]): Reading[] {
  const byName = new Map<string, Reading>()
  for (const reading of readings) {
    const key = JSON.stringify([reading.scope, reading.name, reading.kind, reading.unit])
    const found = byName.get(key)
    if (found) found.points.push(...reading.points)
    else byName.set(key, reading)
  }
  return [...byName.values()]
}
