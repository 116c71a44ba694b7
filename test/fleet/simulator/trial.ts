// One system put to the test: what the console says from its agents' sums, beside what is true of it.

import { createStore } from '../../../lib/console/store.js'
import { systemSums } from '../../../lib/console/views/system.js'
import { answer, type LatencyShare } from '../../../lib/fleet/answers.js'
import { agentsOf } from './agents.js'
import { type Event, simulate } from './engine.js'
import { randomOf } from './random.js'
import { demandsOf, type System } from './system.js'

export interface Trial {
  services: number
  /** Of the bottleneck, while it was watched. */
  utilizationShare: number
  /** The largest difference of a service's share of the latency from the true one, 0 to 1. */
  latencyError: number
  /** What is said to lie between two services, of all time: the longest. */
  between: { from: string; to: string[]; share: number } | undefined
  /** Milliseconds of a request at the entry. */
  entryMs: number
  said: { service: string; resource: string; boundPerSecond: number }
  truth: { service: string; resource: string; boundPerSecond: number }
  isRight: boolean
  /** Requests of the entry a second that it served under overload, and how far the bound was from that, 0 to 1. */
  reachedPerSecond: number
  boundError: number
}

/**
 * Requests of all services that are simulated: some seconds of computing. Of the entry: a demand within some 3 %, and where a cache
 * lets few through to the bottleneck, enough of those.
 */
const SIMULATED = 50_000
const [LEAST_ENTRIES, MOST_ENTRIES] = [600, 12_000]
const START_MS = 1_700_000_000_000

export function trialOf(system: System, seed: number, simulated = SIMULATED): Trial {
  const {
    visits,
    demands: [largest]
  } = demandsOf(system)
  const watched = Math.min(MOST_ENTRIES, Math.max(LEAST_ENTRIES, simulated / visits))
  const utilizationShare = randomOf(seed).between(0.3, 0.7)
  const perSecond = utilizationShare / largest!.seconds
  const seconds = watched / perSecond
  const agents = agentsOf(system)
  const own = new Map<string, number>()
  let entries = 0
  let entryMs = 0
  const truth = (entry: Event): void => {
    entries++
    entryMs += entry.end - entry.start
    addOwn(entry, entry.end, own)
  }
  simulate({ system, seed, load: { perSecond }, seconds, watcher: agents, truth })

  const store = createStore(1e9)
  agents.send(store, START_MS, START_MS + seconds * 1000)
  const sums = systemSums(store, seconds * 1000, START_MS + seconds * 1000)
  const { latency, demands } = answer(sums)
  const [first] = demands
  // Of the bottleneck's service per request at the entry.
  const boundPerSecond = (entries / seconds) * (first!.boundPerSecond / first!.presentPerSecond)

  // Enough clients to keep the bottleneck busy at any moment, and not so many that the first of them are still on their way.
  const clients = Math.ceil(50 + (4 * (entryMs / 1000 / entries)) / largest!.seconds)
  const overload = { system, seed: seed + 1, load: { clients }, seconds: watched * largest!.seconds * 1.25 }
  const reachedPerSecond = simulate(overload)
  const shares = new Map(latency.map(({ service, share }) => [service, share]))
  return {
    services: system.services.length,
    utilizationShare,
    latencyError: Math.max(...[...own].map(([service, ms]) => Math.abs((shares.get(service) ?? 0) - ms / entryMs))),
    between: longestWay(latency),
    entryMs: entryMs / entries,
    said: { service: first!.service, resource: kindOf(first!.resource), boundPerSecond },
    truth: { service: largest!.service, resource: largest!.resource, boundPerSecond: 1 / largest!.seconds },
    isRight: first!.service === largest!.service && kindOf(first!.resource) === largest!.resource,
    reachedPerSecond,
    boundError: Math.abs(boundPerSecond / reachedPerSecond - 1)
  }
}

function longestWay(latency: LatencyShare[]): Trial['between'] {
  const ways = latency.flatMap(({ service, share, ownSeconds, between }) =>
    between ? [{ from: service, to: between.to, share: (share * between.seconds) / ownSeconds }] : []
  )
  return ways.sort((a, b) => b.share - a.share)[0]
}

const kindOf = (resource: string): string => (resource.startsWith('pool') ? 'pool' : resource)

/** An instant of a request is of the call that ends last of those outstanding, or its own. */
function addOwn({ service, start, end, calls }: Event, until: number, own: Map<string, number>): void {
  let at = Math.min(end, until)
  let ms = 0
  for (const call of calls.toSorted((a, b) => b.end - a.end)) {
    const last = Math.min(call.end, at)
    if (last <= call.start) continue
    ms += at - last
    addOwn(call, last, own)
    at = call.start
  }
  own.set(service, (own.get(service) ?? 0) + ms + at - start)
}
