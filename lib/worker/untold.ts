// How many slow requests got no report, until one tells it. Agent thread.
//
// Kept true: the next report of their route tells of them, if it comes soon; else the next of any. A route may never report again, its
// turn may be seconds away, and what is not told is lost when the process is killed.

const OWN_ROUTE_MS = 200

export interface Untold {
  add(route: string, count: number): void
  /** How many a report of `route` tells now. */
  take(route: string): number
}

export function createUntold(now: () => number): Untold {
  const routes = new Map<string, { count: number; since: number }>()
  return {
    add(route, count) {
      if (count === 0) return
      const known = routes.get(route)
      if (known) known.count += count
      else routes.set(route, { count, since: now() })
    },
    take(route) {
      const longAgo = now() - OWN_ROUTE_MS
      let taken = 0
      for (const [one, { count, since }] of routes) {
        if (one !== route && since > longAgo) continue
        routes.delete(one)
        taken += count
      }
      return taken
    }
  }
}
