// What an application counts by OpenTelemetry's metrics API, old and new, arrives at the backend with perfagent's own metrics.

import assert from 'node:assert/strict'
import path from 'node:path'
import { type App, runApp } from '../harness/app.js'
import { type Backend, startBackend } from '../harness/backend.js'
import type { OtlpPoint } from '../harness/otlp.js'
import { REGISTER, ROOT } from '../harness/program.js'

const COPIES = { '1.9': ROOT, '1.10': path.join(ROOT, 'test/versions/opentelemetry') }

describe('metrics of the application', () => {
  let app: App
  let backend: Backend

  async function run(env: Record<string, string>): Promise<void> {
    backend = await startBackend()
    app = await runApp('metrics-api.js', {
      backend,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: backend.url, OTEL_METRIC_EXPORT_INTERVAL: '200', ...env }
    })
  }
  afterEach(async () => {
    await app.stop({ stderr: /^(?:\[perfagent\] .*\n)*$/ })
    await backend.close()
  })

  const named = (points: OtlpPoint[], name: string, scope = 'shop'): OtlpPoint[] =>
    points.filter(point => point.name === name && point.scope === scope)
  const values = (points: OtlpPoint[]): [Record<string, unknown>, number][] =>
    points.map(({ attributes, value }) => [attributes, value])

  for (const [version, LIBRARIES] of Object.entries(COPIES)) {
    it(`API ${version}: each instrument, with its attributes, its unit and its scope`, async () => {
      await run({ LIBRARIES })
      assert.equal(
        JSON.parse((await app.get('/count')).body).calledNow,
        0,
        'callbacks run only when metrics are collected'
      )
      const points = await backend.collection(
        all => named(all, 'orders').length > 0 && named(all, 'shop.slow').length > 0
      )

      const orders = named(points, 'orders')
      assert.deepEqual(values(orders), [
        [{ country: 'se', rush: true }, 5],
        [{ country: 'no', tags: ['a', 'b'] }, 2]
      ])
      const [{ unit, description, kind, monotonic, temporality, scopeVersion, resource }] = orders as [OtlpPoint]
      assert.deepEqual(
        [unit, description, kind, monotonic, temporality, scopeVersion],
        ['{order}', 'Orders taken.', 'sum', true, 2, '1.2.3']
      )
      assert.equal(resource['telemetry.sdk.name'], 'perfagent')
      assert.deepEqual(values(named(points, 'orders', 'other')), [[{}, 9]])

      const [open] = named(points, 'carts.open')
      assert.deepEqual([open!.kind, open!.monotonic, open!.value], ['sum', false, 3])
      const [sizes] = named(points, 'order.size')
      assert.deepEqual([sizes!.bounds, sizes!.buckets, sizes!.value, sizes!.count], [[10, 100], [1, 1, 1], 1021, 3])
      const [waits] = named(points, 'order.wait')
      assert.deepEqual([waits!.bounds[1], waits!.bounds.length, waits!.count, waits!.value], [5, 15, 3, 33])
      const [level] = named(points, 'stock.level')
      assert.deepEqual([level!.kind, level!.value], ['gauge', 7])
      assert.deepEqual(values(named(points, 'whole')), [[{}, 2]])

      const [uptime, ...others] = named(points, 'shop.uptime')
      assert.deepEqual([uptime!.attributes, uptime!.monotonic, others], [{ zone: 'a' }, true, []])
      assert.deepEqual(values(named(points, 'shop.depth')), [
        [{ queue: 'mail' }, 3],
        [{ queue: 'print' }, 4]
      ])
      assert.deepEqual(values(named(points, 'shop.used')), [[{}, -2]])
      assert.deepEqual(values(named(points, 'shop.slow')), [[{}, 5]], 'an asynchronous callback is waited for')
      assert.deepEqual(named(points, 'shop.broken'), [])
    })
  }

  it('as deltas each is told once, and what is observed is told as what was added', async () => {
    await run({ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta' })
    const all = (name: string): OtlpPoint[] => named(backend.metrics.flat(), name)
    await app.get('/count')
    await backend.collection(() => all('orders').length >= 2 && all('shop.uptime').length >= 2)
    await app.get('/count')
    await backend.collection(() => all('orders').length >= 4)
    const [first, , second] = all('orders')
    assert.deepEqual([first!.temporality, first!.value, second!.value], [1, 5, 5])
    assert.ok(second!.startTimeUnixNano >= first!.timeUnixNano)
    assert.deepEqual(
      all('shop.uptime').map(({ value, temporality }) => [value, temporality]),
      [
        [100, 1],
        [7, 1]
      ]
    )
    assert.deepEqual(
      all('order.size').map(({ count, buckets }) => [count, buckets]),
      [
        [3, [1, 1, 1]],
        [3, [1, 1, 1]]
      ]
    )
    assert.equal(all('carts.open')[0]!.temporality, 2)
  })

  it('by the variable histograms are exponential, unless the application asked for its own buckets', async () => {
    await run({ OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram' })
    await app.get('/count')
    const points = await backend.collection(all => named(all, 'order.wait').length > 0)
    const [waits] = named(points, 'order.wait')
    assert.deepEqual([waits!.kind, waits!.count, waits!.zeroCount, waits!.scale], ['exponential', 3, 1, 3])
    const filled = waits!.buckets.flatMap((count, i) => (count > 0 ? [2 ** ((waits!.offset + i) / 8)] : []))
    assert.equal(filled.length, 2)
    for (const [i, value] of [3, 30].entries()) assert.ok(filled[i]! < value && value <= filled[i]! * 2 ** (1 / 8))
    assert.equal(named(points, 'order.size')[0]!.kind, 'histogram')
  })

  it('beyond 2000 series an instrument counts in its overflow series', async () => {
    await run({})
    await app.get('/many')
    const many = named(await backend.collection(all => named(all, 'many').length > 0), 'many')
    assert.equal(many.length, 2001)
    assert.deepEqual(values(many.filter(({ attributes }) => 'otel.metric.overflow' in attributes)), [
      [{ 'otel.metric.overflow': true }, 10]
    ])
  })

  it('what was counted last leaves when the process ends', async () => {
    await run({ OTEL_METRIC_EXPORT_INTERVAL: '600000', PERFAGENT_EXIT_MS: '9000' })
    await app.get('/count')
    await app.stop({ stderr: /(?:)/ })
    assert.equal(named(backend.metrics.flat(), 'orders').length, 2)
    assert.equal(named(backend.metrics.flat(), 'shop.depth').length, 2)
  })
})

describe("beside an OpenTelemetry SDK's metrics", function () {
  this.timeout(180_000)

  for (const order of ['agent first', 'SDK first']) {
    it(`${order}: what is counted from then on is the SDK's, and the traces stay perfagent's`, async () => {
      const backend = await startBackend()
      const app = await runApp('otel-metrics-sdk.js', {
        backend,
        listensWithinMs: 120_000,
        preload: order === 'agent first' ? 'require' : 'none',
        env: {
          ORDER: order,
          AGENT: REGISTER,
          OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
          OTEL_METRIC_EXPORT_INTERVAL: '200'
        }
      })
      const answer = JSON.parse((await app.get('/count')).body)
      const early = order === 'agent first'
      assert.deepEqual(answer, { registered: true, names: early ? ['after', 'late'] : ['late'], recording: true })
      const requests = (points: OtlpPoint[]): OtlpPoint[] =>
        points.filter(({ name }) => name === 'http.server.request.duration')
      const points = await backend.collection(all => requests(all).length > 0)
      const foreign = points.filter(({ scope }) => scope !== 'perfagent').map(({ name }) => name)
      assert.deepEqual(foreign, early ? ['before'] : [], 'each instrument is told by one of the two')
      await app.stop({ stderr: /(?:)/ })
      await backend.close()
    })
  }
})
