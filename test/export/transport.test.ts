import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import dns from 'node:dns'
import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo, type Server } from 'node:net'
import { addressOf } from '../../lib/export/address.js'
import type { Outcome } from '../../lib/export/exporter.js'
import { http as httpExporter } from '../../lib/export/http.js'
import { pack } from '../../lib/export/packed.js'
import { NO_TLS } from '../../lib/export/tls.js'
import { createTransport, type Transport } from '../../lib/export/transport.js'
import { readConfig } from '../../lib/options/config.js'
import { startBackend } from '../harness/backend.js'
import { sampleReport } from '../sample-report.js'
import { fakeClock } from './clock.js'

const MIB = 1024 * 1024
const PATIENCE_MS = 30_000

describe('the transport', () => {
  const open: { close(): void }[] = []
  afterEach(() => {
    for (const each of open.splice(0)) each.close()
  })

  function transportTo(url: string, headers: Record<string, string> = {}, maxSockets = 1): Transport {
    const transport = createTransport(addressOf(url, headers), NO_TLS, fakeClock(), maxSockets)
    open.push(transport)
    return transport
  }

  const post = (transport: Transport, ms = 5000): Promise<Outcome> =>
    transport.post({ body: [Buffer.from('{}')], headers: {}, signal: abortAfter(ms) })

  function abortAfter(ms: number): AbortSignal {
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error(`gave no answer within ${ms} ms`)), ms).unref()
    return controller.signal
  }

  async function listen(server: Server): Promise<string> {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push(server)
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }

  it('follows no redirect', async () => {
    const target = await startBackend()
    const backend = await startBackend({ status: 307, headers: { location: target.url } })
    open.push(target, backend)
    assert.deepEqual(await post(transportTo(backend.url, { 'x-key': 'secret' })), {
      type: 'refused',
      reason: 'answered 307'
    })
    assert.equal(target.received.length, 0)
  })

  it('hands Retry-After on', async () => {
    const backend = await startBackend({ status: 503, headers: { 'retry-after': '9' } })
    open.push(backend)
    assert.deepEqual(await post(transportTo(backend.url)), { type: 'retry', reason: 'answered 503', afterMs: 9000 })
  })

  it('retries what was refused, reset, or left without an answer', async () => {
    const backend = await startBackend('reset')
    const { url } = backend
    open.push(backend)
    const transport = transportTo(url)
    const reset = await post(transport)
    assert.match('reason' in reset ? reset.reason : '', /ECONNRESET|socket hang up/, 'at once, not at the deadline')
    backend.answer = 'hang'
    assert.deepEqual(await post(transport, 50), { type: 'retry', reason: 'gave no answer within 50 ms' })
    backend.answer = {}
    assert.deepEqual(await post(transport), { type: 'delivered', rejected: 0 })
    await backend.close()
    const down = await post(transport)
    assert.equal(down.type, 'retry')
    assert.match('reason' in down ? down.reason : '', /cannot be reached \(.*ECONNREFUSED/)
  })

  it('ends at the deadline while an answer trickles in', async () => {
    let timer: NodeJS.Timeout | undefined
    const server = net.createServer(socket => {
      socket.on('error', () => {}).write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n')
      timer = setInterval(() => socket.write('x'), 10)
    })
    const outcome = await post(transportTo(await listen(server)), 200)
    clearInterval(timer)
    assert.deepEqual(outcome, { type: 'retry', reason: 'gave no answer within 200 ms' })
  })

  it('reads 64 KiB of an endless answer and lets go', async () => {
    let sent = 0
    let closed = false
    const server = http.createServer((_req, res) => {
      const more = (): void => {
        while (!closed && sent < 600 * MIB && res.write(Buffer.alloc(64 * 1024))) sent += 64 * 1024
      }
      res.on('drain', more).on('close', () => {
        closed = true
      })
      more()
    })
    const before = process.memoryUsage().rss
    assert.deepEqual(await post(transportTo(await listen(server))), { type: 'delivered', rejected: 0 })
    assert.ok(sent < 20 * MIB, `${sent} bytes were taken`)
    assert.ok(process.memoryUsage().rss - before < 40 * MIB)
  })

  it('sends a body that comes in pieces as one', async () => {
    const backend = await startBackend()
    open.push(backend)
    const pieces = ['a', 'b', 'c'].map(letter => Buffer.alloc(300_000, letter))
    const outcome = await transportTo(backend.url).post({ body: pieces, signal: abortAfter(5000) })
    assert.deepEqual(outcome, { type: 'delivered', rejected: 0 })
    const [{ headers, body } = assert.fail()] = backend.received
    assert.equal(headers['content-length'], '900000')
    assert.ok(Buffer.concat(pieces).equals(Buffer.from(body)))
  })

  /** Keeps the answers back until somebody takes so many at once. */
  async function patient(): Promise<{
    url: string
    sockets: Set<net.Socket>
    take(count: number): Promise<http.ServerResponse[]>
  }> {
    const arrived: http.ServerResponse[] = []
    const sockets = new Set<net.Socket>()
    const server = http.createServer((req, res) => req.resume().on('end', () => arrived.push(res)))
    server.keepAliveTimeout = PATIENCE_MS
    server.on('connection', socket => sockets.add(socket.on('close', () => sockets.delete(socket))))
    const url = await listen(server)
    return {
      url,
      sockets,
      async take(count) {
        while (arrived.length < count) await new Promise(setImmediate)
        return arrived.splice(0)
      }
    }
  }

  it('opens no more connections than it may, asks once for their address, and keeps and closes them', async () => {
    const server = await patient()
    const transport = transportTo(server.url.replace('127.0.0.1', 'localhost'), {}, 3)
    const { lookup } = dns
    let lookups = 0
    dns.lookup = ((...all: Parameters<typeof lookup>) => {
      lookups++
      return lookup(...all)
    }) as typeof lookup
    try {
      for (const count of [3, 3]) {
        const posts = Array.from({ length: 5 }, () => post(transport, PATIENCE_MS))
        for (const res of await server.take(count)) res.end()
        for (const res of await server.take(5 - count)) res.end()
        for (const outcome of await Promise.all(posts)) assert.equal(outcome.type, 'delivered')
        assert.equal(server.sockets.size, 3)
      }
    } finally {
      dns.lookup = lookup
    }
    assert.equal(lookups, 1)
    transport.close()
    while (server.sockets.size > 0) await new Promise(setImmediate)
  })

  it('asks again for the address when it connects anew', async () => {
    const url = await listen(http.createServer((_req, res) => res.setHeader('connection', 'close').end()))
    const transport = transportTo(url.replace('127.0.0.1', 'localhost'))
    for (let i = 0; i < 3; i++) assert.equal((await post(transport)).type, 'delivered')
  })

  for (const status of [200, 429])
    it(`${status === 200 ? 'sends again' : 'leaves to the queue'} what a closed connection took with it while another got ${status}`, async () => {
      const server = await patient()
      const transport = transportTo(server.url, {}, 2)
      const first = [post(transport, PATIENCE_MS), post(transport, PATIENCE_MS)]
      for (const res of await server.take(2)) res.end()
      await Promise.all(first)
      const second = [post(transport, PATIENCE_MS), post(transport, PATIENCE_MS)]
      const [answered, closed] = await server.take(2)
      answered!.writeHead(status, { 'retry-after': '60' }).end()
      await Promise.race(second)
      closed!.socket!.resetAndDestroy()
      if (status === 200) for (const res of await server.take(1)) res.end()
      const outcomes = await Promise.all(second)
      const types = outcomes.map(({ type }) => type)
      assert.deepEqual(types, status === 200 ? ['delivered', 'delivered'] : ['retry', 'retry'])
      // One that was sent again would end with its time, as a retry, too.
      if (status === 429) assert.match(JSON.stringify(outcomes), /answered 429.*ECONNRESET|ECONNRESET.*answered 429/)
    })

  it('does not show a packed answer to anybody, nor inflate it', async () => {
    const backend = await startBackend({ headers: { 'content-encoding': 'gzip' }, body: Buffer.alloc(1000) })
    open.push(backend)
    const rejectedIn = (): number => assert.fail('was asked')
    const outcome = await transportTo(backend.url).post({
      body: [Buffer.from('x')],
      headers: {},
      signal: abortAfter(5000),
      rejectedIn
    })
    assert.deepEqual(outcome, { type: 'delivered', rejected: 0 })
  })

  it('signs a report so that its receiver can check it', async () => {
    const backend = await startBackend()
    open.push(backend)
    const { config } = readConfig({ env: {}, code: { httpEndpoint: `${backend.url}/reports`, httpSecret: 'top' } })
    const clock = fakeClock()
    const [destination] = httpExporter.destinations(config, clock)
    open.push({ close: () => destination!.close!() })
    const report = sampleReport()
    assert.deepEqual(await destination!.send([pack(report)], abortAfter(5000), 0), { type: 'delivered', rejected: 0 })
    const [{ headers, body } = assert.fail()] = backend.received
    const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['perfagent-signature'])) ?? []
    assert.equal(mac, createHmac('sha256', 'top').update(`${time}.${body}`).digest('hex'))
    assert.equal(Number(time), Math.floor(clock.epochMs() / 1000))
    assert.equal(headers['perfagent-report-id'], report.id)
    assert.equal(headers['content-type'], 'application/json')
    assert.deepEqual(JSON.parse(body.toString()), report)
  })

  it('tells with a report how many were lost before it, one too', async () => {
    const backend = await startBackend()
    open.push(backend)
    const { config } = readConfig({ env: {}, code: { httpEndpoint: `${backend.url}/reports` } })
    const [destination] = httpExporter.destinations(config, fakeClock())
    open.push({ close: () => destination!.close!() })
    for (const lost of [0, 1, 20]) await destination!.send([pack(sampleReport())], abortAfter(5000), lost)
    assert.deepEqual(
      backend.received.map(({ headers }) => headers['perfagent-lost-reports']),
      [undefined, '1', '20']
    )
  })
})

