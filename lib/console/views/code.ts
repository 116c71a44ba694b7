// The view "Code": the functions in which slow requests spent the main thread's time, over all of them. Pure, over rows.
// `savedMs` is what the slow requests would have been faster for, had the function taken no time: its samples lie inside them,
// whether the request itself ran it or waited for another one that did.

import type { Frame } from '../../types.js'
import type { ReportRow } from '../rows.js'
import { type Filter, matches } from './filter.js'
import { within } from './within.js'

const MAX_FUNCTIONS = 200
const MAX_ROUTES = 5

export interface CodeView {
  requests: number
  slowMs: number
  functions: FunctionRow[]
}

export interface FunctionRow {
  service: string
  frame: Frame
  savedMs: number
  /** Of all the time of the slow requests, 0 to 1. */
  share: number
  requests: number
  routes: { route: string; ms: number }[]
  /** The request in which it took most, to look at. */
  worst: string
}

interface Sum {
  service: string
  frame: Frame
  ms: number
  requests: number
  routes: Map<string, number>
  worst: { key: string; ms: number }
}

export function codeView(rows: Iterable<ReportRow>, filter: Filter): CodeView {
  const sums = new Map<string, Sum>()
  let [requests, slowMs] = [0, 0]
  for (const row of rows) {
    if (!matches(filter, row)) continue
    requests++
    slowMs += row.durationMs
    for (const { frame, ms } of row.hot) {
      const sum = within(sums, `${row.service}\n${frame.file}:${frame.line}:${frame.function}`, (): Sum => {
        const worst = { key: row.key, ms: 0 }
        return { service: row.service, frame, ms: 0, requests: 0, routes: new Map(), worst }
      })
      sum.ms += ms
      sum.requests++
      sum.routes.set(row.route, (sum.routes.get(row.route) ?? 0) + ms)
      if (ms > sum.worst.ms) sum.worst = { key: row.key, ms }
    }
  }
  const hottest = [...sums.values()].sort((a, b) => b.ms - a.ms).slice(0, MAX_FUNCTIONS)
  return {
    requests,
    slowMs,
    functions: hottest.map(({ service, frame, ms, requests, routes, worst }) => ({
      service,
      frame,
      savedMs: ms,
      share: slowMs > 0 ? ms / slowMs : 0,
      requests,
      routes: [...routes]
        .map(([route, ms]) => ({ route, ms }))
        .sort((a, b) => b.ms - a.ms)
        .slice(0, MAX_ROUTES),
      worst: worst.key
    }))
  }
}
