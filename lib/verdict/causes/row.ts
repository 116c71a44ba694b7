// The contract of a cause, and what several causes need to say. Pure. A cause is one row of the table in index.ts: what it
// claims of a request's time, and what it says when it gets the most of it.

import type { Cause, Culprit, Frame, Interval, RequestRef } from '../../types.js'
import { busyMs, type Hottest, hottest, mostBlamed } from '../cpu.js'
import type { Facts } from '../facts.js'
import { type Blame, blame, relativeFrame, samePlace, sayBlame, sayBlameBare } from '../frames.js'
import type { Holding } from '../holdings.js'
import { targetOf } from '../names.js'
import type { Layer, Piece, Stretch } from '../sweep.js'
import type { Wait } from '../waits.js'
import { percent, requestName } from '../words.js'

export interface CauseRow {
  cause: Cause
  claims(facts: Facts): Stretch[]
  /** What the breakdown says beside the milliseconds: no sentence. */
  detail(claim: Claim, facts: Facts): string
  /** What the person on call reads: one sentence with numbers. */
  sentence(claim: Claim, facts: Facts): string
  culprit(claim: Claim, facts: Facts): Culprit | null
  /** Why all of it may be wrong, though each piece by itself is measured. */
  doubt?(claim: Claim, facts: Facts): string | undefined
  /** What to do about it, also one sentence. */
  advice: string
}

/** What somebody got of a request's time. */
export interface Claimed {
  ms: number
  pieces: Piece[]
}

/** All that one cause got. */
export interface Claim extends Claimed {
  cause: Cause
}

/** Detail, sentence and culprit ask the same of a claim: it is found once. */
export function once<Asked extends Claimed, More extends unknown[], Found>(
  find: (asked: Asked, ...more: More) => Found
): (asked: Asked, ...more: More) => Found {
  const known = new WeakMap<Asked, { found: Found }>()
  return (asked, ...more) => {
    let answer = known.get(asked)
    if (!answer) {
      answer = { found: find(asked, ...more) }
      known.set(asked, answer)
    }
    return answer.found
  }
}

/** The largest rank: who has not answered yet was waited for last. */
const LAST = Number.MAX_VALUE

export function claimWait(cause: Cause, wait: Wait, layer: Layer = 'wait'): Stretch {
  const { start, end, until, doubt } = wait
  return { cause, layer, rank: Number.isFinite(until) ? until : LAST, start, end, doubt, wait, until }
}

/** Operations of some kind, single and folded. */
export function claimWaits(cause: Cause, facts: Facts, wanted: (wait: Wait) => boolean): Stretch[] {
  const { served, laidOut } = facts
  return [
    ...served.filter(wanted).map(wait => claimWait(cause, wait)),
    ...laidOut.filter(wanted).map(wait => claimWait(cause, wait, 'folded'))
  ]
}

export interface Share {
  wait: Wait
  ms: number
}

/** Less of a claim is chance: operations that were begun in the same moment. */
const SLIVER_SHARE = 0.01

/** How much of the claim each operation has, the largest first; without slivers. */
export const byOperation = once(({ pieces, ms }: Claim): Share[] => {
  const shares = new Map<Wait['operation'], Share>()
  for (const { start, end, stretch } of pieces) {
    if (!stretch?.wait) continue
    const { operation } = stretch.wait
    const share = shares.get(operation) ?? { wait: stretch.wait, ms: 0 }
    share.ms += end - start
    shares.set(operation, share)
  }
  return [...shares.values()].sort((a, b) => b.ms - a.ms).filter((share, i) => i === 0 || share.ms >= ms * SLIVER_SHARE)
})

export const culpritOf = ({ operation, name }: Wait): Culprit => ({
  statement: name.text || name.name,
  target: targetOf(operation)
})

const BUSY_SHARE = 0.5

/** An operation's time is the server's only if somebody could have read the answer when it came. */
export function doubtWait({ pieces, ms }: Claim, facts: Facts): string | undefined {
  const { cpu, evidence } = facts
  const { loop, blocks } = evidence
  if (!cpu.covered && !loop && blocks.length === 0) return 'nothing watched the event loop meanwhile'
  const busyShare = cpu.covered ? busyMs(cpu, pieces) / ms : (loop?.utilizationShare ?? 0)
  if (busyShare <= BUSY_SHARE) return undefined
  const busiest = hottest(cpu, pieces)
  const place = sayPlace(placed(busiest), facts)
  const busy = `busy for ${percent(busyShare)} of that time${place && `, ${sayMost(busiest!.share)} in ${place}`}`
  return `the event loop was ${busy}, so answers may have waited to be read`
}

