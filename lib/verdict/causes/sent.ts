// Words for how long a large message of a call's own took to be sent: the way to the peer, or a peer that reads late, took it only little by
// little. Pure.

import { duration, fileSize } from '../words.js'
import { ofLongest, type Share } from './claims.js'

const NOTABLE_SHARE = 0.5

/** What passed until the kernel had taken it, where that was most of the wait. Its own buffers may hold some of it still. */
export function saySent({ wait: { operation, start, end }, ms }: Share): string {
  const { unsent } = operation
  if (!unsent) return ''
  const until = Math.min(Number.isNaN(unsent.end) ? end : unsent.end, end)
  const sendingMs = until - Math.max(unsent.start, start)
  if (sendingMs < (end - start) * NOTABLE_SHARE) return ''
  const size = fileSize(unsent.bytes)
  const said = duration(Math.min(sendingMs, ms))
  return until < end
    ? ` (${said} of it until its ${size} had been sent)`
    : ` (its ${size} had not all been sent after ${said})`
}

export const wasSending = ofLongest(share => saySent(share) !== '')
