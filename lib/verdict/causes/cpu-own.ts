// The request's own code ran on the main thread: shown by its first turn and by probes; else it was alone and the thread busy.

import type { Frame, Interval, KernelEvidence } from '../../types.js'
import { busyMs, msByStack } from '../cpu.js'
import { type Facts, threadOf } from '../facts.js'
import { blame, isSomebodys } from '../frames.js'
import { overlapsMs, totalMs } from '../intervals.js'
import { isCallback } from '../lost.js'
import { offCpuMs } from '../off-cpu.js'
import type { Stretch } from '../sweep.js'
import { outsideTurns } from '../turns.js'
import type { Wait } from '../waits.js'
import { duration } from '../words.js'
import { claimHoldings } from './claims.js'
import { blocksOnPurpose, culpritFrame, type Place, placeOf, sayMost, sayPlace } from './place.js'
import type { CauseRow, Claim } from './row.js'

/** After all that is known of who held the thread. */
const LAST_RANK = -1
const MOSTLY_SHARE = 0.5
/** Where less of what was sampled shows anybody's code than that, no line is to blame. */
const SHOWN_SHARE = 0.1
/** Unless so few functions of Node had that much of it, as where they copy or parse a large body. */
const FEW = 3
const FILLED_SHARE = 0.6
const READ_MIN_MS = 50

export const cpuOwn: CauseRow = {
  cause: 'cpu.own',
  advice: [
    {
      when: isScattered,
      say: 'Do more at a time: wait for what is to come instead of looking for it again and again, and read in larger pieces.'
    },
    {
      when: (claim, facts) => blocksOnPurpose(blamed(claim, facts)),
      say: 'Call the asynchronous form of this function, or call it once at the start: while it runs, no other request of this process gets on.'
    },
    {
      say: 'Make the work smaller, cache its result, or move it to a worker thread: while it runs, no other request of this process gets on.'
    }
  ],
  claims: facts => [
    ...claimHoldings('cpu.own', 'own', facts),
    ...(facts.timeline.concurrency === 1 ? claimBusy(facts) : [])
  ],
  detail: (claim, facts) =>
    isScattered(claim, facts) ? 'called very often for very little' : sayPlace(blamed(claim, facts), facts),
  sentence(claim, facts) {
    const place = blamed(claim, facts)
    const said = sayPlace(place, facts)
    const ran = isAsleep(claim, facts)
      ? `held the ${threadOf(facts)} for ${duration(claim.ms)}, most of it asleep in a system call`
      : `ran ${duration(claim.ms)} on the ${threadOf(facts)}`
    if (isScattered(claim, facts)) return `Its own JavaScript ${ran}, ${SCATTERED}.`
    return `Its own JavaScript ${ran}${said && `, ${sayMost(place!.share)} in ${said}`}.`
  },
  culprit: (claim, facts) => culpritFrame(blamed(claim, facts), facts),
  doubt(claim, facts) {
    const { kernel } = facts.evidence
    if (kernel && lookedAtMs(claim, kernel) < claim.ms * MOSTLY_SHARE)
      return 'the kernel was not yet asked whether the thread ran or waited for a CPU'
    const isSampled = busyMs(facts.cpu, claim.pieces) > claim.ms * MOSTLY_SHARE
    return isSampled && isAsleep(claim, facts) && !placeOf(claim, facts)
      ? 'in what the thread slept nobody saw: a debugger that pauses it looks the same'
      : undefined
  }
}

const isAsleep = (claim: Claim, { evidence }: Facts): boolean =>
  offCpuMs(claim.pieces, evidence) > claim.ms * MOSTLY_SHARE

const SCATTERED =
  'hardly any of it in code of the application or a package: it was called very often for very little, as by setImmediate until ' +
  'something is there, or with small pieces'

/**
 * A loop by setImmediate, a stream of tiny reads: what the samples find is Node's calling, each time elsewhere, and they find little (a
 * twentieth to two thirds of the time, Node 20 and 24).
 */
function isScattered(claim: Claim, facts: Facts): boolean {
  const place = placeOf(claim, facts)
  if (!facts.cpu.covered || !place || isSomebodys(place.frame) || place.share > MOSTLY_SHARE) return false
  const stacks = msByStack(facts.cpu, claim.pieces)
  let shownMs = 0
  for (const [stack, ms] of stacks) if (stack.some(isSomebodys)) shownMs += ms
  const sampledMs = Math.max(busyMs(facts.cpu, claim.pieces), claim.ms * MOSTLY_SHARE)
  return shownMs < sampledMs * SHOWN_SHARE && msOfFew(stacks) < sampledMs * FILLED_SHARE
}

function msOfFew(stacks: Map<Frame[], number>): number {
  const byFunction = new Map<string, number>()
  for (const [stack, ms] of stacks) {
    const frame = blame(stack)?.frame
    const key = frame && `${frame.file} ${frame.function}`
    if (key) byFunction.set(key, (byFunction.get(key) ?? 0) + ms)
  }
  const most = [...byFunction.values()].sort((a, b) => b - a).slice(0, FEW)
  return most.reduce((sum, ms) => sum + ms, 0)
}

const blamed = (claim: Claim, facts: Facts): Place | undefined =>
  isScattered(claim, facts) ? undefined : placeOf(claim, facts)

const lookedAtMs = ({ pieces }: Claim, { looks }: KernelEvidence): number => {
  const looked = { start: looks[0]?.start ?? 0, end: looks.at(-1)?.end ?? 0 }
  return overlapsMs(pieces, looked)
}

/** Busy in turns too short to ask whose they were: alone, its own. */
const claimBusy = (facts: Facts): Stretch[] => [
  ...outsideTurns(facts.cpu.busy, facts.timeline).map(busy =>
    claimGuess(busy, 'free', 'in turns too short to ask whose they were', facts)
  ),
  ...facts.served.flatMap(wait =>
    readingIn(wait, facts).map(busy => claimGuess(busy, 'held', `while ${wait.name.label} was under way`, facts))
  )
]

const claimGuess = ({ start, end }: Interval, layer: 'free' | 'held', when: string, facts: Facts): Stretch => ({
  cause: 'cpu.own',
  layer,
  rank: LAST_RANK,
  start,
  end,
  doubt: `the ${threadOf(facts)} was busy ${when}; it was the only request`
})

/**
 * Of one call of whose time most went into reading what it brought, not into waiting. Of HTTP nothing can be read before the answer begins,
 * and no timer or message calls what reads: that is somebody else's code, which the answer did not wait for.
 */
function readingIn({ operation, start, end }: Wait, { cpu, repeats }: Facts): Interval[] {
  if (operation.kind === 'pool' || repeats.of.has(operation) || end - start < READ_MIN_MS) return []
  const begun = operation.kind === 'http' && operation.marks ? (operation.marks['headers'] ?? end) : start
  const reading = cpu.in({ start: Math.max(begun, start), end }).filter(({ stack }) => !isCallback(stack))
  return totalMs(reading) > (end - start) * MOSTLY_SHARE ? reading : []
}
