// Whatever an application gives to OpenTelemetry's API, nothing is thrown into it, and what it gives next is taken.

import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'
import { type Backend, startBackend } from '../harness/backend.js'

describe('odd arguments of the API', () => {
  let app: App
  let backend: Backend
  afterEach(async () => {
    await app.stop({ stderr: /^(?:\[perfagent\] \S+ is no name of an instrument, .*\n)*$/ })
    await backend.close()
  })

  it('throw nothing, and change nothing for others', async () => {
    backend = await startBackend()
    app = await runApp('odd-arguments.js', {
      backend,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        OTEL_TRACES_SAMPLER: 'always_on',
        PERFAGENT_SLOW_MS: '60000'
      }
    })
    const { thrown, calls, ...found } = JSON.parse((await app.get('/odd')).body)
    assert.ok(calls > 400, `${calls} calls`)
    assert.deepEqual(thrown, [])
    assert.deepEqual(found, { mine: ['mine', 'mine', 'mine', 'mine'], ran: 3, active: true, header: true })
    const good = await backend.span(({ name }) => name === 'good')
    assert.deepEqual(good.attributes, { good: true })
    assert.equal(good.links.length, 1)
    const request = await backend.span(({ kind, name }) => kind === 2 && name === 'GET /odd')
    assert.equal(good.traceId, request.traceId)
    const points = await backend.collection(all => all.some(({ name }) => name === 'good.count'))
    assert.deepEqual(
      points.filter(({ name }) => name === 'good.count').map(({ value, attributes }) => [value, attributes]),
      [[1, { good: true }]]
    )
  })
})
