// Question: how much memory does the agent take, and does it stay so? Resident memory after full load, compared with the bare
// service's. Budget: + 30 MB after 5 minutes (`--minutes 5`); with every request exported + 45 MB.
//
// On two paths: of `/hello` hardly a kilobyte outlives a collection, so that the bare service keeps the small young generation with
// which it began; in `/work` requests wait, as in services that do something, and V8 makes it large with and without an agent.
//
// One service after the other, each under load all its time: memory does not depend on how busy the machine is, but V8 gives the
// young generation back in pauses (12 to 14 MB), if it happens to collect all garbage then, which a small heap does sooner. With
// slices in turn, the bare service had given it back and the others had not.

import { AGENT, ALWAYS_ON } from './harness/contenders.mjs'
import { closedLoad } from './harness/load.mjs'
import { residentMb, startService } from './harness/service.mjs'
import { median, spread } from './harness/statistics.mjs'

const BUDGETS = { [AGENT]: 30, [ALWAYS_ON]: 45 }
const PATHS = [
  { path: '/hello', slice: 10_000 },
  { path: '/work', slice: 1000 }
]
/** Resident memory goes up and down with the collector: the median of the last samples counts. */
const SAMPLES = 9

export async function run({ contenders, node, peer, minutes }) {
  const rows = []
  for (const { path, slice } of PATHS) {
    const measured = []
    for (const contender of contenders) {
      const service = await startService('service.js', contender, { node, peerUrl: peer.url })
      measured.push({ name: contender.name, ...(await measure(service, path, slice, minutes)) })
      await service.stop()
    }
    rows.push(...rowsOf(`resident memory after ${minutes} min of full load, ${path}`, measured))
  }
  return rows
}

function rowsOf(what, [bare, ...others]) {
  const base = median(bare.last)
  return others.map(({ name, last, requests }) => ({
    what,
    who: name,
    unit: 'MB more',
    ...spread(last.map(mb => mb - base)),
    budget: BUDGETS[name],
    detail: `${base.toFixed(0)} → ${median(last).toFixed(0)} MB, ${requests} requests`
  }))
}

async function measure(service, path, slice, minutes) {
  const resident = []
  const end = performance.now() + minutes * 60_000
  while (performance.now() < end || resident.length < SAMPLES) {
    await closedLoad(service, path, slice)
    resident.push(residentMb(service))
    // The sink keeps what came until it is asked.
    service.sink?.spans()
  }
  return { last: resident.slice(-SAMPLES), requests: resident.length * slice }
}