const SAMPLED_SHARE = 0.5

export interface Place extends Blame {
  /** Of the samples or probes. */
  share: number
}

/**
 * The code that ran in the claimed time: by the samples where they cover it, else by the probes. Samples know a function by
 * its head, and miss code that was optimised before the profile began; probes that were answered at once know the line, and
 * what ran beneath the sampled place.
 */
export const placeOf = once(({ pieces, ms }: Claimed, { cpu }: Facts): Place | undefined => {
  const seen = new Set<Holding>()
  for (const { stretch } of pieces) if (stretch?.holding?.stacks.length) seen.add(stretch.holding)
  const holdings = [...seen]
  const prompt = holdings.flatMap(holding => holding.prompt)
  const sampled = hottest(cpu, pieces)
  const probed = blamedBy(prompt) ?? blamedBy(holdings.flatMap(({ stacks }) => stacks))
  if (!sampled || busyMs(cpu, pieces) < ms * SAMPLED_SHARE) return placed(probed ?? sampled)
  const { frame, callee } = sampled.blame
  const within = withinPlace(prompt, frame)
  const closer = blamedBy(within)
  if (!closer) return placed(sampled)
  if (samePlace(closer.blame.frame, frame)) {
    const line = blamedBy(within.filter(stack => mayCall(stack, callee)))
    return line ? { share: sampled.share, ...line.blame, callee } : placed(sampled)
  }
  // What ran beneath it is told where it was one thing, not the first of many.
  return closer.share > MOSTLY_SHARE ? { share: sampled.share, ...closer.blame } : placed(sampled)
})

const MOSTLY_SHARE = 0.5

export const sayMost = (share: number): string => (share > MOSTLY_SHARE ? 'mostly' : `the most (${percent(share)})`)

const placed = (found: Hottest | undefined): Place | undefined => found && { ...found.blame, share: found.share }

const blamedBy = (stacks: Frame[][]): Hottest | undefined =>
  mostBlamed([...new Set(stacks)].map(stack => ({ stack, weight: 1 })))

/** The probes that found the sampled place on their stack, when most did. */
function withinPlace(prompt: Frame[][], place: Frame): Frame[][] {
  const within = prompt.filter(stack => stack.some(frame => samePlace(frame, place)))
  return within.length * 2 > prompt.length ? within : []
}

/** The line of one call is not told of another one. Of native code most probes show nothing, only the line that called it. */
function mayCall(stack: Frame[], callee: string | undefined): boolean {
  const called = blame(stack)?.callee
  return called === undefined || callee === undefined || bareCallee(called) === bareCallee(callee)
}

/** `parse` of `Object.parse (node_modules/zod)`. */
function bareCallee(callee: string): string {
  const [name = ''] = callee.split(' (', 1)
  return name.slice(1 + Math.max(name.lastIndexOf('.'), name.lastIndexOf(' ')))
}

export const sayPlace = (place: Place | undefined, { root }: Facts): string => (place ? sayBlame(place, root) : '')

export const sayPlaceBare = (place: Place | undefined, { root }: Facts): string =>
  place ? sayBlameBare(place, root) : ''

export const culpritFrame = (place: Place | undefined, { root }: Facts): Pick<Culprit, 'frame'> =>
  place ? { frame: relativeFrame(place.frame, root) } : {}

/** What still runs then was left by it: a timer that it was the first to need, a consumer that it started. */
const LEFT_AFTER_MS = 100

const nameOf = (request: RequestRef, { start }: Interval): string =>
  start - (request.endedAt ?? start) < LEFT_AFTER_MS
    ? requestName(request)
    : `what ${requestName(request)} left running`

const holderName = ({ request, hold }: Holding): string => {
  if (request) return nameOf(request, hold)
  return request === null ? 'code outside any request' : ''
}

export interface Holder extends Claimed {
  /** '' when nobody was seen. */
  name: string
  request: RequestRef | null | undefined
}

/** Who held the loop in the claimed time, the longest first. Requests of one route are one: the route's code is to blame. */
export const holdersIn = once(({ pieces, ms }: Claim): Holder[] => {
  const holders = new Map<string, Holder>()
  for (const piece of pieces) {
    const holding = piece.stretch?.holding
    const request = holding?.request
    const name = holding ? holderName(holding) : ''
    const holder = holders.get(name) ?? { name, request, pieces: [], ms: 0 }
    holder.pieces.push(piece)
    holder.ms += piece.end - piece.start
    holders.set(name, holder)
  }
  const sorted = [...holders.values()].sort((a, b) => b.ms - a.ms)
  return sorted.filter((holder, i) => i === 0 || holder.ms >= ms * SLIVER_SHARE)
})
