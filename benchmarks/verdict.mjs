// Question: what does a slow request cost the agent thread? Time from timeline and evidence to the finished report, for a
// request with few operations and for one with 1000, both with 500 CPU samples. Budget: 2 ms and 20 ms: at the default limit
// of 10 reports a minute and route, a service with 20 slow routes then uses 0.7 % of a core.

import { createRequire } from 'node:module'
import { AGENT } from './harness/contenders.mjs'
import { ROOT } from './harness/service.mjs'
import { spread } from './harness/statistics.mjs'

const require = createRequire(import.meta.url)
const SAMPLES = 500

export async function run({ rounds }) {
  const { evidence, explain, query, samples, stack } = require(`${ROOT}dist/test/verdict/timeline.js`)
  return [
    { operations: 5, budget: 2 },
    { operations: 1000, budget: 20 }
  ].map(({ operations, budget }) => {
    const durationMs = SAMPLES * 10 + operations
    const given = {
      durationMs,
      operations: Array.from({ length: operations }, (_, i) => query(`SELECT * FROM t WHERE id = ${i}`, i, i + 0.9))
    }
    const seen = evidence({
      cpu: samples([operations, durationMs, stack('work src/work.js:1:1', 'route src/server.js:2:2')])
    })
    const once = () => {
      const began = performance.now()
      explain(given, seen)
      return performance.now() - began
    }
    for (let i = 0; i < 20; i++) once()
    return {
      what: `a report, ${operations} operations and ${SAMPLES} samples`,
      who: AGENT,
      unit: 'ms',
      ...spread(Array.from({ length: rounds * 5 }, once)),
      budget
    }
  })
}
