// Who called whom, and whose the time is, out of what metrics of both ends of a call tell. Pure. The console fills in what it
// received, a fleet's metrics engine what its queries answered.

import { awaitedShares, type Made } from './awaited.js'
import { type Way, waysOf } from './between.js'
import { SOCKETS, sentShare, waitsAhead } from './in-front.js'
import { type Calls, ownTime, type Party } from './own-time.js'
import { LOOPS } from './pool-late.js'
import type { CallSums, MayBeFar, ResourceSums, ServiceSums } from './sums.js'
import { isMostlyFull, wayInFront } from './way.js'

/** What the metrics of a service tell of those around it. */
export interface Measured {
  /** Time of its requests in which an outgoing call was outstanding; undefined: nobody tells. */
  waitedSeconds: number | undefined
  /** Its requests by the service that called. */
  callers: ReadonlyMap<string, Counted>
  /** Its calls by what was called: `orders:8080`, `postgresql`. */
  peers: ReadonlyMap<string, Counted & { system: string }>
  /** How long what arrives at any moment waits for its event loops, the mean of all that tell. */
  loopWaitSeconds: number | undefined
}

/** Of requests or calls; seconds are the sum of their durations. */
export interface Counted {
  count: number
  failed: number
  seconds: number
  p50Ms: number | undefined
  p99Ms: number | undefined
  /** All but the fastest of them took at least so long (FASTEST_SHARE); undefined: nobody tells. */
  fastestSeconds?: number | undefined
}

export type MeasuredServices = ReadonlyMap<string, Measured>

/** What traces add, where there are any. */
export interface Shown {
  /** Which service answers at an `address:port`. */
  addresses: ReadonlyMap<string, string>
  /** The part of a call that its whole trace was waiting for; undefined: no trace has shown it. */
  criticalShareOf(call: Pick<CallSums, 'from' | 'to'>): number | undefined
  /** How much larger a part of a service's time it waits for others while the whole trace waits for it. */
  handedOnPath(service: string): number
}

export const NOTHING_SHOWN: Shown = { addresses: new Map(), criticalShareOf: () => undefined, handedOnPath: () => 1 }

export function measuredCalls(measured: MeasuredServices, { addresses }: Shown): CallSums[] {
  const sums: CallSums[] = []
  const add = (call: Pick<CallSums, 'from' | 'to' | 'system'>, counted: Counted): void => {
    const { count: requests, failed, seconds, p50Ms, p99Ms } = counted
    if (requests > 0) sums.push({ ...call, requests, failed, seconds, p50Ms, p99Ms, sampled: false })
  }
  for (const [to, { callers }] of measured) {
    for (const [from, counted] of callers) add({ from, to, system: 'service' }, counted)
  }
  for (const [from, { peers }] of measured) {
    const servicesAlone = callsServicesAlone(from, measured)
    for (const [to, counted] of peers) {
      const isService = counted.system === 'http' && (addresses.has(to) || servicesAlone)
      if (!isService) add({ from, to, system: counted.system }, counted)
    }
  }
  return sums
}

/** Whoever it called counted as many calls of it: then all of them are services of the system, whatever their addresses. */
const ALL_SHARE = 0.95

function callsServicesAlone(from: string, measured: MeasuredServices): boolean {
  const sum = (counted: Iterable<Counted>): number => [...counted].reduce((all, { count }) => all + count, 0)
  const made = sum([...measured.get(from)!.peers.values()].filter(({ system }) => system === 'http'))
  const served = sum([...measured.values()].flatMap(({ callers }) => callers.get(from) ?? []))
  return served >= made * ALL_SHARE
}

