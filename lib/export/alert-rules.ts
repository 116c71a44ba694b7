// When somebody is to be told at once, by what reports say. Pure: the only clock is that of the reports, which may be set back.
// Bounded: MAX_ROUTES are remembered, what is alike is told once in QUIET_MS, and of all alerts no more than MAX_IN_QUIET in that time;
// how many were kept back is told with the next.

import type { Cause, Report } from '../types.js'
import { duration, requestName } from '../verdict/words.js'

export interface Alert {
  alert: 'new_cause' | 'rate' | 'blocked'
  /** One line for people. */
  text: string
  route: string
  cause: Cause
}

export interface AlertOptions {
  /** Slow requests of one cause in a minute. */
  alertRate: number
  alertBlockedMs: number
}

const MINUTE_MS = 60_000
const QUIET_MS = 60 * MINUTE_MS
const MAX_IN_QUIET = 20
const MAX_ROUTES = 500
/** A service that has just begun has no habits yet: its first reports are no news. */
const WARM_UP_MS = 10 * MINUTE_MS

export function createAlertRules({ alertRate, alertBlockedMs }: AlertOptions): (report: Report) => Alert[] {
  const causesOf = new Map<string, Set<Cause>>()
  const lately = new Map<Cause, { at: number; count: number }[]>()
  const told = new Map<string, number>()
  let began: number | undefined
  let keptBack = 0

  return report => {
    const at = Date.parse(report.at) + report.durationMs
    began ??= at
    const found = [newCause(report, at), rate(report, at), blocked(report)].filter(alert => alert !== undefined)
    return found.filter(alert => mayTell(alert, at))
  }

  /** By the memory over deployments where there is one, else by what this process has seen. */
  function newCause(report: Report, at: number): Alert | undefined {
    const { verdict, news } = report
    const route = requestName(report.request)
    const known = causesOf.get(route)
    const isFirst = !known?.has(verdict.cause)
    // While it runs not all is known: its end, which may have another cause, would be news beside that.
    if (report.status !== 'running') {
      if (known) known.add(verdict.cause)
      else if (causesOf.size < MAX_ROUTES) causesOf.set(route, new Set([verdict.cause]))
    }
    const hasHabits = known !== undefined || apartMs(at, began!) >= WARM_UP_MS
    if (!news && !(isFirst && hasHabits)) return undefined
    const since = news ? `, not seen before ${report.service.version || 'this deployment'}` : ''
    return alertOf('new_cause', report, `is slow for a new reason${since}: ${verdict.summary}`)
  }

  function rate(report: Report, at: number): Alert | undefined {
    const { cause } = report.verdict
    const recent = (lately.get(cause) ?? []).filter(entry => apartMs(at, entry.at) < MINUTE_MS)
    recent.push({ at, count: 1 + report.dropped.reports })
    lately.set(cause, recent)
    const count = recent.reduce((sum, entry) => sum + entry.count, 0)
    if (count < alertRate) return undefined
    return alertOf(
      'rate',
      report,
      `and others: ${count} slow requests by ${cause} within a minute. ${report.verdict.summary}`
    )
  }

  function blocked(report: Report): Alert | undefined {
    const longest = report.evidence.blocks.reduce<Report['evidence']['blocks'][number] | undefined>(
      (most, block) => (most && most.durationMs >= block.durationMs ? most : block),
      undefined
    )
    if (!longest || longest.durationMs < alertBlockedMs) return undefined
    const by = longest.route ? ` by ${longest.route}` : ''
    const where = longest.frame ? ` in ${longest.frame.function} (${longest.frame.file}:${longest.frame.line})` : ''
    return alertOf('blocked', report, `saw the event loop held for ${duration(longest.durationMs)}${by}${where}.`)
  }

  function mayTell(alert: Alert, at: number): boolean {
    for (const [key, when] of told) if (apartMs(at, when) >= QUIET_MS) told.delete(key)
    const key = `${alert.alert} ${alert.alert === 'new_cause' ? alert.route : ''} ${alert.cause}`
    if (told.has(key)) return false
    if (told.size >= MAX_IN_QUIET) {
      keptBack++
      return false
    }
    told.set(key, at)
    if (keptBack > 0) alert.text += ` (${keptBack} more alerts were kept back.)`
    keptBack = 0
    return true
  }
}

const apartMs = (one: number, other: number): number => Math.abs(one - other)

function alertOf(alert: Alert['alert'], { service, request, verdict }: Report, said: string): Alert {
  const route = requestName(request)
  return { alert, text: `${service.name}: ${route} ${said}`, route, cause: verdict.cause }
}
