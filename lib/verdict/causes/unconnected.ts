// Words for what passed until a call had a connection: its client kept it back until there was one, or sent it again on the next one. Pure.

import { phasesOf, sumPhases } from '../phases.js'
import { sentAt, turnOf } from '../waits.js'
import { duration } from '../words.js'
import { byOperation, type Share } from './claims.js'
import type { Claim } from './row.js'

const MOSTLY_SHARE = 0.5

/** What clients kept back until they were connected is no slowness of the server. */
export function sayUnconnected(shares: Share[], ofMs: number): string {
  const ms = shares.reduce((sum, share) => sum + unconnectedMs(share), 0)
  return ms > 0 && ms >= ofMs * MOSTLY_SHARE ? ` (${duration(ms)} of it without a connection)` : ''
}

/** Nor is it what passed until a client that had lost its connection had another one. */
export function sayResent({ wait: { operation, start, end }, ms }: Share): string {
  const { lost, resent } = operation.marks ?? {}
  if (lost === undefined) return ''
  const said = ` (its connection was lost after ${duration(lost - start)}, and `
  return resent === undefined
    ? `${said}it was not sent again)`
    : `${said}${duration(Math.min(Math.min(resent, end) - lost, ms))} passed until it was sent again)`
}

/** Of `ms`, because the loop may have been held meanwhile. */
function unconnectedMs({ wait, ms }: Share): number {
  const { operation, end } = wait
  if (!operation.marks || operation.marks['queued'] !== undefined) return 0
  const { socket = 0, connect = 0 } = Object.fromEntries(sumPhases(phasesOf(operation, end)))
  const behindMs = Math.max(turnOf(wait) - sentAt(wait), 0)
  const ownMs = end - operation.start - (operation.ahead?.since === undefined ? 0 : behindMs)
  return socket + connect < ownMs * MOSTLY_SHARE ? 0 : Math.min(socket + connect, ms)
}

/** That was most of all that was waited, or of the longest. */
export function lackedConnection(claim: Claim): boolean {
  const shares = byOperation(claim)
  const isLacking = (share: Share): boolean => `${sayResent(share)}${sayUnconnected([share], share.ms)}` !== ''
  return sayUnconnected(shares, claim.ms) !== '' || shares.slice(0, 1).some(isLacking)
}
