// When a request is slow, and how many slow ones of a route are reported. Main thread; decided here alone.
//
// `auto` means 1.5 × the route's own p99 of its last minute, but at least 50 ms, and FALLBACK_MS until the route
// has been seen 100 times. The histogram costs 40–61 ns a request (Node 20–24) and is kept only in this mode.
//
// The report limit is per route and minute. Half of it goes to whoever comes first, the other half only to requests slower
// than all reported in this minute, so that a flood of slow ones does not hide the slowest. None is reported of whose evidence a part
// was let go, for want of room in the heap: a wrong verdict is worse than none.

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { HeapWatch } from './heap.js'

const FALLBACK_MS = 500
const AUTO_FLOOR_MS = 50
const AUTO_FACTOR = 1.5
const AUTO_MIN_COUNT = 100
const WINDOW_MS = 60_000
/** Routes are capped by lib/record/route.ts, but a framework's routes come from the application. */
const MAX_TRACKED = 1000

export interface SlowOptions {
  slowMs: number | 'auto'
  slowRoutes: Record<string, number>
  maxReportsPerMinute: number
}

export interface SlowPolicy {
  /** True when the threshold depends on the route, which is then worth knowing at the request's start. */
  perRoute: boolean
  /** The options have changed. */
  reread(): void
  thresholdMs(method: string, route: string | undefined): number
  /** Every finished request, when the mode needs it. */
  observe(method: string, route: string, durationMs: number, moment: number): void
  /** Whether this slow request is reported; counts those that are not. */
  admit(method: string, route: string, durationMs: number, moment: number): boolean
  /** The same of one that still runs. Who is turned away is asked again at the end, and counted then. */
  admitRunning(method: string, route: string, durationMs: number, moment: number): boolean
  /** Whether one of this route that becomes slow can still be reported, if it is slow enough. */
  hasRoom(method: string, route: string, moment: number): boolean
  /** This slow request is not reported, whatever the limit says; counts it. */
  turnAway(method: string, route: string): void
  /** Slow requests of this route that were not reported since the last call. */
  takeDropped(method: string, route: string): number
}

interface RouteState {
  windowFrom: number
  admitted: number
  slowestMs: number
  dropped: number
  auto: { from: number; current: RecordableHistogram; thresholdMs: number } | undefined
}

/** `count`: hears how many more are to be told, or fewer, of all routes. */
export function createSlowPolicy(
  options: SlowOptions,
  heap: Pick<HeapWatch, 'wholeSince'>,
  count: (more: number) => void
): SlowPolicy {
  const routes = new Map<string, RouteState>()
  let named: Record<string, number> = {}
  let auto = false
  let fixedMs = FALLBACK_MS
  /** In a flood each slow request asks twice, and of the same route as the one before. */
  let last: { method: string; route: string; state: RouteState } | undefined

  const keyOf = (method: string, route: string): string => {
    const key = `${method} ${route}`
    return routes.size < MAX_TRACKED || routes.has(key) ? key : ''
  }

  const known = (method: string, route: string): RouteState | undefined =>
    last?.route === route && last.method === method ? last.state : routes.get(keyOf(method, route))

  const stateOf = (method: string, route: string): RouteState => {
    let state = known(method, route)
    if (!state) {
      state = { windowFrom: Number.NEGATIVE_INFINITY, admitted: 0, slowestMs: 0, dropped: 0, auto: undefined }
      routes.set(keyOf(method, route), state)
    }
    if (last?.state !== state) last = { method, route, state }
    return state
  }

  const policy: SlowPolicy = {
    perRoute: false,

    reread() {
      named = options.slowRoutes
      auto = options.slowMs === 'auto'
      fixedMs = options.slowMs === 'auto' ? FALLBACK_MS : options.slowMs
      policy.perRoute = auto || Object.keys(named).length > 0
      if (!auto) for (const state of routes.values()) state.auto = undefined
    },

    thresholdMs(method, route) {
      if (route === undefined) return fixedMs
      const key = `${method} ${route}`
      return named[key] ?? routes.get(key)?.auto?.thresholdMs ?? fixedMs
    },

    observe(method, route, durationMs, moment) {
      if (!auto) return
      const state = stateOf(method, route)
      state.auto ??= { from: moment, current: createHistogram({ figures: 2 }), thresholdMs: fixedMs }
      state.auto.current.record(Math.max(1, Math.round(durationMs * 1000)))
      learn(state.auto, moment)
    },

    admit(method, route, durationMs, moment) {
      const admitted = policy.admitRunning(method, route, durationMs, moment)
      if (!admitted) policy.turnAway(method, route)
      return admitted
    },

    hasRoom(method, route, moment) {
      const state = known(method, route)
      // Who is in flight as the minute ends is among the first that the next one reports.
      return !state || isOver(state, moment + state.slowestMs) || state.admitted < options.maxReportsPerMinute
    },

    turnAway(method, route) {
      stateOf(method, route).dropped++
      count(1)
    },

    admitRunning(method, route, durationMs, moment) {
      if (moment - durationMs < heap.wholeSince) return false
      const state = stateOf(method, route)
      if (isOver(state, moment)) {
        state.windowFrom = moment
        state.admitted = 0
        state.slowestMs = 0
      }
      const first = state.admitted < Math.ceil(options.maxReportsPerMinute / 2)
      const slowest = durationMs > state.slowestMs && state.admitted < options.maxReportsPerMinute
      if (!first && !slowest) return false
      state.admitted++
      state.slowestMs = Math.max(state.slowestMs, durationMs)
      return true
    },

    takeDropped(method, route) {
      const state = stateOf(method, route)
      const { dropped } = state
      state.dropped = 0
      if (dropped > 0) count(-dropped)
      return dropped
    }
  }
  policy.reread()
  return policy
}

const isOver = ({ windowFrom }: RouteState, moment: number): boolean => moment - windowFrom >= WINDOW_MS

/** The threshold is computed at the first 100 requests and then once a window, which begins anew. */
function learn(auto: NonNullable<RouteState['auto']>, moment: number): void {
  const { current } = auto
  const ended = moment - auto.from >= WINDOW_MS
  if (current.count < AUTO_MIN_COUNT || (!ended && current.count !== AUTO_MIN_COUNT)) return
  auto.thresholdMs = Math.max(AUTO_FLOOR_MS, (AUTO_FACTOR * current.percentile(99)) / 1000)
  if (!ended) return
  current.reset()
  auto.from = moment
}
