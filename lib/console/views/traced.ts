// What spans tell of services and their calls in a stretch of time. Pure. Spans of an agent of ours are those of slow requests and
// of a small share of the others, so that their sums are no rates.

import type { SpanRow } from '../rows.js'
import type { Trace } from '../store.js'
import { within } from './within.js'

export interface Traced {
  services: Map<string, TracedService>
  /** By `keyOf`. */
  calls: Map<string, TracedCall>
  /** Which service answers at an `address:port`, as far as a trace has shown it. */
  addresses: Map<string, string>
  /** The earliest start. */
  fromMs: number
}

export interface TracedService {
  origin: SpanRow['origin']
  instances: Set<string>
  durations: number[]
  failed: number
  ownMs: number
  entry: number
  /** Of its requests' time, the part in which they waited for services, and both where the whole trace was waiting for them. */
  waitedMs: number
  path: { ms: number; waitedMs: number }
}

export interface TracedCall {
  from: string
  to: string
  /** `service` for one of the system. */
  system: string
  durations: number[]
  failed: number
  /** Some of its callers send spans of slow requests and a share of the rest. */
  sampled: boolean
  /** Of calls to a service: durations as their callers saw them, and the part that the whole trace was waiting for. */
  calledMs: number
  pathMs: number
}

export function traced(traces: Iterable<Trace>, fromMs: number, toMs: number): Traced {
  const result: Traced = { services: new Map(), calls: new Map(), addresses: new Map(), fromMs: toMs }
  for (const { spans, lastMs } of traces) {
    if (lastMs < fromMs) continue
    const tree = treeOf(spans)
    for (const span of spans.values()) {
      if (span.endMs < fromMs || span.endMs > toMs) continue
      result.fromMs = Math.min(result.fromMs, span.startMs)
      if (isRequest(span)) gatherRequest(span, tree, result)
      // What was called without being a service that tells of itself: databases, caches, strangers.
      else if (isCall(span) && !tree.children.has(span.spanId)) gatherPeer(span, result)
    }
    gatherPaths(tree, result)
  }
  return result
}

const isRequest = ({ kind }: SpanRow): boolean => kind === 'server' || kind === 'consumer'
const isCall = ({ kind }: SpanRow): boolean => kind === 'client' || kind === 'producer'

interface Tree {
  spans: Map<string, SpanRow>
  children: Map<string, SpanRow[]>
  /** Request → the requests that were served on its behalf, by whatever service. */
  below: Map<SpanRow, SpanRow[]>
}

function treeOf(spans: Map<string, SpanRow>): Tree {
  const children = new Map<string, SpanRow[]>()
  const below = new Map<SpanRow, SpanRow[]>()
  for (const span of spans.values()) {
    if (span.parentSpanId !== '') within(children, span.parentSpanId, noSpans).push(span)
    const above = isRequest(span) ? requestAbove(span, spans) : undefined
    if (above) within(below, above, noSpans).push(span)
  }
  return { spans, children, below }
}

const noSpans = (): SpanRow[] => []

const MAX_LEVELS = 50

/** The request, of any service, on whose behalf this one was served. */
function requestAbove(span: SpanRow, spans: Map<string, SpanRow>): SpanRow | undefined {
  let above = spans.get(span.parentSpanId)
  for (let level = 0; above && level < MAX_LEVELS; level++) {
    if (isRequest(above)) return above
    above = spans.get(above.parentSpanId)
  }
  return undefined
}

function gatherRequest(span: SpanRow, { spans, below }: Tree, { services, calls, addresses }: Traced): void {
  const { origin, startMs, endMs, failed } = span
  const sums = within(services, origin.service, () => newService(origin))
  sums.instances.add(origin.instance)
  sums.durations.push(endMs - startMs)
  if (failed) sums.failed++
  sums.ownMs += endMs - startMs - waitedFor(span, below.get(span) ?? [], spans)
  // A client's span lies between two services.
  const caller = spans.get(span.parentSpanId)
  if (!caller) sums.entry++
  else if (caller.origin.service !== origin.service) {
    addCall(calls, { from: caller.origin.service, to: origin.service, system: 'service' }, span)
    const address = addressOf(caller)
    if (address && isCall(caller)) addresses.set(address, origin.service)
  }
}

const newService = (origin: SpanRow['origin']): TracedService => ({
  origin,
  instances: new Set(),
  durations: [],
  failed: 0,
  ownMs: 0,
  entry: 0,
  waitedMs: 0,
  path: { ms: 0, waitedMs: 0 }
})

function gatherPeer(span: SpanRow, { calls }: Traced): void {
  const { attributes, origin } = span
  const system = String(
    attributes['db.system.name'] ?? attributes['db.system'] ?? attributes['messaging.system'] ?? 'http'
  )
  const to = system === 'http' ? addressOf(span) || 'unknown peer' : system
  addCall(calls, { from: origin.service, to, system }, span)
}

/** `orders:8080`; '' when it is not told. */
export function addressOf({ attributes }: Pick<SpanRow, 'attributes'>): string {
  const address = attributes['server.address'] ?? attributes['net.peer.name'] ?? ''
  const port = attributes['server.port'] ?? attributes['net.peer.port'] ?? ''
  return `${address}${address !== '' && port !== '' ? `:${port}` : ''}`
}

