// Question: how much memory does the agent take, and does it stay so? Resident memory after full load, compared with the bare
// service's. Budget: + 30 MB after 5 minutes (`--minutes 5`); with every request exported + 45 MB. How much of it any agent must take that
// has a thread and a CPU profile, apps/least-watched.js tells.
//
// V8 doubles the young generation of the main thread, up to 100 MB, whenever as much has outlived collections as it is large: all
// services come to the same size, at different times. So the rest is told as well, which does not depend on the moment.
//
// On two paths: of `/hello` hardly a kilobyte outlives a collection, so that this takes millions of requests; in `/work` requests
// wait, as in services that do something, and it takes a minute.
//
// One service after the other, each under load all its time: memory does not depend on how busy the machine is, but V8 gives the
// young generation back in pauses (12 to 14 MB), if it happens to collect all garbage then, which a small heap does sooner. With
// slices in turn, the bare service had given it back and the others had not.

import { AGENT, ALWAYS_ON, LEAST_WATCHED } from './harness/contenders.mjs'
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

export async function run({ contenders: [bare, ...agents], node, peer, minutes }) {
  const rows = []
  for (const { path, slice } of PATHS) {
    const measured = []
    for (const contender of [bare, LEAST_WATCHED, ...agents]) {
      const service = await startService('service.js', contender, { node, peerUrl: peer.url })
      measured.push({ name: contender.name, ...(await measure(service, path, slice, minutes)) })
      await service.stop()
    }
    rows.push(...rowsOf(`resident memory after ${minutes} min of full load, ${path}`, measured))
  }
  return rows
}

function rowsOf(what, [bare, ...others]) {
  return others.flatMap(({ name, last, requests }) => [
    { who: name, budget: BUDGETS[name], ...compare(what, bare.last.resident, last.resident, requests) },
    { who: name, ...compare(`${what}: but for the young generation`, bare.last.old, last.old, requests) }
  ])
}

function compare(what, bare, ours, requests) {
  const base = median(bare)
  const detail = `${base.toFixed(0)} → ${median(ours).toFixed(0)} MB, ${requests} requests`
  return { what, unit: 'MB more', ...spread(ours.map(mb => mb - base)), detail }
}

async function measure(service, path, slice, minutes) {
  let requests = 0
  async function load() {
    await closedLoad(service, path, slice)
    requests += slice
    // The sink keeps what came until it is asked.
    service.sink?.spans()
  }

  const end = performance.now() + minutes * 60_000
  while (performance.now() < end) await load()
  const last = { resident: [], old: [] }
  // Asked only now: an answer outlives collections, too.
  while (last.resident.length < SAMPLES) {
    await load()
    const resident = residentMb(service)
    last.resident.push(resident)
    last.old.push(resident - (await service.ask('memory')).youngMb)
  }
  return { last, requests }
}