/** Where agents tell how long requests waited for calls, the time of all requests is divided by that. */
export function withOwnTime(
  services: ServiceSums[],
  calls: CallSums[],
  measured: MeasuredServices,
  shown: Shown,
  stretchSeconds: number
): ServiceSums[] {
  if (![...measured.values()].some(({ waitedSeconds }) => waitedSeconds !== undefined)) return services
  const sums = new Map(services.map(each => [each.service, each]))
  const seen = [...new Set(calls.map(({ from }) => from))].flatMap(from => {
    const made = calls
      .filter(call => call.from === from && (call.system === 'service' || call.system === 'http'))
      .map(call => seenByCaller(call, sums, measured, shown, stretchSeconds))
    const shares = awaitedShares(made, sums.get(from)?.requests ?? 0, measured.get(from)?.waitedSeconds)
    return made.map((call, i): Seen => {
      const awaitedShare = shares[i]!
      return { ...call, awaitedShare, criticalShare: call.criticalShare * awaitedShare }
    })
  })
  const ways = waysOf(seen)
  const own = ownTime(
    [...services.map(sums => partyOf(sums, calls, seen, measured.get(sums.service), shown)), ...ways.parties],
    [...seen.filter(({ isService }) => isService), ...ways.calls]
  )
  const doubtful = seen.filter(({ mayBeFar }) => mayBeFar).sort((a, b) => b.mayBeFar!.seconds - a.mayBeFar!.seconds)
  return services.map(sums => {
    const mayBeFar = doubtful.find(({ to }) => to === sums.service)?.mayBeFar
    const between = ways.between(sums.service, own)
    const ownSeconds = sumOf([own.get(sums.service) ?? sums.ownSeconds, ...between.map(({ seconds }) => seconds)])
    return { ...sums, ownSeconds, ...(between.length > 0 && { between }), ...(mayBeFar && { mayBeFar }) }
  })
}

/** A second limited agent for the same peer is told as `sockets orders:8080 2`, and by how many each was asked is not known. */
export const withCalls = (resource: ResourceSums, { peers }: Pick<Measured, 'peers'>): ResourceSums =>
  resource.resource.startsWith(SOCKETS)
    ? { ...resource, calls: peers.get(resource.resource.slice(SOCKETS.length))?.count }
    : resource

interface SeenByCaller extends Calls, Made, Way {
  /** Else of a stranger, which is handed nothing. */
  isService: boolean
  /** Told as the queue in front of a loop that is full all the time, as which a far network looks. */
  mayBeFar?: MayBeFar | undefined
}

interface Seen extends SeenByCaller {
  awaitedShare: number
}

/**
 * A call waits for a loop more than once, for its connection, its parts and those of the answer, behind others that came with it. More
 * than that, and what any way takes, is a queue in front of a loop near its end, or no loop's: the caller's sockets were all in use, or
 * something stands between the two.
 */
const WAITS_OF_A_CALL = 4
const WAY_SECONDS = 0.005

/**
 * A caller waits for longer than the one that it calls is at work: until that one's loop gets to the request, and until its own gets
 * to the answer. It measures that by address; where no trace shows whose address it is, all that it called is taken to have taken
 * so much longer. How late either loop is tells whose the difference is, as far as they are that late. Beyond that it is the queue of
 * the one that was called, as long as that may be; what then lies between the two is nothing that the one that was called could be
 * faster at, and stays with the caller.
 */
function seenByCaller(
  call: CallSums,
  services: ReadonlyMap<string, ServiceSums>,
  measured: MeasuredServices,
  shown: Shown,
  stretchSeconds: number
): SeenByCaller {
  const { from, to, requests, seconds, system } = call
  const isService = system === 'service'
  const critical = isService ? shown.criticalShareOf(call) : undefined
  const seen = { from, to, requests, isService, isShown: critical !== undefined, criticalShare: critical ?? 1 }
  const { wholeSeconds, calls, among, peers, fastestSeconds } = isService
    ? waitedFor(call, measured, shown)
    : strangers(call)
  const way = { ...seen, wholeSeconds, calls, among, atWorkSeconds: seconds }
  if (!isService) return { ...way, seconds, betweenSeconds: 0 }
  const [own = 0, others = 0] = [from, to].map(service => measured.get(service)?.loopWaitSeconds)
  const ownShare = own + others > 0 ? own / (own + others) : 0.5
  const [caller, called] = [services.get(from), services.get(to)]
  // Of calls that nobody counted at their end it is not known where they were.
  const sent = caller ? wholeSeconds * sentShare(caller, peers) * Math.min(1, requests / calls) : 0
  const waits = called ? waitsInFront(called) : 0
  const blocked = caller ? wholeSeconds * blockedShare(caller, measured.get(from)) : 0
  const fastest = { from, requests, fastestSeconds, atWorkSeconds: seconds / requests }
  const far = waits > 0 ? wayInFront(fastest, sent - seconds, blocked) : undefined
  const mayBeFar = far && isMostlyFull(called!, stretchSeconds) ? far : undefined
  const farSeconds = far && !mayBeFar ? far.seconds : 0
  const unseen = Math.max(0, wholeSeconds - seconds - farSeconds)
  const late = Math.min(unseen, requests * (WAITS_OF_A_CALL * (own + others) + WAY_SECONDS))
  const onTheWay = Math.max(0, sent - seconds - farSeconds - late)
  const queued = Math.min(onTheWay, requests * others * waits)
  return {
    ...way,
    seconds: Math.min(wholeSeconds, seconds) + late * (1 - ownShare) + queued,
    // A queue in front of a full loop may be longer than it is told.
    betweenSeconds: waits > 0 ? farSeconds : Math.max(0, onTheWay - blocked),
    mayBeFar
  }
}

