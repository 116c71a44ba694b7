// Question: what does it cost to be told which request runs when? CPU time for each request of a trivial
// handler with two awaits, while turns are watched and after they were, against the same process before it was ever done.
// Budget: 1.5 times while it is on, which is for a tenth of the time in the long run, and nothing after.

import { closedLoad } from './harness/load.mjs'
import { startService } from './harness/service.mjs'
import { median, spread } from './harness/statistics.mjs'

const REQUESTS = 5000

export async function run({ node, rounds }) {
  const service = await startService('turns.js', { name: 'turns', env: {} }, { node })
  const measure = async watched => {
    const before = await service.ask({ watched })
    await closedLoad(service, '/', REQUESTS)
    const after = await service.ask({ watched: false })
    return (after.cpuUs - before.cpuUs) / REQUESTS
  }
  await measure(false)
  const never = []
  for (let round = 0; round < rounds; round++) never.push(await measure(false))
  const on = []
  const afterwards = []
  for (let round = 0; round < rounds; round++) {
    on.push(await measure(true))
    afterwards.push(await measure(false))
  }
  await service.stop()

  const bare = median(never)
  const row = (what, values, budget) => ({ what, who: 'perfagent', unit: '×', ...spread(values), budget })
  return [
    row(
      'a request while turns are watched',
      on.map((us, round) => us / afterwards[round]),
      1.5
    ),
    row(
      'a request after they were watched',
      afterwards.map(us => us / bare),
      1.1
    )
  ].map(each => ({ ...each, detail: `${bare.toFixed(1)} µs before` }))
}
