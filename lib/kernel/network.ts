// Whether an operation was slow because the network lost packets, or because the peer was. Pure.

import type { ReportOperation } from '../types.js'
import type { TcpTrouble } from './events.js'
import type { Finding, Stretch } from './findings.js'
import { coveredMs } from './intervals.js'
import { ms, plain, plural } from './words.js'

/** The wait ended with the answer to a packet that was sent again, if that was the last thing to happen: then little follows it. */
const MOSTLY = 0.5

/** `db:5432/shop`. A file and a local socket are no peers, and TCP tells nothing of them. */
const ENDPOINT = /^(.*?):(\d+)(?:\/.*)?$/

/** Kinds of operations that wait for another host. */
const REMOTE: ReportOperation['kind'][] = ['db', 'cache', 'http']

export function networkFindings(stretch: Stretch): Finding[] {
  if (!stretch.tcpWatched) return []
  const troubles = stretch.events.filter(event => event.type === 'tcp')
  const byTarget = new Map<string, ReportOperation[]>()
  for (const operation of stretch.operations) {
    if (!REMOTE.includes(operation.kind) || !ENDPOINT.test(operation.target)) continue
    byTarget.set(operation.target, [...(byTarget.get(operation.target) ?? []), operation])
  }
  return [...byTarget.values()].map(operations => findingOf(operations, troubles, stretch))
}

/** Operations at the same time wait for the same stretch, and a packet is of all of them. */
function findingOf(operations: ReportOperation[], troubles: TcpTrouble[], stretch: Stretch): Finding {
  const [{ target }] = operations as [ReportOperation]
  const own = troubles.filter(({ peer }) => isPeer(peer, target, stretch))
  const waits = operations.map(({ startMs, durationMs }) => {
    const start = stretch.start + startMs
    const end = durationMs === null ? stretch.end : start + durationMs
    return { start, end, signs: own.filter(({ at }) => at >= start && at <= end) }
  })
  const signs = [...new Set(waits.flatMap(wait => wait.signs))]
  const again = signs.filter(isAgain)
  const resets = signs.length > again.length ? `, ${plural(signs.length - again.length, 'reset')}` : ''
  const untilLast = waits.map(({ start, signs }) => ({
    start,
    end: Math.max(start, ...signs.filter(isAgain).map(({ at }) => at))
  }))
  const [waitedMs, lostMs] = [waits, untilLast].map(each => coveredMs(each, stretch.start, stretch.end)) as [
    number,
    number
  ]
  const waited = `Of ${ms(waitedMs)} ms for ${plain(target)}`
  if (again.length > 0 && lostMs >= MOSTLY * waitedMs) {
    const connecting = again.every(sign => sign.connecting) ? ' while connecting' : ''
    return {
      kind: 'network',
      ms: lostMs,
      sentence:
        `The network lost packets: ${plural(again.length, 'packet')} sent again${connecting}${resets}. ` +
        `${waited}, ${ms(lostMs)} ms were before the last of them.`
    }
  }
  const known = stretch.peers.filter(({ peer }) => isPeer(peer, target, stretch))
  const rtt = known.length > 0 ? `; a round trip takes ${ms(Math.max(...known.map(({ rttMs }) => rttMs)))} ms` : ''
  const outOfOrder = known.reduce((sum, peer) => sum + peer.outOfOrder, 0)
  const seen = again.length > 0 ? `${plural(again.length, 'packet')} sent again, early` : 'no packet was sent again'
  const caveat = outOfOrder > 0 ? `; of its own packets ${outOfOrder} came out of order` : ''
  return {
    kind: 'peer',
    ms: waitedMs - lostMs,
    sentence: `The peer was slow: ${seen}${resets}${rtt}${caveat}. ${waited}, all but the round trip were its own.`
  }
}

const isAgain = ({ sign }: TcpTrouble): boolean => sign === 'retransmit'

/** `db:5432/shop` is `10.0.0.2:5432` when `db` is that address, or nobody knows what `db` is. */
function isPeer(peer: string, target: string, { addressesOf }: Stretch): boolean {
  const [, host = '', port] = ENDPOINT.exec(target) ?? []
  const [, address, peerPort] = /^\[?(.*?)\]?:(\d+)$/.exec(peer) ?? []
  if (port !== peerPort) return false
  const addresses = addressesOf(host.replace(/^\[|\]$/g, ''))
  return addresses.length === 0 || addresses.includes(address ?? '')
}
