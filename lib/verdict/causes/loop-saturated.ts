// The main thread was busy with many small turns, no single one of which is to blame: more work than one thread can do.

import { type Facts, threadOf } from '../facts.js'
import type { Stretch } from '../sweep.js'
import { outsideTurns } from '../turns.js'
import { duration, percent, requestName } from '../words.js'
import { claimHoldings } from './claims.js'
import { culpritFrame, type Holder, holdersIn, placeOf, sayCalled, sayPlace } from './place.js'
import type { CauseRow, Claim } from './row.js'

const MAX_ROUTES = 3

export const loopSaturated: CauseRow = {
  cause: 'loop.saturated',
  advice: [
    { say: 'Make the hottest code cheaper, or run more processes: this one has more work than its main thread can do.' }
  ],
  claims: facts => [...claimHoldings('loop.saturated', 'many', facts), ...claimBusy(facts)],
  detail: (claim, facts) => sayRoutes(claim, ({ name }) => name) || sayPlace(placeOf(claim, facts), facts),
  sentence(claim, facts) {
    const routes = sayRoutes(claim, holder => sayHolder(holder, facts))
    const place = sayPlace(placeOf(claim, facts), facts)
    return (
      `The ${threadOf(facts)} was busy for ${duration(claim.ms)} in many small turns, with ${facts.timeline.concurrency} or more requests ` +
      `in flight${routes && `: ${routes}`}${place && `; the most in ${place}`}.`
    )
  },
  culprit(claim, facts) {
    const request = holdersIn(claim).find(({ request }) => request)?.request
    return { ...(request && { route: requestName(request) }), ...culpritFrame(placeOf(claim, facts), facts) }
  }
}

/** Busy in turns that nobody told of. */
const claimBusy = ({ cpu, timeline }: Facts): Stretch[] =>
  (timeline.concurrency === 1 ? [] : outsideTurns(cpu.busy, timeline)).map(({ start, end }) => ({
    cause: 'loop.saturated',
    layer: 'free',
    rank: 0,
    start,
    end,
    doubt: 'samples show what ran, not for which request'
  }))

/** `GET /work 60 %, GET /list 30 %`: shares of what was seen. */
function sayRoutes(claim: Claim, sayName: (holder: Holder) => string): string {
  const seen = holdersIn(claim).filter(({ name }) => name !== '')
  const seenMs = seen.reduce((sum, { ms }) => sum + ms, 0)
  return seen
    .slice(0, MAX_ROUTES)
    .map(holder => (seen.length === 1 ? sayName(holder) : `${sayName(holder)} ${percent(holder.ms / seenMs)}`))
    .join(', ')
}

function sayHolder(holder: Holder, facts: Facts): string {
  const called = sayCalled(holder, facts)
  return called ? `${holder.name} (${called})` : holder.name
}
