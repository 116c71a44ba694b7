// The caller of the service was slow: to send the request's body, or to take the answer.

import type { Cause, Interval, Transfer } from '../../types.js'
import { busyMs, type Cpu } from '../cpu.js'
import type { Facts } from '../facts.js'
import { totalMs } from '../intervals.js'
import type { Stretch } from '../sweep.js'
import { duration, plural } from '../words.js'
import { doubtWait } from './claims.js'
import type { CauseRow, Claim } from './row.js'

const ALONGSIDE_SHARE = 0.5
/** So busy was the loop that a piece for each turn that was left is no sign of a slow caller. */
const CROWDED_SHARE = 0.8

export const clientSlowUpload: CauseRow = {
  cause: 'client.slow_upload',
  advice: [
    {
      say:
        'Nothing here is slow: limit how long a caller may take (requestTimeout), put a proxy in front that reads bodies whole, or let ' +
        'callers upload elsewhere.'
    }
  ],
  // An answer that did not wait for the body's end was not delayed by it.
  claims: ({ timeline: { upload, status }, cpu }) =>
    upload && (upload.over || status !== 'finished')
      ? claimTransfer('client.slow_upload', upload, cpu).map(wait => ({ ...wait, inPieces: true }))
      : [],
  detail: claim => sayWaits(claim),
  sentence: claim => `Waited ${duration(claim.ms)} for the caller to send the body of its request${sayLongest(claim)}.`,
  culprit: () => null,
  doubt: doubtTransfer
}

export const clientSlowDownload: CauseRow = {
  cause: 'client.slow_download',
  advice: [
    {
      say:
        'Nothing here is slow: send less (compression, pages, fewer fields), or put a proxy in front that takes answers whole and feeds ' +
        'slow callers.'
    }
  ],
  claims: ({ timeline: { download }, cpu }) => (download ? claimTransfer('client.slow_download', download, cpu) : []),
  detail: claim => sayWaits(claim),
  sentence: claim => `Waited ${duration(claim.ms)} for the caller to take the answer${sayLongest(claim)}.`,
  culprit: () => null,
  doubt: doubtTransfer
}

/** Before calls that go on meanwhile: whoever reads a body or obeys a full buffer cannot go on without the caller. */
const claimTransfer = (cause: Cause, { waits, over }: Transfer, cpu: Cpu): Stretch[] =>
  waits.map(({ start, end }, i) => ({
    cause,
    layer: 'wait',
    rank: Number.POSITIVE_INFINITY,
    start,
    end,
    until: over || i < waits.length - 1 ? end : Number.POSITIVE_INFINITY,
    crowded: busyMs(cpu, [{ start, end }]) >= (end - start) * CROWDED_SHARE
  }))

function doubtTransfer(claim: Claim, facts: Facts): string | undefined {
  const calls = facts.waits.single
  const alongsideMs = totalMs(claim.pieces.filter(piece => calls.some(call => isAlongside(call, piece))))
  if (alongsideMs > claim.ms * ALONGSIDE_SHARE)
    return 'calls were under way meanwhile, for which it may have waited as well'
  return doubtWait(claim, facts)
}

/** It was still under way when the caller went on. */
const isAlongside = (call: Interval, piece: Interval): boolean => call.start < piece.end && call.end > piece.end

const longestMs = ({ pieces }: Claim): number => Math.max(...pieces.map(({ start, end }) => end - start))

const sayWaits = (claim: Claim): string =>
  claim.pieces.length === 1 ? '' : `${plural(claim.pieces.length, 'wait')}, the longest ${duration(longestMs(claim))}`

const sayLongest = (claim: Claim): string => {
  const said = sayWaits(claim)
  return said && `, in ${said}`
}
