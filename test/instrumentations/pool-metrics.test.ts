// Metrics of a pool of connections to a real database.

import assert from 'node:assert/strict'
import { runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import type { OtlpPoint } from '../harness/otlp.js'

describe('metrics of a pool', () => {
  it('tell how long its connections were in use, who waited for one, and how many there are', async () => {
    const backend = await startBackend()
    const app = await runApp('pg.js', {
      backend,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: backend.url, PERFAGENT_SLOW_MS: '10000', OTEL_METRIC_EXPORT_INTERVAL: '200' }
    })
    // Each holds a connection for the 100 ms of its query. Of six at once four have to wait: the pool has two.
    for (let i = 0; i < 10; i++) await app.get('/promise')
    await Promise.all(Array.from({ length: 6 }, () => app.get('/promise')))
    await backend.collection(points =>
      points.some(({ name, count }) => name === 'http.server.request.duration' && count === 16)
    )
    await app.stop()
    await backend.close()

    const last = (name: string): OtlpPoint[] => backend.metrics.at(-1)!.filter(point => point.name === name)
    const { PGHOST, PGPORT, PGDATABASE } = process.env
    const pool = `${PGHOST}:${PGPORT}/${PGDATABASE}`
    const [queries] = last('db.client.operation.duration')
    assert.deepEqual(
      [queries!.count, queries!.attributes['db.system.name'], queries!.attributes['db.namespace']],
      [16, 'postgresql', PGDATABASE]
    )
    const [busy] = last('perfagent.resource.busy_time').filter(
      ({ attributes }) => attributes['perfagent.resource'] === `pool ${pool}`
    )
    const ratio = busy!.value / queries!.value
    assert.ok(ratio > 0.7 && ratio < 1.6, `in use ${busy!.value} s for ${queries!.value} s of queries`)
    const [waits] = last('db.client.connection.wait_time')
    assert.deepEqual([waits!.count, waits!.attributes['db.client.connection.pool.name']], [16, pool])
    // Two had to wait for one query, two for two.
    assert.ok(waits!.value > 0.5, `${waits!.value} s`)
    for (const name of ['db.client.connection.max', 'perfagent.resource.capacity']) {
      const [most] = last(name).filter(({ attributes }) =>
        Object.values(attributes).some(text => String(text).includes(pool))
      )
      assert.equal(most!.value, 2, name)
    }
    const used = backend.metrics.flat().filter(({ name }) => name === 'db.client.connection.count')
    assert.ok(Math.max(...used.map(({ value }) => value)) <= 2)
  })
})
