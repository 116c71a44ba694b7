// The contract of a cause: one row of the table in index.ts, with what it claims of a request's time, and what it says when it gets the
// most of it. Pure.

import type { Cause, Culprit } from '../../types.js'
import type { Facts } from '../facts.js'
import type { Piece, Stretch } from '../sweep.js'

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
  /** What to do about it, by how it came about: the first that fits. The last fits always. */
  advice: readonly Advice[]
}

export interface Advice {
  say: string
  when?(claim: Claim, facts: Facts): boolean
}

export const adviceOf = ({ advice }: CauseRow, claim: Claim, facts: Facts): string =>
  advice.find(({ when }) => !when || when(claim, facts))?.say ?? ''

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

const SLIVER_SHARE = 0.01
/** So much of all may lie in what is left out. */
const LEFT_OUT_SHARE = 0.1

/** The largest first. Less of a claim is chance, as of operations that were begun in the same moment, unless much of it lies in such. */
export function withoutSlivers<Share extends { ms: number }>(shares: Share[], ofMs: number): Share[] {
  const sorted = shares.sort((a, b) => b.ms - a.ms)
  const large = sorted.filter(({ ms }, i) => i === 0 || ms >= ofMs * SLIVER_SHARE)
  return sumOf(large) >= sumOf(sorted) * (1 - LEFT_OUT_SHARE) ? large : sorted
}

const sumOf = (shares: { ms: number }[]): number => shares.reduce((sum, { ms }) => sum + ms, 0)
