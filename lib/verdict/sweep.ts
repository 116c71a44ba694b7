// Gives each instant of a request to one owner. Pure.
//
//   held      |      gc  |   a block of the loop   |
//   wait      |---------- query ----------------------|  |-- call --|
//   folded    |     calls beyond the recorder's limit, laid out one after another
//   between   |                                        ||  the short gaps of a loop of calls
//   pool      |     libuv's pool was full and the main thread slept
//   free      |  samples of a busy main thread, where nothing else is known
//
// An instant belongs to the highest layer that claims it, inside a layer to the highest rank. One exception: what held the
// main thread takes time from a wait only when the answer came right after. Then it had probably lain in the socket while
// nobody could read it; a longer wait was not over yet, and the hold did not lengthen it. A call that this very process answers
// is no wait while the code that answers it runs. Nor is one while the request goes on without its answer (passed.ts).

import type { Cause, FullPool, Interval } from '../types.js'
import type { Holding } from './holdings.js'
import type { Hold } from './holds.js'
import { allInside, edgesOf, firstAt, gapsBetween } from './intervals.js'
import type { Wait } from './waits.js'

export type Layer = 'held' | 'wait' | 'folded' | 'between' | 'pool' | 'free'

/** What a cause claims of a request's time. */
export interface Stretch extends Interval {
  cause: Cause
  layer: Layer
  rank: number
  /** Why this is a guess; absent when evidence shows it. */
  doubt?: string | undefined
  wait?: Wait
  /** When that wait was over: Infinity while it is not. */
  until?: number
  /** A wait for the pieces of something: while the request's own code works with one, it does not wait for the next. */
  inPieces?: boolean
  /** It needs a turn of the loop for each piece, and hardly any was left: whoever had the turns had its time. */
  crowded?: boolean
  hold?: Hold
  holding?: Holding
  /** The agent itself held the main thread: for nobody to be blamed. */
  agent?: boolean
  /** A collection that CPU samples found, of which Node told no pause. */
  sampled?: boolean
  full?: FullPool
  /** The look-up of a name whose turn it was not yet. */
  lookUp?: Wait
}

export interface Piece extends Interval {
  /** Undefined: nobody claims it. */
  stretch: Stretch | undefined
  doubt: string | undefined
}

/** The request was looked at while the hold lasted. */
const STILL_HELD_MS = 1

/** Gapless pieces from start to end, in time order. */
export function sweep(request: Interval, stretches: Stretch[]): Piece[] {
  const inside = allInside(stretches.flatMap(whileWaited), request)
  const moments = edgesOf([request, ...inside])
  const slotCount = moments.length - 1

  const waits = createPainter<Stretch>(slotCount)
  const free = createPainter<Stretch>(slotCount)
  const held: (Stretch | undefined)[] = new Array(slotCount)
  const isAnswerHere = answersHere(inside)
  const slotAt = (moment: number): number => firstAt(moments, moment)
  const layers = ranked(inside)

  for (const layer of ['wait', 'folded', 'between', 'pool'] as const) {
    for (const stretch of layers[layer]) waits.paint(slotAt(stretch.start), slotAt(stretch.end), stretch)
  }
  for (const stretch of layers.free) free.paint(slotAt(stretch.start), slotAt(stretch.end), stretch)
  for (const stretch of layers.held) {
    const to = slotAt(stretch.end)
    for (let slot = slotAt(stretch.start); slot < to; slot++) {
      const wait = waits.owners[slot]
      if (!held[slot] && (isAnswerHere(stretch, wait) || outlasts(stretch, wait, request))) held[slot] = stretch
    }
  }

  const pieces: Piece[] = []
  for (let slot = 0; slot < slotCount; slot++) {
    const holder = held[slot]
    const wait = waits.owners[slot]
    const stretch = holder ?? (wait?.crowded ? (free.owners[slot] ?? wait) : (wait ?? free.owners[slot]))
    const doubt =
      stretch?.doubt ?? (holder && wait && !isAnswerHere(holder, wait) ? doubtHold(holder, wait) : undefined)
    const last = pieces.at(-1)
    if (last && last.stretch === stretch && last.doubt === doubt) last.end = moments[slot + 1]!
    else pieces.push({ start: moments[slot]!, end: moments[slot + 1]!, stretch, doubt })
  }
  return pieces
}

function whileWaited(stretch: Stretch): Stretch[] {
  const passed = stretch.wait?.passed
  return passed ? gapsBetween(allInside(passed, stretch), stretch).map(gap => ({ ...stretch, ...gap })) : [stretch]
}

/** A request that one of these calls made holds the thread, and one of these calls is waited for. */
function answersHere(stretches: Stretch[]): (held: Stretch, wait: Stretch | undefined) => boolean {
  const sent = new Set(stretches.flatMap(({ wait }) => wait?.operation.spanId ?? []))
  const callers = stretches.flatMap(({ holding }) => holding?.request?.parentSpanId ?? [])
  const here = new Set(callers.filter(span => sent.has(span)))
  return ({ holding }, wait) =>
    here.has(holding?.request?.parentSpanId ?? '') && here.has(wait?.wait?.operation.spanId ?? '')
}

function outlasts({ hold, holding }: Stretch, wait: Stretch | undefined, request: Interval): boolean {
  if (wait?.crowded || (wait?.inPieces && holding?.owner === 'own')) return true
  if (wait && holding?.brief) return false
  if (!wait || wait.layer === 'between' || !hold) return true
  const until = wait.until ?? wait.end
  if (until === Number.POSITIVE_INFINITY) return hold.end >= request.end - STILL_HELD_MS
  return until <= hold.readBy
}

/** Its own code ran, whatever else was under way; of others' code it may be that the answer would not have come sooner. */
function doubtHold({ holding }: Stretch, { layer, wait, crowded }: Stretch): string | undefined {
  if (holding?.owner === 'own') return undefined
  if (crowded)
    return `${wait ? wait.name.label : 'the caller'} may have been slow as well, since hardly a turn was left to see it`
  if (!wait || layer === 'between') return undefined
  return `the answer to ${wait.name.label} may have been there earlier or not, since nobody could read it meanwhile`
}

function ranked(stretches: Stretch[]): Record<Layer, Stretch[]> {
  const layers: Record<Layer, Stretch[]> = { held: [], wait: [], folded: [], between: [], pool: [], free: [] }
  for (const stretch of stretches) layers[stretch.layer].push(stretch)
  for (const layer of Object.values(layers)) layer.sort((a, b) => b.rank - a.rank || b.start - a.start)
  return layers
}

/** Who comes first owns a slot; each slot is looked at about once, however many stretches overlap (union-find). */
function createPainter<Owner>(slotCount: number) {
  const owners: (Owner | undefined)[] = new Array(slotCount)
  const next = new Int32Array(slotCount + 1)
  for (let slot = 0; slot <= slotCount; slot++) next[slot] = slot
  const nextFree = (slot: number): number => {
    while (next[slot] !== slot) {
      next[slot] = next[next[slot]!]!
      slot = next[slot]!
    }
    return slot
  }
  return {
    owners,
    paint(from: number, to: number, owner: Owner): void {
      for (let slot = nextFree(from); slot < to; slot = nextFree(slot)) {
        owners[slot] = owner
        next[slot] = slot + 1
      }
    }
  }
}
