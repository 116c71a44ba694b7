// Question: what does the agent cost a service that is not slow? CPU of the server process per request, all threads, against
// the bare service. Budget: × 1.15 on `/hello` (bare http) and × 1.05 on `/work` (pg + redis + fetch); with every request
// exported × 1.45 and × 1.15. How much of that is Node's, a service tells that runs each request in an AsyncLocalStorage and has no agent;
// how much of it any agent must take, one that times the same by hand (apps/least.js).
//
// A process that has just started is still compiled for seconds, the longer the more code it runs (of `/work` on Node 24 the bare
// service takes twice as long for the first 3000 requests as after 15,000): so each is warmed up before it counts. And two processes
// of one build differ by a tenth, by what the optimiser happened to do first: so each round starts new ones. And a virtual machine's
// core may be twice as fast in one second as in the next: so they are measured in short slices, in turn, on a core of their own.
//
// It measured this, because no report came, and of the service that exports everything the spans did: which share of them stands
// beside the number, for an agent that drops what it cannot send is cheap.

import { AGENT, ALWAYS_ON, CONTEXT_ALONE, LEAST, LEAST_WATCHED, neverSlow } from './harness/contenders.mjs'
import { withOwnCore } from './harness/cores.mjs'
import { closedLoad } from './harness/load.mjs'
import { cpuMs, interleave, startService } from './harness/service.mjs'
import { mean, spread } from './harness/statistics.mjs'

/** `known` is over its budget, as docs/overhead.md explains: there the guard sees to it that it grows no further. */
const ROUTES = [
  {
    path: '/hello',
    warmUp: 60_000,
    requests: 60_000,
    budgets: { [AGENT]: 1.15, [ALWAYS_ON]: 1.45 },
    known: { [AGENT]: 1.35, [ALWAYS_ON]: 1.6 }
  },
  {
    path: '/work',
    warmUp: 40_000,
    requests: 6000,
    budgets: { [AGENT]: 1.05, [ALWAYS_ON]: 1.15 },
    known: { [AGENT]: 1.25, [ALWAYS_ON]: 1.35 }
  }
]
/** In turn: one that waits for long while the others are warmed up is collected, and compiled anew. */
const WARM_UPS = 10
/** Each of some 0.2 s. With two long ones, two runs of one build differed by up to 0.3 in a ratio. */
const SLICES = 20
/** Fewer came: what was measured is not the export of every request. */
const MIN_ARRIVED = 0.5

export const run = settings => withOwnCore(before => measure(settings, before))

async function measure({ contenders: [bare, ...agents], node, peer, rounds, size }, before) {
  // They have no budget, so the guard, which is short, has no use for them.
  const contenders = size < 1 ? [bare, ...agents] : [bare, CONTEXT_ALONE, LEAST, LEAST_WATCHED, ...agents]
  const rows = []
  for (const route of ROUTES) {
    const costs = new Map(contenders.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds; round++)
      for (const [name, us] of await measureOnce(route, contenders, { node, peerUrl: peer.url, before, size }))
        costs.get(name).push(us)
    const [[, bareUs], ...others] = costs
    for (const [name, values] of others) {
      const { sink } = contenders.find(contender => contender.name === name)
      if (sink?.reports() > 0)
        throw new Error(`${name}: a request was slow and was reported: this measured something else`)
      const { path, budgets, known } = route
      rows.push({
        what: `CPU per request, ${path}`,
        who: name,
        unit: '×',
        ...spread(values.map((us, round) => us / bareUs[round])),
        budget: budgets[name],
        known: known[name],
        detail: `${spread(bareUs).value.toFixed(0)} → ${spread(values).value.toFixed(0)} µs${arrived(name, sink, rounds * requestsOf(route, size))}`
      })
    }
  }
  return rows
}

/** Of each contender, in a process of its own: microseconds of CPU a request. */
async function measureOnce({ path, warmUp, requests }, contenders, { size, ...settings }) {
  const count = sliceOf(requests, size)
  const services = []
  for (const contender of contenders) services.push(await startService('service.js', neverSlow(contender), settings))
  for (let i = 0; i < WARM_UPS; i++)
    for (const service of services) await closedLoad(service, path, Math.round((warmUp * size) / WARM_UPS))
  const costs = await interleave(services, SLICES / 2, async service => {
    const before = cpuMs(service)
    await closedLoad(service, path, count)
    return ((cpuMs(service) - before) * 1000) / count
  })
  for (const service of services) await service.stop()
  return [...costs].map(([{ name }, us]) => [name, mean(us)])
}

const sliceOf = (requests, size) => Math.round((requests * size) / SLICES)

const requestsOf = ({ warmUp, requests }, size) =>
  WARM_UPS * Math.round((warmUp * size) / WARM_UPS) + SLICES * sliceOf(requests, size)

function arrived(name, sink, requests) {
  if (name !== ALWAYS_ON) return ''
  const share = sink.spans() / requests
  if (share < MIN_ARRIVED) throw new Error(`${name}: only ${(share * 100).toFixed(0)} % of the spans came`)
  return `, ${(share * 100).toFixed(0)} % of the spans came`
}
