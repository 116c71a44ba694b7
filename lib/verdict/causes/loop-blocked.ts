// Somebody else held the event loop while this request waited: another request, or code outside any.

import type { Culprit } from '../../types.js'
import { duration, plural, requestName } from '../words.js'
import { claimHoldings } from './claims.js'
import { blocksOnPurpose, culpritFrame, holdersIn, placeOf, sayCalled, sayPlaceBare } from './place.js'
import type { CauseRow } from './row.js'

export const loopBlocked: CauseRow = {
  cause: 'loop.blocked',
  advice: [
    {
      when: (claim, facts) =>
        holdersIn(claim)
          .slice(0, 1)
          .some(holder => blocksOnPurpose(placeOf(holder, facts))),
      say: 'The code named here is what to change, not this route: call the asynchronous form of this function, or call it once at the start.'
    },
    {
      say: 'The code named here is what to change, not this route: split its work, cache its result, or move it to a worker thread.'
    }
  ],
  claims: facts => claimHoldings('loop.blocked', 'other', facts),
  detail(claim, facts) {
    const holder = holdersIn(claim)[0]
    return holder ? [holder.name, sayPlaceBare(placeOf(holder, facts), facts)].filter(Boolean).join(', ') : ''
  },
  sentence(claim, facts) {
    const [first, ...others] = holdersIn(claim)
    if (!first) return ''
    const told = [sayCalled(first, facts), sayPlaceBare(placeOf(first, facts), facts)].filter(Boolean).join('; ')
    const most = others.length > 0 ? `, ${duration(first.ms)} of it` : ''
    const rest = others.length > 0 ? ` (and ${plural(others.length, 'other')})` : ''
    return (
      `The event loop was held for ${duration(claim.ms)}${most} by ${first.name || 'somebody'}` +
      `${told && ` (${told})`}${rest} while this request waited.`
    )
  },
  culprit(claim, facts) {
    const holder = holdersIn(claim)[0]
    if (!holder) return null
    const culprit: Culprit = culpritFrame(placeOf(holder, facts), facts)
    if (holder.request) {
      culprit.route = requestName(holder.request)
      culprit.traceId = holder.request.traceId
    }
    return culprit
  }
}
