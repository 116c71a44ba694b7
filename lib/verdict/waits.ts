// The operations of a request as what they were to it: something that it waited for, or not. Pure.
//
// A finished request did not wait for what was still open when it ended. A running one, or one whose caller went away, waits
// for exactly that. Application code inside an operation of its own (kind `custom`) is no wait: it only names the time.

import type { BySystem, Interval, Operation, Timeline } from '../types.js'
import type { Name, NameOf } from './names.js'
import { doubtOpen } from './open.js'
import { markPassed } from './passed.js'

/** Clipped to the request's time. */
export interface Wait extends Interval {
  operation: Operation
  name: Name
  /** When the answer came; Infinity while it has not. */
  until: number
  /** Set when only the beginning of the answer was waited for, or when it is not known whether it is waited for at all. */
  doubt?: string
  /** When the request went on without its answer; in order. */
  passed?: Interval[]
}

export interface Waits {
  /** One call each. */
  single: Wait[]
  /** Many calls each, anywhere between start and end. */
  folded: Wait[]
  /** Begun, but the request ended without them. */
  abandoned: Wait[]
  /** The application's own operations, innermost last. */
  custom: Wait[]
}

export function waitsOf(timeline: Timeline, nameOf: NameOf): Waits {
  const waits: Waits = { single: [], folded: [], abandoned: [], custom: [] }
  for (const operation of timeline.operations) {
    const start = Math.max(operation.start, timeline.start)
    if (!(start < timeline.end)) continue
    const open = !(operation.end <= timeline.end)
    const wait: Wait = {
      operation,
      name: nameOf(operation),
      start,
      end: open ? timeline.end : Math.max(operation.end, start),
      until: open ? Number.POSITIVE_INFINITY : operation.end
    }
    if (operation.kind === 'custom') waits.custom.push(wait)
    else if (open && timeline.status === 'finished') addUnfinished(wait, waits)
    else if (operation.count > 1) waits.folded.push(wait)
    else waits.single.push(wait)
  }
  leaveLosers(waits)
  const awaited = callsOf(waits)
  markPassed(awaited)
  doubtOpen(awaited)
  for (const list of Object.values(waits) as Wait[][]) list.sort((a, b) => a.start - b.start)
  return waits
}

/** All that the request called, one call or many. */
export const callsOf = ({ single, folded }: Pick<Waits, 'single' | 'folded'>): Wait[] => [...single, ...folded]

/**
 * Who asks two peers for the same takes the first answer and aborts the other call, as soon as that has begun or when it is read: that one
 * was waited for alone until the winner was asked, and not any more.
 */
function leaveLosers(waits: Waits): void {
  const winners = new Map<Wait, Wait>()
  for (const wait of waits.single) {
    const winner = isAborted(wait) && winnerOver(wait, waits.single)
    if (winner) winners.set(wait, winner)
  }
  if (winners.size === 0) return
  waits.single = waits.single.flatMap(wait => {
    const winner = winners.get(wait)
    if (!winner) return [wait]
    if (winner.start > wait.start) return [{ ...wait, end: winner.start, until: winner.start }]
    waits.abandoned.push(wait)
    return []
  })
}

const isAborted = ({ operation: { kind, error } }: Wait): boolean =>
  kind === 'http' && error !== undefined && ABORTED.test(error)

function winnerOver({ start, end }: Wait, others: Wait[]): Wait | undefined {
  const isWin = (moment: number): boolean => moment > start && moment <= end && moment >= end - LOST_MS
  return others.find(
    one =>
      one.operation.kind === 'http' &&
      !one.operation.error &&
      (isWin(one.operation.marks?.['headers'] ?? one.end) || isWin(one.end))
  )
}

/** As fetch, undici, Node and axios say it. A call that `AbortSignal.timeout` ended has lost to nobody. */
const ABORTED = /abort(?!.*due to timeout)|cancell?ed/i

/** The winner is read in between. */
const LOST_MS = 20