export const keyOf = ({ from, to, system }: Pick<TracedCall, 'from' | 'to' | 'system'>): string =>
  `${from}\n${to}\n${system}`

function addCall(
  calls: Map<string, TracedCall>,
  call: Pick<TracedCall, 'from' | 'to' | 'system'>,
  { origin, startMs, endMs, failed }: SpanRow
): void {
  const sums = callOf(calls, call)
  if (origin.ours) sums.sampled = true
  sums.durations.push(endMs - startMs)
  if (failed) sums.failed++
}

const callOf = (calls: Map<string, TracedCall>, call: Pick<TracedCall, 'from' | 'to' | 'system'>): TracedCall =>
  within(calls, keyOf(call), () => ({ ...call, durations: [], failed: 0, sampled: false, calledMs: 0, pathMs: 0 }))

/** The path of a trace that it was waiting for: from its entries, and of what each request on it called. */
function gatherPaths(tree: Tree, traced: Traced): void {
  for (const span of tree.spans.values()) {
    const service = isRequest(span) ? traced.services.get(span.origin.service) : undefined
    if (!service) continue
    for (const { call, served, ms } of waitedOf(span, span.endMs, tree)) {
      service.waitedMs += ms
      callOf(traced.calls, betweenOf(call, served)).calledMs += call.endMs - call.startMs
    }
    if (!tree.spans.has(span.parentSpanId)) follow(span, span.endMs, MAX_LEVELS)
  }

  function follow(request: SpanRow, untilMs: number, levels: number): void {
    const service = traced.services.get(request.origin.service)
    if (!service || levels === 0) return
    service.path.ms += Math.max(0, untilMs - request.startMs)
    for (const { call, served, ms, lastMs } of waitedOf(request, untilMs, tree)) {
      service.path.waitedMs += ms
      callOf(traced.calls, betweenOf(call, served)).pathMs += ms
      follow(served, Math.min(served.endMs, lastMs), levels - 1)
    }
  }
}

const betweenOf = (call: SpanRow, served: SpanRow): Pick<TracedCall, 'from' | 'to' | 'system'> => {
  return { from: call.origin.service, to: served.origin.service, system: 'service' }
}

/** Of what a request called, an instant belongs to the one that ended last: it is what it was still waiting for. */
function* waitedOf(
  request: SpanRow,
  untilMs: number,
  { children }: Tree
): Generator<{ call: SpanRow; served: SpanRow; ms: number; lastMs: number }, void> {
  let until = untilMs
  const calls = (children.get(request.spanId) ?? []).filter(isCall).map(call => {
    const served = children.get(call.spanId)?.find(isRequest)
    return { call, served, endMs: answeredBy(request, call, served) }
  })
  for (const { call, served, endMs } of calls.sort((a, b) => b.endMs - a.endMs)) {
    const lastMs = Math.min(endMs, until)
    until = Math.min(until, call.startMs)
    if (served) yield { call, served, ms: Math.max(0, lastMs - call.startMs), lastMs }
  }
}

/**
 * Until when a call was waited for; its start: not at all. A finished request did not wait for what was still open when it ended, but
 * for the beginning of an answer that nobody reads.
 */
function answeredBy(request: SpanRow, call: SpanRow, served: SpanRow | undefined): number {
  if (request.attributes['perfagent.status'] === 'aborted' || !isOpenAfter(request, call, served)) return call.endMs
  const bodyMs = call.attributes['perfagent.phase.body_ms']
  return typeof bodyMs === 'number' ? call.endMs - bodyMs : call.startMs
}

/** Durations are rounded so. */
const ROUNDED_MS = 0.1

/**
 * Of an agent of ours what is open has a span that ends with the request's, as does, to within rounding, a call whose answer was handed on at
 * once: only of the first one was the service that was called at work for longer.
 */
function isOpenAfter({ origin, endMs }: SpanRow, call: SpanRow, served: SpanRow | undefined): boolean {
  if (!origin.ours) return call.endMs > endMs
  return (
    served !== undefined &&
    call.endMs >= endMs - ROUNDED_MS &&
    served.endMs - served.startMs > call.endMs - call.startMs + ROUNDED_MS
  )
}

/** Time in which at least one called service was at work for it. */
function waitedFor(request: SpanRow, below: SpanRow[], spans: Tree['spans']): number {
  const inside = below.map((each): [number, number] => {
    const { parentSpanId, startMs, endMs } = each
    const call = spans.get(parentSpanId)
    const isWaitedFor = !call || !isCall(call) || answeredBy(request, call, each) > call.startMs
    return [Math.max(startMs, request.startMs), isWaitedFor ? Math.min(endMs, request.endMs) : startMs]
  })
  inside.sort(([a], [b]) => a - b)
  let [sum, until] = [0, 0]
  for (const [start, end] of inside) {
    sum += Math.max(0, end - Math.max(start, until))
    until = Math.max(until, end)
  }
  return sum
}
