// Where each millisecond of a request went, by cause. Pure. The pieces are gapless, so the sum is the request's duration: in
// the document to a tenth of a millisecond, which the largest slice takes upon itself.

import type { Slice } from '../types.js'
import { rowOf, rowsFor } from './causes/index.js'
import type { Claim } from './causes/row.js'
import type { Facts } from './facts.js'
import { sweep } from './sweep.js'
import { roundMs, roundShare } from './words.js'

/** What each cause got, the largest first. Empty for a request without duration. */
export function breakDown(facts: Facts): Claim[] {
  const rows = rowsFor(facts)
  const claims = new Map(rows.map(({ cause }): [string, Claim] => [cause, { cause, ms: 0, pieces: [] }]))
  const stretches = rows.flatMap(row => row.claims(facts))
  for (const piece of sweep(facts.timeline, stretches)) {
    const claim = claims.get(piece.stretch?.cause ?? 'unknown')!
    claim.ms += piece.end - piece.start
    claim.pieces.push(piece)
  }
  return [...claims.values()].filter(({ ms }) => ms > 0).sort((a, b) => b.ms - a.ms)
}

export function toSlices(claims: Claim[], facts: Facts): Slice[] {
  const durationMs = roundMs(facts.durationMs)
  const slices = claims
    .map(claim => ({ cause: claim.cause, ms: floorMs(claim.ms), detail: rowOf(claim.cause).detail(claim, facts) }))
    .filter(({ ms }, i) => ms > 0 || i === 0)
  const [largest, ...others] = slices
  if (largest) largest.ms = roundMs(durationMs - others.reduce((sum, { ms }) => sum + ms, 0))
  return slices.map(({ cause, ms, detail }) => ({
    cause,
    ms,
    share: roundShare(durationMs > 0 ? ms / durationMs : 0),
    detail
  }))
}

/** Down, so that the largest never gets too little. */
const floorMs = (ms: number): number => Math.floor(ms * 10 + ROUNDING) / 10
const ROUNDING = 1e-6
