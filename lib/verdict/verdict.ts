// The named cause: who got the most of the request's time. Pure. Says `measured` only when evidence covers the time claimed;
// else the sentence says what makes it a guess and which evidence is missing.

import type { Verdict } from '../types.js'
import { doubtAwaited } from './awaited.js'
import { rowOf } from './causes/index.js'
import { adviceOf, type Claim } from './causes/row.js'
import type { Facts } from './facts.js'
import { duration, percent, roundShare } from './words.js'

/** A claim may have this much of guessed time and still count as measured. */
const DOUBTED_SHARE = 0.2
const SECOND_SHARE = 0.25
const MISSING_MAX_CHARS = 200

const SITUATION = { finished: '', running: 'Still running. ', aborted: 'The caller went away. ' }

export function judge(claims: Claim[], facts: Facts): Verdict {
  const [first = { cause: 'unknown', ms: 0, pieces: [] } as Claim, second] = claims
  const row = rowOf(first.cause)
  const doubt = doubtOf(first, facts) ?? doubtAwaited(first, claims, facts)
  const summary = [
    `${SITUATION[facts.timeline.status]}${row.sentence(first, facts)}`,
    second && saySecond(second, facts),
    doubt && sayDoubt(doubt, facts)
  ]
  return {
    cause: first.cause,
    summary: summary.filter(Boolean).join(' '),
    confidence: doubt ? 'inferred' : 'measured',
    share: roundShare(shareOf(first, facts)),
    advice: adviceOf(row, first, facts),
    docs: `docs/causes/${first.cause}.md`,
    culprit: row.culprit(first, facts)
  }
}

const shareOf = ({ ms }: Claim, { durationMs }: Facts): number => (durationMs > 0 ? ms / durationMs : 0)

function saySecond(claim: Claim, facts: Facts): string {
  const share = shareOf(claim, facts)
  if (share <= SECOND_SHARE) return ''
  const detail = rowOf(claim.cause).detail(claim, facts)
  return `Another ${duration(claim.ms)} (${percent(share)}) went to ${claim.cause}${detail && ` (${detail})`}.`
}

/** The reason that holds for most of the claimed time. */
function doubtOf(claim: Claim, facts: Facts): string | undefined {
  const doubted = new Map<string, number>()
  for (const { start, end, doubt } of claim.pieces) {
    if (doubt) doubted.set(doubt, (doubted.get(doubt) ?? 0) + end - start)
  }
  const [first] = [...doubted].sort((a, b) => b[1] - a[1])
  const ms = [...doubted.values()].reduce((a, b) => a + b, 0)
  if (first && ms > claim.ms * DOUBTED_SHARE) return first[0]
  return rowOf(claim.cause).doubt?.(claim, facts)
}

function sayDoubt(doubt: string, { evidence }: Facts): string {
  const missing = evidence.missing.join('; ').slice(0, MISSING_MAX_CHARS)
  return `Inferred: ${doubt}${missing && ` (missing: ${missing})`}.`
}