/** `await fetch(url)` is over with the headers; a body that nobody reads leaves the call open. */
function addUnfinished(wait: Wait, waits: Waits): void {
  waits.abandoned.push(wait)
  const headers = wait.operation.marks?.['headers']
  if (headers === undefined || !(headers > wait.start && headers <= wait.end)) return
  const doubt = `${wait.name.label} was still open when the request ended`
  waits.single.push({ ...wait, end: headers, until: headers, doubt })
}

/**
 * Until then it was the turn of what was before it on the same connection: its client kept it back, so that the server did not know of
 * it, or answers that had to come first had not.
 */
export function turnOf({ operation: { marks, ahead }, start, end }: Wait): number {
  const isKept = marks?.['queued'] !== undefined
  if (!isKept && !ahead) return start
  const turn = isKept ? marks['sent'] : ahead?.until
  return turn === undefined || Number.isNaN(turn) ? end : Math.min(Math.max(turn, start), end)
}

/** From when on that was so: before, its client kept it back because it had no connection. */
export const sentAt = ({ operation: { ahead }, start, end }: Wait): number =>
  Math.min(Math.max(ahead?.since ?? start, start), end)

const QUEUED_SHARE = 0.2

/**
 * On one connection a server answers in order, so of several calls under way it serves the one that is answered next, and the
 * time of a later one begins there. So it is with Redis clients, and with statements unless each took a connection of its own.
 */
export function inOrderOfAnswers(waits: Waits, gotAtOnce: BySystem[] = []): Wait[] {
  const pooled = pooledSystems(callsOf(waits), gotAtOnce)
  const answered = new Map<string, number>()
  return waits.single
    .toSorted((a, b) => a.end - b.end)
    .map(wait => {
      const { operation, start, end } = wait
      const { kind, system, target } = operation
      if ((kind !== 'db' && kind !== 'cache') || pooled.has(system)) return wait
      const connection = `${system} ${target}`
      const from = Math.max(start, Math.min(end, answered.get(connection) ?? start))
      answered.set(connection, end)
      const queued = kind === 'db' && from - start > (end - start) * QUEUED_SHARE
      return queued && !wait.doubt ? { ...wait, start: from, doubt: SEVERAL_AT_ONCE } : { ...wait, start: from }
    })
}

/** Systems whose pool was asked for a connection as often as calls were made. */
function pooledSystems(waits: Wait[], gotAtOnce: BySystem[]): Set<string> {
  const spare = new Map(gotAtOnce.map(({ system, count }) => [system, count]))
  for (const { operation } of waits) {
    const { kind, system, count } = operation
    if (kind === 'pool') spare.set(system, (spare.get(system) ?? 0) + count)
    else if (kind === 'db' || kind === 'cache') spare.set(system, (spare.get(system) ?? 0) - count)
  }
  return new Set([...spare].filter(([, count]) => count >= 0).map(([system]) => system))
}

const SEVERAL_AT_ONCE =
  'several statements were under way, and which of them the server worked on is taken from the order of the answers'

/** Calls that were folded into one are laid out over its time by their share of it, so that two loops do not hide each other. */
export function layOut(folded: Wait[]): Wait[] {
  const moments = [...new Set(folded.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b)
  return moments.slice(1).flatMap((slotEnd, i) => {
    const slotStart = moments[i]!
    const inSlot = folded.filter(({ start, end }) => start <= slotStart && end >= slotEnd)
    const total = inSlot.reduce((sum, wait) => sum + busyShare(wait), 0)
    let cursor = slotStart
    return inSlot.map(wait => {
      const start = cursor
      cursor += ((slotEnd - slotStart) * busyShare(wait)) / Math.max(total, 1)
      return { ...wait, start, end: cursor, until: cursor }
    })
  })
}

const busyShare = ({ operation, start, end }: Wait): number =>
  Math.min(1, Math.max(0, operation.busyMs) / (end - start || 1))
