// Question: does anything grow? The heap after a collection, over many requests (`--requests 10000000` for the budget's ten
// million), and with many requests in flight at a time. Budget: flat, that is, less than 1 MB for a million requests, with no
// listener and at most two handles more than at the beginning.

import { BARE } from './harness/contenders.mjs'
import { closedLoad } from './harness/load.mjs'
import { startService } from './harness/service.mjs'

const STEPS = 10
const IN_FLIGHT = 1000

export async function run({ contenders, node, requests }) {
  const rows = []
  for (const contender of contenders.filter(({ name }) => name !== BARE.name)) {
    const execArgv = ['--expose-gc', ...contender.execArgv]
    const service = await startService('service.js', { ...contender, execArgv }, { node })
    const step = async () => {
      await closedLoad(service, '/hello', requests / STEPS)
      await closedLoad(service, '/park', IN_FLIGHT * 2, IN_FLIGHT)
      // The sink keeps what came until it is asked.
      service.sink.spans()
      return service.ask('memory')
    }
    const first = await step()
    const heaps = []
    let last = first
    for (let i = 0; i < STEPS; i++) {
      last = await step()
      heaps.push(last.heapMb)
    }
    await service.stop()
    rows.push({
      what: `heap, ${requests} requests, ${IN_FLIGHT} in flight at a time`,
      who: service.name,
      unit: 'MB per million',
      value: (slope(heaps) * STEPS * 1e6) / requests,
      low: Math.min(...heaps) - first.heapMb,
      high: Math.max(...heaps) - first.heapMb,
      budget: 1,
      detail: `${first.heapMb.toFixed(1)} → ${last.heapMb.toFixed(1)} MB, handles ${first.handles} → ${last.handles}, listeners ${first.listeners} → ${last.listeners}`
    })
    if (last.listeners > first.listeners || last.handles > first.handles + 2)
      throw new Error(`${service.name}: handles or listeners grow: ${rows.at(-1).detail}`)
  }
  return rows
}

/** Least squares: growth from one step to the next. */
function slope(values) {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let above = 0
  let below = 0
  values.forEach((value, i) => {
    above += (i - middle) * (value - mean)
    below += (i - middle) ** 2
  })
  return above / below
}
