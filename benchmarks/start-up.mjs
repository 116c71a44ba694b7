// Question: how much later does a service begin to listen? Time from the start of the process to `listen`, with express, pg
// and redis loaded. Budget: + 100 ms (the best peer: + 160 ms). And a program that does nothing, `node -e 0`.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { AGENT } from './harness/contenders.mjs'
import { interleave, startService } from './harness/service.mjs'
import { median, spread } from './harness/statistics.mjs'

export async function run({ contenders, node, rounds }) {
  const toListen = await interleave(contenders, rounds * 2, async contender => {
    const service = await startService('shop.js', contender, { node })
    await service.stop()
    return service.listenMs
  })
  const toEnd = await interleave(contenders, rounds * 2, contender => timeOfNothing(contender, node))
  return [...rowsOf('time to listen', toListen, { [AGENT]: 100 }), ...rowsOf('`node -e 0`', toEnd, {})]
}

const rowsOf = (what, [bare, ...others], budgets) =>
  [...others].map(([{ name }, times]) => ({
    what,
    who: name,
    unit: 'ms more',
    ...spread(times.map((ms, round) => ms - bare[1][round])),
    budget: budgets[name],
    detail: `${median(bare[1]).toFixed(0)} → ${median(times).toFixed(0)} ms`
  }))

async function timeOfNothing({ execArgv = [], env }, node) {
  const began = performance.now()
  const child = spawn(node, [...execArgv, '-e', '0'], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: 'ignore'
  })
  await once(child, 'exit')
  return performance.now() - began
}
