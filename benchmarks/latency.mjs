// Question: how much later come the slowest answers of a service that is loaded, but not overloaded? p99 latency of `/hello`
// under an open load (requests come at random moments, whether or not earlier ones were answered) of 60 % of what the bare
// service can serve. Budget: × 1.10; with every request exported × 1.15.
//
// The median of slices counts: one hiccup of the machine is in one slice of one service.

import { AGENT, ALWAYS_ON, neverSlow } from './harness/contenders.mjs'
import { closedLoad, openLoad } from './harness/load.mjs'
import { interleave, startService } from './harness/service.mjs'
import { median, percentile, seeded, spread } from './harness/statistics.mjs'

const LOAD = 0.6
const SLICE_SECONDS = 3
const WARM_UP = 20_000
const BUDGETS = { [AGENT]: 1.1, [ALWAYS_ON]: 1.15 }

export async function run({ contenders, node, rounds }) {
  const services = []
  for (const contender of contenders) services.push(await startService('service.js', neverSlow(contender), { node }))
  for (const service of services) await closedLoad(service, '/hello', WARM_UP)
  const rate = LOAD * (await capacity(services[0]))

  const random = seeded(1)
  const latencies = await interleave(services, rounds, async service =>
    percentile(await openLoad(service, '/hello', rate, SLICE_SECONDS, random), 0.99)
  )
  for (const service of services) await service.stop()

  const [bare, ...others] = latencies
  return others.map(([{ name }, p99s]) => ({
    what: `p99 at ${rate.toFixed(0)} requests/s`,
    who: name,
    unit: '×',
    ...spread(p99s.map((ms, round) => ms / bare[1][round])),
    budget: BUDGETS[name],
    detail: `${median(bare[1]).toFixed(2)} → ${median(p99s).toFixed(2)} ms`
  }))
}

async function capacity(service) {
  const began = performance.now()
  await closedLoad(service, '/hello', WARM_UP, 64)
  return (WARM_UP * 1000) / (performance.now() - began)
}
