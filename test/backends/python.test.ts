// All signals decoded by OpenTelemetry's messages for Python, which share no line with the code that wrote them nor with the
// decoder of the other tests. Run by `npm run check:backends`, which brings them.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { skip } from '../harness/skip.js'

const PACKAGES = process.env['PERFAGENT_TEST_OTLP_PYTHON'] ?? ''
const DECODE = `
import json, sys
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
message = {'traces': ExportTraceServiceRequest, 'logs': ExportLogsServiceRequest, 'metrics': ExportMetricsServiceRequest}[sys.argv[1]]()
message.ParseFromString(open(sys.argv[2], 'rb').read())
assert not message.UnknownFields() if hasattr(message, 'UnknownFields') else True
print(json.dumps(MessageToDict(message)))
`

describe('what is sent, decoded in Python', function () {
  this.timeout(120_000)
  const folder = mkdtempSync(path.join(tmpdir(), 'perfagent-python-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  before(function () {
    if (!PACKAGES) skip(this, 'there is no python3-opentelemetry-proto: npm run check:backends brings it')
  })

  // biome-ignore lint/suspicious/noExplicitAny: what came is looked at, field by field
  function decode(signal: string, body: Buffer): any {
    const file = path.join(folder, signal)
    writeFileSync(file, body)
    const env = { ...process.env, PYTHONPATH: PACKAGES, PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION: 'python' }
    return JSON.parse(execFileSync('python3', ['-c', DECODE, signal, file], { env }).toString())
  }

  for (const histogram of ['explicit_bucket_histogram', 'base2_exponential_bucket_histogram']) {
    it(`spans, log records and metrics, ${histogram}`, async () => {
      const backend = await startBackend()
      const app = await runApp('metrics.js', {
        backend,
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
          OTEL_SERVICE_NAME: 'orders',
          OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: histogram,
          OTEL_METRIC_EXPORT_INTERVAL: '500',
          PERFAGENT_SLOW_MS: '100'
        }
      })
      for (let i = 0; i < 5; i++) await app.get('/slow')
      await backend.collection(points => points.some(({ exemplars }) => exemplars.length > 0))
      await backend.log(() => backend.logs.length >= 5)
      await backend.span(() => backend.spans.length >= 5)
      await app.stop()
      await backend.close()
      const sent = (signal: string) => {
        const bodies = backend.received.filter(({ path }) => path === `/v1/${signal}`)
        return bodies.map(({ body }) => decode(signal, body))
      }
      const spans = sent('traces').flatMap(each => each.resourceSpans[0].scopeSpans[0].spans)
      assert.equal(spans.filter(({ name }) => name === 'GET /slow').length, 5)
      const logs = sent('logs').flatMap(each => each.resourceLogs[0].scopeLogs[0].logRecords)
      assert.ok(logs.filter(({ eventName }) => eventName === 'perfagent.slow_request').length >= 5)
      const metrics = sent('metrics').at(-1).resourceMetrics[0].scopeMetrics[0].metrics
      const duration = metrics.find(({ name }: { name: string }) => name === 'http.server.request.duration')
      const [point] = (duration.histogram ?? duration.exponentialHistogram).dataPoints
      const counts: string[] = point.bucketCounts ?? point.positive.bucketCounts
      assert.equal(point.count, '5')
      assert.equal(
        counts.reduce((sum, count) => sum + Number(count), 0),
        5
      )
      assert.ok(point.sum >= 0.6)
      const pointed = sent('metrics').flatMap(each => JSON.stringify(each).match(/"exemplars"/g) ?? [])
      assert.ok(pointed.length > 0)
    })
  }
})
