// Beside an OpenTelemetry SDK: it traces, and perfagent says why its slow spans were slow.

import assert from 'node:assert/strict'
import path from 'node:path'
import { PerfagentSpanProcessor } from '../../lib/api/processor.js'
import type { AdoptedSpan } from '../../lib/record/ids.js'
import { type App, runApp } from '../harness/app.js'
import { type Backend, startBackend } from '../harness/backend.js'
import { REGISTER, ROOT } from '../harness/program.js'

describe("the processor of an SDK's spans", () => {
  const AGENT = Symbol.for('perfagent')
  const [INTERNAL, SERVER] = [0, 1]
  const place = globalThis as { [key: symbol]: unknown }
  const before = place[AGENT]
  afterEach(() => {
    place[AGENT] = before
  })

  it('adopts server spans as they are sampled, whatever else their flags say', () => {
    const adopted: [number, boolean][] = []
    const recorder = {
      adoptSpan: ({ spanId, sampled }: AdoptedSpan) => void adopted.push([Number(spanId), sampled])
    }
    place[AGENT] = { recorder, onSlowRequest: () => () => {} }
    const processor = new PerfagentSpanProcessor()
    for (const traceFlags of [0, 1, 2, 3]) {
      const context = { traceId: 'a'.repeat(32), spanId: `${traceFlags}`, traceFlags }
      for (const kind of [INTERNAL, SERVER]) processor.onStart({ kind, spanContext: () => context })
    }
    assert.deepEqual(adopted, [
      [0, false],
      [1, true],
      [2, false],
      [3, true]
    ])
  })

  it('has the slow requests explained of whichever agent runs', () => {
    const listens = new Set<string>()
    const listening = (name: string) => () => {
      listens.add(name)
      return () => listens.delete(name)
    }
    const processor = new PerfagentSpanProcessor()
    const listeners = ['first', undefined, 'second'].map(name => {
      place[AGENT] = name && { onSlowRequest: listening(name) }
      for (let i = 0; i < 2; i++) processor.onStart({ kind: INTERNAL, spanContext: () => assert.fail() })
      return [...listens]
    })
    assert.deepEqual(listeners, [['first'], [], ['second']])
  })
})

describe('beside an OpenTelemetry SDK', function () {
  this.timeout(180_000)
  let app: App | undefined
  let backend: Backend

  async function stop(): Promise<void> {
    const running = app
    app = undefined
    await running?.stop({ stderr: /(?:)/ })
  }
  afterEach(async () => {
    await stop()
    await backend.close()
  })

  for (const order of ['agent first', 'SDK first']) {
    it(`${order}: the spans are the SDK's, the verdict is a child of the slow one, and headers come once`, async () => {
      backend = await startBackend()
      app = await runApp('otel-sdk.js', {
        backend,
        listensWithinMs: 120_000,
        preload: order === 'agent first' ? 'require' : 'none',
        env: {
          ORDER: order,
          AGENT: REGISTER,
          PROCESSOR: path.join(ROOT, 'dist/otel.js'),
          OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
          OTEL_NODE_RESOURCE_DETECTORS: 'none',
          OTEL_METRICS_EXPORTER: 'none',
          OTEL_LOGS_EXPORTER: 'none',
          PERFAGENT_LOGS_EXPORTER: 'otlp',
          PERFAGENT_EXPORT: 'otlp,http'
        }
      })
      const answer = JSON.parse((await app.get('/slow')).body) as string[][]
      const report = await app.report(({ request }) => request.path === '/slow')
      const verdict = await backend.span(
        ({ name, parentSpanId }) => name === 'perfagent.slow_request' && parentSpanId === report.spanId
      )
      const log = await backend.log(
        ({ attributes, spanId }) => attributes['perfagent.status'] === 'finished' && spanId === report.spanId
      )
      const server = await backend.span(({ spanId }) => spanId === verdict.parentSpanId)
      const early = await backend.span(({ name }) => name === 'early')
      await stop()

      assert.deepEqual([server.kind, server.scope], [2, '@opentelemetry/instrumentation-http'])
      assert.deepEqual([report.traceId, report.spanId], [server.traceId, server.spanId])
      assert.deepEqual([log.traceId, log.spanId], [server.traceId, server.spanId])
      assert.deepEqual([early.traceId, early.parentSpanId, early.scope], [server.traceId, server.spanId, 'early'])
      assert.equal(verdict.attributes['perfagent.cause'], report.verdict.cause)
      assert.equal(verdict.attributes['perfagent.summary'], report.verdict.summary)
      const calls = report.operations
        .filter(({ kind }) => kind === 'http')
        .map(({ text }) => new URL(text!.split(' ')[1]!))
      assert.deepEqual(
        calls.map(({ pathname }) => pathname),
        ['/peer', '/peer'],
        'what the SDK delivers is none of its calls'
      )
      for (const [header, ...others] of answer) {
        assert.deepEqual(others, [])
        const [, traceId, spanId] = header!.split('-')
        const call = backend.spans.find(span => span.spanId === spanId)
        assert.equal(traceId, server.traceId)
        assert.deepEqual([call?.kind, call?.parentSpanId], [3, early.spanId])
      }
      // Each once, and none by perfagent's own hand.
      assert.equal(new Set(backend.spans.map(({ spanId }) => spanId)).size, backend.spans.length)
      const own = backend.spans.filter(({ name }) => name !== 'before the SDK')
      assert.ok(own.every(({ resource }) => resource['telemetry.sdk.name'] === 'opentelemetry'))
    })
  }
})
