// The request's own code ran on the main thread: shown by its first turn and by probes; else it was alone and the thread busy.

import { duration, percent } from '../words.js'
import { type CauseRow, culpritFrame, placeOf, sayPlace } from './row.js'

/** The own turn is exact to the microsecond, a probe stands for the time around it, a block without any is a guess. */
const TURN_RANK = 2
const PROBED_RANK = 1
const GUESSED_RANK = 0
const MOSTLY_SHARE = 0.5

export const cpuOwn: CauseRow = {
  cause: 'cpu.own',
  advice:
    'Make the work smaller, cache its result, or move it to a worker thread: while it runs, no other request of this process ' +
    'gets on.',
  claims: ({ holdings, cpu, timeline }) => [
    ...holdings
      .filter(({ owner }) => owner === 'own')
      .map(holding => ({
        cause: 'cpu.own' as const,
        layer: 'held' as const,
        rank: holding.request ? PROBED_RANK : holding.doubt ? GUESSED_RANK : TURN_RANK,
        start: holding.start,
        end: holding.end,
        hold: holding.hold,
        doubt: holding.doubt,
        holding
      })),
    ...(timeline.concurrency === 1 ? cpu.busy : []).map(({ start, end }) => ({
      cause: 'cpu.own' as const,
      layer: 'free' as const,
      rank: 0,
      start,
      end,
      doubt: 'the main thread was busy in turns too short to ask whose they were; it was the only request'
    }))
  ],
  detail: (claim, facts) => sayPlace(placeOf(claim, facts), facts),
  sentence(claim, facts) {
    const place = placeOf(claim, facts)
    const said = sayPlace(place, facts)
    const how = place && place.share > MOSTLY_SHARE ? 'mostly' : `the most (${percent(place?.share ?? 0)})`
    return `Its own JavaScript ran ${duration(claim.ms)} on the main thread${said && `, ${how} in ${said}`}.`
  },
  culprit: (claim, facts) => culpritFrame(placeOf(claim, facts), facts)
}
