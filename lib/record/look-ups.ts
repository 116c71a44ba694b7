// Which look-ups of names wait for one of libuv's threads, and behind whose. Main thread, inside the application's stack.
//
//   two at once    a ████████
//                  b ████████████
//                  c         ██          its turn comes with a's end
//                  d           █         its turn comes with c's
//
// Libuv lets half of its threads look up names, first come, first served, whoever has lost interest since. So one is worked on as soon as
// fewer than so many of those before it are under way. What is under way in other threads of the process is not seen: look-ups
// that wait for those count as worked on.

import { now } from '../process/clock.js'
import { lookingUp, threadsOf } from '../process/pool-size.js'
import type { AheadCall, Operation, OperationFacts, RequestRef } from '../types.js'
import { LONG_MS } from './lines.js'

/** Further ones are not followed: they come later than these. */
const MAX_UNDER_WAY = 1000

interface LookUp {
  /** Undefined outside any request. */
  operation: Operation | undefined
  call: Omit<AheadCall, 'start' | 'end'>
  start: number
  /** NaN: it has not come. */
  turn: number
}

/** Of this thread, in the order in which they began. */
const underWay: LookUp[] = []
let poolSize = (): string | undefined => undefined
let atOnce = 0

/** `read` gives UV_THREADPOOL_SIZE. It is called at the first look-up: libuv reads it as late, when a program may have set it itself. */
export function readPoolSizeBy(read: () => string | undefined): void {
  poolSize = read
}

/** What it returns is called at its end. */
export function beginLookUp(
  operation: Operation | undefined,
  request: RequestRef | undefined,
  { kind, system, text, target }: OperationFacts
): () => void {
  atOnce ||= lookingUp(threadsOf(poolSize()))
  const start = operation?.start ?? now()
  const isWorkedOn = underWay.length < atOnce
  const call = { kind, system, text, target, blocking: false, request: request ?? null }
  const first = underWay[0]
  if (!isWorkedOn && operation && first)
    operation.ahead = { until: Number.NaN, call: { ...first.call, start: first.turn, end: Number.NaN } }
  const lookUp: LookUp = { operation, call, start, turn: isWorkedOn ? start : Number.NaN }
  if (underWay.length < MAX_UNDER_WAY) underWay.push(lookUp)
  return () => endLookUp(lookUp, now())
}

function endLookUp(lookUp: LookUp, at: number): void {
  const place = underWay.indexOf(lookUp)
  if (place < 0) return
  underWay.splice(place, 1)
  if (Number.isNaN(lookUp.turn)) {
    // It needed no thread (somebody's own `lookup` with a cache), or those before it have none any more: whoever stands first is forgotten.
    if (lookUp.operation) lookUp.operation.ahead = undefined
    underWay.splice(0, place - atOnce + 1)
  } else for (const next of underWay) if (Number.isNaN(next.turn)) noteAhead(next, lookUp, at)
  for (const next of underWay.slice(0, atOnce)) if (Number.isNaN(next.turn)) giveTurn(next, at)
}

/** Of all that had a thread meanwhile, the longest. */
function noteAhead({ operation, start }: LookUp, { call, turn }: LookUp, at: number): void {
  const known = operation?.ahead?.call
  if (!operation || (known && known.end - Math.max(known.start, start) >= at - Math.max(turn, start))) return
  operation.ahead = { until: Number.NaN, call: { ...call, start: turn, end: at } }
}

function giveTurn(lookUp: LookUp, at: number): void {
  lookUp.turn = at
  const { operation, start } = lookUp
  if (operation) operation.ahead = at - start >= LONG_MS ? { ...operation.ahead, until: at } : undefined
}
