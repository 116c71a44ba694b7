// What OpenTelemetry's own exporters send is understood: traces as protobuf and as JSON, metrics, logs, with gzip. Two services
// and their metrics give the three answers without any agent of ours.

import assert from 'node:assert/strict'
import { type Context, ROOT_CONTEXT, type SpanContext, SpanKind, trace } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { SystemView } from '../../lib/console/api.js'
import type { OneView } from '../../lib/console/views/one.js'
import { openConsole, type Subject } from './console.js'

const SHORT = { compression: CompressionAlgorithm.GZIP, timeoutMillis: 5000 }
const resourceOf = (service: string) =>
  resourceFromAttributes({ 'service.name': service, 'service.instance.id': `${service}-1` })

describe('exporters of OpenTelemetry', () => {
  let subject: Subject
  beforeEach(async () => {
    subject = await openConsole()
  })
  afterEach(() => subject.close())

  const FORMATS: [string, (url: string) => SpanExporter][] = [
    ['protobuf', url => new ProtobufExporter({ ...SHORT, url })],
    ['JSON', url => new JsonExporter({ ...SHORT, url })]
  ]
  for (const [format, exporter] of FORMATS) {
    it(`traces as ${format}: a map of two services and a database, and a waterfall`, async () => {
      const url = `${subject.url}/v1/traces`
      const providers = ['gateway', 'orders'].map(
        service =>
          new BasicTracerProvider({
            resource: resourceOf(service),
            spanProcessors: [new SimpleSpanProcessor(exporter(url))]
          })
      )
      const [gateway, orders] = providers.map(provider => provider.getTracer('test'))
      const at = Date.now()
      const below = (span: { spanContext(): SpanContext }): Context =>
        trace.setSpanContext(ROOT_CONTEXT, span.spanContext())
      const entry = gateway!.startSpan('GET /', { kind: SpanKind.SERVER, startTime: at }, ROOT_CONTEXT)
      const call = gateway!.startSpan('GET', { kind: SpanKind.CLIENT, startTime: at + 10 }, below(entry))
      const inner = orders!.startSpan('GET /orders', { kind: SpanKind.SERVER, startTime: at + 12 }, below(call))
      const attributes = {
        'db.system.name': 'postgresql',
        'db.query.text': 'SELECT 1',
        list: ['a', 'b'],
        ratio: 0.5,
        big: -7
      }
      const query = orders!.startSpan('SELECT', { kind: SpanKind.CLIENT, startTime: at + 15, attributes }, below(inner))
      query.end(at + 85)
      inner.setStatus({ code: 2, message: 'no' })
      inner.end(at + 92)
      call.end(at + 95)
      entry.end(at + 100)
      for (const provider of providers) await provider.shutdown()

      const { sums, answers } = await subject.view<SystemView>('/api/system')
      assert.deepEqual(sums.calls.map(({ from, to, requests }) => [from, to, requests]).sort(), [
        ['gateway', 'orders', 1],
        ['orders', 'postgresql', 1]
      ])
      assert.deepEqual(
        answers.latency.map(({ service, share }) => [service, Math.round(share * 100)]),
        [
          ['orders', 80],
          ['gateway', 20]
        ]
      )
      assert.equal(sums.services.find(({ service }) => service === 'orders')!.failed, 1)
      const { spans } = await subject.view<OneView>(`/api/requests/${entry.spanContext().traceId}`)
      assert.deepEqual(
        spans.map(({ service, name, depth, startMs, durationMs, criticalMs }) => {
          return [service, name, depth, Math.round(startMs), Math.round(durationMs), Math.round(criticalMs)]
        }),
        [
          ['gateway', 'GET /', 0, 0, 100, 15],
          ['gateway', 'GET', 1, 10, 85, 5],
          ['orders', 'GET /orders', 2, 12, 80, 10],
          ['orders', 'SELECT', 3, 15, 70, 70]
        ]
      )
      assert.equal(spans[3]!.attributes['db.query.text'], 'SELECT 1')
      assert.equal(spans[3]!.attributes['big'], -7)
    })
  }

  for (const temporality of [AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA]) {
    it(`metrics, ${AggregationTemporality[temporality].toLowerCase()}: where the bottleneck is`, async () => {
      const load = async (service: string, requests: number, busyShare: number): Promise<void> => {
        const exporter = new OTLPMetricExporter({
          ...SHORT,
          url: `${subject.url}/v1/metrics`,
          temporalityPreference: temporality
        })
        const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
        const provider = new MeterProvider({
          resource: resourceOf(service),
          readers: [reader],
          views:
            service === 'orders'
              ? [{ instrumentName: 'http.*', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }]
              : []
        })
        const meter = provider.getMeter('test')
        const duration = meter.createHistogram('http.server.request.duration', { unit: 's' })
        meter.createObservableGauge('nodejs.eventloop.utilization').addCallback(result => result.observe(busyShare))
        for (let round = 0; round < 3; round++) {
          for (let i = 0; i < requests; i++) duration.record(0.02, { 'http.response.status_code': i % 10 ? 200 : 503 })
          // Time has to pass between points, or there is no rate.
          await new Promise(resolve => setTimeout(resolve, 60))
          await reader.forceFlush()
        }
        await provider.shutdown()
      }
      await Promise.all([load('gateway', 50, 0.2), load('orders', 100, 0.8)])
      const { sums, answers } = await subject.view<SystemView>('/api/system')
      const orders = sums.services.find(({ service }) => service === 'orders')!
      assert.deepEqual([orders.requests, orders.failed, orders.slowOnly], [300, 30, false])
      assert.ok(Math.abs(orders.seconds - 6) < 1e-6, String(orders.seconds))
      const [first, second] = answers.demands
      assert.deepEqual([first!.service, first!.resource, second!.service], ['orders', 'event loop', 'gateway'])
      assert.ok(first!.boundPerSecond > first!.presentPerSecond)
    })
  }

  it('logs are taken, and counted as not kept', async () => {
    const exporter = new OTLPLogExporter({ ...SHORT, url: `${subject.url}/v1/logs` })
    const provider = new LoggerProvider({
      resource: resourceOf('orders'),
      processors: [new SimpleLogRecordProcessor(exporter)]
    })
    provider.getLogger('test').emit({ body: 'hello', attributes: { 'perfagent.report': 'none' } })
    provider.getLogger('test').emit({ body: { nested: [1, 'two', null] } })
    await provider.forceFlush()
    await provider.shutdown()
    while ((subject.store.counts().ignored['log'] ?? 0) === 0) await new Promise(resolve => setTimeout(resolve, 10))
    assert.deepEqual(subject.store.counts().ignored, { log: 1 })
  })
})