/**
 * At most that part of what requests wait for calls do they hold the loop themselves, while the answer is there. That is more than a loop's
 * mean lateness, where each request computes after it has called.
 */
function blockedShare({ resources }: ServiceSums, { waitedSeconds = 0 }: Partial<Measured> = {}): number {
  const busy = Math.max(0, ...resources.filter(isLoop).map(({ busySeconds }) => busySeconds))
  return waitedSeconds > 0 ? Math.min(1, busy / waitedSeconds) : 1
}

const isLoop = ({ resource }: ResourceSums): boolean => LOOPS.includes(resource)

/** Of its loop, beyond those of every call. */
const waitsInFront = (called: ServiceSums): number => Math.max(0, waitsAhead(called) - WAITS_OF_A_CALL)

/** What a caller waited for a service, and at which addresses; `among`: for this one or others of these. */
interface Waited extends Pick<Way, 'wholeSeconds' | 'calls' | 'among'> {
  peers: [address: string, counted: Counted][]
  fastestSeconds?: number | undefined
}

function waitedFor(call: CallSums, measured: MeasuredServices, { addresses }: Shown): Waited {
  const { from, to, seconds, requests } = call
  const peers = [...(measured.get(from)?.peers ?? [])].filter(([, { system }]) => system === 'http')
  const own = peers.filter(([address]) => addresses.get(address) === to)
  if (own.length > 0) {
    const [wholeSeconds, calls] = [sumOf(own.map(([, each]) => each.seconds)), sumOf(own.map(([, each]) => each.count))]
    return { wholeSeconds, calls, among: [to], peers: own, fastestSeconds: fastestOf(own) }
  }
  const callers = [...measured].flatMap(([service, { callers }]) => {
    const counted = callers.get(from)
    return counted ? [{ service, seconds: counted.seconds, count: counted.count }] : []
  })
  const served = sumOf(callers.map(({ seconds }) => seconds))
  if (peers.length === 0 || served <= 0 || !callsServicesAlone(from, measured)) return strangers(call)
  const waited = sumOf(peers.map(([, each]) => each.seconds))
  const made = sumOf(peers.map(([, { count }]) => count))
  const counted = sumOf(callers.map(({ count }) => count))
  return {
    wholeSeconds: (seconds * waited) / served,
    // Some are counted at one end alone, when this was collected.
    calls: (requests * made) / counted,
    among: callers.map(each => each.service),
    peers,
    // Of several services the one that is far is not known.
    fastestSeconds: callers.length === 1 ? fastestOf(peers) : undefined
  }
}

/** Of several addresses the least. */
const fastestOf = (peers: [string, Counted][]): number => Math.min(...peers.map(([, each]) => each.fastestSeconds ?? 0))

/** Nobody else tells of them. */
const strangers = ({ to, seconds, requests }: CallSums): Waited => {
  return { wholeSeconds: seconds, calls: requests, among: [to], peers: [] }
}

const sumOf = (values: number[]): number => values.reduce((sum, each) => sum + each, 0)

function partyOf(
  { service, seconds, ownSeconds }: ServiceSums,
  calls: CallSums[],
  seen: Seen[],
  measured: Measured | undefined,
  shown: Shown
): Party {
  const served = calls.filter(({ to, system }) => to === service && system === 'service')
  const entrySeconds = Math.max(0, seconds - served.reduce((sum, call) => sum + call.seconds, 0))
  if (measured?.waitedSeconds === undefined) return { service, entrySeconds, waitedSeconds: seconds - ownSeconds }
  // Calls to strangers are among those that it waited for, and answers that waited for it.
  const made = seen.filter(({ from }) => from === service)
  const handed = made.filter(({ isService }) => isService)
  const inSystem = handed.map(({ seconds, betweenSeconds, awaitedShare }) => (seconds + betweenSeconds) * awaitedShare)
  const all = made.map(({ wholeSeconds, awaitedShare }) => wholeSeconds * awaitedShare)
  return {
    service,
    entrySeconds,
    waitedSeconds: measured.waitedSeconds * (sumOf(inSystem) / sumOf(all) || 0) * shown.handedOnPath(service)
  }
}
