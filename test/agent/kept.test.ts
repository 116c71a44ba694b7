// Spans of requests that were not slow: all with `always_on`, none with `always_off`, and by default those of failed ones.

import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'

/** A loaded machine makes no other request slow. */
const ENV = { PERFAGENT_SLOW_MS: '60000', PERFAGENT_SLOW_ROUTES: 'GET /slow=50' }

async function app(env: Record<string, string>): Promise<App> {
  const backend = await startBackend()
  const running = await runApp('kept.js', { backend, env: { ...ENV, PERFAGENT_OTLP_ENDPOINT: backend.url, ...env } })
  running.outcome.finally(() => backend.close())
  return running
}

const parent = (flags: string) => ({ headers: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-${flags}` } })

describe('spans of requests that were not slow', () => {
  it('always_on: every request and every call leaves, whatever the caller decided, and peers are told so', async () => {
    const { get, stop, backend } = await app({ OTEL_TRACES_SAMPLER: 'always_on' })
    for (let i = 0; i < 100; i++) await get(`/call/${i}`)
    const { body } = await get('/call/x', parent('00'))
    assert.match(body, /^00-a{32}-[0-9a-f]{16}-01$/)
    await get('/slow')
    await backend.span(({ name }) => name === 'GET /slow')
    await stop()
    const servers = backend.spans.filter(({ kind }) => kind === 2)
    assert.equal(servers.filter(({ name }) => name === 'GET /call/:id').length, 100)
    const ofPeer = backend.spans.find(({ spanId }) => spanId === body.split('-')[2])
    const server = servers.find(({ spanId }) => spanId === ofPeer?.parentSpanId)
    assert.deepEqual([ofPeer?.kind, server?.name, server?.traceId], [3, 'GET /call/x', 'a'.repeat(32)])
    // The peer is the service itself: 101 calls of a request, 101 requests from a call, one that is slow.
    assert.equal(backend.spans.filter(({ kind }) => kind === 3).length, 101)
    assert.equal(servers.length, 203)
    assert.equal(new Set(backend.spans.map(({ spanId }) => spanId)).size, 304)
    const explained = servers.filter(({ attributes }) => 'perfagent.cause' in attributes)
    assert.deepEqual(
      explained.map(({ name }) => name),
      ['GET /slow']
    )
    assert.equal(backend.reports.filter(({ status }) => status === 'finished').length, 1)
  })

  it('always_off: none leaves, and the flag says so; a slow one is reported all the same', async () => {
    const { get, stop, report, backend } = await app({ OTEL_TRACES_SAMPLER: 'always_off' })
    assert.match((await get('/call/x', parent('01'))).body, /-00$/)
    await get('/fails')
    await get('/slow')
    await report()
    await stop()
    assert.deepEqual(backend.spans, [])
    assert.ok(backend.logs.length > 0)
  })

  it('by default: failed ones leave, others do not', async () => {
    const { get, stop, backend } = await app({ PERFAGENT_SAMPLE_SHARE: '0' })
    await get('/call/x')
    await get('/fails')
    await backend.span()
    await stop()
    const [span, ...others] = backend.spans
    assert.deepEqual([span!.name, span!.status.code, others.length], ['GET /fails', 2, 0])
    assert.equal(backend.reports.length + backend.logs.length, 0)
  })

  it('by default: a share of the rest leaves', async () => {
    const { get, stop, backend } = await app({ PERFAGENT_SAMPLE_SHARE: '1' })
    await get('/call/x')
    await backend.span()
    await stop()
    assert.equal(backend.spans.length, 3)
  })
})
