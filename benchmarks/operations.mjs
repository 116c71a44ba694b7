// Question: what does one operation cost inside a request that does very many? Main thread time and memory kept for each of
// 10,000 operations of one request. Budget: 1 µs and 100 B each, and linear: no dearer at 10,000 than at 1000. How much of the time is Node's
// channel, an empty listener tells.

import { AGENT, BARE, HEARD, neverSlow } from './harness/contenders.mjs'
import { startService } from './harness/service.mjs'
import { spread } from './harness/statistics.mjs'

const FEW = 1000
const MANY = 10_000

export async function run({ contenders, node, rounds }) {
  const services = []
  for (const contender of [BARE, HEARD, contenders.find(({ name }) => name === AGENT)]) {
    const execArgv = ['--expose-gc', ...(contender.execArgv ?? [])]
    services.push(await startService('operations.js', { ...neverSlow(contender), execArgv }, { node }))
  }
  const [bare, heard, agent] = services
  const measure = async (service, operations, kept = '') =>
    (await fetch(`http://127.0.0.1:${service.port}/${operations}${kept}`)).json()

  const results = { us: [], heard: [], bytes: [], growth: [] }
  for (const service of services) for (let i = 0; i < 20; i++) await measure(service, MANY)
  for (let round = 0; round < rounds * 3; round++) {
    const without = await measure(bare, MANY)
    const few = await measure(agent, FEW)
    const many = await measure(agent, MANY)
    results.us.push(many.us - without.us)
    results.heard.push((await measure(heard, MANY)).us - without.us)
    results.growth.push(many.us / few.us)
  }
  for (let round = 0; round < rounds * 3; round++) {
    const without = await measure(bare, MANY, '?kept')
    const kept = await measure(agent, MANY, '?kept')
    results.bytes.push(kept.bytes - without.bytes)
  }
  for (const service of services) await service.stop()

  const row = (what, unit, values, budget, who = agent) => ({ what, who: who.name, unit, ...spread(values), budget })
  return [
    row(`time per operation, ${MANY} in a request`, 'µs', results.heard, undefined, heard),
    row(`time per operation, ${MANY} in a request`, 'µs', results.us, 1),
    row(`memory kept per operation, ${MANY} in a request`, 'B', results.bytes, 100),
    row(`an operation of ${MANY} against one of ${FEW}`, '×', results.growth, 1.5)
  ]
}
