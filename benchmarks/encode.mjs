// Question: what does an exported span cost the agent thread? CPU time and bytes per span of OTLP protobuf, from the report to the
// bytes for slow requests (with 100 operations), from the main thread's batch to the bytes for others (with two). Budget: 10 µs
// (OpenTelemetry's own transformer needs 5 µs for the encoding alone). What V8's own threads do for it, compiling and collecting,
// counts; waiting for a core does not.

import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { AGENT } from './harness/contenders.mjs'
import { ROOT } from './harness/service.mjs'
import { spread } from './harness/statistics.mjs'

const require = createRequire(import.meta.url)
const OPERATIONS = 100
const REPORTS = 10
const PLAIN_REQUESTS = 256

export async function run({ rounds }) {
  const { spans } = require(`${ROOT}dist/lib/otlp/spans.js`)
  const { toProtobuf } = require(`${ROOT}dist/lib/otlp/encode.js`)
  const { sampleReport } = require(`${ROOT}dist/test/sample-report.js`)
  const { operations } = sampleReport()
  const reports = Array.from({ length: REPORTS }, () =>
    sampleReport({ operations: Array.from({ length: OPERATIONS }, (_, i) => operations[i % operations.length]) })
  )
  const encode = () => toProtobuf('ExportTraceServiceRequest', spans(reports, '0.0.0'))
  const bytes = encode()
  const count = REPORTS * (OPERATIONS + 1)
  const times = timeOf(encode, count, rounds)
  const plainTimes = timeOf(encoderOfBatch(sampleReport().service), PLAIN_REQUESTS * 3, rounds)
  const compressed = gzipSync(bytes).length / count
  return [
    {
      what: 'time to encode a span of a slow request',
      who: AGENT,
      unit: 'µs',
      ...spread(times),
      budget: 10,
      detail: `${(bytes.length / count).toFixed(0)} B, gzip ${compressed.toFixed(0)} B`
    },
    {
      what: 'time to encode a span of a request that was not slow',
      who: AGENT,
      unit: 'µs',
      ...spread(plainTimes),
      budget: 10
    }
  ]
}

/** Microseconds a span, warm. */
function timeOf(encode, spans, rounds) {
  for (let i = 0; i < 100; i++) encode()
  return Array.from({ length: rounds * 5 }, () => {
    const before = process.cpuUsage()
    for (let i = 0; i < 5; i++) encode()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 5 / spans
  })
}

/** Requests as they come: without notes, each with a query and a call. */
function encoderOfBatch(service) {
  const { createBatchWriter } = require(`${ROOT}dist/lib/batch/writer.js`)
  const { createSpanEncoder } = require(`${ROOT}dist/lib/otlp/span-bytes.js`)
  const { namedBy, toTrace } = require(`${ROOT}dist/lib/verdict/trace.js`)
  const config = { sqlText: 'masked', redact: [] }
  const teller = {
    service,
    thread: '',
    traceOf: timeline => toTrace({ id: '', timeline, service, root: '/', config }),
    named: operation => namedBy(config, operation)
  }
  const writer = createBatchWriter()
  for (let i = 0; i < PLAIN_REQUESTS; i++) writer.add(plainRequest(i))
  const batch = writer.take()
  const encode = createSpanEncoder('0.0.0')
  return () => encode(batch, teller)
}

const plainRequest = i => ({
  facts: { method: 'GET', path: `/orders/${i}` },
  route: '/orders/:id',
  status: 'finished',
  statusCode: 200,
  start: i,
  end: i + 12,
  sampled: true,
  ownIds: { trace0: 1, trace1: 2, trace2: 3, trace3: 4, span0: 5, span1: i },
  operations: [
    operation('db', 'postgresql', 'SELECT * FROM orders WHERE id = $1', 'db:5432/shop', i),
    operation('http', 'http', `GET http://stock:8080/items/${i}`, 'stock:8080', i, { sent: i + 1, headers: i + 5 })
  ],
  droppedOperations: 0
})

const operation = (kind, system, text, target, start, marks) => ({
  kind,
  system,
  text,
  target,
  start,
  end: start + 6,
  marks,
  count: 1,
  busyMs: 0,
  blocking: false
})
