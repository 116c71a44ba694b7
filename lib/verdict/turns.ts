// Whose code ran when, as the main thread told it while somebody wanted to know. Pure. It is exact, and covers a request from
// some moment on. Another request that ran for most of the others' time is to blame alone; else it was the many.

import { type Interval, type RequestRef, SEVERAL, type Timeline } from '../types.js'

/** Of the time in which others ran. */
const ALONE_SHARE = 0.6
/** Whoever runs for so long holds the loop, whatever the others do. */
export const SMALL_TURN_MS = 100

export interface Turn extends Interval {
  owner: 'own' | 'other' | 'many'
  /** Null: none's. Undefined: not named. */
  request: RequestRef | null | undefined
  /** Why the owner is a guess: not in whose context it ran. */
  doubt?: string
}

export function turnsOf({ id, turns, start, end }: Timeline): Turn[] {
  if (!turns) return []
  const requests = new Map(turns.requests.map(request => [request.id, request]))
  const { stretchesUs } = turns
  const found: (Turn & { id: number })[] = []
  for (let i = 0; i + 2 < stretchesUs.length; i += 3) {
    const from = start + stretchesUs[i]! / 1000
    const to = start + stretchesUs[i + 1]! / 1000
    const runner = stretchesUs[i + 2]!
    if (to <= start || from >= end) continue
    const request = runner === 0 ? null : requests.get(runner)
    found.push({ start: Math.max(from, start), end: Math.min(to, end), id: runner, owner: 'many', request })
  }
  const alone = mostOfOthers(found, id)
  for (const turn of found) {
    if (turn.id === id) turn.owner = 'own'
    else if (turn.id === alone || turn.end - turn.start >= SMALL_TURN_MS) turn.owner = 'other'
  }
  return found
}

function mostOfOthers(turns: (Interval & { id: number })[], own: number): number | undefined {
  const sums = new Map<number, number>()
  let totalMs = 0
  for (const { id, start, end } of turns) {
    if (id === own) continue
    totalMs += end - start
    if (id !== SEVERAL) sums.set(id, (sums.get(id) ?? 0) + end - start)
  }
  const [first] = [...sums].sort((a, b) => b[1] - a[1])
  return first && first[1] >= totalMs * ALONE_SHARE ? first[0] : undefined
}

/** What of these lies where turns are not known. */
export const outsideTurns = (intervals: Interval[], { turns }: Timeline): Interval[] =>
  turns
    ? intervals.flatMap(({ start, end }) =>
        [
          { start, end: Math.min(end, turns.from) },
          { start: Math.max(start, turns.to), end }
        ].filter(part => part.end > part.start)
      )
    : intervals
