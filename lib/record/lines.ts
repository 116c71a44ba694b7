// Who stands before whom on a connection that answers in order (Redis, a client of SQL). Main thread, inside the application's stack.
//
//   sent       a b   c
//   answered             a       b c      the time of b itself begins at a's answer, that of c at b's
//
// So a call's own time begins at the answer before its own, whoever waited for that. Each call has a place in its connection's line, code
// outside any request too. What took long is remembered while others stand behind it, and copied as text at once, as in pools.ts.
//
// Answers to calls of one moment that are read in one turn of the loop prove no order of work: Redis (7.0) sends the answers to all that it
// has read together when it has worked on all. Which of them took the time is not known then, and each keeps its own. So it is with calls of
// one command, whenever they were sent: where one takes long and the next nothing, the server was busy with another connection. A database
// works on a connection's statements one after another, and sends each answer when it has it: the one before is named, whatever came with it.
//
// What its client has given up (a timeout) is answered all the same, and stands in the line until then. If nobody tells when that is, it is
// taken for over as soon as something behind it is.

import { performance } from 'node:perf_hooks'
import { MAX_TEXT_CHARS } from '../batch/format.js'
import { Identity } from '../hook/stamp.js'
import type { Ahead, AheadCall, Operation, OperationFacts } from '../types.js'
import type { Request } from './request.js'

/** Whoever stands before another for less delays no request by a part that is worth a word. */
export const LONG_MS = 10
/** What was sent so long before another call has been read by then, if the server reads at all. */
const READ_MS = 10
/** Calls that took long are remembered for each line, the longest of them. */
const MAX_LONG = 20
/** Calls that are given up and stay in their line. Of a connection that is dead all are given up, and none is ever answered. */
const MAX_GIVEN_UP = 20

/**
 * The place of one call. `request` is undefined outside any: such a call is described only when somebody wants to know. A place knows what
 * is before it and not what is behind: to keep both ends of each line took half as much again (375 instructions a call instead of 231 in a
 * sketch, Node 20), because V8 notes each new object that it finds in an old one.
 */
export interface Place {
  operation: Standing | undefined
  /** When that was sent. Its client may have kept it back until it was connected. */
  since: number
  request: Pick<Request, 'id' | 'ref'> | undefined
  describe: (() => OperationFacts | undefined) | undefined
  /** Undefined when it is over. */
  line: Line | undefined
  /** The one before it, as long as that, or one before that, was not over. */
  ahead: Place | undefined
  givenUp: boolean
}

/** An operation with its place, while it is under way. */
export interface Standing extends Operation {
  place?: Place | undefined
}

interface Line {
  newest: Place | undefined
  /** The oldest call under way when that was last asked for. Remembered: of a request with thousands of calls it is asked for each. */
  oldest: Place | undefined
  answeredAt: number
  givenUp: number
  /** What took long since the oldest call under way was sent, in the order of the answers. */
  long: LongCall[]
  /** The operation of the last of these. */
  last: Standing | undefined
}

/** By server, the last call of a cache that took long. A cache does one call after another, so a call in another line may have waited for it. */
const lastLong = new Map<string, { line: Line; call: AheadCall }>()
/** Of further servers none is remembered. */
const MAX_SERVERS = 20

interface LongCall extends AheadCall {
  /** In which its answer was read. */
  turn: number | undefined
}

/** The line of what stands for a connection. By a WeakMap a call took 630 instructions instead of 330 (Node 20). */
class LineStamp extends Identity {
  #line: Line

  constructor(connection: object, line: Line) {
    super(connection)
    this.#line = line
  }

  static of(connection: object): Line {
    return #line in connection ? connection.#line : LineStamp.#open(connection)
  }

  static #open(connection: object): Line {
    const line: Line = { newest: undefined, oldest: undefined, answeredAt: 0, givenUp: 0, long: [], last: undefined }
    new LineStamp(connection, line)
    return line
  }
}

/** A call is sent. */
export function standIn(
  connection: object,
  operation: Standing | undefined,
  request: Request | undefined,
  describe: Place['describe']
): Place {
  const line = LineStamp.of(connection)
  const { newest } = line
  const isLast = newest === undefined || (newest.line === undefined && newest.ahead === undefined)
  const since = operation ? (operation.marks?.['sent'] ?? operation.start) : 0
  const place: Place = { operation, since, request, describe, line, ahead: isLast ? undefined : newest, givenUp: false }
  line.newest = place
  if (operation) operation.place = place
  return place
}

/**
 * It is over, and so is all that stood before it: who tells the end of a pipeline tells it later than that of a command. What has failed
 * may not have been answered at all, and says nothing of those before it.
 */
