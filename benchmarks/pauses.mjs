// Question: for how long does the agent stop the main thread? Longest time in which the event loop did not turn, in an
// application with 60 MB of compiled code under a light load, without garbage collections and without what the kernel took.
// Budget: 2 ms; with every request exported 3 ms.
//
// Counted are gaps in which the agent did something: what it does is seen by the application, which looks through the agent's
// own eyes (lib/record/answers.ts). The service's longest gap of any kind stands beside it, and the bare service's: their
// difference is what the machine does. The first window of the rolling CPU profile, at the first `listen`, is dearer: apart.

import { AGENT, ALWAYS_ON } from './harness/contenders.mjs'
import { openLoad } from './harness/load.mjs'
import { interleave, startService } from './harness/service.mjs'
import { median, seeded, spread } from './harness/statistics.mjs'

const BUDGETS = { [AGENT]: 2, [ALWAYS_ON]: 3 }
const RATE = 200
const SECONDS = 9

export async function run({ contenders, node, rounds, size }) {
  const services = []
  for (const contender of contenders) services.push(await startService('pauses.js', contender, { node }))
  const random = seeded(1)
  const seconds = Math.max(3, SECONDS * size)
  const seen = new Map(services.map(service => [service, []]))
  const measure = async service => {
    const [answer] = await Promise.all([service.ask({ seconds }), openLoad(service, '/', RATE, seconds, random)])
    seen.get(service).push(answer)
    return service.name in BUDGETS ? answer.longestOfAgentMs : answer.longestMs
  }
  for (const service of services) await service.ask({ seconds: 0.1 })
  const [bare, ...others] = await interleave(services, rounds, measure)
  for (const service of services) await service.stop()
  return others.map(([service, longest]) => {
    const answers = seen.get(service)
    if (service.name in BUDGETS && answers.every(({ looks }) => looks === 0))
      throw new Error(`${service.name}: the agent did nothing in all that time: this measured something else`)
    const any = median(answers.map(({ longestMs }) => longestMs))
    return {
      what: `longest pause in ${seconds} s`,
      who: service.name,
      unit: 'ms',
      ...spread(longest),
      budget: BUDGETS[service.name],
      detail: `of any kind ${any.toFixed(2)} ms, bare ${median(bare[1]).toFixed(2)} ms`
    }
  })
}
