// In which order slow requests are explained, when several wait for it. Agent thread. Routes take turns, and of a route the slowest
// is next: a flood on one route hides no other, and not its worst requests either.
//
// Kept true:
// - Between two explanations the agent thread's loop makes a turn. One takes 1 to 10 ms where hundreds were in flight at once, and what is
//   to be sent, asked and noted would wait for all of them.
// - What cannot be explained soon is given up and counted, on however many routes it is. So a thread that does not keep up tells of now and
//   not of five seconds ago, and a process that is killed takes little with it.

import type { Timeline } from '../types.js'
import { requestName } from '../verdict/words.js'

/** Since the request's end, also before it came here. With the time that its report takes to be made and sent that is a second. */
const LATE_MS = 500
/** A late one is explained all the same if its turn comes this soon, at the pace of the last: a thread that keeps up gives up little. */
const PATIENCE_MS = 100
/** With no more than these waiting, what is late is explained too: a slow turn is no flood. */
const FEW = 10

/** `late`: more wait than can be explained soon, and its end is too long ago. `stale`: it is no news any more. */
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
  go(turn: Turn): void
}

export function createOrder({ now, isStale, isExiting }: OrderOptions): Order {
  /** By route, the one whose turn is next first. */
  const routes = new Map<string, Waiting[]>()
  /** Undefined: nothing waited before. */
  let turnBegan: number | undefined

  function next(): void {
    const moment = now()
    const soon = turnBegan === undefined ? Number.POSITIVE_INFINITY : Math.floor(PATIENCE_MS / (moment - turnBegan))
    turnBegan = moment
    const stale = takeOut(({ timeline }) => isStale(timeline))
    for (const all of routes.values()) all.sort(slowestFirst)
    const many = isMoreThan(FEW)
    const first = takeFirst()
    const late = isExiting() || !many ? [] : takeLate(moment - LATE_MS, soon)
    if (routes.size > 0) setImmediate(next)
    first?.go('explain')
    for (const one of late) one.go('late')
    for (const one of stale) one.go('stale')
  }

  function takeFirst(): Waiting | undefined {
    for (const [route, [first, ...others]] of routes) {
      routes.delete(route)
      if (others.length > 0) routes.set(route, others)
      return first
    }
    return undefined
  }

  /** All that ended before that moment, but for as many as will have their turn soon: those of each route that are next. */
  function takeLate(lateBefore: number, soon: number): Waiting[] {
    const ofEach = Math.ceil(soon / routes.size)
    let spared = 0
    return takeOut(({ timeline }, rank) => timeline.end < lateBefore && (rank >= ofEach || ++spared > soon))
  }

  function takeOut(isOut: (one: Waiting, rank: number) => boolean): Waiting[] {
    const out: Waiting[] = []
    for (const [route, all] of routes) {
      const left: Waiting[] = []
      for (const [rank, one] of all.entries()) (isOut(one, rank) ? out : left).push(one)
      if (left.length === 0) routes.delete(route)
      else routes.set(route, left)
    }
    return out
  }

  function isMoreThan(few: number): boolean {
    let waiting = 0
    for (const { length } of routes.values()) waiting += length
    return waiting > few
  }

  return {
    turn: timeline =>
      new Promise(go => {
        if (routes.size === 0) {
          turnBegan = undefined
          setImmediate(next)
        }
        const route = requestName(timeline)
        const waiting = routes.get(route) ?? []
        waiting.push({ timeline, go })
        routes.set(route, waiting)
      })
  }
}

const slowestFirst = (a: Waiting, b: Waiting): number => durationOf(b) - durationOf(a)

const durationOf = ({ timeline: { start, end } }: Waiting): number => end - start