export function leaveLine(place: Place, at: number, failed: boolean): void {
  const { line } = place
  if (!line) return
  const before = underWayBefore(place)
  if (failed && before) {
    letGo(place)
    // Many may fail at once, each of which looks for the one before it.
    place.ahead = before
  } else {
    if (before) answerUpTo(before, line, at, false)
    answer(place, line, at)
  }
}

/** Its client waits no longer, but its answer comes, and those to what stands behind it come later. */
export function giveUp(place: Place, at: number): void {
  const { line, operation, request } = place
  if (!line) return
  if (operation) operation.ahead = aheadSoFar(operation)
  const wasSent = operation?.marks?.['queued'] === undefined || operation.marks['sent'] !== undefined
  if (wasSent && line.givenUp < MAX_GIVEN_UP) {
    line.givenUp++
    place.givenUp = true
    if (operation) operation.place = undefined
    place.request = request && { id: request.id, ref: request.ref }
  } else leaveLine(place, at, true)
}

/** Its connection was lost: nothing was answered, and what is sent again on the next one stands in no line. */
export function leaveLost(place: Place): void {
  const before = underWayBefore(place)
  letGo(place)
  place.ahead = before
}

/** Its client had kept it back until what stood before it was answered. */
export function noteSent(place: Place, at: number): void {
  const before = underWayBefore(place)
  if (place.line && before) answerUpTo(before, place.line, at, true)
}

/** The nearest. */
function underWayBefore({ ahead }: Place): Place | undefined {
  let before = ahead
  while (before && !before.line) before = before.ahead
  return before
}

/** The oldest first. `all`: also what was given up. */
function answerUpTo(last: Place, line: Line, at: number, all: boolean): void {
  const places: Place[] = []
  for (let each: Place | undefined = last; each; each = underWayBefore(each)) places.push(each)
  for (const each of places.reverse()) {
    if (all || !each.givenUp) answer(each, line, at)
    else {
      letGo(each)
      each.ahead = undefined
    }
  }
}

function answer(place: Place, line: Line, at: number): void {
  const { operation } = place
  const start = operation ? place.since : line.answeredAt
  if (operation && line.answeredAt - start >= LONG_MS)
    operation.ahead = withSince(place, aheadOf(place, line, operation, at))
  const from = Math.max(start, line.answeredAt)
  line.answeredAt = at
  const isWanted = operation !== undefined || line.newest !== place
  const call = isWanted && at - from >= LONG_MS ? callOf(place) : undefined
  if (call && !call.blocking && call.kind === 'cache') {
    const long = { ...call, start: from, end: at }
    if (operation) noteElsewhere(operation, line, long)
    if (lastLong.size < MAX_SERVERS || lastLong.has(serverOf(call))) lastLong.set(serverOf(call), { line, call: long })
  }
  letGo(place)
  place.ahead = undefined
  if (call && line.newest !== place)
    remember(line, start, { ...call, start: from, end: at, turn: turnOfLoop() }, operation)
  else if (line.newest === place && line.long.length > 0) {
    line.long = []
    line.last = undefined
  }
}

const serverOf = ({ system, target }: Pick<AheadCall, 'system' | 'target'>): string => `${system} ${target}`

/**
 * Notes the long call of another line that this one has perhaps waited for. Not one with the same command: then neither of the two took so
 * long, and the server was busy with a third connection.
 */
function noteElsewhere(operation: Standing, line: Line, { start, end, ...own }: AheadCall): void {
  const { line: other, call } = lastLong.get(serverOf(own)) ?? {}
  if (!call || other === line || !(call.start < start && end - call.end < READ_MS)) return
  if (commandOf(call) === commandOf(own) || call.request?.id === own.request?.id) return
  operation.ahead = { ...(operation.ahead ?? { until: operation.start }), elsewhere: call }
}

function letGo(place: Place): void {
  if (place.givenUp && place.line) place.line.givenUp--
  if (place.operation) place.operation.place = undefined
  place.line = undefined
  place.operation = undefined
  place.request = undefined
  place.describe = undefined
}

/** Whoever stands in the line now was sent after `start`. */
function remember(line: Line, start: number, call: LongCall, operation: Standing | undefined): void {
  line.long = line.long.filter(({ end }) => end > start)
  line.long.push(call)
  line.last = operation
  if (line.long.length <= MAX_LONG) return
  const shortest = line.long.reduce((least, each) => (each.end - each.start < least.end - least.start ? each : least))
  if (shortest === call) line.last = undefined
  line.long.splice(line.long.indexOf(shortest), 1)
}

