// What metrics tell of a service in a stretch of time: all its requests and calls, and how long each of its resources was busy.
// Pure. The names are OpenTelemetry's (HTTP, database, Node.js runtime and process conventions) and those of our own agents'
// sums; a further source is a row in SOURCES.

import type { Counted, Measured } from '../../fleet/measured.js'
import type { NameUse } from '../../fleet/one-name.js'
import type { ResourceSums } from '../../fleet/sums.js'
import { FASTEST_SHARE } from '../../fleet/way.js'
import { failedToServe } from '../../process/http-status.js'
import type { Buckets, Series, Step } from '../metrics.js'
import { addServed, newPrograms, type Programs, toldBy } from './programs.js'
import { addressOf } from './traced.js'
import { within } from './within.js'

/** What is known of a service, beside those around it. */
export interface MeasuredService extends Measured {
  instances: Set<string>
  requests: Counted
  slowRequests: number
  resources: ResourceSums[]
  /** By which its name may be that of several programs. */
  told: NameUse
  /** Since when, for rates. */
  fromMs: number
}

interface Tally extends Counted {
  buckets: Buckets | undefined
}

interface Gathered extends MeasuredService {
  requests: Tally
  callers: Map<string, Tally>
  peers: Map<string, Tally & { system: string }>
  /** By resource and instance. */
  busy: Map<string, Map<string, number>>
  capacity: Map<string, Map<string, number>>
  /** Of the collection in which it was used most: unit-seconds a second. */
  peak: Map<string, Map<string, number>>
  /** Of each instance its newest step, and the longest. */
  last: Map<string, { toMs: number; stepMs: number }>
  loopWaits: number[]
  programs: Programs
}

type Source = (service: Gathered, series: Series, steps: Step[]) => void

const EVENT_LOOP = 'event loop'
const CPU = 'CPU'
/** How many units an instance has, where its metrics do not say. Of the CPU that is not known: it has use, and no bound. */
const UNITS: Record<string, number> = { [EVENT_LOOP]: 1 }

const text = ({ attributes }: Series, name: string): string => String(attributes[name] ?? '')
const added = (steps: Step[]): number => steps.reduce((sum, { value }) => sum + value, 0)
const lastOf = (steps: Step[]): number => steps.at(-1)!.value
const timesIn = (steps: Step[]): number => steps.reduce((sum, { count }) => sum + count, 0)

const busy =
  (resourceOf: (series: Series) => string | undefined): Source =>
  (service, series, steps) => {
    const resource = resourceOf(series)
    if (resource) addBusy(service, resource, series.origin.instance, steps)
  }

function addBusy({ busy, peak }: Gathered, resource: string, instance: string, steps: Step[]): void {
  addTo(busy, resource, instance, added(steps))
  addTo(peak, resource, instance, mostBusy(steps))
}

/** A collection at the end of a process may be of some moments, and one of an agent that got no CPU of many times the interval. */
function mostBusy(steps: Step[]): number {
  const lengths = steps.map(({ fromMs, toMs }) => toMs - fromMs).sort((a, b) => a - b)
  const usualMs = lengths[lengths.length >> 1]!
  const whole = steps.filter(({ fromMs, toMs }) => toMs - fromMs > usualMs / 2)
  return Math.max(0, ...whole.map(({ fromMs, toMs, value }) => (value * 1000) / (toMs - fromMs)))
}

function addTo(sums: Gathered['busy'], resource: string, instance: string, value: number): void {
  const byInstance = within(sums, resource, () => new Map<string, number>())
  byInstance.set(instance, (byInstance.get(instance) ?? 0) + value)
}

