// Where code ran in the claimed time, and whose it was. Pure.

import type { Culprit, Frame, Interval, RequestRef } from '../../types.js'
import { busyMs, type Hottest, hottest, mostBlamed } from '../cpu.js'
import type { Facts } from '../facts.js'
import { type Blame, blame, relativeFrame, samePlace, sayBlame, sayBlameBare } from '../frames.js'
import type { Holding } from '../holdings.js'
import { merged, overlapsMs } from '../intervals.js'
import { OUTSIDE, percent, requestName } from '../words.js'
import { type Claim, type Claimed, once, withoutSlivers } from './row.js'

const SAMPLED_SHARE = 0.5
const MUTE_SHARE = 0.5

export interface Place extends Blame {
  /** Of the samples or probes. */
  share: number
}

/**
 * The code that ran in the claimed time: by the samples where they cover it, else by the probes. Samples know a function by
 * its head, and miss code that was optimised before the profile began; probes that were answered at once know the line, and
 * what ran beneath the sampled place: unless most of the time none was, because native code ran.
 */
export const placeOf = once(({ pieces, ms }: Claimed, { cpu }: Facts): Place | undefined => {
  const seen = new Set<Holding>()
  for (const { stretch } of pieces) if (stretch?.holding?.stacks.length) seen.add(stretch.holding)
  const holdings = [...seen]
  const prompt = muteMs(holdings, pieces) > ms * MUTE_SHARE ? [] : holdings.flatMap(holding => holding.prompt)
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

const muteMs = (holdings: Holding[], pieces: Interval[]): number =>
  merged(holdings.flatMap(({ mute }) => mute)).reduce((sum, mute) => sum + overlapsMs(pieces, mute), 0)

const MOSTLY_SHARE = 0.5

export const sayMost = (share: number): string => (share > MOSTLY_SHARE ? 'mostly' : `the most (${percent(share)})`)

export const placed = (found: Hottest | undefined): Place | undefined => found && { ...found.blame, share: found.share }

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

/** `readFileSync`, `hashSync`: that it holds the thread is what its name says. */
export const blocksOnPurpose = (place: Place | undefined): boolean =>
  place?.callee !== undefined && bareCallee(place.callee).endsWith('Sync')

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
  return request === null ? OUTSIDE : ''
}

export interface Holder extends Claimed {
  /** '' when nobody was seen. */
  name: string
  request: RequestRef | null | undefined
}

/** A call that the explained request made itself, and that came back to this very process. */
export function sayCalled({ pieces }: Holder, { timeline }: Facts): string {
  const sent = new Set(timeline.operations.flatMap(({ spanId }) => spanId ?? []))
  const isOwn = pieces.every(({ stretch }) => sent.has(stretch?.holding?.request?.parentSpanId ?? ''))
  return isOwn ? 'called by this request' : ''
}

/** Who held the loop in the claimed time. Requests of one route are one: the route's code is to blame. */
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
  return withoutSlivers([...holders.values()], ms)
})
