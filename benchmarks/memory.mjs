// Question: how much memory does the agent take, and does it stay so? Resident memory after full load on `/hello`, compared
// with the bare service's. Budget: + 30 MB after 5 minutes (`--minutes 5`); with every request exported + 45 MB.
//
// One service after the other, each under load all its time: memory does not depend on how busy the machine is, but V8 gives the
// young generation back in pauses (12 to 14 MB), if it happens to collect all garbage then, which a small heap does sooner. With
// slices in turn, the bare service had given it back and the others had not.

import { AGENT, ALWAYS_ON } from './harness/contenders.mjs'
import { closedLoad } from './harness/load.mjs'
import { residentMb, startService } from './harness/service.mjs'
import { median, spread } from './harness/statistics.mjs'

const BUDGETS = { [AGENT]: 30, [ALWAYS_ON]: 45 }
const SLICE = 10_000
/** Resident memory goes up and down with the collector: the median of the last samples counts. */
const SAMPLES = 9

export async function run({ contenders, node, minutes }) {
  const measured = []
  for (const contender of contenders) measured.push(await measure(contender, node, minutes))
  const [bare, ...others] = measured
  const base = median(bare.last)
  return others.map(({ name, last, requests }) => ({
    what: `resident memory after ${minutes} min of full load`,
    who: name,
    unit: 'MB more',
    ...spread(last.map(mb => mb - base)),
    budget: BUDGETS[name],
    detail: `${base.toFixed(0)} → ${median(last).toFixed(0)} MB, ${requests} requests`
  }))
}

async function measure(contender, node, minutes) {
  const service = await startService('service.js', contender, { node })
  const resident = []
  const end = performance.now() + minutes * 60_000
  while (performance.now() < end || resident.length < SAMPLES) {
    await closedLoad(service, '/hello', SLICE)
    resident.push(residentMb(service))
    // The sink keeps what came until it is asked.
    service.sink?.spans()
  }
  await service.stop()
  return { name: contender.name, last: resident.slice(-SAMPLES), requests: resident.length * SLICE }
}