const SOURCES: Record<string, Source> = {
  'http.server.request.duration': ({ requests, programs }, series, steps) => {
    count(requests, series, steps)
    addServed(programs, series, text(series, 'http.route'), timesIn(steps))
  },
  'perfagent.slow_requests': (service, _series, steps) => {
    service.slowRequests += added(steps)
  },
  'perfagent.request.time': (service, series, steps) => {
    service.waitedSeconds ??= 0
    if (text(series, 'perfagent.part') === 'http') service.waitedSeconds += added(steps)
  },
  'perfagent.calls': (service, series, steps) => {
    const caller = within(service.callers, text(series, 'perfagent.caller'), nothing)
    caller.count += added(steps)
    if (text(series, 'error.type') !== '') caller.failed += added(steps)
  },
  'perfagent.call.time': (service, series, steps) => {
    within(service.callers, text(series, 'perfagent.caller'), nothing).seconds += added(steps)
  },
  'http.client.request.duration': (service, series, steps) => {
    const peer = within(service.peers, addressOf(series) || 'unknown peer', () => ({ ...nothing(), system: 'http' }))
    count(peer, series, steps)
  },
  'db.client.operation.duration': (service, series, steps) => {
    const system = text(series, 'db.system.name') || 'database'
    count(
      within(service.peers, system, () => ({ ...nothing(), system })),
      series,
      steps
    )
  },
  'perfagent.resource.busy_time': busy(series => text(series, 'perfagent.resource')),
  'perfagent.resource.capacity': ({ capacity }, series, steps) => {
    addTo(capacity, text(series, 'perfagent.resource'), series.origin.instance, lastOf(steps))
  },
  'nodejs.eventloop.time': busy(series =>
    text(series, 'nodejs.eventloop.state') === 'active' ? EVENT_LOOP : undefined
  ),
  'nodejs.eventloop.utilization': (service, series, steps) => {
    const inSeconds = steps.map(step => ({ ...step, value: (step.value * (step.toMs - step.fromMs)) / 1000 }))
    addBusy(service, EVENT_LOOP, series.origin.instance, inSeconds)
  },
  'perfagent.eventloop.wait': ({ loopWaits }, _series, steps) =>
    void loopWaits.push(...steps.map(({ value }) => value)),
  'process.cpu.time': busy(() => CPU)
}

/** Where an agent of ours tells the same twice, by the first of these alone. */
const SAME = ['perfagent.resource.busy_time', 'nodejs.eventloop.time', 'nodejs.eventloop.utilization']

export function measuredServices(all: Iterable<Series>, fromMs: number, toMs: number): Map<string, MeasuredService> {
  const services = new Map<string, Gathered>()
  const lists = [...all]
  const tellers = new Map<string, number>()
  for (const { name, origin, attributes } of lists) {
    const rank = SAME.indexOf(name)
    if (rank < 0 || (rank === 0 && attributes['perfagent.resource'] !== EVENT_LOOP)) continue
    tellers.set(origin.instance, Math.min(rank, tellers.get(origin.instance) ?? rank))
  }
  for (const series of lists) {
    const source = Object.hasOwn(SOURCES, series.name) ? SOURCES[series.name] : undefined
    if (!source) continue
    const { service, instance } = series.origin
    const rank = SAME.indexOf(series.name)
    if (rank > 0 && tellers.get(instance) !== rank) continue
    const steps = series.steps.filter(step => step.fromMs >= fromMs && step.toMs <= toMs)
    if (steps.length === 0) continue
    const sums = within(services, service, () => newService(toMs))
    sums.instances.add(instance)
    const last = within(sums.last, instance, () => ({ toMs: 0, stepMs: 0 }))
    last.toMs = Math.max(last.toMs, steps.at(-1)!.toMs)
    for (const { fromMs, toMs } of steps) last.stepMs = Math.max(last.stepMs, toMs - fromMs)
    sums.fromMs = Math.min(sums.fromMs, steps[0]!.fromMs)
    source(sums, series, steps)
  }
  for (const sums of services.values()) {
    const { loopWaits, requests, callers, peers } = sums
    for (const counted of [requests, ...callers.values(), ...peers.values()]) tellQuantiles(counted)
    sums.resources = resourcesOf(sums)
    sums.told = toldBy(sums.programs)
    if (loopWaits.length > 0) sums.loopWaitSeconds = loopWaits.reduce((all, each) => all + each, 0) / loopWaits.length
  }
  return services
}