describe('an address', () => {
  const clear: [url: string, headers: Record<string, string>, refused: boolean][] = [
    ['http://collector:4318/', {}, false],
    ['http://collector:4318/', { 'api-key': 'k' }, true],
    ['http://collector:4318/', { authorization: 'k' }, true],
    ['http://collector:4318/', { 'X-Anything': 'k' }, true],
    ['http://collector:4318/', { 'X-Scope-OrgID': 'shop' }, false],
    ['http://me:pw@collector:4318/', {}, true],
    ['https://collector:4318/', { 'api-key': 'k' }, false],
    ['http://127.0.0.1:4318/', { 'api-key': 'k' }, false],
    ['http://[::1]:4318/', { 'api-key': 'k' }, false],
    ['http://localhost:4318/', { 'api-key': 'k' }, false],
    ['http://127.0.0.1.evil.example/', { 'api-key': 'k' }, true],
    ['http://localhost.evil.example/', { 'api-key': 'k' }, true]
  ]
  for (const [url, headers, refused] of clear) {
    it(`${refused ? 'keeps' : 'sends'} ${Object.keys(headers)} ${refused ? 'from' : 'to'} ${url}`, () => {
      assert.equal(addressOf(url, headers).refused !== undefined, refused)
    })
  }

  it('has the header that was given rather than its user and password, in whatever case', () => {
    for (const name of ['authorization', 'Authorization'])
      assert.deepEqual(addressOf('https://me:pass@host/', { [name]: 'Bearer x' }).headers, { [name]: 'Bearer x' })
  })

  it('is printed without what may be secret, and sends user and password as a header', () => {
    const { printed, url, headers } = addressOf('https://me:p%40ss@host/v1?api-key=17')
    assert.equal(printed, 'https://host/v1')
    assert.equal(url, 'https://host/v1?api-key=17')
    assert.deepEqual(headers, { authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}` })
  })
})
