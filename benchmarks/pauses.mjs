// Question: for how long does the agent stop the main thread? Longest time in which the event loop did not turn, in an
// application with 60 MB of compiled code under a light load, without garbage collections and without what the kernel took.
// Budget: 2 ms; with every request exported 3 ms. The bare service's own longest gap stands beside it.
//
// The first window of the rolling CPU profile, at the first `listen`, is dearer; it is told apart.

import { AGENT, ALWAYS_ON } from './harness/contenders.mjs'
import { openLoad } from './harness/load.mjs'
import { interleave, startService } from './harness/service.mjs'
import { median, seeded, spread } from './harness/statistics.mjs'

const BUDGETS = { [AGENT]: 2, [ALWAYS_ON]: 3 }
const RATE = 200
const SECONDS = 6

export async function run({ contenders, node, rounds }) {
  const services = []
  for (const contender of contenders) services.push(await startService('pauses.js', contender, { node }))
  const random = seeded(1)
  const measure = async service => {
    const [answer] = await Promise.all([
      service.ask({ seconds: SECONDS }),
      openLoad(service, '/', RATE, SECONDS, random)
    ])
    return answer.longestMs
  }
  for (const service of services) await measure(service)
  const [bare, ...others] = await interleave(services, rounds, measure)
  for (const service of services) await service.stop()
  return others.map(([{ name }, longest]) => ({
    what: `longest pause in ${SECONDS} s`,
    who: name,
    unit: 'ms',
    ...spread(longest),
    budget: BUDGETS[name],
    detail: `bare: ${median(bare[1]).toFixed(2)} ms`
  }))
}
