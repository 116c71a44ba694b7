// The view "Requests": slow requests as points, and a table by route. Pure, over rows. Of more points than a screen can show
// the slowest are kept, and every so many of the rest; how many were left out is told.

import type { ReportRow } from '../rows.js'
import { type Filter, matches, routeOf } from './filter.js'
import { percentile } from './percentile.js'

const MAX_POINTS = 4_000
const MAX_ROUTES = 1_000
const SLOWEST_SHARE = 0.25

export interface RequestsView {
  total: number
  /** Columns instead of objects: a third of the bytes. */
  points: { key: string[]; at: number[]; ms: number[]; cause: number[]; name: string[] }
  causes: string[]
  shownPoints: number
  routes: RouteRow[]
  /** For the filters: what there is to choose from, whatever is chosen now. */
  services: string[]
}

export interface RouteRow {
  service: string
  route: string
  count: number
  failed: number
  p50: number
  p95: number
  p99: number
  totalMs: number
  byCause: { cause: string; ms: number }[]
  /** The slowest one, to look at. */
  slowest: string
}

export function requestsView(rows: Iterable<ReportRow>, filter: Filter): RequestsView {
  const found: ReportRow[] = []
  const services = new Set<string>()
  for (const row of rows) {
    services.add(row.service)
    if (matches(filter, row)) found.push(row)
  }
  const points = thinned(found)
  const causes = [...new Set(points.map(({ cause }) => cause))]
  return {
    total: found.length,
    points: {
      key: points.map(({ key }) => key),
      at: points.map(({ at }) => at),
      ms: points.map(({ durationMs }) => durationMs),
      cause: points.map(({ cause }) => causes.indexOf(cause)),
      name: points.map(row => `${row.service} ${routeOf(row)}`)
    },
    causes,
    shownPoints: points.length,
    routes: routes(found),
    services: [...services].sort()
  }
}

function thinned(rows: ReportRow[]): ReportRow[] {
  if (rows.length <= MAX_POINTS) return rows.toSorted((a, b) => a.at - b.at)
  const bySlowness = rows.toSorted((a, b) => b.durationMs - a.durationMs)
  const slowest = bySlowness.slice(0, MAX_POINTS * SLOWEST_SHARE)
  const rest = bySlowness.slice(slowest.length)
  const step = rest.length / (MAX_POINTS - slowest.length)
  const others = Array.from({ length: MAX_POINTS - slowest.length }, (_, i) => rest[Math.floor(i * step)]!)
  return [...slowest, ...others].sort((a, b) => a.at - b.at)
}

function routes(rows: ReportRow[]): RouteRow[] {
  const groups = new Map<string, ReportRow[]>()
  for (const row of rows) {
    const key = `${row.service}\n${row.method} ${row.route}`
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return [...groups.values()]
    .map(toRouteRow)
    .sort((a, b) => b.totalMs - a.totalMs)
    .slice(0, MAX_ROUTES)
}

function toRouteRow(rows: ReportRow[]): RouteRow {
  const durations = Float64Array.from(rows, ({ durationMs }) => durationMs).sort()
  const byCause = new Map<string, number>()
  for (const { cause, ms } of rows.flatMap(({ slices }) => slices)) byCause.set(cause, (byCause.get(cause) ?? 0) + ms)
  const first = rows[0]!
  return {
    service: first.service,
    route: routeOf(first),
    count: rows.length,
    failed: rows.filter(({ statusCode }) => statusCode !== null && statusCode >= 500).length,
    p50: percentile(durations, 0.5),
    p95: percentile(durations, 0.95),
    p99: percentile(durations, 0.99),
    totalMs: durations.reduce((sum, ms) => sum + ms, 0),
    byCause: [...byCause].map(([cause, ms]) => ({ cause, ms })).sort((a, b) => b.ms - a.ms),
    slowest: rows.reduce((a, b) => (b.durationMs > a.durationMs ? b : a)).key
  }
}
