// What was usual for each route: by which causes it was slow, and since which deployment. Pure. From it a report tells that its
// cause is new since the last one. Bounded by MAX_ROUTES.
//
//   { "format": 1, "deployment": 2, "version": "1.4.2", "before": "1.4.1",
//     "routes": { "GET /orders/:id": { "db.slow_query": 1, "gc": 2 } } }       route → cause → deployment that had it first
//
// A deployment is a version of the service that was not at work just before; going back to an older one is a deployment too.

import type { Cause, News } from '../types.js'

export interface Usual {
  format: 1
  deployment: number
  version: string
  /** The version before; '' for none. */
  before: string
  routes: Record<string, Partial<Record<Cause, number>>>
}

const MAX_ROUTES = 1000

export const nothingKnown = (): Usual => ({ format: 1, deployment: 0, version: '', before: '', routes: {} })

/** The service runs in this version now. Without versions there are no deployments to tell apart. */
export function begin(usual: Usual, version: string): Usual {
  if (version === usual.version || version === '') return usual
  return { ...usual, deployment: usual.deployment + 1, version, before: usual.version }
}

/** Notes the cause of a slow request; what is new about it, or null. */
export function learn({ routes, deployment, before }: Usual, route: string, cause: Cause): News | null {
  if (!Object.hasOwn(routes, route)) {
    if (Object.keys(routes).length >= MAX_ROUTES) return null
    Object.defineProperty(routes, route, { value: {}, enumerable: true, writable: true, configurable: true })
  }
  const firsts = routes[route]!
  firsts[cause] ??= deployment
  if (before === '' || firsts[cause] !== deployment) return null
  const usual = Object.entries(firsts).flatMap(([other, first]) => (first < deployment ? [other as Cause] : []))
  return { since: before, usual }
}

/** What several processes of a service have learnt: of each cause the earliest. */
export function merge(ours: Usual, theirs: Usual): Usual {
  const merged: Usual = { ...ours, routes: {} }
  for (const { routes } of [ours, theirs]) {
    for (const [route, firsts] of Object.entries(routes)) {
      if (!Object.hasOwn(merged.routes, route) && Object.keys(merged.routes).length >= MAX_ROUTES) continue
      const known = Object.hasOwn(merged.routes, route) ? merged.routes[route]! : {}
      const earliest = { ...known }
      for (const [cause, first] of Object.entries(firsts) as [Cause, number][]) {
        earliest[cause] = Math.min(first, known[cause] ?? first)
      }
      Object.defineProperty(merged.routes, route, {
        value: earliest,
        enumerable: true,
        writable: true,
        configurable: true
      })
    }
  }
  return merged
}

/** What the next process is to read: of two versions that are at work, as while one is rolled out, the newer is the last deployment. */
export const lastOf = (ours: Usual, theirs: Usual): Usual =>
  theirs.deployment > ours.deployment ? { ...theirs, routes: ours.routes } : ours

/** Undefined for what is none: a file may be anything. */
export function parse(text: string): Usual | undefined {
  let read: Partial<Usual> | null
  try {
    read = JSON.parse(text)
  } catch {
    return undefined
  }
  const { format, deployment, version, before, routes } = read ?? {}
  const isOne =
    format === 1 &&
    Number.isSafeInteger(deployment) &&
    typeof version === 'string' &&
    typeof before === 'string' &&
    isObject(routes) &&
    Object.values(routes).every(firsts => isObject(firsts) && Object.values(firsts).every(Number.isSafeInteger))
  return isOne ? (read as Usual) : undefined
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
