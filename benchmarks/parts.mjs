// Question: where does it go? CPU per request of `/hello` by thread, for the bare service, for one with nothing but an
// AsyncLocalStorage around each request (that part belongs to Node), for the agent without its CPU profile, and for the agent.
// And what the agent's own parts take on the main thread, each alone, in nanoseconds. No budgets: docs/overhead.md reads this.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { AGENT, BARE, CONTEXT_ALONE, neverSlow } from './harness/contenders.mjs'
import { closedLoad } from './harness/load.mjs'
import { interleave, ROOT, startService } from './harness/service.mjs'
import { mean, median, spread } from './harness/statistics.mjs'

const WARM_UP = 60_000
/** Short slices, in turn, as in overhead.mjs. */
const REQUESTS = 3000
const SLICES_A_ROUND = 10

export async function run({ contenders, node, rounds }) {
  const agent = neverSlow(contenders.find(({ name }) => name === AGENT))
  const unprofiled = { ...agent, name: 'perfagent, no CPU profile', env: { ...agent.env, PERFAGENT_PROFILE: 'false' } }
  const services = []
  for (const contender of [BARE, CONTEXT_ALONE, unprofiled, agent])
    services.push(await startService('service.js', contender, { node }))
  const threads = new Map(services.map(service => [service, []]))
  const measure = async service => {
    const before = threadsUs(service)
    await closedLoad(service, '/hello', REQUESTS)
    const after = threadsUs(service)
    const spent = Object.fromEntries(
      Object.entries(after).map(([name, us]) => [name, (us - (before[name] ?? 0)) / REQUESTS])
    )
    threads.get(service).push(spent)
    return Object.values(spent).reduce((sum, us) => sum + us, 0)
  }
  for (const service of services) await closedLoad(service, '/hello', WARM_UP)
  const costs = new Map(services.map(service => [service, []]))
  for (let round = 0; round < rounds; round++)
    for (const [service, us] of await interleave(services, SLICES_A_ROUND / 2, measure))
      costs.get(service).push(mean(us))
  const [bare, ...others] = costs
  for (const service of services) await service.stop()
  const medianOf = (service, thread) => median(threads.get(service).map(spent => spent[thread] ?? 0))
  return [
    ...others.map(([service, costs]) => ({
      what: 'CPU per request, /hello, by part',
      who: service.name,
      unit: '×',
      ...spread(costs.map((us, round) => us / bare[1][round])),
      detail: `main thread ${medianOf(bare[0], 'main').toFixed(1)} → ${medianOf(service, 'main').toFixed(1)} µs, agent thread ${medianOf(service, 'agent').toFixed(2)} µs, V8's profiler ${medianOf(service, 'profiler').toFixed(2)} µs`
    })),
    ...pieces(node)
  ]
}

/** Nanosecond clocks of the threads, by what they are. Node names workers from 24 on; before, the rest is the agent's. */
function threadsUs({ pid }) {
  const spent = { main: 0, agent: 0, profiler: 0 }
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const read = file => readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'latin1')
    const name = read('comm')
    const which = Number(thread) === pid ? 'main' : name.startsWith('v8:Prof') ? 'profiler' : 'agent'
    spent[which] += Number(read('schedstat').split(' ')[0]) / 1000
  }
  return spent
}

/** Wall time: on a busy machine a parallel collection waits for its helpers, which cost no CPU. */
function pieces(node) {
  const answer = execFileSync(node, ['--single-threaded-gc', `${ROOT}benchmarks/apps/parts.js`], { encoding: 'utf8' })
  return Object.entries(JSON.parse(answer)).map(([what, ns]) => ({ what, who: AGENT, unit: 'ns', ...spread(ns) }))
}
