// Question: what does the agent cost a service that nobody calls? CPU of the whole process while it is idle, in percent of a
// core. Budget: 0.5 % more than the bare service, from five minutes after the last request on: until then the profiler runs.

import { AGENT } from './harness/contenders.mjs'
import { closedLoad } from './harness/load.mjs'
import { cpuMs, startService } from './harness/service.mjs'

/** As long as lib/evidence/windows.ts waits, and a moment. */
const SETTLE_MS = 5 * 60_000 + 10_000
const SECONDS = 30

export async function run({ contenders, node }) {
  const services = []
  for (const contender of contenders) services.push(await startService('service.js', contender, { node }))
  for (const service of services) await closedLoad(service, '/hello', 1000)
  await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
  const before = services.map(cpuMs)
  await new Promise(resolve => setTimeout(resolve, SECONDS * 1000))
  const percent = services.map((service, i) => (cpuMs(service) - before[i]) / SECONDS / 10)
  for (const service of services) await service.stop()
  return services.slice(1).map(({ name }, i) => ({
    what: `CPU while idle, ${SECONDS} s`,
    who: name,
    unit: '% of a core more',
    value: percent[i + 1] - percent[0],
    budget: name === AGENT ? 0.5 : undefined,
    detail: `${percent[0].toFixed(2)} → ${percent[i + 1].toFixed(2)} %`
  }))
}
