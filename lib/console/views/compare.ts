// The view "Compare": two sets of slow requests (before and after, or two versions), route by route and cause by cause. Pure.
//
// A difference of means is told as a change only when it is larger than what chance makes of so few requests: twice its
// standard error, from both sides' spread (Welch). Fewer than MIN_REQUESTS on a side say nothing.

import type { ReportRow } from '../rows.js'
import { type Filter, matches, routeOf } from './filter.js'
import { percentile } from './percentile.js'

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

export function compareView(rows: Iterable<ReportRow>, before: Filter, after: Filter): CompareView {
  const groups = new Map<string, [ReportRow[], ReportRow[]]>()
  const versions = new Map<string, CompareView['versions'][number]>()
  const requests: [number, number] = [0, 0]
  for (const row of rows) {
    const version = `${row.service}\n${row.version}`
    const known = versions.get(version) ?? { service: row.service, version: row.version, requests: 0 }
    known.requests++
    versions.set(version, known)
    for (const side of [0, 1] as const) {
      if (!matches(side === 0 ? before : after, row)) continue
      requests[side]++
      const key = `${row.service}\n${routeOf(row)}`
      const group = groups.get(key) ?? [[], []]
      group[side].push(row)
      groups.set(key, group)
    }
  }
  const weight = ({ change }: ComparedRoute): number => (change.real ? 1e9 : 0) + Math.abs(change.ms)
  return {
    requests,
    routes: [...groups.values()]
      .map(compareRoute)
      .sort((a, b) => weight(b) - weight(a))
      .slice(0, MAX_ROUTES),
    versions: [...versions.values()]
  }
}

function compareRoute(sides: [ReportRow[], ReportRow[]]): ComparedRoute {
  const first = (sides[0][0] ?? sides[1][0])!
  const durations = both(sides, rows => Float64Array.from(rows, ({ durationMs }) => durationMs).sort())
  const causes = [...new Set(sides.flat().flatMap(({ slices }) => slices.map(({ cause }) => cause)))]
  return {
    service: first.service,
    route: routeOf(first),
    count: both(sides, ({ length }) => length),
    p50: both(durations, sorted => percentile(sorted, 0.5)),
    p99: both(durations, sorted => percentile(sorted, 0.99)),
    meanMs: both(durations, mean),
    change: changeOf(durations[0], durations[1]),
    causes: causes
      .map(cause => {
        const values = both(sides, rows => Float64Array.from(rows, row => msOf(row, cause)))
        return { cause, meanMs: both(values, mean), change: changeOf(values[0], values[1]) }
      })
      .sort((a, b) => Math.abs(b.change.ms) - Math.abs(a.change.ms))
  }
}

const both = <From, To>([a, b]: [From, From], map: (side: From) => To): [To, To] => [map(a), map(b)]

const msOf = ({ slices }: ReportRow, cause: string): number => slices.find(slice => slice.cause === cause)?.ms ?? 0

export function changeOf(before: Float64Array, after: Float64Array): Change {
  const ms = mean(after) - mean(before)
  if (before.length < MIN_REQUESTS || after.length < MIN_REQUESTS) return { ms, spreadMs: null, real: false }
  const spreadMs = SIGNIFICANT_ERRORS * Math.sqrt(variance(before) / before.length + variance(after) / after.length)
  return { ms, spreadMs, real: Math.abs(ms) > spreadMs }
}

const mean = (values: Float64Array): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

function variance(values: Float64Array): number {
  const middle = mean(values)
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1)
}
