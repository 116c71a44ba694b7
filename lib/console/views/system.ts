// Sums for the macro view out of metrics, spans and reports: what lib/fleet answers from. Pure, over the store.
//
// The stretch ends with the newest of them, not with the clock: a system that was stopped still shows how it ran. Metrics know all
// requests. Spans, which know who waited for whom, may be those of slow requests alone; where there is nothing else the sums are
// of those, and no rate is told.

import { type Calls, ownTime, type Party } from '../../fleet/own-time.js'
import type { CallSums, ServiceSums, Sums } from '../../fleet/sums.js'
import type { Series } from '../metrics.js'
import type { ReportRow } from '../rows.js'
import type { Trace } from '../store.js'
import { type Counted, type Measured, measuredServices, quantileOf } from './measured.js'
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
  measured: Map<string, Measured>
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
  const calls = callSums(known)
  return { fromMs: Math.max(fromMs, first), toMs, services: withOwnTime(serviceSums(known), calls, known), calls }
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
    failed: traced?.failed ?? reports.filter(({ statusCode }) => (statusCode ?? 0) >= 500).length,
    seconds,
    ownSeconds: traced ? traced.ownMs / 1000 : seconds - (byCause['http.slow_peer'] ?? 0),
    entryRequests: traced?.entry ?? 0,
    p50Ms: percentile(durations, 0.5),
    p99Ms: percentile(durations, 0.99),
    slowOnly: traced?.origin.ours ?? true,
    byCause,
    resources: [],
    waited: waitsOf(reports)
  }
}

function causesOf(reports: ReportRow[]): Record<string, number> {
  const sums: Record<string, number> = Object.create(null)
  for (const { cause, ms } of reports.flatMap(({ slices }) => slices)) sums[cause] = (sums[cause] ?? 0) + ms / 1000
  return sums
}

function withMeasured(sums: ServiceSums, measured: Measured | undefined): ServiceSums {
  if (!measured) return sums
  const { requests, instances, resources, callers } = measured
  const known = { ...sums, instances: Math.max(sums.instances, instances.size), resources }
  if (requests.count === 0) return known
  const ownShare = sums.seconds > 0 ? sums.ownSeconds / sums.seconds : 1
  return {
    ...known,
    // Percentiles of the slow ones are not those of all.
    ...(sums.slowOnly ? { p50Ms: undefined, p99Ms: undefined } : {}),
    ...quantiles(requests),
    requests: requests.count,
    failed: requests.failed,
    seconds: requests.seconds,
    ownSeconds: requests.seconds * ownShare,
    entryRequests: requests.count - [...callers.values()].reduce((sum, { count }) => sum + count, 0),
    slowOnly: false
  }
}

function quantiles({ buckets }: Counted): { p50Ms?: number; p99Ms?: number } {
  const [p50, p99] = [0.5, 0.99].map(share => buckets && quantileOf(buckets, share))
  return p50 === undefined || p99 === undefined ? {} : { p50Ms: p50 * 1000, p99Ms: p99 * 1000 }
}

/** Of a pair whose calls are measured the spans, which are some of the same calls, tell nothing more. */
function callSums({ spans, measured }: Known): CallSums[] {
  const sums = new Map([...spans.calls].map(([key, call]) => [key, tracedCall(call)]))
  const add = (call: Pick<CallSums, 'from' | 'to' | 'system'>, counted: Counted): void => {
    const { count: requests, failed, seconds } = counted
    sums.set(keyOf(call), {
      p50Ms: undefined,
      p99Ms: undefined,
      sampled: false,
      ...call,
      requests,
      failed,
      seconds,
      ...quantiles(counted)
    })
  }
  for (const [to, { callers }] of measured) {
    for (const [from, counted] of callers) add({ from, to, system: 'service' }, counted)
  }
  for (const [from, { peers }] of measured) {
    for (const [to, counted] of peers) {
      const isService = counted.system === 'http' && (spans.addresses.has(to) || callsServicesAlone(from, measured))
      if (!isService) add({ from, to, system: counted.system }, counted)
    }
  }
  return [...sums.values()].filter(({ requests }) => requests > 0)
}

