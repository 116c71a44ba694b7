// Sums for the macro view out of metrics, spans and reports: what lib/fleet answers from. Pure, over the store.
//
// The stretch ends with the newest of them, not with the clock: a system that was stopped still shows how it ran. Metrics know all
// requests. Spans, which know who waited for whom, may be those of slow requests alone; where there is nothing else the sums are
// of those, and no rate is told.

import { measuredCalls, type Shown, withCalls, withOwnTime } from '../../fleet/measured.js'
import { oneName } from '../../fleet/one-name.js'
import type { CallSums, ServiceSums, Sums } from '../../fleet/sums.js'
import { failedToServe } from '../../process/http-status.js'
import type { Series } from '../metrics.js'
import type { ReportRow } from '../rows.js'
import type { Trace } from '../store.js'
import { type MeasuredService, measuredServices } from './measured.js'
import { percentile } from './percentile.js'
import { keyOf, type Traced, type TracedCall, type TracedService, traced } from './traced.js'
import { waitsOf } from './waits.js'

export interface SystemInput {
  traces: ReadonlyMap<string, Trace>
  reports: ReadonlyMap<string, ReportRow>
  metrics: ReadonlyMap<string, Series>
}

interface Known {
  spans: Traced
  measured: Map<string, MeasuredService>
  rows: ReportRow[]
}

export function systemSums({ traces, reports, metrics }: SystemInput, windowMs: number, nowMs: number): Sums {
  const toMs = newest({ traces, reports, metrics }, nowMs)
  const fromMs = toMs - windowMs
  const spans = traced(traces.values(), fromMs, toMs)
  const measured = measuredServices(metrics.values(), fromMs, toMs)
  const rows = [...reports.values()].filter(({ at, durationMs }) => at + durationMs >= fromMs && at <= toMs)
  // A console that has just started has not seen the whole stretch.
  const since = [...measured.values()].reduce((first, { fromMs }) => Math.min(first, fromMs), toMs)
  const first = rows.reduce((first, { at }) => Math.min(first, at), Math.min(spans.fromMs, since))
  const known = { spans, measured, rows }
  const shown = shownBy(spans)
  const calls = callSums(known, shown)
  const startMs = Math.max(fromMs, first)
  const services = withOwnTime(serviceSums(known), calls, measured, shown, (toMs - startMs) / 1000).map(sums =>
    withPrograms(sums, known, calls)
  )
  return { fromMs: startMs, toMs, services, calls }
}

function withPrograms(sums: ServiceSums, { measured }: Known, calls: CallSums[]): ServiceSums {
  const told = measured.get(sums.service)?.told
  const found = told && oneName(sums.service, told, calls)
  return found ? { ...sums, oneName: found } : sums
}

/** A clock that runs ahead, by a lie or by an hour, does not push all others out of the stretch. */
const MAX_SKEW_MS = 60_000

function newest({ traces, reports, metrics }: SystemInput, nowMs: number): number {
  let newestMs = 0
  const see = (ms: number): void => {
    if (ms > newestMs && ms < nowMs + MAX_SKEW_MS) newestMs = ms
  }
  for (const { steps } of metrics.values()) see(steps.at(-1)?.toMs ?? 0)
  for (const { lastMs } of traces.values()) see(lastMs)
  for (const { at, durationMs } of reports.values()) see(at + durationMs)
  return newestMs
}

function serviceSums({ spans, measured, rows }: Known): ServiceSums[] {
  const names = new Set([...spans.services.keys(), ...measured.keys(), ...rows.map(({ service }) => service)])
  return [...names].sort().map(service => {
    const reports = rows.filter(row => row.service === service)
    return withMeasured(tracedSums(service, spans.services.get(service), reports), measured.get(service))
  })
}

