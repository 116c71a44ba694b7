// Question: what does a slow request cost the agent thread? CPU time from timeline and evidence to the finished report, for a
// request with few operations and for one with 1000, both with 500 CPU samples of 50 stacks. Budget: 2 ms and 20 ms: at the default
// limit of 10 reports a minute and route, a service with 20 slow routes then uses 0.7 % of a core. V8 has optimised the code of a
// report by then. Where few are slow it has not, and the first one of a thread reads it all: budget 20 and 60 ms, so that a route
// with 10 a minute uses 0.3 and 1 % of a core. Each round is a thread of its own, with the limits of the agent thread; what V8's
// own threads do for it, compiling and collecting, counts.

import { once } from 'node:events'
import { createRequire } from 'node:module'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { AGENT } from './harness/contenders.mjs'
import { ROOT } from './harness/service.mjs'
import { spread } from './harness/statistics.mjs'

const require = createRequire(import.meta.url)
const SAMPLES = 500
const STACKS = 50
const FRAMES = 15
const SERVICE = { name: 'shop', version: '1.4.2', instance: 'a', host: 'h', pid: 71 }
/** Reports of a thread by how many it had made before. */
const AGES = [
  { age: 'the first of a thread', from: 0, to: 1, budget: few => (few ? 20 : 60) },
  { age: 'the 2nd to the 20th', from: 1, to: 20, budget: few => (few ? 20 : 60) },
  { age: 'the 201st to the 300th', from: 200, to: 300, budget: few => (few ? 2 : 20) }
]

export async function run({ rounds }) {
  const rows = []
  for (const operations of [5, 1000]) {
    const threads = []
    for (let round = 0; round < rounds; round++) threads.push(await timesOfThread(operations))
    for (const { age, from, to, budget } of AGES) {
      rows.push({
        what: `a report, ${operations} operations and ${SAMPLES} samples, ${age}`,
        who: AGENT,
        unit: 'ms',
        ...spread(threads.flatMap(times => times.slice(from, to))),
        budget: budget(operations === 5)
      })
    }
  }
  return rows
}

async function timesOfThread(operations) {
  const { LIMITS } = require(`${ROOT}dist/lib/worker/thread.js`)
  const worker = new Worker(new URL(import.meta.url), { workerData: { operations }, resourceLimits: LIMITS })
  const [times] = await once(worker, 'message')
  await worker.terminate()
  return times
}

/** Milliseconds of each report. The same request again and again: what differs between requests is small beside what V8 learns. */
function timesOf(operations) {
  const { toReport } = require(`${ROOT}dist/lib/verdict/report.js`)
  const { CONFIG, evidence, query, samples, stack, timeline } = require(`${ROOT}dist/test/verdict/timeline.js`)
  const durationMs = SAMPLES * 10 + operations
  // As it comes to the thread, in a message: the tests' own objects have another shape, with which the same code takes twice as long.
  const received = structuredClone(
    timeline({
      durationMs,
      operations: Array.from({ length: operations }, (_, i) => query(`SELECT * FROM t WHERE id = ${i}`, i, i + 0.9))
    })
  )
  const stackOf = i =>
    stack(
      `work${i} src/work.js:${i}:1`,
      ...Array.from({ length: FRAMES - 1 }, (_, k) => `step${k} src/steps.js:${k}:2`)
    )
  const stretchMs = (SAMPLES * 10) / STACKS
  const seen = evidence({
    cpu: samples(
      ...Array.from({ length: STACKS }, (_, i) => {
        const from = operations + i * stretchMs
        return [from, from + stretchMs, stackOf(i)]
      })
    )
  })
  return Array.from({ length: AGES.at(-1).to }, () => {
    const before = process.cpuUsage()
    toReport({
      id: 'report-1',
      timeline: received,
      evidence: seen,
      service: SERVICE,
      root: '/srv/shop',
      config: CONFIG
    })
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
}

if (!isMainThread) parentPort.postMessage(timesOf(workerData.operations))
