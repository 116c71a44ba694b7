// Metrics of a service as a backend gets them, decoded by OpenTelemetry's own code: what was counted is what was done.

import assert from 'node:assert/strict'
import { METRICS } from '../../lib/metrics/table.js'
import { type App, runApp } from '../harness/app.js'
import { type Backend, startBackend } from '../harness/backend.js'
import type { OtlpPoint } from '../harness/otlp.js'

const REQUESTS = 'http.server.request.duration'
const CALLER = ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00', 'tracestate']

describe('metrics of a service', () => {
  let app: App
  let backend: Backend

  async function run(env: Record<string, string> = {}, answer?: Backend['answer']): Promise<void> {
    backend = await startBackend(answer)
    app = await runApp('metrics.js', {
      backend,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
        OTEL_SERVICE_NAME: 'orders',
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        PERFAGENT_SLOW_MS: '100',
        ...env
      }
    })
  }
  afterEach(async () => {
    await app.stop({ stderr: /^(?:\[perfagent\] .*\n)*$/ })
    await backend.close()
  })

  const all = (name: string): OtlpPoint[] => backend.metrics.flat().filter(point => point.name === name)
  const last = (name: string): OtlpPoint[] => (backend.metrics.at(-1) ?? []).filter(point => point.name === name)
  const of = (points: OtlpPoint[], attributes: Record<string, unknown>): OtlpPoint[] =>
    points.filter(point => Object.entries(attributes).every(([key, value]) => point.attributes[key] === value))
  const count = (points: OtlpPoint[]): number => points.reduce((sum, point) => sum + point.count, 0)
  const total = (points: OtlpPoint[]): number => points.reduce((sum, { value }) => sum + value, 0)
  const get = async (path: string, times = 1): Promise<void> => {
    for (let i = 0; i < times; i++) await app.get(path)
  }
  /** Until all that was asked is in what came. */
  const counted = (requests: number): Promise<OtlpPoint[]> =>
    backend.collection(points => count(points.filter(({ name }) => name === REQUESTS)) >= requests)

  it('counts each request, by route and status', async () => {
    await run()
    await get('/quick?q=1', 30)
    await get('/items/17', 5)
    await get('/fails', 4)
    const points = (await counted(39)).filter(({ name }) => name === REQUESTS)
    const told = points.map(({ attributes, count }) => [
      attributes['http.route'],
      attributes['http.response.status_code'],
      attributes['error.type'],
      count
    ])
    assert.deepEqual(told, [
      ['/quick', 200, undefined, 30],
      ['/items/:id', 200, undefined, 5],
      ['/fails', 503, '503', 4]
    ])
    for (const { bounds, buckets, count, unit, temporality, resource, scope, value } of points) {
      assert.deepEqual(bounds, METRICS.serverDuration.bounds)
      assert.equal(buckets.length, bounds.length + 1)
      assert.equal(
        buckets.reduce((a, b) => a + b, 0),
        count
      )
      assert.ok(value > 0)
      assert.deepEqual([unit, temporality, resource['service.name'], scope], ['s', 2, 'orders', 'perfagent'])
    }
  })

  it('tells where the time went, and it adds up', async () => {
    await run()
    await get('/calls', 3)
    await get('/slow', 2)
    await counted(5)
    await app.stop()
    const [calls] = of(last(REQUESTS), { 'http.route': '/calls' })
    const parts = of(last('perfagent.request.time'), { 'http.route': '/calls' })
    assert.deepEqual(parts.map(({ attributes }) => attributes['perfagent.part']).sort(), ['http', 'own'])
    assert.ok(Math.abs(total(parts) / calls!.value - 1) < 1e-6)
    const [peer] = of(parts, { 'perfagent.part': 'http' })
    const client = last('http.client.request.duration')
    assert.deepEqual([count(client), client[0]!.attributes['http.response.status_code']], [3, 200])
    assert.ok(peer!.value > 0.05 && peer!.value <= total(client) * 1.001, `${peer!.value} of ${total(client)}`)
    const slow = of(last('perfagent.slow_requests'), { 'http.route': '/slow' })
    assert.equal(total(slow), 2)
  })

  it('tells the time of slow requests by cause, and points from a bucket to a slow trace', async () => {
    await run()
    await get('/slow', 2)
    const first = await app.report()
    const second = await app.report(({ id }) => id !== first.id)
    await backend.collection(points => points.some(({ exemplars }) => exemplars.length > 0))
    await app.stop()
    const byCause = last('perfagent.slow_request.time')
    assert.ok(Math.abs(total(byCause) * 1000 - first.durationMs - second.durationMs) < 1)
    assert.equal(total(last('perfagent.slow_request.reports')), 2)
    const exemplars = all(REQUESTS).flatMap(point => point.exemplars)
    const traces = [first, second].map(({ traceId }) => traceId)
    for (const { traceId, spanId, value } of exemplars) {
      assert.ok(traces.includes(traceId))
      assert.match(spanId, /^[0-9a-f]{16}$/)
      assert.ok(value >= 0.1)
    }
    assert.equal(new Set(exemplars.map(({ traceId }) => traceId)).size, exemplars.length)
  })

  it('gives the same sums as deltas: no request twice, none lost, one stretch after another', async () => {
    await run({ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta' })
    for (let i = 0; i < 4; i++) {
      const before = count(all(REQUESTS))
      await get('/quick', 10)
      await backend.collection(() => count(all(REQUESTS)) > before)
    }
    await app.stop()
    const points = all(REQUESTS)
    assert.equal(count(points), 40)
    assert.ok(points.length > 1)
    assert.ok(Math.abs(total(all('perfagent.request.time')) / total(points) - 1) < 1e-6)
    for (const [i, point] of points.entries()) {
      assert.equal(point.temporality, 1)
      if (i > 0) assert.ok(point.startTimeUnixNano >= points[i - 1]!.timeUnixNano)
    }
    assert.ok(all('v8js.memory.heap.used').every(({ temporality }) => temporality === 2))
  })

  it('makes exponential histograms', async () => {
    await run({ OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram' })
    await get('/slow', 3)
    const [point] = (await counted(3)).filter(({ name }) => name === REQUESTS)
    const { kind, scale, offset, buckets, zeroCount, value } = point!
    assert.deepEqual([kind, zeroCount, buckets.reduce((a, b) => a + b, 0)], ['exponential', 0, 3])
    const base = 2 ** (2 ** -scale)
    const [least, most] = [base ** offset, base ** (offset + buckets.length)]
    assert.ok(least < value / 3 && value / 3 <= most && least > 0.09, `${least} to ${most} for ${value / 3}`)
  })

  it('says who called, and puts callers beyond the limit into the overflow series', async () => {
    await run()
    const { maxSeries } = METRICS.calls
    for (let i = 0; i < maxSeries + 7; i++) {
      const headers = Object.fromEntries([
        [CALLER[0], CALLER[1]],
        [CALLER[2], `perfagent=web${i}`]
      ])
      await app.get('/quick', { headers })
    }
    await app.get('/fails', { headers: { [CALLER[0]!]: CALLER[1], [CALLER[2]!]: 'perfagent=web0' } })
    await get('/quick')
    await counted(maxSeries + 9)
    await app.stop()
    const calls = last('perfagent.calls')
    assert.equal(calls.length, maxSeries + 1)
    assert.equal(total(of(calls, { 'perfagent.caller': 'web3' })), 1)
    assert.deepEqual(
      of(calls, { 'otel.metric.overflow': true }).map(({ value }) => value),
      [8]
    )
    assert.equal(total(calls), maxSeries + 8)
    assert.ok(total(last('perfagent.call.time')) < total(last(REQUESTS)))
  })

  it('tells how busy the event loop was, also while it is blocked', async () => {
    await run({ OTEL_METRIC_EXPORT_INTERVAL: '400' })
    await get('/quick')
    await counted(1)
    const before = total(of(last('perfagent.resource.busy_time'), { 'perfagent.resource': 'event loop' }))
    const since = backend.metrics.length
    const blocked = app.get('/busy?ms=2500')
    await backend.collection(() => backend.metrics.length > since + 1)
    const during = backend.metrics.slice(since)
    await blocked
    const loop = { 'perfagent.resource': 'event loop' }
    const at = (points: OtlpPoint[]): number =>
      total(
        of(
          points.filter(({ name }) => name === 'perfagent.resource.busy_time'),
          loop
        )
      )
    // Before it ends: a busy machine may not let the last collection go within the time for that.
    await backend.collection(points => at(points) - before >= 2.4)
    await counted(2)
    await app.stop()
    assert.ok(at(during.at(-1)!) - before > 0.5, `${at(during.at(-1)!) - before} s of it were told meanwhile`)
    const end = at(backend.metrics.at(-1)!)
    assert.ok(end - before >= 2.4 && end - before < 6, `${end - before} s`)
    assert.equal(total(of(last('perfagent.resource.capacity'), loop)), 1)
    assert.ok(all('nodejs.eventloop.utilization').every(({ value }) => value > 0 && value <= 1))
    assert.ok(Math.max(...all('nodejs.eventloop.delay.max').map(({ value }) => value)) > 2)
  })

  it('does not tell a loop that waits as in use, though the CPU profile cuts its waits short', async () => {
    await run({ PERFAGENT_PROFILE_INTERVAL_MS: '2' })
    await get('/quick')
    await counted(1)
    const clock = (): [active: number, idle: number] => {
      const time = last('nodejs.eventloop.time')
      const at = (state: string): number => total(of(time, { 'nodejs.eventloop.state': state }))
      return [at('active'), at('idle')]
    }
    const [activeBefore, idleBefore] = clock()
    await get('/slow', 15)
    await counted(16)
    const [active, idle] = clock()
    const share = (active - activeBefore) / (active + idle - activeBefore - idleBefore)
    assert.ok(share < 0.35, `in use for ${share} of the time`)
  })

  it('tells of process, heap and collector', async () => {
    await run()
    await get('/quick', 5)
    await counted(5)
    await app.stop()
    const names = new Set(backend.metrics.flat().map(({ name }) => name))
    for (const { name } of Object.values(METRICS)) {
      const mustCome = /^(?:process|nodejs|v8js\.memory)\./.test(name)
      if (mustCome) assert.ok(names.has(name), `${name} did not come`)
    }
    const cpu = total(last('process.cpu.time'))
    const [uptime] = last('process.uptime')
    assert.ok(cpu > 0.05 && cpu < uptime!.value * 3, `${cpu} s of ${uptime!.value} s`)
    assert.ok(total(last('process.memory.usage')) > 20e6)
  })

  it('loses nothing when the backend fails: the next collection has all, as deltas the queue', async () => {
    for (const preference of ['cumulative', 'delta']) {
      let failing = true
      const failFirst: Backend['answer'] = ({ path }) => (path === '/v1/metrics' && failing ? { status: 503 } : {})
      await run({ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: preference }, failFirst)
      await get('/quick', 10)
      await backend.request(({ path }) => path === '/v1/metrics')
      await get('/quick', 10)
      failing = false
      await app.stop({ stderr: /reports wait/ })
      assert.equal(count(preference === 'delta' ? all(REQUESTS) : last(REQUESTS)), 20)
      if (preference === 'cumulative') await backend.close()
    }
  })

  it('goes as JSON too, and to an endpoint of its own with headers of its own', async () => {
    await run({ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-tenant=a' })
    await get('/slow', 2)
    const points = await counted(2)
    assert.equal(count(of(points, { 'http.route': '/slow' })), 2)
    const { headers } = await backend.request(({ path }) => path === '/v1/metrics')
    assert.equal(headers['x-tenant'], 'a')
    const { headers: others } = await backend.request(({ path }) => path === '/v1/traces')
    assert.equal(others['x-tenant'], undefined)
  })

  it('is silent when told so', async () => {
    await run({ OTEL_METRICS_EXPORTER: 'none' })
    await get('/slow')
    await app.report()
    await app.stop()
    assert.ok(!backend.received.some(({ path }) => path === '/v1/metrics'))
  })
})
