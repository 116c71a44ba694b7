// Whose code ran is in doubt where the context that it ran in may be another's: code of none, and what ran in the context of a request that
// was over. What had called it tells, as samples and probes show. Pure.

import { BLOCK_MS } from '../process/beat.js'
import type { Block, Frame, Interval, RequestRef, Timeline } from '../types.js'
import type { Cpu, Sample } from './cpu.js'
import { totalMs } from './intervals.js'
import type { Turn } from './turns.js'
import { requestName } from './words.js'

/** Code called from there is no request's, unless its context says so. */
const OUTSIDE = /^node:internal\/(?:timers|per_context\/messageport)$/
/** Node runs ticks and promises between two timers, too. */
const TICKS = /^node:internal\/process\/task_queues$/
/** What a socket brings goes to whoever listens at once, or in a tick when a stream is asked for it. */
const READ = /^node:internal\/stream_base_commons$/
const READ_IN_TICK = { file: 'node:net', function: /(?:^|\.)read$/ }

/** A tick of the heartbeat: what ends a call is timed by another clock than blocks. */
const TOUCH_MS = 10

/** Whether what was read from a socket meanwhile was the answer to a call of the request itself. */
type IsBrought = (meanwhile: Interval) => boolean

/**
 * Only where it was the only request: rows and values are read in the context of whoever had opened the connection, which may be the
 * program's start or a request that is over. An answer is read from its first piece on, as far as that is told, else at the call's end.
 */
export function broughtIn({ concurrency, operations }: Timeline): IsBrought {
  const long =
    concurrency === 1
      ? operations.filter(
          ({ kind, start, end, blocking }) =>
            (kind === 'db' || kind === 'cache') && !blocking && !(end - start < BLOCK_MS)
        )
      : []
  return meanwhile =>
    long.some(({ start, end, marks }) => {
      const isUnderWay = start < meanwhile.end && !(end <= meanwhile.start)
      const begunAt = marks?.['headers'] ?? end
      return isUnderWay && (end <= meanwhile.end + TOUCH_MS || begunAt < meanwhile.end)
    })
}

/** Turns of none, and of requests that were over, in which that was read. */
export function giveBack(turns: Turn[], timeline: Timeline, cpu: Cpu): Turn[] {
  const isBrought = broughtIn(timeline)
  return turns.map(turn => {
    const { owner, request, start } = turn
    const isLost = owner === 'other' && (request === null || wasOver(request, start))
    const isRead = isLost && isBrought(turn) && isMostly(cpu.in(turn), isReadFrom)
    return isRead ? { ...turn, owner: 'own', doubt: doubtBrought } : turn
  })
}

export const doubtBrought =
  'what its own call brought was read outside its context, as on a connection that was open before; it was the only request'

export type DoubtOfTurn = (turn: Turn) => string | undefined

/**
 * Code of none that no timer and no message called may be the request's, whose context it has lost. So may any code of none where such
 * code ended the answer, as the callback that a worker's message or a batch by a timer calls. What was read from a socket ran in
 * the context of whoever had that opened, be it for another.
 */
export function doubtsOfTurns(turns: Turn[], timeline: Timeline, cpu: Cpu): DoubtOfTurn {
  const isRead = readersOf(turns, cpu)
  return turn => {
    const { owner, request, start } = turn
    if (owner !== 'other') return undefined
    if (request !== null) return wasOver(request, start) && isRead(turn) ? doubtOver(request) : undefined
    if (timeline.endedOutside) return ENDED
    const samples = cpu.in(turn)
    return samples.length > 0 && !isMostly(samples, isCalledOutside) ? doubtOutside(timeline) : undefined
  }
}

export function doubtOfProbe({ at, request, frames }: Block['probes'][number], timeline: Timeline): string | undefined {
  if (request) return wasOver(request, at) && isReadFrom(frames) ? doubtOver(request) : undefined
  if (timeline.endedOutside) return ENDED
  return isCalledOutside(frames) ? undefined : doubtOutside(timeline)
}

export const isCalledOutside = (stack: Frame[]): boolean => stack.some(({ file }) => OUTSIDE.test(file))

/** By a timer or a message itself, not by a promise whose turn came after one: that can be anybody's. */
export const isCallback = (stack: Frame[]): boolean => {
  const caller = stack.findIndex(({ file }) => OUTSIDE.test(file))
  return caller >= 0 && !TICKS.test(stack[caller - 1]?.file ?? '')
}

/** Where nobody's context is known. */
export const areCallbacks = (samples: Sample[]): boolean => samples.length > 0 && isMostly(samples, isCallback)

/**
 * Native code that no JavaScript had called: V8's profiler names no function. So a large message of a worker is read, before anybody's
 * handler is called.
 */
export function areUncalled(samples: Sample[]): boolean {
  const known = samples.filter(({ stack }) => !isBare(stack, '(garbage collector)'))
  return known.length > 0 && isMostly(known, stack => isBare(stack, '(program)'))
}

const isBare = (stack: Frame[], name: string): boolean => stack.length === 1 && stack[0]!.function === name

export const isReadFrom = (stack: Frame[]): boolean =>
  stack.some(
    ({ file, function: name }) => READ.test(file) || (file === READ_IN_TICK.file && READ_IN_TICK.function.test(name))
  )

/**
 * Whether most of what was seen to run in a turn was called by what a socket brought. Of the collector no caller is known, and many turns are
 * too short for a sample: where nothing was seen, all turns of the same request tell.
 */
function readersOf(turns: Turn[], cpu: Cpu): (turn: Turn) => boolean {
  const callersIn = (turn: Turn): Sample[] => cpu.in(turn).filter(({ stack }) => stack.length > 1)
  const readers = new Map<Turn['request'], boolean>()
  return turn => {
    const { request } = turn
    const own = callersIn(turn)
    if (own.length > 0) return isMostly(own, isReadFrom)
    const known = readers.get(request)
    if (known !== undefined) return known
    const all = turns.filter(each => each.request === request && wasOver(request, each.start)).flatMap(callersIn)
    const isReader = isMostly(all, isReadFrom)
    readers.set(request, isReader)
    return isReader
  }
}

const isMostly = (samples: Sample[], is: (stack: Frame[]) => boolean): boolean =>
  totalMs(samples.filter(({ stack }) => is(stack))) > totalMs(samples) / 2

const wasOver = (request: RequestRef | null | undefined, moment: number): request is RequestRef =>
  request?.endedAt !== undefined && request.endedAt <= moment

const doubtOver = (request: RequestRef): string =>
  `${requestName(request)} was over by then, and may only have opened the connection that was read, for whomever`

const ENDED =
  'such code also ended its answer, so this may be its own work, called by a timer or a message that is no request’s'

const doubtOutside = ({ concurrency }: Timeline): string =>
  concurrency === 1
    ? 'it was the only request, so the code may be its own, run out of its context'
    : 'the code may belong to a request whose context it had lost'
