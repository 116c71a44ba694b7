// Who adds the time of slow requests, where that is another service than the one that adds most of all time: what the mean hides. Pure.
//
// A service's slow requests are reported with where their time went, what they waited for other services apart. A caller may have waited for
// a request that was not slow by its own service's threshold: that time is nobody's here, and lessens all shares. Some slow ones are not
// reported, most of those that are slowest are: so what is told has to hold with the reports alone, and as if all were like them.

import type { LatencyShare } from './answers.js'
import { PEER_CAUSES } from './own-causes.js'
import type { ServiceSums, Sums } from './sums.js'

export interface Tail {
  service: string
  /** Of the time of all slow requests, 0 to 1. */
  share: number
  /** Of its requests so many were slow, 0 to 1. */
  slowShare: number
  /** Of the time of slow requests the part of the one that adds most of all time. */
  shareOfFirst: number
}

const FROM_SHARE = 0.5
/** More than it has of all time. */
const MORE_BY_SHARE = 0.2
/** Fewer may be those of a start. */
const LEAST_REQUESTS = 10

export function tailOf({ services, calls }: Sums, latency: LatencyShare[]): Tail | undefined {
  const [first] = latency
  const called = new Set(calls.flatMap(({ system, from, to }) => (system === 'service' && from !== to ? [to] : [])))
  const [reported, all] = [() => 1, weightOf].map(weight => sharesOf(services, called, weight))
  const [most] = [...reported!].sort(([, a], [, b]) => b - a)
  if (!first || !most || most[0] === first.service) return undefined
  const [service] = most
  const share = Math.min(reported!.get(service)!, all!.get(service)!)
  const { slow, slowOnly, requests } = services.find(each => each.service === service)!
  const usual = latency.find(each => each.service === service)?.share ?? 0
  if (slowOnly || !slow || slow.requests < LEAST_REQUESTS) return undefined
  if (share < FROM_SHARE || share < usual + MORE_BY_SHARE) return undefined
  return { service, share, slowShare: slow.requests / requests, shareOfFirst: all!.get(first.service) ?? 0 }
}

const weightOf = ({ slow }: ServiceSums): number =>
  slow && slow.reports > 0 ? Math.max(1, slow.requests / slow.reports) : 1

function sharesOf(
  services: ServiceSums[],
  called: ReadonlySet<string>,
  weight: (service: ServiceSums) => number
): Map<string, number> {
  const slow = services.map(sums => {
    const causes = Object.entries(sums.byCause)
    const sum = (of: [string, number][]): number => weight(sums) * of.reduce((all, [, seconds]) => all + seconds, 0)
    const waited = sum(causes.filter(([cause]) => PEER_CAUSES.has(cause)))
    return { service: sums.service, waited, own: sum(causes) - waited }
  })
  const total = (secondsOf: (each: (typeof slow)[number]) => number): number =>
    slow.reduce((all, each) => all + secondsOf(each), 0)
  const shown = total(({ service, own, waited }) => (called.has(service) ? own + waited : 0))
  const whole = total(({ own }) => own) + Math.max(0, total(({ waited }) => waited) - shown)
  return new Map(slow.flatMap(({ service, own }) => (own > 0 ? [[service, own / whole] as const] : [])))
}
