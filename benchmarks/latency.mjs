// Question: how much later come the slowest answers of a service that is loaded, but not overloaded? p99 latency of `/hello`, and of
// `/render`, a millisecond of JavaScript, under an open load (requests come at random moments, whether or not earlier ones were
// answered) of 60 % of what the bare service can serve. Budget: × 1.10; with every request exported × 1.15.
//
// At 12,000 requests a second of `/hello` the load takes a core, too, and an answer waits for it longer than for the service; at 500 of
// `/render` it takes a twentieth of one.
//
// What a core can serve is told by the main thread's CPU time for a request, and as a median: a virtual machine's core may be twice as
// fast in one second as in the next, and 60 % of a good second is too much for a bad one. For the same reason slices are short and in
// turn, and their medians are compared.
//
// What any agent must take is measured beside it (apps/least-watched.js).
//
// Beside what was measured stands what a queue makes of the agent's CPU time alone (M/D/1: random arrivals, one server, the same time
// for each): at this load 3 % more of it are a p99 of × 1.1, and 15 % are × 1.5.

import { readFileSync } from 'node:fs'
import { AGENT, ALWAYS_ON, LEAST_WATCHED, neverSlow } from './harness/contenders.mjs'
import { closedLoad, openLoad } from './harness/load.mjs'
import { interleave, startService } from './harness/service.mjs'
import { median, percentile, queueTimes, seeded, spread } from './harness/statistics.mjs'

const LOAD = 0.6
const SLICE_SECONDS = 1
const SLICES_A_ROUND = 3
const WARM_UPS = 10
/** Path → requests of a warm-up. */
const PATHS = { '/hello': 3000, '/render': 300 }
const QUEUED = 500_000
const BUDGETS = { [AGENT]: 1.1, [ALWAYS_ON]: 1.15 }

export async function run({ contenders: [bare, ...agents], node, rounds }) {
  const services = []
  for (const contender of [bare, LEAST_WATCHED, ...agents])
    services.push(await startService('service.js', neverSlow(contender), { node }))
  const rows = []
  for (const path of Object.keys(PATHS)) rows.push(...(await compare(services, path, rounds)))
  for (const service of services) await service.stop()
  return rows
}

async function compare(services, path, rounds) {
  const costs = await interleave(services, WARM_UPS, service => costMs(service, path, PATHS[path]))
  const cost = service => median(costs.get(service))
  const rate = (LOAD * 1000) / cost(services[0])

  const random = seeded(1)
  const latencies = await interleave(services, rounds * SLICES_A_ROUND, async service =>
    percentile(await openLoad(service, path, rate, SLICE_SECONDS, random), 0.99)
  )

  const [bare, ...others] = latencies
  const base = median(bare[1])
  const queued = service => percentile(queueTimes(cost(service), rate / 1000, QUEUED, seeded(1)), 0.99)
  return others.map(([service, p99s]) => ({
    what: `p99 of ${path} at ${rate.toFixed(0)} requests/s`,
    who: service.name,
    unit: '×',
    ...spread(p99s.map(ms => ms / base)),
    budget: BUDGETS[service.name],
    detail: `${base.toFixed(2)} → ${median(p99s).toFixed(2)} ms; CPU × ${(cost(service) / cost(bare[0])).toFixed(2)}, of which a queue makes × ${(queued(service) / queued(bare[0])).toFixed(2)}`
  }))
}

/** The main thread's CPU time for a request. */
async function costMs(service, path, requests) {
  const before = mainThreadMs(service)
  await closedLoad(service, path, requests)
  return (mainThreadMs(service) - before) / requests
}

const mainThreadMs = ({ pid }) =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6
