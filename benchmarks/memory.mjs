// Question: how much memory does the agent take, and does it stay so? Resident memory after full load on `/hello`, compared
// with the bare service's. Budget: + 30 MB after 5 minutes (`--minutes 5`); with every request exported + 45 MB.

import { AGENT, ALWAYS_ON } from './harness/contenders.mjs'
import { closedLoad } from './harness/load.mjs'
import { residentMb, startService } from './harness/service.mjs'
import { median, spread } from './harness/statistics.mjs'

const BUDGETS = { [AGENT]: 30, [ALWAYS_ON]: 45 }
const SLICE = 10_000
/** Resident memory goes up and down with the collector: the median of the last samples counts. */
const SAMPLES = 9

export async function run({ contenders, node, minutes }) {
  const services = []
  for (const contender of contenders) services.push(await startService('service.js', contender, { node }))
  const resident = new Map(services.map(service => [service, []]))
  const end = performance.now() + minutes * 60_000 * services.length
  while (performance.now() < end || resident.get(services[0]).length < SAMPLES) {
    for (const service of services) {
      await closedLoad(service, '/hello', SLICE)
      resident.get(service).push(residentMb(service))
    }
  }
  for (const service of services) await service.stop()

  const [bare, ...others] = services
  const base = median(resident.get(bare).slice(-SAMPLES))
  return others.map(service => {
    const last = resident.get(service).slice(-SAMPLES)
    return {
      what: `resident memory after ${minutes} min of full load`,
      who: service.name,
      unit: 'MB more',
      ...spread(last.map(mb => mb - base)),
      budget: BUDGETS[service.name],
      detail: `${base.toFixed(0)} → ${median(last).toFixed(0)} MB, ${resident.get(service).length * SLICE} requests`
    }
  })
}
