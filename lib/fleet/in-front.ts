// How long calls may have stood in front of a service that is near its end, where nobody sees them: in the kernel. Pure.
//
// A turn of Node's loop accepts one connection (seen in Node 20, 22, 24 and 26), and timers run between the turns: so for the agent's
// beats the loop is late by what is left of a turn, and for a new connection by the turns of all that came before it, too. In the mean
// that is what is left of a turn ÷ (1 - ρ), with ρ the part of the time that turns take which accept (Pollaczek and Khinchine). Where a
// request takes many turns there are as many for those that come, and nobody stands, however busy the loop is.

import { LOOPS } from './pool-late.js'
import type { ResourceSums, ServiceSums } from './sums.js'

/** Prefix of a resource's name; what follows is the peer's address. */
export const SOCKETS = 'sockets '

/** Nothing is used more: what two collections tell differs by some. */
const MOST_USED = 0.99
/** What comes in the midst of a turn waits for half of it, in the mean: so a turn takes two such waits. */
const WAITS_OF_A_TURN = 2
/** A loop's lateness is the mean over less busy times as well: where it had most to do it is taken to be twice as much. */
const LESS_LATE = 2

type Called = Pick<ServiceSums, 'resources' | 'requests' | 'loopWaitSeconds'>

/** How many times as long as a beat a new connection waits for a service's loop, the mean in the time in which that had most to do. */
export function waitsAhead({ resources, requests, loopWaitSeconds = 0 }: Called): number {
  const accepting = resources
    .filter(({ resource, busySeconds }) => LOOPS.includes(resource) && busySeconds > 0)
    .map(({ peakShare = 0, busySeconds }) => {
      const turnOfRequest = (LESS_LATE * WAITS_OF_A_TURN * loopWaitSeconds * requests) / busySeconds
      return Math.min(MOST_USED, peakShare) * Math.min(1, turnOfRequest)
    })
  const most = Math.max(0, ...accepting)
  return 1 / (1 - most)
}

/** Time of slow requests in which a call was not on its way yet: its caller's, or of those that resolve names. */
const NOT_SENT = ['http.socket_wait', 'dns.slow']
const SENT = ['http.slow_peer', 'http.n_plus_one']

/**
 * The part of what a caller waited for calls of these addresses in which the calls were on their way, 0 to 1. With a limit of sockets that
 * is when they had one; where the caller knows of no limit, its slow requests tell of those that it cannot see.
 */
export function sentShare(
  { resources, byCause }: Pick<ServiceSums, 'resources' | 'byCause'>,
  peers: Iterable<readonly [address: string, waited: { seconds: number }]>
): number {
  const called = [...peers].map(([address, { seconds }]) => {
    const limits = resources.filter(each => isLimit(each) && addressOf(each) === address)
    const heldSeconds = limits.reduce((sum, { busySeconds }) => sum + busySeconds, 0)
    return {
      seconds,
      isLimited: limits.length > 0,
      sentSeconds: limits.length > 0 ? Math.min(seconds, heldSeconds) : seconds
    }
  })
  const all = called.reduce((sum, { seconds }) => sum + seconds, 0)
  if (all > 0 && called.some(({ isLimited }) => isLimited))
    return called.reduce((sum, { sentSeconds }) => sum + sentSeconds, 0) / all
  const [notSent, sent] = [NOT_SENT, SENT].map(causes => causes.reduce((sum, cause) => sum + (byCause[cause] ?? 0), 0))
  return notSent! > 0 ? sent! / (sent! + notSent!) : 1
}

const isLimit = ({ resource }: ResourceSums): boolean => resource.startsWith(SOCKETS)

/** A second limited agent for the same peer is told as `sockets orders:8080 2`. */
const addressOf = ({ resource }: ResourceSums): string => resource.split(' ')[1] ?? ''