function callOf({ operation, request, describe, givenUp }: Place): Omit<AheadCall, 'start' | 'end'> {
  const { kind, system, text, target, blocking = false } = operation ?? describe?.() ?? UNKNOWN
  const call = { kind, system, text: text?.slice(0, MAX_TEXT_CHARS), target, blocking, request: request?.ref ?? null }
  return givenUp ? { ...call, givenUp } : call
}

const UNKNOWN: OperationFacts = { kind: 'custom', system: 'custom' }

/** What stood before a call that is answered now. */
function aheadOf(place: Place, line: Line, operation: Standing, at: number): Ahead {
  const { request, since } = place
  const last = line.long.at(-1)
  if (!last || !mayBeTogether(operation, since, last, line.answeredAt))
    return aheadUntil(line.answeredAt, line, since, request)
  const ahead = aheadUntil(Math.max(since, last.start), line, since, request)
  if (isOf(request, last)) return ahead
  if (line.last) tellBack(line.last, { ...callOf(place), start: since, end: at })
  return { ...ahead, together: last }
}

/** What its client kept back stood in no line until it was sent. */
const withSince = ({ since, operation }: Place, ahead: Ahead): Ahead =>
  operation && since > operation.start ? { ...ahead, since } : ahead

/** The one that was answered first did not know yet. What it answers to runs when this turn is over. */
function tellBack(first: Standing, together: AheadCall): void {
  if (!first.ahead?.together) first.ahead = { ...(first.ahead ?? { until: first.start }), together }
}

/** Whether the answer to the last long call was read together with that to this one, so that nobody knows which of them took the time. */
function mayBeTogether(operation: Standing, since: number, last: LongCall, answeredAt: number): boolean {
  // A database works on statements one after another, and what waits on purpose has done no work before its answer.
  if (operation.kind === 'db' || last.blocking) return false
  const knowsTurn = last.turn !== undefined
  const isSameRead = last.turn === turnOfLoop() && (knowsTurn || last.end === answeredAt)
  const isSameMoment = since - last.start < READ_MS
  return isSameRead && (isSameMoment || (knowsTurn && commandOf(operation) === commandOf(last)))
}

/** `GET` of `GET cart:1`. */
const commandOf = ({ text }: Pick<OperationFacts, 'text'>): string | undefined => text?.split(' ', 1)[0]

function aheadUntil(until: number, { long }: Line, start: number, request: Place['request']): Ahead {
  const lengthOf = (call: AheadCall): number => call.end - Math.max(call.start, start)
  const [first, ...others] = long.filter(call => call.end <= until && lengthOf(call) >= LONG_MS && !isOf(request, call))
  return { until, call: others.reduce((most, each) => (lengthOf(each) > lengthOf(most!) ? each : most), first) }
}

const isOf = (request: Place['request'], call: AheadCall): boolean => call.request?.id === request?.id

/** Of a call that is under way. A command that was sent in the same moment, or is the same one, may be answered together with it. */
export function aheadSoFar(operation: Standing): Ahead | undefined {
  const { place, ahead } = operation
  if (!place?.line) return ahead
  const { line, request, since: start } = place
  const first = oldestBefore(place, line)
  const other = first && first.request?.id !== request?.id ? { ...callOf(first), end: Number.NaN } : undefined
  const since = Math.max(first?.since ?? 0, line.answeredAt)
  const isApart = start - since >= READ_MS || other?.blocking || operation.kind === 'db'
  if (other && isApart && isBehind(operation, other))
    return withSince(place, { until: Number.NaN, call: { ...other, start: since } })
  return line.answeredAt - start >= LONG_MS
    ? withSince(place, aheadUntil(line.answeredAt, line, start, request))
    : undefined
}

/** Clients of databases keep back what is, and do not tell when that is over which they have given up. */
const isBehind = (operation: Standing, other: Omit<LongCall, 'start' | 'turn'>): boolean =>
  operation.marks?.['queued'] !== undefined ||
  other.blocking ||
  (operation.kind === 'db' ? !other.givenUp : commandOf(operation) !== commandOf(other))

function oldestBefore(place: Place, line: Line): Place | undefined {
  if (!line.oldest?.line) {
    let oldest = place
    for (let each: Place | undefined = place; each; each = underWayBefore(each)) oldest = each
    line.oldest = oldest
  }
  return line.oldest === place ? undefined : line.oldest
}

/** Node 20.19 and newer tell it in 0.2 µs. */
const turnOfLoop = (): number | undefined => performance.nodeTiming.uvMetricsInfo?.loopCount