/** Whoever it called counted as many calls of it: then all of them are services of the system, whatever their addresses. */
const ALL_SHARE = 0.95

function callsServicesAlone(from: string, measured: Known['measured']): boolean {
  const sum = (counted: Iterable<Counted>): number => [...counted].reduce((all, { count }) => all + count, 0)
  const made = sum([...measured.get(from)!.peers.values()].filter(({ system }) => system === 'http'))
  const served = sum([...measured.values()].flatMap(({ callers }) => callers.get(from) ?? []))
  return served >= made * ALL_SHARE
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

/** Where agents tell how long requests waited for calls, the time of all requests is divided by that. */
function withOwnTime(services: ServiceSums[], calls: CallSums[], { spans, measured }: Known): ServiceSums[] {
  if (![...measured.values()].some(({ waitedSeconds }) => waitedSeconds !== undefined)) return services
  const between = calls.filter(({ system }) => system === 'service').map(call => seenByCaller(call, spans, measured))
  const own = ownTime(
    services.map(sums => partyOf(sums, calls, between, measured.get(sums.service))),
    between
  )
  return services.map(sums => ({ ...sums, ownSeconds: own.get(sums.service) ?? sums.ownSeconds }))
}

/**
 * A caller waits for longer than the one that it calls is at work: until that one's loop gets to the request, and until its own gets
 * to the answer. It measures that by address; where no trace shows whose address it is, all that it called is taken to have taken
 * so much longer. How late either loop is tells whose the difference is.
 */
function seenByCaller(call: CallSums, { calls, addresses }: Traced, measured: Known['measured']): Seen {
  const { from, to, seconds } = call
  const traced = calls.get(keyOf(call))
  const criticalShare = traced && traced.calledMs > 0 ? traced.criticalMs / traced.calledMs : 1
  const whole = waitedFor(call, addresses, measured)
  const [own = 0, others = 0] = [from, to].map(service => measured.get(service)?.loopDelaySeconds)
  const ownShare = own + others > 0 ? own / (own + others) : 0.5
  return { from, to, criticalShare, wholeSeconds: whole, seconds: whole - Math.max(0, whole - seconds) * ownShare }
}

interface Seen extends Calls {
  /** With the time in which the answer was there and the caller's loop was not. */
  wholeSeconds: number
}

function waitedFor(
  { from, to, seconds }: CallSums,
  addresses: Traced['addresses'],
  measured: Known['measured']
): number {
  const peers = [...(measured.get(from)?.peers ?? [])].filter(([, { system }]) => system === 'http')
  const own = peers.filter(([address]) => addresses.get(address) === to)
  if (own.length > 0) return own.reduce((sum, [, peer]) => sum + peer.seconds, 0)
  if (peers.length === 0 || !callsServicesAlone(from, measured)) return seconds
  const waited = peers.reduce((sum, [, peer]) => sum + peer.seconds, 0)
  const served = [...measured.values()].reduce((sum, { callers }) => sum + (callers.get(from)?.seconds ?? 0), 0)
  return served > 0 ? (seconds * waited) / served : seconds
}

function partyOf(
  { service, seconds, ownSeconds }: ServiceSums,
  calls: CallSums[],
  between: Seen[],
  measured: Measured | undefined
): Party {
  const served = calls.filter(({ to, system }) => to === service && system === 'service')
  const entrySeconds = Math.max(0, seconds - served.reduce((sum, call) => sum + call.seconds, 0))
  if (measured?.waitedSeconds === undefined) return { service, entrySeconds, waitedSeconds: seconds - ownSeconds }
  // Calls to strangers are among those that it waited for, and answers that waited for it.
  const made = between.filter(({ from }) => from === service)
  const inSystem = made.reduce((sum, call) => sum + call.seconds, 0)
  const all = calls
    .filter(({ from, system }) => from === service && system === 'http')
    .reduce(
      (sum, call) => sum + call.seconds,
      made.reduce((sum, { wholeSeconds }) => sum + wholeSeconds, 0)
    )
  return { service, entrySeconds, waitedSeconds: measured.waitedSeconds * (inSystem / all || 0) }
}
