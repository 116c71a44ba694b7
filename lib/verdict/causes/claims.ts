// What several causes claim alike, and ask of what they got: waits for operations, parts of calls, holds of the main thread. Pure.

import { BLOCK_MS } from '../../process/beat.js'
import type { Cause, Culprit, Interval, Operation, OperationKind } from '../../types.js'
import { busyMs, hottest } from '../cpu.js'
import type { Facts } from '../facts.js'
import type { Holding } from '../holdings.js'
import { merged, totalMs } from '../intervals.js'
import { isReadFrom } from '../lost.js'
import { targetOf } from '../names.js'
import { onCpuMs } from '../off-cpu.js'
import { type Phase, type PhaseName, phasesOf } from '../phases.js'
import type { Layer, Stretch } from '../sweep.js'
import type { Wait } from '../waits.js'
import { percent } from '../words.js'
import { placed, sayMost, sayPlace } from './place.js'
import { type Claim, once, withoutSlivers } from './row.js'

/** The largest rank: who has not answered yet was waited for last. */
const LAST = Number.MAX_VALUE

export function claimWait(cause: Cause, wait: Wait, layer: Layer = 'wait'): Stretch {
  const { start, end, until, doubt } = wait
  return { cause, layer, rank: Number.isFinite(until) ? until : LAST, start, end, doubt, wait, until }
}

/** Operations of a kind, single and folded. */
export function claimWaits(
  cause: Cause,
  facts: Facts,
  kind: OperationKind,
  wanted: (wait: Wait) => boolean
): Stretch[] {
  const stretches: Stretch[] = []
  for (const wait of facts.servedOf(kind)) if (wanted(wait)) stretches.push(claimWait(cause, wait))
  for (const wait of facts.laidOut)
    if (wait.operation.kind === kind && wanted(wait)) stretches.push(claimWait(cause, wait, 'folded'))
  return stretches
}

/** Waiting for a connection of an HTTP client's pool is http.socket_wait. */
export const isHttpPool = ({ kind, system }: Operation): boolean =>
  kind === 'pool' && /^(?:https?|undici|fetch)$/.test(system)

/** Phases end by events that a blocked loop reads late, like answers. */
export function claimPhases(cause: Cause, facts: Facts, wanted: (phase: Phase) => boolean): Stretch[] {
  return facts.plainCalls.flatMap(wait =>
    phasesOf(wait.operation, wait.end)
      .filter(wanted)
      .map(({ name, start, end }) => ({
        ...claimWait(cause, wait),
        start,
        end,
        until: end < wait.end ? end : wait.until,
        doubt: doubtPhase(name, wait.operation.marks) || wait.doubt
      }))
  )
}

function doubtPhase(name: PhaseName, marks: Operation['marks']): string | undefined {
  if (name === 'socket') return doubtSocket(marks)
  return name === 'firstByte' && marks?.['retried'] !== undefined ? RETRIED : undefined
}

const RETRIED = 'its client sent it more than once by itself, and the pauses before that are in this time'

/** Of undici's connections that stood before the agent listened it is not known since when. */
function doubtSocket(marks: Operation['marks']): string | undefined {
  if (!marks) return 'no moment inside the call was seen'
  return marks['unseen'] === undefined ? undefined : 'the set-up of the connection was not seen'
}

/** Of a short call, or of the time in which rows came in: where the loop was free for more, nobody kept their answer up. */
export const CROWDED_SHARE = 0.8

/** What ran in that time and was not called by what a socket had brought, as the answer itself. */
export const othersIn = (interval: Interval, { cpu }: Facts): Interval[] =>
  merged(cpu.in(interval).filter(({ stack }) => stack.length > 1 && !isReadFrom(stack)))

/**
 * A call of less than a block beside turns that fill the loop: to be sent and to be read it waits for two of them, however quick its peer
 * is. A longer one waits for its peer.
 */
export function besideTurns(stretch: Stretch, facts: Facts): Stretch {
  const { layer, start, end, until } = stretch
  const isShort = layer === 'wait' && end - start < BLOCK_MS && until === end
  return isShort && totalMs(othersIn(stretch, facts)) >= (end - start) * CROWDED_SHARE
    ? { ...stretch, crowded: true }
    : stretch
}

/** For advice: whether it holds of what was waited for longest. */
export const ofLongest =
  (holds: (share: Share, facts: Facts) => boolean) =>
  (claim: Claim, facts: Facts): boolean =>
    byOperation(claim)
      .slice(0, 1)
      .some(share => holds(share, facts))

/** A turn is exact to the microsecond, a probe stands for the time around it, and what nobody was seen in is a guess. */
const TURN_RANK = 2
const PROBED_RANK = 1
const GUESSED_RANK = 0

export const claimHoldings = (cause: Cause, owner: Holding['owner'], { holdings }: Facts): Stretch[] =>
  holdings
    .filter(holding => holding.owner === owner)
    .map(holding => ({
      cause,
      layer: 'held',
      rank: holding.exact ? TURN_RANK : holding.request === undefined ? GUESSED_RANK : PROBED_RANK,
      start: holding.start,
      end: holding.end,
      hold: holding.hold,
      doubt: holding.doubt,
      holding
    }))

export interface Share {
  wait: Wait
  ms: number
}

/** How much of the claim each operation has. */
export const byOperation = once(({ pieces, ms }: Claim): Share[] => {
  const shares = new Map<Wait['operation'], Share>()
  for (const { start, end, stretch } of pieces) {
    if (!stretch?.wait) continue
    const { operation } = stretch.wait
    const share = shares.get(operation) ?? { wait: stretch.wait, ms: 0 }
    share.ms += end - start
    shares.set(operation, share)
  }
  return withoutSlivers([...shares.values()], ms)
})

export const culpritOf = ({ operation, name }: Wait): Culprit => ({
  statement: name.text || name.name,
  target: targetOf(operation)
})

/** While an answer lies unread nobody waits for who sends it. */
export function whileRead(stretch: Stretch): Stretch[] {
  const stretches: Stretch[] = []
  let { start } = stretch
  for (const unread of stretch.wait?.operation.unread ?? []) {
    if (unread.start > start) stretches.push({ ...stretch, start, end: Math.min(unread.start, stretch.end) })
    start = Math.max(start, unread.end)
  }
  return start < stretch.end ? [...stretches, { ...stretch, start }] : stretches
}

export const unreadMs = ({ unread = [] }: Operation): number => totalMs(unread)

const BUSY_SHARE = 0.5

/** An operation's time is the server's only if somebody could have read the answer when it came. */
export function doubtWait({ pieces, ms }: Claim, facts: Facts): string | undefined {
  const { cpu, evidence } = facts
  const { loop, blocks } = evidence
  if (!cpu.covered && !loop && blocks.length === 0) return 'nothing watched the event loop meanwhile'
  const seenShare = cpu.covered ? busyMs(cpu, pieces) / ms : (loop?.utilizationShare ?? 0)
  // The thread that takes the samples may have got no CPU for that time.
  const busyShare = seenShare > BUSY_SHARE ? seenShare : onCpuMs(pieces, evidence) / ms
  if (busyShare <= BUSY_SHARE) return undefined
  const busiest = hottest(cpu, pieces)
  const place = sayPlace(placed(busiest), facts)
  const busy = `busy for ${percent(busyShare)} of that time${place && `, ${sayMost(busiest!.share)} in ${place}`}`
  return `the event loop was ${busy}, so answers may have waited to be read`
}
