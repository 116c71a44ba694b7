// How a request's body came and its answer went: when this side had to wait for its caller. Main thread. Made for requests that
// have a body in pieces, or whose caller does not take an answer at once; others have none.

import { now } from '../clock.js'
import type { Interval, Transfer } from '../types.js'

/** Shorter is the network's and the kernel's usual work. */
const NOTABLE_MS = 1
/** Beyond it waits are joined. */
const MAX_WAITS = 100

export interface TransferLog {
  since: number
  waiting: boolean
  over: boolean
  waits: Interval[]
}

export const beginTransfer = (since: number): TransferLog => ({ since, waiting: false, over: false, waits: [] })

/** What has gone on since the last moment was a wait, or not; `waiting` says what goes on from here. */
export function noteTransfer(log: TransferLog, waited: boolean, waiting: boolean): void {
  const moment = now()
  if (waited) addWait(log.waits, { start: log.since, end: moment })
  log.since = moment
  log.waiting = waiting
}

function addWait(waits: Interval[], wait: Interval): void {
  const last = waits.at(-1)
  if (last && (wait.start - last.end < NOTABLE_MS || waits.length >= MAX_WAITS)) last.end = wait.end
  else if (wait.end - wait.start >= NOTABLE_MS) waits.push(wait)
}

/** With what is waited for at this moment. */
export function toTransfer({ since, waiting, over, waits }: TransferLog, end: number): Transfer | undefined {
  const open = waiting && !over && end - since >= NOTABLE_MS ? [{ start: since, end }] : []
  return waits.length + open.length > 0 ? { waits: [...waits, ...open], over } : undefined
}
