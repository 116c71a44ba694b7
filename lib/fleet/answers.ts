// The three questions of the macro view, answered from sums. Pure.
//
// Latency: a service adds the time of its requests in which it does not wait for another service of the system.
// Throughput, by the utilisation law: with busy time B, capacity c and X requests in a stretch T, a request demands D = B / (c X)
// of the resource, the resource is used U = X D / T, and cannot serve more than 1 / D requests a second. The resource with the
// largest U reaches 1 first when the load of all services grows alike: it is the bottleneck.
// Use: busy time by service, for each kind of resource.

import { PEER_CAUSES } from './own-causes.js'
import { boundWithPools, poolsLate } from './pool-late.js'
import type { Between, ResourceSums, ServiceSums, Sums } from './sums.js'
import { type Tail, tailOf } from './tail.js'

export interface LatencyShare {
  service: string
  /** Of the whole system's time, 0 to 1. */
  share: number
  ownSeconds: number
  /** Of its own time, the largest part: the cause, and its share of `ownSeconds`. */
  cause: string | undefined
  causeShare: number
  /** The part of `ownSeconds` that nobody worked in, between it and whom it called: the longest. */
  between: Between | undefined
}

export interface Demand {
  service: string
  resource: string
  /** Of a pool without what its connections wait for the process's own loop: that is not the pool's to give. */
  utilizationShare: number
  /** With that time. */
  inUseShare: number
  /** True when one instance has much more to do than the others: all is told of that one then, with the load divided as it is. */
  ofOneInstance: boolean
  /** Seconds of one unit that a request of the service takes, with all units together. */
  demandSeconds: number
  /** Requests of the service a second that this resource can serve at most; and what it serves now. */
  boundPerSecond: number
  presentPerSecond: number
}

export interface Use {
  resource: string
  busySeconds: number
  /** The largest user first. */
  services: { service: string; busySeconds: number; share: number }[]
}

export interface Answers {
  latency: LatencyShare[]
  /** Who adds the time of slow requests, where that is another. */
  tail?: Tail | undefined
  /** The bottleneck first; empty when no service tells of its resources. */
  demands: Demand[]
  /** The most waited-for first: what points at the bottleneck where `demands` is empty. */
  waits: { service: string; resource: string; seconds: number; detail: string }[]
  /** The CPU first, which services may have in common, then what each has of its own; connections are no time of a processor. */
  uses: Use[]
}

export function answer(sums: Sums): Answers {
  const seconds = (sums.toMs - sums.fromMs) / 1000
  const shares = latency(sums.services)
  return {
    latency: shares,
    tail: tailOf(sums, shares),
    demands: sums.services
      .flatMap(service => demandsOf(service, sums, seconds))
      .sort(largestFirst(each => each.utilizationShare)),
    waits: sums.services
      .flatMap(({ service, waited }) => waited.map(wait => ({ service, ...wait })))
      .sort(largestFirst(each => each.seconds)),
    uses: uses(sums.services)
  }
}

function latency(services: ServiceSums[]): LatencyShare[] {
  const all = services.reduce((sum, { ownSeconds }) => sum + ownSeconds, 0)
  return services
    .filter(({ ownSeconds }) => ownSeconds > 0)
    .map(({ service, ownSeconds, byCause, between: [between] = [] }) => {
      const own = Object.entries(byCause).filter(([cause]) => !PEER_CAUSES.has(cause))
      const told = own.reduce((sum, [, part]) => sum + part, 0)
      const [cause, part = 0] = own.sort(largestFirst(([, each]) => each))[0] ?? []
      return { service, share: ownSeconds / all, ownSeconds, cause, causeShare: told > 0 ? part / told : 0, between }
    })
    .sort(largestFirst(each => each.share))
}

/** Chance and a little more to do at the start make as much of a difference. */
const UNEVEN_TIMES = 1.25
const UNEVEN_SHARE = 0.1

function demandsOf(sums: ServiceSums, all: Sums, seconds: number): Demand[] {
  const { service, requests, slowOnly, resources } = sums
  if (slowOnly || requests === 0 || seconds <= 0) return []
  const late = poolsLate(sums, all.calls)
  const presentPerSecond = requests / seconds
  const most = boundWithPools(resources, late, requests, seconds)
  return resources
    .map(each => ({ ...without(each, late.get(each.resource) ?? 0), inUseSeconds: each.busySeconds }))
    .filter(({ capacity, busySeconds }) => capacity > 0 && busySeconds > 0)
    .map(({ resource, busySeconds, inUseSeconds, capacity, fullestSeconds }) => {
      const usedOfAll = busySeconds / (capacity * seconds)
      const usedOfOne = fullestSeconds / seconds
      const ofOneInstance = usedOfOne > usedOfAll * UNEVEN_TIMES && usedOfOne > usedOfAll + UNEVEN_SHARE
      const utilizationShare = ofOneInstance ? usedOfOne : usedOfAll
      const demandSeconds = utilizationShare / presentPerSecond
      return {
        service,
        resource,
        utilizationShare,
        inUseShare: inUseSeconds / (capacity * seconds),
        ofOneInstance,
        demandSeconds,
        boundPerSecond: between(1 / demandSeconds, most),
        presentPerSecond
      }
    })
}

const without = ({ busySeconds, fullestSeconds = 0, ...rest }: ResourceSums, lateSeconds: number) => {
  const share = 1 - lateSeconds / busySeconds
  return { ...rest, busySeconds: busySeconds * share, fullestSeconds: fullestSeconds * share }
}

/**
 * Alone the resource would serve `alone`; with a loop as late as in front of requests that come however full it is, `most`. Under
 * overload they come as others are answered, and what is reached lies between: in the simulator's systems near the middle.
 */
const between = (alone: number, most: number): number => (most < alone ? (alone + most) / 2 : alone)

function uses(services: ServiceSums[]): Use[] {
  const names = new Set(services.flatMap(({ resources }) => resources.map(({ resource }) => resource)))
  const all = [...names].map(resource => {
    const busy = services.map(({ service, resources }) => ({ service, busySeconds: busyOf(resources, resource) }))
    const busySeconds = busy.reduce((sum, each) => sum + each.busySeconds, 0)
    return {
      resource,
      busySeconds,
      services: busy
        .filter(each => each.busySeconds > 0)
        .map(each => ({ ...each, share: each.busySeconds / busySeconds }))
        .sort(largestFirst(each => each.busySeconds))
    }
  })
  const firstProcessors = largestFirst<Use>(({ resource }) => PROCESSORS.indexOf(resource))
  return all.sort(largestFirst(each => each.busySeconds)).sort(firstProcessors)
}

/** Resources of which a busy second is one of computing. The last tells most: a busy loop may only be waiting for a CPU that others have. */
const PROCESSORS = ['CPU quota', 'event loop', 'CPU']

const busyOf = (resources: ResourceSums[], name: string): number =>
  resources.reduce((sum, { resource, busySeconds }) => sum + (resource === name ? busySeconds : 0), 0)

const largestFirst =
  <Item>(size: (item: Item) => number) =>
  (a: Item, b: Item): number =>
    size(b) - size(a)