/** Those that are there: what was stopped was busy as well, and has nothing more to give. */
function resourcesOf({ busy, capacity, peak, last }: Gathered): ResourceSums[] {
  const newestMs = Math.max(...[...last.values()].map(({ toMs }) => toMs))
  const there = [...last].flatMap(([instance, { toMs, stepMs }]) => (toMs + 2 * stepMs >= newestMs ? [instance] : []))
  return [...busy].map(([resource, byInstance]) => {
    const units = (instance: string): number => capacity.get(resource)?.get(instance) ?? UNITS[resource] ?? 0
    const mostOf = (used: ReadonlyMap<string, number>): number =>
      Math.max(0, ...there.map(instance => (used.get(instance) ?? 0) / units(instance)).filter(Number.isFinite))
    return {
      resource,
      busySeconds: sumOfAll(byInstance.values()),
      capacity: sumOfAll(there.map(units)),
      fullestSeconds: mostOf(byInstance),
      peakShare: mostOf(peak.get(resource)!)
    }
  })
}

const sumOfAll = (values: Iterable<number>): number => [...values].reduce((sum, each) => sum + each, 0)

function tellQuantiles(counted: Tally): void {
  const [p50, p99] = [0.5, 0.99].map(share => counted.buckets && quantileOf(counted.buckets, share))
  if (p50 === undefined || p99 === undefined) return
  const fastest = quantileOf(counted.buckets!, FASTEST_SHARE)!
  counted.fastestSeconds = counted.buckets!.bounds.findLast(bound => bound <= fastest) ?? 0
  counted.p50Ms = p50 * 1000
  counted.p99Ms = p99 * 1000
}

const nothing = (): Tally => {
  return { count: 0, failed: 0, seconds: 0, p50Ms: undefined, p99Ms: undefined, buckets: undefined }
}

const newService = (toMs: number): Gathered => ({
  instances: new Set(),
  requests: nothing(),
  slowRequests: 0,
  waitedSeconds: undefined,
  callers: new Map(),
  peers: new Map(),
  resources: [],
  loopWaitSeconds: undefined,
  fromMs: toMs,
  busy: new Map(),
  capacity: new Map(),
  peak: new Map(),
  last: new Map(),
  loopWaits: [],
  told: { mains: new Map(), routes: [] },
  programs: newPrograms()
})

function count(sums: Tally, { attributes }: Series, steps: Step[]): void {
  const times = timesIn(steps)
  sums.count += times
  sums.seconds += added(steps)
  if (failedToServe(Number(attributes['http.response.status_code'] ?? 0)) || attributes['error.type'] !== undefined) {
    sums.failed += times
  }
  for (const { buckets } of steps) if (buckets) sums.buckets = sumOf(sums.buckets, buckets)
}

/** Of other bounds than those before: the newer ones count alone. */
function sumOf(before: Buckets | undefined, { bounds, counts }: Buckets): Buckets {
  const same = before?.bounds.length === bounds.length && bounds.every((bound, i) => bound === before.bounds[i])
  return { bounds, counts: counts.map((each, i) => each + (same ? before.counts[i]! : 0)) }
}

/** Seconds below which a share of the durations lies, as if they were spread evenly in their bucket; its lower end in the last. */
function quantileOf({ bounds, counts }: Buckets, share: number): number | undefined {
  const total = counts.reduce((sum, each) => sum + each, 0)
  if (total === 0) return undefined
  let left = share * total
  for (const [i, each] of counts.entries()) {
    if (each > 0 && left <= each) {
      const from = bounds[i - 1] ?? 0
      return from + ((bounds[i] ?? from) - from) * (left / each)
    }
    left -= each
  }
  return bounds.at(-1)
}
