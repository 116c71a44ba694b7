// Whether the call that is named was waited for at all: that shows only by what follows its end. Pure.
//
// A call that nobody waits for, beside a wait that nobody times, looks like one that is waited for and is followed by such a wait. Nothing
// in a request's timeline tells them apart, so neither is measured.

import { byOperation } from './causes/claims.js'
import type { Claim } from './causes/row.js'
import { longestGap, TOUCH_MS } from './causes/unknown.js'
import type { Facts } from './facts.js'
import { callsOf } from './waits.js'
import { duration } from './words.js'

/** Of the request: what is told beside the cause. */
const NOTABLE_SHARE = 0.25
/** Of the claim. A loop of calls goes on when one has ended. */
const DOUBTED_SHARE = 0.2

export function doubtAwaited(claim: Claim, claims: Claim[], facts: Facts): string | undefined {
  const nobodys = claims.find(({ cause }) => cause === 'unknown')
  const gap = nobodys && nobodys !== claim ? longestGap(nobodys, facts) : undefined
  if (!gap || gap.ms < facts.durationMs * NOTABLE_SHARE) return undefined
  const calls = callsOf(facts.waits)
  const last = byOperation(claim).find(
    ({ wait, ms }) =>
      wait.operation.kind !== 'pool' &&
      ms >= claim.ms * DOUBTED_SHARE &&
      wait.end <= gap.start + TOUCH_MS &&
      !calls.some(({ start, end }) => start < gap.end - TOUCH_MS && end > wait.end + TOUCH_MS)
  )
  if (!last) return undefined
  const { label, alike } = last.wait.name
  // Who calls the same after a pause has seen how the call before ended.
  if (calls.some(({ start, name }) => start >= gap.end - TOUCH_MS && name.alike === alike)) return undefined
  return `nothing that is timed followed ${label} for ${duration(gap.ms)}, so it may be that nobody waited for it`
}
