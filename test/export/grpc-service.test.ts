// A service whose OTLP goes over gRPC, as its user sets it up: all signals arrive.

import assert from 'node:assert/strict'
import { runApp } from '../harness/app.js'
import { type Collector, startCollector } from '../harness/grpc.js'

describe('a service that sends OTLP over gRPC', () => {
  let collector: Collector
  before(async () => {
    collector = await startCollector()
  })
  after(() => collector.close())

  it('sends metrics, spans and reports', async () => {
    const app = await runApp('hello.js', {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        PERFAGENT_SLOW_MS: '1',
        // What its connections take on a busy machine is no matter here.
        PERFAGENT_EXIT_MS: '10000'
      }
    })
    await app.get('/slow')
    // At its end it sends what is left.
    await app.stop()
    const points = collector.metrics.flat().filter(({ name }) => name === 'http.server.request.duration')
    assert.equal(
      points.reduce((sum, { count }) => sum + count, 0),
      1
    )
    assert.ok(collector.spans.some(({ name }) => name === 'GET /slow'))
    assert.deepEqual(
      collector.logs.map(({ eventName }) => eventName),
      ['perfagent.slow_request']
    )
  })
})
