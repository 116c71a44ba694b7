// How a request's body came and its answer went: when this side had to wait for its caller. Main thread. Made for requests that
// have a body in pieces, or whose caller does not take an answer at once; others have none. And when the body of an answer to a call of
// ours lay unread.

import { now } from '../process/clock.js'
import type { Interval, Transfer } from '../types.js'

/** Shorter is the network's and the kernel's usual work. */
const NOTABLE_MS = 1
/** Beyond it waits are joined, with what lay between them. */
const MAX_WAITS = 100

export interface TransferLog {
  since: number
  waiting: boolean
  /** What has come lies unread, and no more fits. */
  full: boolean
  over: boolean
  waits: Interval[]
}

export const beginTransfer = (since: number): TransferLog => ({
  since,
  waiting: false,
  full: false,
  over: false,
  waits: []
})

/** `waited`: the time since the last moment was a wait. `waiting`: the time from here on is one. */
export function noteTransfer(log: TransferLog, waited: boolean, waiting: boolean, moment = now()): void {
  if (waited) addWait(log.waits, { start: log.since, end: moment })
  log.since = moment
  log.waiting = waiting
}

/** Up to this moment nobody waited for the next piece: the last one was being worked with, or left no room for it. */
export function noteTaken(log: TransferLog, isFull: boolean, moment = now()): void {
  if (log.waiting || log.full) noteTransfer(log, false, !isFull, moment)
  log.full = isFull
}

/** Nearer to each other than they are long, two short ones are one: a caller that sends drop by drop. */
function addWait(waits: Interval[], wait: Interval): void {
  const last = waits.at(-1)
  const lengthMs = wait.end - wait.start
  if (last && wait.start - last.end < Math.min(NOTABLE_MS, lengthMs)) last.end = wait.end
  else if (lengthMs < NOTABLE_MS) return
  else if (last && waits.length >= MAX_WAITS) last.end = wait.end
  else waits.push(wait)
}

/** Of an answer to a call. Beyond the limit only what is longer than the time before it: what lay between would be told as unread too. */
export function addUnread(unread: Interval[], { start, end }: Interval): void {
  const last = unread.at(-1)
  if (!last || unread.length < MAX_WAITS) addWait(unread, { start, end })
  else if (start - last.end < end - start) last.end = end
}

/** With what is waited for at this moment. */
export function toTransfer({ since, waiting, over, waits }: TransferLog, end: number): Transfer | undefined {
  const open = waiting && !over && end - since >= NOTABLE_MS ? [{ start: since, end }] : []
  return waits.length + open.length > 0 ? { waits: [...waits, ...open], over } : undefined
}
