// Sums for the macro view out of spans and reports: what lib/fleet answers from. Pure, over the store.
//
// The stretch ends with the newest span or report, not with the clock: a system that was stopped still shows how it ran. A
// service whose agent is ours sends the spans of its slow requests alone, so its sums are of those and no rate is told.

import type { CallSums, ServiceSums, Sums } from '../../fleet/sums.js'
import type { Series } from '../metrics.js'
import type { ReportRow, SpanRow } from '../rows.js'
import type { Trace } from '../store.js'
import { type Measured, measuredServices } from './measured.js'
import { percentile } from './percentile.js'

interface Gathered {
  origin: SpanRow['origin']
  instances: Set<string>
  durations: number[]
  failed: number
  ownMs: number
  entry: number
}

interface Call {
  from: string
  to: string
  system: string
  durations: number[]
  failed: number
}

export interface SystemInput {
  traces: ReadonlyMap<string, Trace>
  reports: ReadonlyMap<string, ReportRow>
  metrics: ReadonlyMap<string, Series>
}

export function systemSums({ traces, reports, metrics }: SystemInput, windowMs: number, nowMs: number): Sums {
  const toMs = newest({ traces, reports, metrics }, nowMs)
  const fromMs = toMs - windowMs
  const services = new Map<string, Gathered>()
  const calls = new Map<string, Call>()
  let first = toMs
  for (const { spans, lastMs } of traces.values()) {
    if (lastMs < fromMs) continue
    const below = requestsBelow(spans)
    const parents = new Set<string>()
    for (const { parentSpanId } of spans.values()) parents.add(parentSpanId)
    for (const span of spans.values()) {
      if (span.endMs < fromMs || span.endMs > toMs) continue
      first = Math.min(first, span.startMs)
      if (isRequest(span)) gatherRequest(span, spans, below, services, calls)
      // What was called without being a service that tells of itself: databases, caches, strangers.
      else if (isCall(span) && !parents.has(span.spanId)) gatherCall(span, calls)
    }
  }
  const rows = [...reports.values()].filter(({ at, durationMs }) => at + durationMs >= fromMs && at <= toMs)
  for (const row of rows) first = Math.min(first, row.at)
  const measured = measuredServices(metrics.values(), fromMs, toMs)
  for (const { fromMs: since } of measured.values()) first = Math.min(first, since)
  return {
    // A console that has just started has not seen the whole stretch.
    fromMs: Math.max(fromMs, first),
    toMs,
    services: serviceSums(services, rows, measured),
    calls: [...calls.values()].map(toCallSums)
  }
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

const isRequest = ({ kind }: SpanRow): boolean => kind === 'server' || kind === 'consumer'
const isCall = ({ kind }: SpanRow): boolean => kind === 'client' || kind === 'producer'

function gatherRequest(
  span: SpanRow,
  spans: Map<string, SpanRow>,
  below: Map<SpanRow, SpanRow[]>,
  services: Map<string, Gathered>,
  calls: Map<string, Call>
): void {
  const { origin, startMs, endMs, failed } = span
  let sums = services.get(origin.service)
  if (!sums) {
    sums = { origin, instances: new Set(), durations: [], failed: 0, ownMs: 0, entry: 0 }
    services.set(origin.service, sums)
  }
  sums.instances.add(origin.instance)
  sums.durations.push(endMs - startMs)
  if (failed) sums.failed++
  sums.ownMs += endMs - startMs - waitedFor(span, below.get(span) ?? [])
  const caller = callerOf(span, spans)
  if (!caller) sums.entry++
  else if (caller.origin.service !== origin.service) {
    addCall(calls, { from: caller.origin.service, to: origin.service, system: 'service' }, endMs - startMs, failed)
  }
}

function gatherCall(span: SpanRow, calls: Map<string, Call>): void {
  const { attributes, origin } = span
  const system = String(
    attributes['db.system.name'] ?? attributes['db.system'] ?? attributes['messaging.system'] ?? 'http'
  )
  const address = attributes['server.address'] ?? attributes['net.peer.name'] ?? ''
  const port = attributes['server.port'] ?? attributes['net.peer.port'] ?? ''
  const to = system === 'http' ? `${address}${port ? `:${port}` : ''}` || 'unknown peer' : system
  addCall(calls, { from: origin.service, to, system }, span.endMs - span.startMs, span.failed)
}

function addCall(
  calls: Map<string, Call>,
  call: Pick<Call, 'from' | 'to' | 'system'>,
  durationMs: number,
  failed: boolean
): void {
  const key = `${call.from}\n${call.to}\n${call.system}`
  let sums = calls.get(key)
  if (!sums) {
    sums = { ...call, durations: [], failed: 0 }
    calls.set(key, sums)
  }
  sums.durations.push(durationMs)
  if (failed) sums.failed++
}

/** The nearest span above it; a client's span lies between two services. */
const callerOf = ({ parentSpanId }: SpanRow, spans: Map<string, SpanRow>): SpanRow | undefined =>
  spans.get(parentSpanId)

/** Time in which at least one called service was at work for it. */
function waitedFor(request: SpanRow, below: SpanRow[]): number {
  const inside = below.map(({ startMs, endMs }): [number, number] => [
    Math.max(startMs, request.startMs),
    Math.min(endMs, request.endMs)
  ])
  inside.sort(([a], [b]) => a - b)
  let [sum, until] = [0, 0]
  for (const [start, end] of inside) {
    sum += Math.max(0, end - Math.max(start, until))
    until = Math.max(until, end)
  }
  return sum
}

/** Request → the requests that were served on its behalf, by whatever service. */
function requestsBelow(spans: Map<string, SpanRow>): Map<SpanRow, SpanRow[]> {
  const below = new Map<SpanRow, SpanRow[]>()
  for (const span of spans.values()) {
    const above = isRequest(span) ? requestAbove(span, spans) : undefined
    if (!above) continue
    const list = below.get(above)
    if (list) list.push(span)
    else below.set(above, [span])
  }
  return below
}

const MAX_LEVELS = 50

/** The request, of any service, on whose behalf this one was served. */
function requestAbove(span: SpanRow, spans: Map<string, SpanRow>): SpanRow | undefined {
  let above = callerOf(span, spans)
  for (let level = 0; above && level < MAX_LEVELS; level++) {
    if (isRequest(above)) return above
    above = callerOf(above, spans)
  }
  return undefined
}

function serviceSums(
  services: Map<string, Gathered>,
  rows: ReportRow[],
  measured: Map<string, Measured>
): ServiceSums[] {
  const names = new Set([...services.keys(), ...measured.keys(), ...rows.map(({ service }) => service)])
  return [...names].sort().map(service => {
    const gathered = services.get(service)
    const reports = rows.filter(row => row.service === service)
    // Without spans (an endpoint for logs alone) the reports stand for the requests.
    const durations = Float64Array.from(gathered?.durations ?? reports.map(({ durationMs }) => durationMs)).sort()
    const seconds = durations.reduce((sum, ms) => sum + ms, 0) / 1000
    const byCause = causesOf(reports)
    const sums: ServiceSums = {
      service,
      instances: new Set([...(gathered?.instances ?? []), ...reports.map(({ instance }) => instance)]).size,
      requests: durations.length,
      failed: gathered?.failed ?? reports.filter(({ statusCode }) => (statusCode ?? 0) >= 500).length,
      seconds,
      ownSeconds: gathered ? gathered.ownMs / 1000 : seconds - (byCause['http.slow_peer'] ?? 0),
      entryRequests: gathered?.entry ?? 0,
      p50Ms: percentile(durations, 0.5),
      p99Ms: percentile(durations, 0.99),
      slowOnly: gathered?.origin.ours ?? true,
      byCause,
      resources: [],
      waited: waitsOf(reports)
    }
    return withMeasured(sums, measured.get(service))
  })
}

/** Metrics know all requests; spans, which know how much of them was the service's own, may be a sample or the slow ones. */
function withMeasured(sums: ServiceSums, measured: Measured | undefined): ServiceSums {
  if (!measured) return sums
  const { instances, requests, failed, seconds, resources } = measured
  const known = { ...sums, instances: Math.max(sums.instances, instances.size), resources }
  if (requests === 0) return known
  const ownShare = sums.seconds > 0 ? sums.ownSeconds / sums.seconds : 1
  // Percentiles of the slow ones are not those of all.
  const percentiles = sums.slowOnly ? { p50Ms: undefined, p99Ms: undefined } : {}
  return { ...known, ...percentiles, requests, failed, seconds, ownSeconds: seconds * ownShare, slowOnly: false }
}

function causesOf(reports: ReportRow[]): Record<string, number> {
  const sums: Record<string, number> = Object.create(null)
  for (const { cause, ms } of reports.flatMap(({ slices }) => slices)) sums[cause] = (sums[cause] ?? 0) + ms / 1000
  return sums
}

/** Waiting for what others hold is what saturation looks like from inside. */
const RESOURCES: Record<string, string> = {
  'db.pool_wait': 'connection pool',
  'http.socket_wait': 'sockets',
  'loop.blocked': 'event loop',
  'loop.saturated': 'event loop',
  threadpool: 'thread pool',
  'cpu.throttled': 'CPU quota',
  'cpu.contended': 'CPU'
}

function waitsOf(reports: ReportRow[]): ServiceSums['waited'] {
  const waits = new Map<string, { resource: string; seconds: number; detail: string; longestMs: number }>()
  for (const { slices, summary, cause: main } of reports) {
    for (const { cause, ms } of slices) {
      const resource = RESOURCES[cause]
      if (!resource) continue
      const wait = waits.get(resource) ?? { resource, seconds: 0, detail: '', longestMs: 0 }
      wait.seconds += ms / 1000
      if (cause === main && ms > wait.longestMs) Object.assign(wait, { detail: summary, longestMs: ms })
      waits.set(resource, wait)
    }
  }
  return [...waits.values()].map(({ resource, seconds, detail }) => ({ resource, seconds, detail }))
}

function toCallSums({ from, to, system, durations, failed }: Call): CallSums {
  const sorted = Float64Array.from(durations).sort()
  return {
    from,
    to,
    system,
    requests: sorted.length,
    failed,
    seconds: sorted.reduce((sum, ms) => sum + ms, 0) / 1000,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99)
  }
}
