// Question: what does counting cost the main thread? Time of the main thread's own code for each request and each operation that
// is counted, in this process, by CPU time: routes, statuses and peers as a service has them. Budget: 0.5 µs a request, 0.2 µs an
// operation. A request is counted with 0, 2 and 20 operations, whose parts are told apart.

import { createRequire } from 'node:module'
import { spread } from './harness/statistics.mjs'

const require = createRequire(import.meta.url)
const { createRecording } = require('../dist/lib/metrics/recording.js')
const { createSeries } = require('../dist/lib/metrics/series.js')
const { routeOf } = require('../dist/lib/hook/route.js')

const TIMES = 200_000
const ROUTES = 50
const NANOS_PER_MICRO = 1000

export async function run({ rounds }) {
  const rows = []
  for (const histograms of ['explicit', 'exponential']) {
    const recording = createRecording(createSeries({ histograms, startMs: 0, announce() {} }))
    const requests = count => Array.from({ length: 1000 }, (_, i) => requestOf(i, count))
    const operations = Array.from({ length: 1000 }, (_, i) => operationOf(i))
    const measured = new Map()
    const cases = [
      ['a request', requests(0), request => recording.request(request), 0.5],
      ['a request with 2 operations', requests(2), request => recording.request(request), 0.5],
      ['a request with 20 operations', requests(20), request => recording.request(request), 2],
      ['an operation', operations, operation => recording.operation(operation, undefined), 0.2]
    ]
    for (let round = 0; round < 3 + rounds * 3; round++) {
      for (const [what, items, count] of cases) {
        const ns = timePer(items, count)
        if (round >= 3) measured.set(what, [...(measured.get(what) ?? []), ns / NANOS_PER_MICRO])
      }
    }
    for (const [what, , , budget] of cases) {
      rows.push({
        what: `counting ${what}, ${histograms}`,
        who: 'perfagent',
        unit: 'µs',
        ...spread(measured.get(what)),
        budget
      })
    }
  }
  return [...rows, nameRow(rounds)]
}

function nameRow(rounds) {
  const paths = Array.from({ length: 1000 }, (_, i) => `/orders/${i}/items?page=${i % 3}`)
  const values = Array.from({ length: rounds * 3 }, () => timePer(paths, routeOf) / NANOS_PER_MICRO)
  return { what: 'the name of a path with an id', who: 'perfagent', unit: 'µs', ...spread(values), budget: 0.5 }
}

/** CPU time: other work on the machine does not count. */
function timePer(items, call) {
  const before = process.cpuUsage()
  for (let i = 0; i < TIMES; i++) call(items[i % items.length])
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * NANOS_PER_MICRO) / TIMES
}

const requestOf = (i, count) => ({
  facts: { method: i % 3 === 0 ? 'POST' : 'GET' },
  route: `/route/${i % ROUTES}`,
  statusCode: i % 20 === 0 ? 404 : 200,
  status: 'finished',
  start: 1000,
  end: 1000 + (i % 100),
  thresholdMs: 500,
  operations: Array.from({ length: count }, (_, n) => operationOf(n, 1000 + (n * 20) / count)),
  caller: i % 2 === 0 ? 'web' : undefined
})

const operationOf = (i, start = 1000) => ({
  kind: i % 4 === 0 ? 'http' : 'db',
  system: i % 4 === 0 ? 'http' : 'postgresql',
  text: 'GET http://stock:8080/items/17',
  target: i % 4 === 0 ? 'stock:8080' : `db${i % 3}:5432/shop`,
  start,
  end: start + 1 + (i % 7) / 10,
  count: 1,
  busyMs: 0,
  statusCode: 200
})
