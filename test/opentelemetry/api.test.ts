// Spans, contexts and propagation of an application that uses OpenTelemetry's API, old and new, with perfagent as its provider.

import assert from 'node:assert/strict'
import path from 'node:path'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { type Backend, startBackend } from '../harness/backend.js'
import type { OtlpSpan } from '../harness/otlp.js'
import { ROOT } from '../harness/program.js'

const TRACE = 'a'.repeat(32)
const headers = { traceparent: `00-${TRACE}-${'b'.repeat(16)}-01` }

const COPIES = { '1.9': ROOT, '1.10': path.join(ROOT, 'test/versions/opentelemetry') }
for (const [version, LIBRARIES] of Object.entries(COPIES)) {
  describe(`OpenTelemetry's API ${version}`, () => {
    let app: App
    let backend: Backend
    before(async () => {
      backend = await startBackend()
      app = await runApp('opentelemetry.js', {
        backend,
        env: {
          LIBRARIES,
          PERFAGENT_OTLP_ENDPOINT: backend.url,
          OTEL_TRACES_SAMPLER: 'always_on',
          OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '10',
          OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '200',
          OTEL_SPAN_EVENT_COUNT_LIMIT: '4',
          OTEL_SPAN_LINK_COUNT_LIMIT: '5',
          OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '2'
        }
      })
    })
    after(async () => {
      await app.stop()
      await backend.close()
    })

    /** On a machine that does much else a single request may have had another cause. */
    async function verdict(route: string, says: (report: Report) => boolean): Promise<void> {
      const seen: string[] = []
      while (seen.length < 10) {
        const before = backend.reports.length
        await app.get(route)
        const report = await app.report(made => backend.reports.indexOf(made) >= before && made.request.route === route)
        if (says(report)) return
        seen.push(report.verdict.summary)
      }
      assert.fail(seen.join('\n'))
    }

    const server = (name: string): Promise<OtlpSpan> => backend.span(span => span.name === name && span.kind === 2)

    it('spans made by hand are nested in the request, and leave with all that they were told', async () => {
      const answer = JSON.parse((await app.get('/by-hand', { headers })).body)
      assert.deepEqual([answer.found, answer.again, answer.recording], [true, true, false])
      const [request, outer, inner] = [
        await server('GET /by-hand'),
        await backend.span(({ name }) => name === 'outer, renamed'),
        await backend.span(({ name }) => name === 'inner')
      ]
      const call = await backend.span(({ spanId }) => spanId === answer.traceparent.split('-')[2])
      assert.deepEqual([request.traceId, outer.traceId, inner.traceId, call.traceId], [TRACE, TRACE, TRACE, TRACE])
      assert.deepEqual([outer.spanId, inner.spanId], [answer.outer, answer.inner])
      assert.deepEqual(
        [outer.parentSpanId, inner.parentSpanId, call.parentSpanId],
        [request.spanId, outer.spanId, inner.spanId]
      )
      assert.deepEqual([outer.kind, inner.kind, call.kind], [1, 4, 3])
      assert.deepEqual([outer.scope, outer.scopeVersion, call.scope], ['shop', '1.2.3', 'perfagent'])
      assert.deepEqual(inner.attributes, { items: 3, names: ['a', 'b'], ratio: 0.5, ok: true })
      assert.deepEqual(
        inner.events.map(({ name, attributes }) => [name, attributes]),
        [['packed', { boxes: 2 }]]
      )
      assert.deepEqual(inner.links, [{ traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), attributes: { why: 'same' } }])
      assert.deepEqual([inner.status.code, outer.status], [1, { code: 2, message: 'failed by hand' }])
      const [exception] = outer.events
      assert.deepEqual(
        [exception!.name, exception!.attributes['exception.type'], exception!.attributes['exception.message']],
        ['exception', 'TypeError', 'it is broken']
      )
      assert.ok(inner.startTimeUnixNano >= outer.startTimeUnixNano && inner.endTimeUnixNano <= outer.endTimeUnixNano)
    })

    it('and name the time in the report of a slow request', async () => {
      const report = await app.reportOf('/by-hand')
      const kinds = report.operations.map(({ kind, name }) => [kind, name])
      assert.deepEqual(
        kinds.map(([, name]) => name).filter(name => !name!.startsWith('GET ')),
        ['outer, renamed', 'inner']
      )
      assert.equal(report.operations[0]!.span!.status.message, 'failed by hand')
      await verdict('/named', ({ breakdown }) =>
        breakdown.some(({ cause, detail }) => cause === 'unknown' && detail.includes("inside 'waiting'"))
      )
    })

    it("the active span of a handler is the request's own", async () => {
      const answer = JSON.parse((await app.get('/request-span', { headers })).body)
      const span = await server('GET /request-span')
      assert.deepEqual([answer.same, answer.recording, answer.traceFlags], [true, true, 1])
      assert.deepEqual([answer.traceId, answer.spanId], [TRACE, span.spanId])
      assert.equal(span.attributes['customer'], 17)
      assert.equal(span.attributes['http.route'], '/request-span', 'what perfagent knows is not taken away')
      assert.deepEqual(
        span.events.map(({ name }) => name),
        ['seen', 'exception']
      )
      assert.deepEqual(span.status, { code: 2, message: 'told' })
      const report = await app.reportOf('/request-span')
      assert.equal(report.span!.attributes['customer'], 17)
    })

    it('contexts follow the work', async () => {
      assert.deepEqual(JSON.parse((await app.get('/contexts')).body), {
        own: true,
        notActive: true,
        with: true,
        root: true,
        bound: [2, 1, 2, true],
        emitter: [true],
        thrown: 'mine',
        suppressed: [false, true],
        after: true,
        baggage: 'tenant=a%20b',
        injected: true,
        extracted: ['e'.repeat(32), true, 1, '1']
      })
      await server('GET /contexts')
      assert.equal(backend.spans.filter(({ name }) => name === 'hidden').length, 0)
    })

    it('baggage that the application has taken away is not handed on', async () => {
      const answer = (await app.get('/baggage', { headers: { baggage: 'user=17' } })).body
      assert.deepEqual(JSON.parse(answer), { kept: 'user=17', more: 'user=17,more=1' })
    })

    it('the limits of the specification hold, and what is beyond is counted', async () => {
      await app.get('/limits')
      const span = await server('GET /limits')
      assert.equal(span.attributes['a5'], 'x'.repeat(20))
      assert.deepEqual(
        span.events.map(({ name, attributes }) => [name, Object.keys(attributes).length]),
        [2, 3, 4, 5].map(i => [`e${i}`, 2])
      )
      assert.deepEqual([span.links.length, span.dropped], [5, { attributes: 0, events: 2, links: 1 }])
    })

    it('statements are operations with a cause, and secrets stay in the process', async () => {
      await app.get('/secrets')
      const report = await app.reportOf('/secrets')
      const [operation] = report.operations
      assert.deepEqual(
        [operation!.kind, operation!.system, operation!.target, operation!.text],
        ['db', 'postgresql', 'db:5432', 'SELECT * FROM t WHERE a = ?']
      )
      await verdict('/secrets', report => report.verdict.cause === 'db.slow_query')
      await server('GET /secrets')
      const sent = JSON.stringify([backend.spans, backend.reports, backend.logs], (_, value) =>
        typeof value === 'bigint' ? String(value) : value
      )
      assert.ok(!sent.includes('sesame'))
    })

    it('a consumer outside any request is a request of its own, in the trace of the message', async () => {
      await app.get('/consume', { headers })
      const span = await backend.span(({ kind }) => kind === 5)
      assert.deepEqual(
        [span.name, span.traceId, span.parentSpanId, span.scope],
        ['orders process', TRACE, 'b'.repeat(16), 'shop']
      )
      assert.equal(span.attributes['messaging.system'], 'x')
      const report = await app.report(({ request }) => request.method === 'CONSUMER')
      assert.deepEqual([report.request.route, report.spanId], ['orders process', span.spanId])
      const call = await backend.span(({ parentSpanId }) => parentSpanId === span.spanId)
      assert.equal(call.kind, 3)
    })
  })
}

describe("OpenTelemetry's API, imported by an ES module", () => {
  it('finds perfagent as well', async () => {
    const backend = await startBackend()
    const app = await runApp('opentelemetry.mjs', {
      backend,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
        OTEL_TRACES_SAMPLER: 'always_on',
        OTEL_METRIC_EXPORT_INTERVAL: '200'
      }
    })
    try {
      assert.deepEqual(JSON.parse((await app.get('/by-hand')).body), { found: true })
      const span = await backend.span(({ name }) => name === 'imported')
      const request = await backend.span(({ kind, name }) => kind === 2 && name === 'GET /by-hand')
      assert.deepEqual([span.scope, span.parentSpanId], ['modules', request.spanId])
      await backend.collection(points => points.some(({ name, value }) => name === 'modules.calls' && value === 1))
    } finally {
      await app.stop()
      await backend.close()
    }
  })
})
