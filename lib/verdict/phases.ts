// The parts of an outgoing HTTP call, from the moments that were marked inside it. Pure. In time order:
//
//   start ──socket──► socket ──dns──► dns ──connect──► connect ──tls──► tls ──firstByte──► headers ──body──► end
//
// Node's client emits `socket` at once when it makes a new connection, and when one is free when all are busy. An agent of somebody's
// own (`opening`) may take its time to make one: a proxy's asks the proxy first. undici has no such moment: it sends as soon as it has a
// connection, so `sent` ends its wait. It may connect while the call waits, and the call may wait on, because another is sent first.
// `opened` ends what a connector of somebody's own (ProxyAgent) took.
// A client may send a call again whose connection was `lost`, when it has the next one (`resent`).
// Of HTTP/2 `stream` ends the wait for one of the streams that the peer takes at once, which were `full`.
// A call that has not ended well and in which nothing was marked never got that far. `connecting`, `resolving` and `securing` say
// what was begun, so that a connection which never came is no peer that is slow to answer.

import type { Interval, Operation } from '../types.js'

export type PhaseName = 'socket' | 'opening' | 'dns' | 'connect' | 'tls' | 'firstByte' | 'body'

export interface Phase extends Interval {
  name: PhaseName
}

export const SET_UP = ['dns', 'connect', 'tls'] as const

/** What of an operation tells its phases. */
type Timed = Pick<Operation, 'marks' | 'start' | 'end' | 'error'>

/** Gapless from the call's start to `end`. */
export function phasesOf({ marks, start, end: ended, error }: Timed, end: number): Phase[] {
  if (!marks) return [{ name: unmarked(ended, error), start, end }]
  const phases: Phase[] = []
  let cursor = start
  const until = (name: PhaseName, moment: number | undefined): void => {
    if (moment === undefined || !(moment > cursor) || cursor >= end) return
    phases.push({ name, start: cursor, end: Math.min(moment, end) })
    cursor = Math.min(moment, end)
  }

  const { socket, connecting, sent, opening, opened, full, stream, lost, resent, headers } = marks
  const setUp = [opened, ...SET_UP.map(name => marks[name])].filter(moment => moment !== undefined)
  const connected = setUp.length > 0 ? Math.max(...setUp) : undefined
  const unserved = opening === undefined ? 'socket' : 'opening'
  if (socket !== undefined && (connected === undefined || socket <= connected)) until(unserved, socket)
  until(unserved, connecting)
  until('opening', opened)
  for (const name of SET_UP) until(name, marks[name])
  if (socket === undefined) until(unserved, stream ?? sent)
  if (full !== undefined && (stream ?? headers) === undefined) until(unserved, end)
  if (opening !== undefined && socket === undefined) until('opening', end)
  const isOnItsWay = marks['connect'] !== undefined || sent !== undefined || opened !== undefined
  const isResolving = marks['resolving'] !== undefined && marks['dns'] === undefined
  if (connecting !== undefined && !isOnItsWay) until(isResolving ? 'dns' : 'connect', end)
  if (marks['securing'] !== undefined && marks['tls'] === undefined) until('tls', end)
  until('firstByte', lost)
  if (lost !== undefined) until('socket', resent ?? end)
  until('firstByte', headers ?? end)
  until('body', end)
  return phases
}

/** What Node and undici say of a connection that failed. */
const FAILED_TO_CONNECT = /^(?:connect E|getaddrinfo |Connect Timeout)/

function unmarked(ended: number, error: string | undefined): PhaseName {
  if (error && FAILED_TO_CONNECT.test(error)) return 'connect'
  return Number.isNaN(ended) || error ? 'socket' : 'firstByte'
}

/** A phase may come twice. */
export function sumPhases(phases: Phase[]): Map<PhaseName, number> {
  const sums = new Map<PhaseName, number>()
  for (const { name, start, end } of phases) sums.set(name, (sums.get(name) ?? 0) + end - start)
  return sums
}
