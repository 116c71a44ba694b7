// What slow requests say, once each: those of one route that were slow for one cause, with the sentence of the slowest. Pure,
// over rows. The first line is what to look at first: where most slow time has one reason.

import type { ReportRow } from '../rows.js'
import { type Filter, matches } from './filter.js'
import { within } from './within.js'

const MAX_FINDINGS = 12
/** Told by the request that it waited for, when that has a report too. */
const WAITS = new Set(['http.slow_peer'])

export interface Finding {
  service: string
  route: string
  cause: string
  count: number
  /** Time of these requests that went to the cause, and their time in all. */
  causeMs: number
  totalMs: number
  latest: number
  worst: { key: string; durationMs: number; summary: string; confidence: string }
}

export function findings(rows: Iterable<ReportRow>, filter: Filter): Finding[] {
  const groups = new Map<string, Finding>()
  const found = [...rows].filter(row => matches(filter, row))
  const explained = new Set(found.filter(({ cause }) => !WAITS.has(cause)).map(({ traceId }) => traceId))
  for (const row of found) {
    if (WAITS.has(row.cause) && explained.has(row.traceId)) continue
    const { service, route, cause, durationMs, summary, confidence, key, at } = row
    const finding = within(groups, `${service}\n${route}\n${cause}`, (): Finding => {
      const worst = { key, durationMs: -1, summary, confidence }
      return { service, route, cause, count: 0, causeMs: 0, totalMs: 0, latest: 0, worst }
    })
    finding.count++
    finding.totalMs += durationMs
    finding.causeMs += row.slices.reduce((sum, slice) => sum + (slice.cause === cause ? slice.ms : 0), 0)
    finding.latest = Math.max(finding.latest, at)
    if (durationMs > finding.worst.durationMs) finding.worst = { key, durationMs, summary, confidence }
  }
  return [...groups.values()].sort((a, b) => b.causeMs - a.causeMs).slice(0, MAX_FINDINGS)
}
