// The garbage collector stopped the main thread. A pause inside another request's turn is that turn's: whoever waits for it
// is helped by what shortens the turn, and it was that code which allocated when the pause began.

import type { Interval } from '../../types.js'
import { threadOf } from '../facts.js'
import type { Holding } from '../holdings.js'
import { duration, plural } from '../words.js'
import type { CauseRow, Claim } from './row.js'

/** A pause is exact, whosever code it interrupted. */
const RANK = 3

export const gc: CauseRow = {
  cause: 'gc',
  advice:
    'Look for what allocates (a heap profile with --heap-prof), for caches that keep growing, and at the heap’s limit ' +
    '(--max-old-space-size).',
  claims({ evidence, holdings, holdAround }) {
    const others = holdings.filter(isOthers)
    return evidence.pauses
      .filter(pause => !others.some(holding => contains(holding, pause)))
      .map(pause => ({
        cause: 'gc',
        layer: 'held',
        rank: RANK,
        start: pause.start,
        end: pause.end,
        hold: holdAround(pause)
      }))
  },
  detail(claim) {
    const pauses = pausesOf(claim)
    return `${plural(pauses.length, 'pause')}, the longest ${duration(longestMs(pauses))}`
  },
  sentence(claim, facts) {
    const pauses = pausesOf(claim)
    const how =
      pauses.length === 1 ? 'in one pause' : `in ${pauses.length} pauses, the longest ${duration(longestMs(pauses))}`
    return `Garbage collection stopped the ${threadOf(facts)} for ${duration(claim.ms)} ${how}.`
  },
  culprit: () => null
}

/** Somebody was seen to hold the main thread. */
const isOthers = ({ owner, request }: Holding): boolean => owner === 'other' && request !== undefined

const contains = (outer: Interval, inner: Interval): boolean => outer.start <= inner.start && outer.end >= inner.end

const pausesOf = ({ pieces }: Claim): Interval[] => [...new Set(pieces.flatMap(({ stretch }) => stretch ?? []))]

const longestMs = (pauses: Interval[]): number => Math.max(0, ...pauses.map(({ start, end }) => end - start))
