// Metrics of two services in a real engine: what it says is what was done, and the three questions get their answers. Run by
// `npm run check:backends`, which brings the engine.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { SystemView } from '../../lib/console/api.js'
import { inWords } from '../../lib/fleet/words.js'
import { type App, runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { ROOT, runProgram } from '../harness/program.js'
import { skip } from '../harness/skip.js'
import { program, startVictoria, type Victoria } from './victoria.js'

const CLI = `${ROOT}/dist/cli.js`
const TRACE = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00', tracestate: 'perfagent=web' }

describe('metrics in VictoriaMetrics', function () {
  this.timeout(120_000)
  let engine: Victoria

  before(async function () {
    if (!program()) skip(this, 'there is no VictoriaMetrics: npm run check:backends brings one')
    engine = await startVictoria()
    const backend = await startBackend()
    const run = (service: string): Promise<App> =>
      runApp('metrics.js', {
        backend,
        env: {
          OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: engine.metrics,
          PERFAGENT_EXPORT: 'otlp,http',
          OTEL_TRACES_EXPORTER: 'none',
          OTEL_LOGS_EXPORTER: 'none',
          OTEL_SERVICE_NAME: service,
          OTEL_METRIC_EXPORT_INTERVAL: '1000',
          PERFAGENT_SLOW_MS: '100'
        }
      })
    const [web, orders] = [await run('web'), await run('orders')]
    for (let i = 0; i < 40; i++) {
      await web.get('/calls')
      await orders.get('/items/17', { headers: TRACE })
      if (i % 10 === 0) await orders.get('/busy?ms=150', { headers: TRACE })
      if (i % 20 === 0) await orders.get('/fails', { headers: TRACE })
    }
    // What is left is sent as they end.
    await Promise.all([web.stop(), orders.stop()])
    await backend.close()
    // Each call of `web` is one of its own server too.
    await engine.until('sum(last_over_time(http_server_request_duration_seconds_count[10m]))', 2 * 40 + 46)
  })
  after(() => engine?.stop())

  const last = async (selector: string, by: string): Promise<Record<string, number>> => {
    const rows = await engine.query(`sum by (${by}) (last_over_time(${selector}[10m]))`)
    return Object.fromEntries(rows.map(({ labels, value }) => [Object.values(labels).join(' '), value]))
  }

  it('counts each request, by service, route and status', async () => {
    const orders = 'http_server_request_duration_seconds_count{service_name="orders"}'
    assert.deepEqual(await last(orders, 'http_route'), { '/busy': 4, '/fails': 2, '/items/:id': 40 })
    assert.deepEqual(await last(orders, 'http_response_status_code'), { 200: 44, 503: 2 })
    const buckets = await last('http_server_request_duration_seconds_bucket{service_name="orders"}', 'le')
    assert.equal(buckets['+Inf'], 46)
    assert.equal(buckets['0.1']! + 4 <= 46 && buckets['0.1']! > 0, true)
  })

  it('has the time by part, calls by caller, and resources that are plausible', async () => {
    const seconds = await last('http_server_request_duration_seconds_sum', 'service_name')
    const parts = await last('perfagent_request_time_seconds_total', 'service_name')
    for (const service of ['web', 'orders']) assert.ok(Math.abs(parts[service]! / seconds[service]! - 1) < 0.01)
    const calls = await last('perfagent_calls_total{service_name="orders"}', 'perfagent_caller')
    assert.deepEqual(calls, { web: 46 })
    const busy = await last(
      'perfagent_resource_busy_time_seconds_total{perfagent_resource="event loop"}',
      'service_name'
    )
    const up = await last('process_uptime_seconds', 'service_name')
    for (const service of ['web', 'orders']) assert.ok(busy[service]! > 0 && busy[service]! <= up[service]!)
    assert.ok(busy['orders']! > 0.6)
  })

  const fleet = (...args: string[]) => runProgram(CLI, { preload: 'none', args: ['fleet', ...args] })

  it('answers the three questions', async () => {
    const { code, stdout, stderr } = await fleet('--prometheus', engine.url, '--json', '--last', '10m')
    assert.equal(code, 0, stderr)
    const { sums, answers } = JSON.parse(stdout)
    const of = (service: string) => sums.services.find((each: { service: string }) => each.service === service)
    const near = (value: number, expected: number): void =>
      assert.ok(Math.abs(value / expected - 1) < 0.15, `${value} is not near ${expected}`)
    near(of('orders').requests, 46)
    near(of('orders').failed, 2)
    near(sums.calls[0].requests, 46)
    assert.deepEqual([sums.calls[0].from, sums.calls[0].to, of('orders').instances], ['web', 'orders', 1])
    assert.ok(of('orders').entryRequests < 10)
    assert.equal(answers.demands[0].resource, 'event loop')
    assert.ok(answers.latency.every(({ share }: { share: number }) => share > 0 && share <= 1))
    const text = await fleet('--prometheus', `${engine.url}/`, '--last', '10m')
    assert.match(
      text.stdout,
      /^2 services, .*requests\/s[\s\S]*Who adds the latency\n {2}\w+ adds \d+ % of the time[\s\S]*Who limits the throughput\n {2}\w+ (?:has saturated|saturates) its event loop[\s\S]*Who uses the resources\n/
    )
  })

  it('answers them on the page of the console, in the same words', async () => {
    const child = spawn(process.execPath, [CLI, 'console', '--port', '0', '--prometheus', engine.url, '--last', '10m'])
    let output = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      output += chunk
      if (/takes OTLP/.test(output)) break
    }
    const url = /http:\S+/.exec(output)![0]
    const response = await fetch(`${url}/api/system`)
    const { sums, answers } = (await response.json()) as SystemView
    const told = JSON.parse((await fleet('--prometheus', engine.url, '--json', '--last', '10m')).stdout) as SystemView
    const names = ({ sums }: SystemView): string[] => sums.services.map(({ service }) => service).sort()
    assert.deepEqual(names({ sums, answers, findings: [] }), names(told))
    assert.deepEqual(
      inWords(answers, sums).map(({ question, sentence }) => [question, sentence?.[0]]),
      inWords(told.answers, told.sums).map(({ question, sentence }) => [question, sentence?.[0]])
    )
    child.kill()
    await once(child, 'exit')
  })

  /** What an instance tells from `from` to `to` minutes ago, each minute, busy for half of it and asked 60 times. */
  const instance = (service: string, id: string, from: number, to: number, now = Date.now()): string[] =>
    Array.from({ length: from - to + 1 }, (_, minutes) => {
      const at = now - (from - minutes) * 60_000
      const labels = `service_name="${service}",service_instance_id="${id}"`
      const loop = `${labels},perfagent_resource="event loop"`
      return [
        `process_uptime_seconds{${labels}} ${(minutes + 1) * 60} ${at}`,
        `http_server_request_duration_seconds_count{${labels}} ${(minutes + 1) * 60} ${at}`,
        `perfagent_resource_capacity{${loop}} 1 ${at}`,
        `perfagent_resource_busy_time_seconds_total{${loop}} ${(minutes + 1) * 30} ${at}`
      ]
    }).flat()

  async function told(service: string, ...args: string[]): Promise<SystemView & { seconds: number }> {
    const match = ['--match', `service_name="${service}"`]
    const { code, stdout, stderr } = await fleet('--prometheus', engine.url, '--json', ...match, ...args)
    assert.equal(code, 0, stderr)
    const view = JSON.parse(stdout) as SystemView
    return { ...view, seconds: (view.sums.toMs - view.sums.fromMs) / 1000 }
  }

  it('has no more of a service that was started again than of one that was not', async () => {
    const lines = [...instance('again', 'old', 20, 4), ...instance('again', 'new', 3, 0)]
    await engine.add(lines.join('\n'))
    await engine.until('count(count_over_time(process_uptime_seconds{service_name="again"}[15m]))', 2)
    const { sums, answers, seconds } = await told('again')
    const [again] = sums.services
    assert.deepEqual([again?.instances, again?.resources[0]?.capacity, seconds], [1, 1, 900])
    assert.ok(Math.abs(answers.demands[0]!.boundPerSecond - 2) < 0.1, `${answers.demands[0]!.boundPerSecond}`)
  })

  it('tells the rates and the load of the time in which there was anybody', async () => {
    await engine.add(instance('young', 'one', 2, 0).join('\n'))
    await engine.until('max(process_uptime_seconds{service_name="young"})', 180)
    const { answers, seconds } = await told('young')
    const [demand] = answers.demands
    assert.ok(seconds >= 120 && seconds <= 200, `${seconds} s`)
    assert.ok(demand!.utilizationShare > 0.4 && demand!.utilizationShare < 0.75, `${demand!.utilizationShare}`)
  })

  it('looks at a stretch that is over', async () => {
    const end = Date.now() - 3 * 3_600_000
    await engine.add(instance('over', 'one', 30, 0, end).join('\n'))
    await engine.until('count(count_over_time(process_uptime_seconds{service_name="over"}[4h]))', 1)
    const until = new Date(end).toISOString()
    const { sums, answers, seconds } = await told('over', '--until', until)
    assert.deepEqual([sums.toMs, seconds, sums.services[0]?.instances], [end, 900, 1])
    assert.ok(Math.abs(answers.demands[0]!.utilizationShare - 0.5) < 0.05)
    const text = await fleet('--prometheus', engine.url, '--match', 'service_name="over"', '--until', until)
    assert.match(text.stdout, new RegExp(`^1 service, .* in the 15 min before ${until}\n`))
  })

  it('says what is wrong with a question that cannot be answered', async () => {
    const cases: [string[], RegExp][] = [
      [
        ['--prometheus', engine.url, '--match', 'service_name="nobody"'],
        /knows no http_server_request_duration_seconds_count/
      ],
      [['--prometheus', engine.url, '--match', 'service_name='], /refuses .*service_name/],
      [['--prometheus', engine.url, '--last', 'soon'], /--last soon is no stretch of time/],
      [['--prometheus', engine.url, '--until', 'noon'], /--until noon is no moment like/],
      [['--prometheus', engine.url, '--until', '2025-01-01T00:00Z'], /knows no \S+ in that stretch$/m],
      [['--prometheus', engine.url, '--service-label', 'pod'], /looked for pod\): say which, --service-label/],
      [['--prometheus', `${engine.url}/api/v1/query`], /is that its base, to which \/api\/v1\/query is appended/],
      [['--prometheus', 'localhost:9090'], /is not an http/],
      [['--prometheus', 'http://127.0.0.1:9'], /gives no answer/],
      [[], /--prometheus URL is missing/]
    ]
    for (const [args, message] of cases) {
      const { code, stderr, stdout } = await fleet(...args)
      assert.match(stderr, message)
      assert.deepEqual([code, stdout, stderr.trim().split('\n').length], [1, '', 1])
    }
    const notOne = await runApp('metrics.js', { preload: 'none' })
    assert.match((await fleet('--prometheus', notOne.url)).stderr, /is no Prometheus/)
    await notOne.stop()
  })

  it('says that two programs have one name, and nothing of the kind of replicas', async () => {
    const end = Date.now()
    /** One that served each of the routes once a second for ten minutes. */
    const process = (service: string, id: string, file: string, routes: string[], caller = 'nobody'): string[] =>
      Array.from({ length: 11 }, (_, minute) => {
        const labels = `service_name="${service}",service_instance_id="${id}",process_command="${file}"`
        const at = end - (10 - minute) * 60_000
        const served = routes.map(
          route => `http_server_request_duration_seconds_count{${labels},http_route="${route}"} ${60 * minute} ${at}`
        )
        const called = `perfagent_calls_total{${labels},perfagent_caller="${caller}"} ${60 * minute} ${at}`
        return [...served, called, `process_uptime_seconds{${labels}} ${60 * minute} ${at}`]
      }).flat()
    const rows = [
      ...process('files', 'a', '/srv/cart/cart.js', ['/cart']),
      ...process('files', 'b', '/srv/pay/pay.js', ['/pay']),
      ...process('routes', 'a', '/app/main.js', ['/cart', '/health']),
      ...process('routes', 'b', '/app/main.js', ['/order', '/health'], 'routes'),
      ...process('replicas', 'a', '/app/main.js', ['/cart', '/order'], 'replicas'),
      ...process('replicas', 'b', '/app/main.js', ['/cart', '/order'], 'replicas')
    ]
    await engine.add(rows.join('\n'))
    await engine.until('count(last_over_time(process_uptime_seconds{service_name="replicas"}[1h]))', 2)
    const textOf = async (name: string): Promise<string[]> => {
      const { code, stdout, stderr } = await fleet('--prometheus', engine.url, '--match', `service_name="${name}"`)
      assert.equal(code, 0, stderr)
      return stdout.split('\n').slice(1, 2)
    }
    assert.match((await textOf('files'))[0]!, /^2 programs are called files, (cart|pay)\.js and (cart|pay)\.js: /)
    assert.match(
      (await textOf('routes'))[0]!,
      /^Are two services called routes\? .* \/(cart|order), none of them both, and it/
    )
    assert.deepEqual(await textOf('replicas'), [''])
  })

  it('takes what recording rules have summed, where they are', async () => {
    // An engine that is asked without a moment answers for the second that has begun last.
    const now = Date.now() - 1000
    const minutes = Array.from({ length: 10 }, (_, ago) => now - ago * 60_000)
    const record = (name: string, value: number): string[] =>
      minutes.map(at => `service_name:perfagent_${name}{service_name="recorded"} ${value} ${at}`)
    const rows = [...record('requests:rate5m', 20), ...record('seconds:rate5m', 3), ...record('instances:count', 4)]
    await engine.add(rows.join('\n'))
    await engine.until('count(service_name:perfagent_requests:rate5m)', 1)
    const { code, stdout, stderr } = await fleet('--prometheus', engine.url, '--json', '--last', '15m')
    assert.equal(code, 0, stderr)
    const [first, ...others] = (JSON.parse(stdout) as SystemView).sums.services
    assert.deepEqual([first?.service, first?.requests, first?.seconds, first?.instances], ['recorded', 12_000, 1800, 4])
    assert.equal(others.length, 0)
    // Of what matchers leave nothing was recorded.
    const matched = await fleet('--prometheus', engine.url, '--json', '--last', '15m', '--match', 'service_name="web"')
    assert.equal((JSON.parse(matched.stdout) as SystemView).sums.services[0]?.service, 'web')
  })
})
