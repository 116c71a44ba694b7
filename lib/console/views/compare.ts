// The view "Compare": two sets of slow requests (before and after, or two versions), route by route and cause by cause. Pure.
//
// A difference of means is told as a change only when it is larger than what chance makes of so few requests: twice its
// standard error, from both sides' spread (Welch). Fewer than MIN_REQUESTS on a side say nothing.

import type { ReportRow } from '../rows.js'
import { type Filter, matches } from './filter.js'
import { percentile } from './percentile.js'
import { within } from './within.js'

const MIN_REQUESTS = 5
const SIGNIFICANT_ERRORS = 2
const MAX_ROUTES = 200

export interface CompareView {
  requests: [number, number]
  routes: ComparedRoute[]
  versions: { service: string; version: string; requests: number }[]
}

export interface ComparedRoute {
  service: string
  route: string
  count: [number, number]
  p50: [number, number]
  p99: [number, number]
  meanMs: [number, number]
  change: Change
  causes: { cause: string; meanMs: [number, number]; change: Change }[]
}

export interface Change {
  ms: number
  /** Half the width of the interval in which the true change lies with about 95 %; null when there are too few requests. */
  spreadMs: number | null
  /** Larger than its spread: not noise. */
  real: boolean
}

/** Enough of a sample to tell its mean and the error of that. */
interface Sums {
  count: number
  sum: number
  squares: number
}

interface ServiceRows {
  routes: Map<string, [Side, Side]>
  versions: Map<string, { requests: number }>
}

interface Side {
  durations: number[]
  whole: Sums
  causes: Map<string, Sums>
}

const noSums = (): Sums => ({ count: 0, sum: 0, squares: 0 })
const newSide = (): Side => ({ durations: [], whole: noSums(), causes: new Map() })
const newSides = (): [Side, Side] => [newSide(), newSide()]
const newCount = (): { requests: number } => ({ requests: 0 })
const newService = (): ServiceRows => ({ routes: new Map(), versions: new Map() })

export function compareView(rows: Iterable<ReportRow>, before: Filter, after: Filter): CompareView {
  const services = new Map<string, ServiceRows>()
  const requests: [number, number] = [0, 0]
  for (const row of rows) {
    const { routes, versions } = within(services, row.service, newService)
    within(versions, row.version, newCount).requests++
    const sides = within(routes, row.route, newSides)
    if (matches(before, row)) {
      requests[0]++
      gather(sides[0], row)
    }
    if (matches(after, row)) {
      requests[1]++
      gather(sides[1], row)
    }
  }
  const weight = ({ change }: ComparedRoute): number => (change.real ? 1e9 : 0) + Math.abs(change.ms)
  return {
    requests,
    routes: [...services]
      .flatMap(([service, { routes }]) =>
        [...routes]
          .filter(([, sides]) => sides.some(({ whole }) => whole.count > 0))
          .map(([route, sides]) => compareRoute(service, route, sides))
      )
      .sort((a, b) => weight(b) - weight(a))
      .slice(0, MAX_ROUTES),
    versions: [...services].flatMap(([service, { versions }]) =>
      [...versions].map(([version, { requests }]) => ({ service, version, requests }))
    )
  }
}

function gather(side: Side, { durationMs, slices }: ReportRow): void {
  side.durations.push(durationMs)
  add(side.whole, durationMs)
  for (const { cause, ms } of slices) add(within(side.causes, cause, noSums), ms)
}

function add(sums: Sums, value: number): void {
  sums.count++
  sums.sum += value
  sums.squares += value * value
}

function compareRoute(service: string, route: string, sides: [Side, Side]): ComparedRoute {
  const sorted = both(sides, ({ durations }) => Float64Array.from(durations).sort())
  const causes = new Set(sides.flatMap(side => [...side.causes.keys()]))
  const whole = both(sides, side => side.whole)
  return {
    service,
    route,
    count: both(whole, ({ count }) => count),
    p50: both(sorted, each => percentile(each, 0.5)),
    p99: both(sorted, each => percentile(each, 0.99)),
    meanMs: both(whole, mean),
    change: changeOf(...whole),
    causes: [...causes]
      .map(cause => {
        // Where it took nothing it has no slice: that is 0, not absent.
        const sums = both(sides, side => ({ ...(side.causes.get(cause) ?? noSums()), count: side.whole.count }))
        return { cause, meanMs: both(sums, mean), change: changeOf(...sums) }
      })
      .sort((a, b) => Math.abs(b.change.ms) - Math.abs(a.change.ms))
  }
}

const both = <From, To>([a, b]: [From, From], map: (side: From) => To): [To, To] => [map(a), map(b)]

function changeOf(before: Sums, after: Sums): Change {
  const ms = mean(after) - mean(before)
  if (before.count < MIN_REQUESTS || after.count < MIN_REQUESTS) return { ms, spreadMs: null, real: false }
  const spreadMs = SIGNIFICANT_ERRORS * Math.sqrt(variance(before) / before.count + variance(after) / after.count)
  return { ms, spreadMs, real: Math.abs(ms) > spreadMs }
}

const mean = ({ count, sum }: Sums): number => (count === 0 ? 0 : sum / count)

const variance = ({ count, sum, squares }: Sums): number => Math.max(0, (squares - (sum * sum) / count) / (count - 1))
