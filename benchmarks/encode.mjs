// Question: what does an exported span cost the agent thread? Time and bytes per span of OTLP protobuf, for traces of 1000
// spans, from the report to the bytes. Budget: 10 µs (OpenTelemetry's own transformer needs 5 µs for the encoding alone).

import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { AGENT } from './harness/contenders.mjs'
import { ROOT } from './harness/service.mjs'
import { spread } from './harness/statistics.mjs'

const require = createRequire(import.meta.url)
const OPERATIONS = 100
const REPORTS = 10

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
  for (let i = 0; i < 100; i++) encode()
  const times = Array.from({ length: rounds * 5 }, () => {
    const began = performance.now()
    for (let i = 0; i < 5; i++) encode()
    return ((performance.now() - began) * 1000) / 5 / count
  })
  const compressed = gzipSync(bytes).length / count
  return [
    {
      what: 'time to encode a span',
      who: AGENT,
      unit: 'µs',
      ...spread(times),
      budget: 10,
      detail: `${(bytes.length / count).toFixed(0)} B, gzip ${compressed.toFixed(0)} B`
    }
  ]
}
