// How many slow requests got no report, until one tells it. Agent thread.
//
// Kept true: the next report of their route tells of them, if it comes soon; else the next of any. A route may never report again, its
// turn may be seconds away, and what is not told is lost when the process is killed. When it ends, the next of any tells all.

const OWN_ROUTE_MS = 200

export interface Untold {
  add(route: string, count: number): void
  /** How many a report of `route` tells now. */
  take(route: string): number
}

export interface UntoldOptions {
  now(): number
  isExiting(): boolean
  /** Hears how many more are to be told, or fewer. */
  count(more: number): void
}

export function createUntold({ now, isExiting, count: noteCount }: UntoldOptions): Untold {
  const routes = new Map<string, { count: number; since: number }>()
  return {
    add(route, count) {
      if (count === 0) return
      noteCount(count)
      const known = routes.get(route)
      if (known) known.count += count
      else routes.set(route, { count, since: now() })
    },
    take(route) {
      const longAgo = isExiting() ? now() : now() - OWN_ROUTE_MS
      let taken = 0
      for (const [one, { count, since }] of routes) {
        if (one !== route && since > longAgo) continue
        routes.delete(one)
        taken += count
      }
      if (taken > 0) noteCount(-taken)
      return taken
    }
  }
}
