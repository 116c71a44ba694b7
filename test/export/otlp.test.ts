import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { mock } from 'node:test'
import { otlp } from '../../lib/export/otlp.js'
import { pack } from '../../lib/export/packed.js'
import { type Options, readConfig } from '../../lib/options/config.js'
import { outlets } from '../harness/outlets.js'
import { skip } from '../harness/skip.js'
import { sampleReport } from '../sample-report.js'
import { fakeClock } from './clock.js'

const config = (code: Options) => readConfig({ env: {}, code }).config

describe('the OTLP exporter', () => {
  const { outletOf, backendThat, lines } = outlets()

  describe('sends to', () => {
    const cases: [Options, string[]][] = [
      [{}, []],
      [
        { export: ['otlp'] },
        ['http://localhost:4318/v1/traces', 'http://localhost:4318/v1/logs', 'http://localhost:4318/v1/metrics']
      ],
      [
        { otlpEndpoint: 'http://c:4318' },
        ['http://c:4318/v1/traces', 'http://c:4318/v1/logs', 'http://c:4318/v1/metrics']
      ],
      [
        { otlpEndpoint: 'https://c/otlp/' },
        ['https://c/otlp/v1/traces', 'https://c/otlp/v1/logs', 'https://c/otlp/v1/metrics']
      ],
      [{ otlpTracesEndpoint: 'https://c/x' }, ['https://c/x']],
      [{ otlpLogsEndpoint: 'https://c/l' }, ['https://c/l']],
      [
        { otlpEndpoint: 'http://c', otlpLogsEndpoint: 'https://l/' },
        ['http://c/v1/traces', 'https://l/', 'http://c/v1/metrics']
      ],
      [{ otlpMetricsEndpoint: 'https://c/m' }, ['https://c/m']],
      [{ otlpEndpoint: 'http://c', metricsExporter: ['none'] }, ['http://c/v1/traces', 'http://c/v1/logs']]
    ]
    for (const [options, places] of cases) {
      it(`${places.join(' and ') || 'nobody'} for ${JSON.stringify(options)}`, () => {
        assert.deepEqual(
          otlp.destinations(config(options), fakeClock()).map(({ place }) => place),
          places
        )
      })
    }
  })

  for (const otlpProtocol of ['http/protobuf', 'http/json'] as const) {
    for (const otlpCompression of ['none', 'gzip'] as const) {
      it(`delivers spans and log records as ${otlpProtocol}, compression ${otlpCompression}`, async () => {
        const backend = await backendThat()
        const outlet = outletOf({
          otlpEndpoint: backend.url,
          otlpProtocol,
          otlpCompression,
          otlpHeaders: { 'api-key': 'k' },
          otlpLogsHeaders: { 'x-logs': 'l' }
        })
        outlet.push(sampleReport())
        const [span, log] = await Promise.all([backend.span(), backend.log()])
        assert.equal(span.name, 'GET /orders/:id')
        assert.equal(log.eventName, 'perfagent.slow_request')
        assert.match(String(span.resource['telemetry.sdk.version']), /^\d+\.\d+\.\d+/)
        for (const { path, headers } of backend.received) {
          assert.equal(headers['api-key'], 'k')
          assert.equal(headers['x-logs'], path === '/v1/logs' ? 'l' : undefined)
          assert.equal(headers['content-encoding'], otlpCompression === 'gzip' ? 'gzip' : undefined)
        }
        assert.deepEqual(lines, [])
      })
    }
  }

  it('knows a console by what it says of itself, and asks no other backend for options', async () => {
    const backend = await backendThat()
    const found: string[] = []
    const io = { ...fakeClock(), foundConsole: ({ url }: { url: string }) => void found.push(url) }
    const [traces] = otlp.destinations(config({ otlpTracesEndpoint: `${backend.url}/v1/traces` }), io)
    const send = () => traces!.send([pack(sampleReport())], new AbortController().signal, 0)
    await send()
    assert.deepEqual(found, [])
    backend.answer = { headers: { 'perfagent-console': '1' } }
    await send()
    assert.deepEqual(found, [`${backend.url}/v1/traces`])
    traces!.close?.()
  })

  it('sends a running request as log record alone', async () => {
    const backend = await backendThat()
    const outlet = outletOf({ otlpEndpoint: backend.url })
    outlet.push(sampleReport({ status: 'running' }))
    await outlet.flush(5000)
    assert.deepEqual(
      backend.received.map(({ path }) => path),
      ['/v1/logs']
    )
  })

  it('counts what a backend took and threw away, and does not send it again', async () => {
    const backend = await backendThat({
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.of(0x0a, 0x02, 0x08, 0x05)
    })
    const outlet = outletOf({ otlpTracesEndpoint: `${backend.url}/v1/traces` })
    outlet.push(sampleReport())
    await outlet.flush(5000)
    assert.equal(backend.received.length, 1)
    assert.equal(outlet.counts()['otlp traces']!.rejected, 5)
  })

  it('loses nothing at a living destination while others are dead', async () => {
    const alive = await backendThat(({ path }) => (path === '/v1/logs' ? {} : 'hang'))
    const outlet = outletOf({ otlpEndpoint: alive.url, httpEndpoint: 'http://127.0.0.1:9/' })
    for (let i = 0; i < 20; i++) outlet.push(sampleReport({ id: `r${i}` }))
    await outlet.flush(400)
    const reports = alive.logs.map(({ attributes }) => JSON.parse(String(attributes['perfagent.report'])))
    assert.deepEqual(
      reports,
      Array.from({ length: 20 }, (_, i) => sampleReport({ id: `r${i}` }))
    )
    assert.equal(alive.received.filter(({ path }) => path === '/v1/traces').length, 1)
    assert.equal(lines.length, 1)
    assert.match(lines[0]!, /^http: .*ECONNREFUSED/)
  })

  it('says two lines a minute about three that are dead', async () => {
    const outlet = outletOf({ otlpEndpoint: 'http://127.0.0.1:9/', httpEndpoint: 'http://127.0.0.1:9/' })
    outlet.push(sampleReport())
    await outlet.flush(3000)
    assert.deepEqual(
      Object.values(outlet.counts()).map(({ waiting }) => waiting),
      [1, 1, 0, 1]
    )
    assert.equal(lines.length, 2)
  })

  it('says two lines a minute at most, in later minutes too', async () => {
    let moment = performance.now()
    mock.method(performance, 'now', () => moment)
    const backend = await backendThat()
    const outlet = outletOf({ httpEndpoint: backend.url })
    const saidAfter = async (status: number): Promise<number> => {
      backend.answer = { status }
      outlet.push(sampleReport())
      await outlet.flush(20_000)
      return lines.length
    }
    try {
      const first = [await saidAfter(401), await saidAfter(200), await saidAfter(401)]
      moment += 61_000
      const second = [await saidAfter(401), await saidAfter(200), await saidAfter(401)]
      assert.deepEqual(
        [first, second],
        [
          [1, 2, 2],
          [3, 4, 4]
        ]
      )
    } finally {
      mock.restoreAll()
    }
  })

  it('sends the same spans again after a reset', async () => {
    const backend = await backendThat('reset')
    const outlet = outletOf({ otlpTracesEndpoint: `${backend.url}/v1/traces` })
    outlet.push(sampleReport())
    await backend.request()
    backend.answer = {}
    await outlet.flush(5000)
    const [first, second] = backend.received
    assert.deepEqual(first!.body, second!.body)
    assert.equal(backend.spans.length, 6)
  })

  it('keeps keys from a host that would get them in the clear, and says so', async () => {
    const outlet = outletOf({
      otlpTracesEndpoint: 'http://collector.example:4318/',
      otlpHeaders: { 'api-key': 'SECRET' }
    })
    outlet.push(sampleReport())
    await outlet.flush(1000)
    assert.equal(outlet.counts()['otlp traces']!.refused, 1)
    assert.match(lines.join(), /^otlp traces: http:\/\/collector.example:4318\/ is plain http.*api-key.*use https/)
    assert.doesNotMatch(lines.join(), /SECRET/)
  })

  describe('over TLS', () => {
    let folder = ''
    let served = 0
    let url = ''
    before(async function () {
      folder = mkdtempSync(path.join(tmpdir(), 'perfagent-tls-'))
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
      const files = ['-keyout', path.join(folder, 'key.pem'), '-out', path.join(folder, 'cert.pem')]
      const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
      try {
        execFileSync('openssl', ['req', ...kind, ...files, ...subject], { stdio: 'ignore' })
      } catch {
        skip(this, 'there is no openssl to make certificates with')
      }
      const tls = { key: readFileSync(path.join(folder, 'key.pem')), cert: readFileSync(path.join(folder, 'cert.pem')) }
      const server = https.createServer(tls, (req, res) => {
        served++
        req.resume().on('end', () => res.end())
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      url = `https://localhost:${(server.address() as AddressInfo).port}/v1/traces`
      server.unref()
    })
    after(() => rmSync(folder, { recursive: true, force: true }))

    const cases: [string, string, () => Options, number][] = [
      ['refuses a certificate that nobody vouches for', 'localhost', () => ({}), 0],
      ['trusts the configured one', 'localhost', () => ({ otlpCertificate: path.join(folder, 'cert.pem') }), 1],
      ['refuses it for another name', '127.0.0.1', () => ({ otlpCertificate: path.join(folder, 'cert.pem') }), 0],
      ['refuses to go on without the file', 'localhost', () => ({ otlpCertificate: path.join(folder, 'none.pem') }), 0]
    ]
    for (const [what, host, options, delivered] of cases) {
      it(what, async () => {
        served = 0
        const outlet = outletOf({ otlpTracesEndpoint: url.replace('localhost', host), ...options() })
        outlet.push(sampleReport())
        await outlet.flush(3000)
        assert.equal(served, delivered)
        assert.equal(outlet.counts()['otlp traces']!.delivered, delivered)
        assert.equal(lines.length, 1 - delivered, lines.join())
      })
    }
  })
})
