// Question: what does the agent cost a service that is not slow? CPU of the server process per request, all threads, against
// the bare service. Budget: × 1.15 on `/hello` (bare http) and × 1.05 on `/work` (pg + redis + fetch); with every request
// exported × 1.45 and × 1.15.

import { AGENT, ALWAYS_ON } from './harness/contenders.mjs'
import { closedLoad } from './harness/load.mjs'
import { assertNothingSlow, cpuMs, interleave, startService } from './harness/service.mjs'
import { spread } from './harness/statistics.mjs'

const ROUTES = [
  { path: '/hello', requests: 30_000, budgets: { [AGENT]: 1.15, [ALWAYS_ON]: 1.45 } },
  { path: '/work', requests: 3000, budgets: { [AGENT]: 1.05, [ALWAYS_ON]: 1.15 } }
]

export async function run({ contenders, node, sink, peer, rounds }) {
  const rows = []
  for (const { path, requests, budgets } of ROUTES) {
    const services = []
    for (const contender of contenders)
      services.push(await startService('service.js', contender, { node, peerUrl: peer.url }))
    const measure = async service => {
      const before = cpuMs(service)
      await closedLoad(service, path, requests)
      return ((cpuMs(service) - before) * 1000) / requests
    }
    for (const service of services) await measure(service)
    const [bare, ...others] = await interleave(services, rounds, measure)
    for (const [{ name }, costs] of others) {
      rows.push({
        what: `CPU per request, ${path}`,
        who: name,
        unit: '×',
        ...spread(costs.map((us, round) => us / bare[1][round])),
        budget: budgets[name],
        detail: `${spread(bare[1]).value.toFixed(0)} → ${spread(costs).value.toFixed(0)} µs`
      })
    }
    for (const service of services) await service.stop()
  }
  assertNothingSlow(sink)
  return rows
}