function tracedSums(service: string, traced: TracedService | undefined, reports: ReportRow[]): ServiceSums {
  // Without spans (an endpoint for logs alone) the reports stand for the requests.
  const durations = Float64Array.from(traced?.durations ?? reports.map(({ durationMs }) => durationMs)).sort()
  const seconds = durations.reduce((sum, ms) => sum + ms, 0) / 1000
  const byCause = causesOf(reports)
  return {
    service,
    instances: new Set([...(traced?.instances ?? []), ...reports.map(({ instance }) => instance)]).size,
    requests: durations.length,
    failed: traced?.failed ?? reports.filter(({ statusCode }) => failedToServe(statusCode)).length,
    seconds,
    ownSeconds: traced ? traced.ownMs / 1000 : seconds - (byCause['http.slow_peer'] ?? 0),
    entryRequests: traced?.entry ?? 0,
    p50Ms: percentile(durations, 0.5),
    p99Ms: percentile(durations, 0.99),
    slowOnly: traced?.origin.ours ?? true,
    byCause,
    slow: { requests: reports.length, reports: reports.length },
    resources: [],
    waited: waitsOf(reports)
  }
}

function causesOf(reports: ReportRow[]): Record<string, number> {
  const sums: Record<string, number> = Object.create(null)
  for (const { cause, ms } of reports.flatMap(({ slices }) => slices)) sums[cause] = (sums[cause] ?? 0) + ms / 1000
  return sums
}

function withMeasured(sums: ServiceSums, measured: MeasuredService | undefined): ServiceSums {
  if (!measured) return sums
  const { requests, instances, callers, loopWaitSeconds } = measured
  const resources = measured.resources.map(each => withCalls(each, measured))
  const { reports = 0 } = sums.slow ?? {}
  const slow = { requests: Math.max(reports, measured.slowRequests), reports }
  const known = { ...sums, slow, instances: Math.max(sums.instances, instances.size), resources, loopWaitSeconds }
  if (requests.count === 0) return known
  const ownShare = sums.seconds > 0 ? sums.ownSeconds / sums.seconds : 1
  return {
    ...known,
    // Percentiles of the slow ones are not those of all.
    ...(sums.slowOnly ? { p50Ms: undefined, p99Ms: undefined } : {}),
    ...(requests.p50Ms === undefined ? {} : { p50Ms: requests.p50Ms, p99Ms: requests.p99Ms }),
    requests: requests.count,
    failed: requests.failed,
    seconds: requests.seconds,
    ownSeconds: requests.seconds * ownShare,
    // Collections of both ends are not of the same moment.
    entryRequests: Math.max(0, requests.count - [...callers.values()].reduce((sum, { count }) => sum + count, 0)),
    slowOnly: false
  }
}

/** Of a pair whose calls are measured the spans, which are some of the same calls, tell nothing more. */
function callSums({ spans, measured }: Known, shown: Shown): CallSums[] {
  const sums = new Map([...spans.calls].map(([key, call]) => [key, tracedCall(call)]))
  for (const call of measuredCalls(measured, shown)) sums.set(keyOf(call), call)
  return [...sums.values()].filter(({ requests }) => requests > 0)
}

function shownBy({ services, calls, addresses }: Traced): Shown {
  return {
    addresses,
    criticalShareOf({ from, to }) {
      const call = calls.get(keyOf({ from, to, system: 'service' }))
      return call && call.calledMs > 0 ? call.pathMs / call.calledMs : undefined
    },
    handedOnPath(service) {
      const { waitedMs = 0, durations = [], path } = services.get(service) ?? {}
      const usual = waitedMs / durations.reduce((sum, ms) => sum + ms, 0)
      return path && path.ms > 0 && usual > 0 ? path.waitedMs / path.ms / usual : 1
    }
  }
}

function tracedCall({ from, to, system, durations, failed, sampled }: TracedCall): CallSums {
  const sorted = Float64Array.from(durations).sort()
  return {
    from,
    to,
    system,
    requests: sorted.length,
    failed,
    seconds: sorted.reduce((sum, ms) => sum + ms, 0) / 1000,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    sampled
  }
}
