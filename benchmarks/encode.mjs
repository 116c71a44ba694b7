// Question: what does an exported span cost the agent thread? Time and bytes per span of OTLP protobuf, from the report, or the
// request that was not slow, to the bytes: slow ones with 100 operations, others with two. Budget: 10 µs (OpenTelemetry's own
// transformer needs 5 µs for the encoding alone).

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
  const { createSpanEncoder } = require(`${ROOT}dist/lib/otlp/span-bytes.js`)
  const { toProtobuf } = require(`${ROOT}dist/lib/otlp/encode.js`)
  const { sampleReport } = require(`${ROOT}dist/test/sample-report.js`)
  const { operations } = sampleReport()
  const reports = Array.from({ length: REPORTS }, () =>
    sampleReport({ operations: Array.from({ length: OPERATIONS }, (_, i) => operations[i % operations.length]) })
  )
  const plain = plainTraces(operations, sampleReport)
  const encodePlain = createSpanEncoder('0.0.0')
  const encode = () => toProtobuf('ExportTraceServiceRequest', spans(reports, '0.0.0'))
  const bytes = encode()
  const count = REPORTS * (OPERATIONS + 1)
  const times = timeOf(encode, count, rounds)
  const plainTimes = timeOf(() => encodePlain(plain), plain.length * 3, rounds)
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
    const began = performance.now()
    for (let i = 0; i < 5; i++) encode()
    return ((performance.now() - began) * 1000) / 5 / spans
  })
}

/** As they come: without notes, each with a query and a call. */
const plainTraces = (operations, sampleReport) =>
  Array.from({ length: PLAIN_REQUESTS }, () => ({
    ...sampleReport({ operations: operations.slice(1, 3) }),
    verdict: null,
    annotations: {}
  }))
