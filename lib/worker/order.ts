// In which order slow requests are explained, when several wait for it. Agent thread. Routes take turns, and of a route the slowest
// is next: a flood on one route hides no other, and not its worst requests either.
//
// Kept true: between two explanations the agent thread's loop makes a turn, for of hundreds that were in flight at once each takes 1 to
// 10 ms, and what is sent, asked and noted would wait for all of them; what cannot be explained soon is given up, to be counted, so
// that a thread which does not keep up tells of now and not of five seconds ago, and a process that is killed takes no more with it.

import type { Timeline } from '../types.js'
import { requestName } from '../verdict/words.js'

/** With what evidence takes to come, and a report to leave, it is a second from the request's end. */
const LATE_MS = 500
/** So many of a route wait as long as it takes: by default none reports more in a minute. */
const PATIENT = 10

/** Where too many wait, `late`: it has for too long; `stale`: it is no news any more. */
export type Turn = 'explain' | 'late' | 'stale'

export interface Order {
  /** Resolves when it is its turn, or when it will have none. */
  turn(timeline: Timeline): Promise<Turn>
}

export interface OrderOptions {
  now(): number
  isStale(timeline: Timeline): boolean
  /** The process ends: no later report would tell what was given up. */
  isExiting(): boolean
}

interface Waiting {
  timeline: Timeline
  since: number
  go(turn: Turn): void
}

export function createOrder({ now, isStale, isExiting }: OrderOptions): Order {
  /** By route, the one whose turn is next first. */
  const routes = new Map<string, Waiting[]>()

  function next(): void {
    const [route, all] = routes.entries().next().value!
    routes.delete(route)
    const stale = new Set(all.length > PATIENT ? all.filter(({ timeline }) => isStale(timeline)) : [])
    const [first, ...others] = without(stale, all).sort(slowestFirst)
    const late = new Set(isExiting() ? [] : lateOf(others, now() - LATE_MS))
    const left = without(late, others)
    if (left.length > 0) routes.set(route, left)
    if (routes.size > 0) setImmediate(next)
    first?.go('explain')
    for (const one of late) one.go('late')
    for (const one of stale) one.go('stale')
  }

  return {
    turn: timeline =>
      new Promise(go => {
        if (routes.size === 0) setImmediate(next)
        const route = requestName(timeline)
        const waiting = routes.get(route) ?? []
        waiting.push({ timeline, since: now(), go })
        routes.set(route, waiting)
      })
  }
}

const slowestFirst = (a: Waiting, b: Waiting): number => durationOf(b) - durationOf(a)

const durationOf = ({ timeline: { start, end } }: Waiting): number => end - start

/** The slowest are spared. */
function lateOf(sorted: Waiting[], lateBefore: number): Waiting[] {
  const spare = sorted.length - PATIENT
  return spare > 0 ? sorted.filter(({ since }) => since < lateBefore).slice(-spare) : []
}

const without = (gone: Set<Waiting>, all: Waiting[]): Waiting[] => all.filter(one => !gone.has(one))
