// What a backend can do to us, one row after the other, over each protocol: the same report goes to a server that misbehaves, and
// what the export then did is counted.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import net from 'node:net'
import path from 'node:path'
import * as grpc from '@grpc/grpc-js'
import type { Export } from '../../lib/export/index.js'
import type { OtlpProtocol } from '../../lib/options/otlp.js'
import { type Backend, startBackend } from '../harness/backend.js'
import { startCollector } from '../harness/grpc.js'
import { outlets } from '../harness/outlets.js'
import { sampleReport } from '../sample-report.js'
import { outage } from './outage.js'
import { inputs, tried } from './table.js'

const FIXTURES = path.join(__dirname, '../../../test/fixtures')
const MIB = 1024 * 1024
const PROTOCOLS: OtlpProtocol[] = ['http/protobuf', 'grpc']

const { outletOf, backendThat, lines, open } = outlets()

async function listen(server: net.Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => sockets.add(socket.on('error', () => {})))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const traces = (outlet: Export) => outlet.counts()['otlp traces']!

describe('a backend that answers', () => {
  const NEVER_AGAIN = [400, 401, 403, 404, 413, 500, 501]
  for (const status of NEVER_AGAIN)
    it(`${status} gets a payload once, and it is counted`, async () => {
      const backend = await backendThat({ status, body: '<html>no</html>' })
      const outlet = outletOf({ otlpTracesEndpoint: `${backend.url}/v1/traces?api-key=sesame` })
      for (const id of ['a', 'b']) {
        outlet.push(sampleReport({ id }))
        await outlet.flush(3000)
      }
      assert.equal(backend.received.length, 2)
      assert.equal(traces(outlet).refused, 2)
      assert.equal(lines.length, status === 400 || status === 413 ? 0 : 1)
      assert.doesNotMatch(lines.join(), /sesame/)
      tried('what must not be sent again is sent once', 2, backend.received.length - 2, `HTTP ${status}`)
    })

  const WINDOWS: [retryAfter: string, inside: boolean][] = [
    ['30', true],
    ['a date', true],
    ['1000000000', true],
    ['-5', false],
    ['soon', false],
    ['', false],
    ['1e3', false]
  ]
  for (const status of [429, 503])
    for (const [retryAfter, inside] of WINDOWS)
      it(`${status} with Retry-After "${retryAfter}" ${inside ? 'is left alone' : 'is tried after the back-off'}`, async () => {
        const value = retryAfter === 'a date' ? new Date(Date.now() + 30_000).toUTCString() : retryAfter
        const backend = await backendThat(() =>
          backend.received.length === 0 ? { status, headers: { 'retry-after': value } } : {}
        )
        const outlet = outletOf({ otlpTracesEndpoint: `${backend.url}/v1/traces` })
        outlet.push(sampleReport({ id: 'a' }))
        await backend.request()
        outlet.push(sampleReport({ id: 'b' }))
        await outlet.flush(inside ? 800 : 5000)
        assert.equal(backend.received.length, inside ? 1 : 2)
        assert.deepEqual([traces(outlet).waiting, traces(outlet).dropped], [inside ? 2 : 0, 0])
        if (inside) tried('nothing is sent inside a Retry-After', 1, backend.received.length - 1)
      })

  for (const status of [301, 302, 303, 307, 308])
    for (const protocol of PROTOCOLS)
      it(`${status} over ${protocol} leads nobody away with our keys`, async () => {
        const target = await backendThat({})
        const headers = { location: `${target.url}/v1/traces` }
        const redirecting =
          protocol === 'grpc'
            ? http2.createServer((_req, res) => res.writeHead(status, headers).end())
            : http.createServer((req, res) => req.resume().on('end', () => res.writeHead(status, headers).end()))
        const url = `http://127.0.0.1:${await listen(redirecting as unknown as net.Server)}/v1/traces`
        const outlet = outletOf({ otlpTracesEndpoint: url, otlpProtocol: protocol, otlpHeaders: { key: 'sesame' } })
        outlet.push(sampleReport())
        await outlet.flush(3000)
        assert.equal(traces(outlet).refused, 1)
        assert.equal(target.received.length, 0)
        tried('no redirect is followed', 1, target.received.length)
      })

  it('partly is not asked again', async () => {
    const backend = await backendThat({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ partialSuccess: { rejectedSpans: '3', errorMessage: 'too old' } })
    })
    const outlet = outletOf({ otlpTracesEndpoint: `${backend.url}/v1/traces`, otlpProtocol: 'http/json' })
    outlet.push(sampleReport())
    await outlet.flush(3000)
    assert.deepEqual([backend.received.length, traces(outlet).rejected], [1, 3])
  })

  const ENDLESS: [what: string, headers: http.OutgoingHttpHeaders, chunk: Buffer][] = [
    ['600 MB', {}, Buffer.alloc(64 * 1024)],
    ['600 MB of a gzip bomb', { 'content-encoding': 'gzip' }, Buffer.alloc(64 * 1024)],
    ['HTML without end', { 'content-type': 'text/html' }, Buffer.alloc(64 * 1024, '<p>')]
  ]
  for (const [what, headers, chunk] of ENDLESS)
    it(`${what} is read no further than 64 KiB`, async () => {
      let sent = 0
      const server = http.createServer((req, res) => {
        req.resume()
        res.writeHead(200, headers)
        const more = (): void => {
          while (!res.destroyed && sent < 600 * MIB && res.write(chunk)) sent += chunk.length
        }
        res.on('drain', more).on('error', () => {})
        more()
      })
      const outlet = outletOf({ otlpTracesEndpoint: `http://127.0.0.1:${await listen(server)}/v1/traces` })
      outlet.push(sampleReport())
      await outlet.flush(5000)
      assert.equal(traces(outlet).delivered, 1)
      // What the kernel had buffered on both sides was sent too.
      assert.ok(sent < 20 * MIB, `${sent}`)
      tried(
        'no more than 64 KiB of an answer are read',
        1,
        0,
        `${what}: ${(sent / MIB).toFixed(1)} MiB left the server`
      )
    })
})

describe('a backend that does not answer', () => {
  /** Valid so far: an answer of HTTP/1.1 that goes on for ever, frames of HTTP/2 that mean nothing. */
  const ENDLESS_ANSWER: Record<string, Buffer> = {
    'http/protobuf': Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n${'x'.repeat(1000)}`),
    grpc: Buffer.concat(new Array(100).fill(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])))
  }
  const SILENT: [what: string, handle: (socket: Socket, protocol: OtlpProtocol) => void][] = [
    ['accepts and says nothing', () => {}],
    [
      'says a byte now and then',
      (socket, protocol) => {
        let at = 0
        const timer = setInterval(() => socket.write(ENDLESS_ANSWER[protocol]!.subarray(at, ++at)), 20)
        socket.on('close', () => clearInterval(timer)).resume()
      }
    ]
  ]
  for (const protocol of PROTOCOLS)
    for (const [what, handle] of SILENT)
      it(`but ${what}, over ${protocol}, holds one delivery until the deadline`, async () => {
        let connections = 0
        let most = 0
        const server = net.createServer(socket => {
          most = Math.max(most, ++connections)
          socket.on('close', () => connections--)
          handle(socket, protocol)
        })
        const otlpTracesEndpoint = `http://127.0.0.1:${await listen(server)}/v1/traces`
        const outlet = outletOf({ otlpTracesEndpoint, otlpProtocol: protocol, otlpTimeoutMs: 1000 })
        const began = performance.now()
        outlet.push(sampleReport())
        while (lines.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
        const tookMs = performance.now() - began
        assert.match(lines[0]!, /gave no answer within 1000 ms/)
        assert.ok(tookMs > 990 && tookMs < 2000, `${tookMs}`)
        assert.equal(most, 1)
        tried('who does not answer is given up at the deadline', 1, 0, `${protocol}: ${tookMs.toFixed(0)} ms of 1000`)
      })

  it('any more, after it took one, holds four deliveries until the deadline, and then one', async () => {
    const held: http.ServerResponse[] = []
    const sockets = new Set<Socket>()
    let most = 0
    let came = 0
    const server = http.createServer((req, res) => {
      req.resume()
      if (came++ === 0) res.end()
      else held.push(res)
    })
    server.on('connection', socket => {
      sockets.add(socket.on('close', () => sockets.delete(socket)))
      most = Math.max(most, sockets.size)
    })
    const httpEndpoint = `http://127.0.0.1:${await listen(server)}/reports`
    const outlet = outletOf({ httpEndpoint, otlpTimeoutMs: 2000 })
    for (let i = 0; i < 12; i++) outlet.push(sampleReport({ id: `r${i}` }))
    while (held.length < 5) await new Promise(resolve => setTimeout(resolve, 5))
    assert.equal(most, 4)
    assert.ok(sockets.size <= 1, `${sockets.size} are open while one is asked`)
    assert.deepEqual([outlet.counts()['http']!.delivered, lines.length], [1, 1])
    outlet.stop()
    while (sockets.size > 0) await new Promise(resolve => setTimeout(resolve, 5))
    tried('who does not answer is given up at the deadline', 4, 0)
  })

  it('is tried again with the same bytes after it closed an idle connection', async () => {
    const backend = await backendThat({})
    const outlet = outletOf({ otlpTracesEndpoint: `${backend.url}/v1/traces` })
    const count = inputs(10, 100)
    for (let i = 0; i < count; i++) {
      outlet.push(sampleReport({ id: `r${i}` }))
      await outlet.flush(5000)
      // As a server whose keep-alive ended at this moment.
      backend.answer = i % 2 === 0 ? 'reset' : {}
    }
    await outlet.flush(5000)
    backend.answer = {}
    await outlet.flush(5000)
    assert.deepEqual([traces(outlet).delivered, traces(outlet).refused], [count, 0])
    tried('a connection that is closed under us loses nothing', count, count - traces(outlet).delivered)
  })

  for (const protocol of PROTOCOLS)
    it(`leaves no socket open over ${protocol}, whatever it does`, async () => {
      const before = socketsOpen()
      const rounds = inputs(10, 60)
      for (let i = 0; i < rounds; i++) {
        const server = net.createServer(socket => (i % 2 === 0 ? socket.resetAndDestroy() : socket.resume()))
        const otlpTracesEndpoint = `http://127.0.0.1:${await listen(server)}/v1/traces`
        const outlet = outletOf({ otlpTracesEndpoint, otlpProtocol: protocol, otlpTimeoutMs: 30 })
        outlet.push(sampleReport())
        await outlet.flush(300)
        for (const close of open.splice(0)) await close()
      }
      const leftOpen = async (): Promise<number> => {
        for (let tries = 0; tries < 50 && socketsOpen() > before; tries++) await new Promise(r => setTimeout(r, 50))
        return Math.max(0, socketsOpen() - before)
      }
      const left = await leftOpen()
      tried('no socket is left open', rounds, left, protocol)
      assert.equal(left, 0)
    })

  it('because its name is not found is as one that refuses', async () => {
    // No resolver is asked for a label of more than 63 letters.
    const outlet = outletOf({ otlpTracesEndpoint: `http://${'x'.repeat(64)}.invalid/v1/traces` })
    outlet.push(sampleReport())
    await outlet.flush(3000)
    assert.equal(traces(outlet).waiting, 1)
    assert.equal(lines.length, 1)
    assert.match(lines[0]!, /ENOTFOUND|EAI_AGAIN/)
  })

  for (const protocol of PROTOCOLS)
    it(`costs a bounded amount of memory over ${protocol}, and two lines`, async function () {
      this.timeout(240_000)
      const reports = inputs(8_000, 100_000)
      const { grown, lines: said, counts } = await outage(reports, protocol)
      // The same work for a backend that takes it: what code, its compiler and the collector need is no part of the outage.
      const port = await listen(http.createServer((req, res) => req.resume().on('end', () => res.end())))
      const control = await outage(Math.min(reports, 20_000), 'http/protobuf', `http://127.0.0.1:${port}`)
      assert.deepEqual(control.lines, [])
      assert.ok(grown < 36 * MIB, `${grown}`)
      assert.ok(grown - control.grown < 20 * MIB, `${grown}, and ${control.grown} with a backend that lives`)
      assert.equal(said.length, 2)
      const { waiting, dropped } = counts['otlp logs']!
      assert.equal(waiting + dropped, reports)
      const mib = (bytes: number): string => `+${(bytes / MIB).toFixed(0)} MiB`
      tried(
        'an outage costs bounded memory',
        reports,
        0,
        `${protocol}: ${mib(grown)}, two destinations; ${mib(control.grown)} when they answer`
      )
    })
})

describe('a backend whose TLS is wrong gets no byte', () => {
  const read = (name: string): Buffer => readFileSync(path.join(FIXTURES, name))
  const CASES: [what: string, files: string, host: string, trusts: string, taken: boolean][] = [
    ['signed by nobody we trust', 'localhost', 'localhost', '', false],
    ['expired, though we trust its maker', 'expired', 'localhost', 'expired.crt', false],
    ['of another host', 'localhost', 'other.localhost', 'localhost.crt', false],
    ['without the file to trust', 'localhost', 'localhost', 'none.crt', false],
    ['right', 'localhost', 'localhost', 'localhost.crt', true]
  ]
  for (const protocol of PROTOCOLS)
    for (const [what, files, host, trusts, taken] of CASES)
      it(`${what}, over ${protocol}`, async () => {
        const tls = { key: read(`${files}.key`), cert: read(`${files}.crt`) }
        let came = 0
        let port: number
        if (protocol === 'grpc') {
          const pair = { private_key: tls.key, cert_chain: tls.cert }
          const collector = await startCollector({ credentials: grpc.ServerCredentials.createSsl(null, [pair]) })
          open.push(() => collector.close())
          collector.answer = () => {
            came++
            return undefined
          }
          port = collector.port
        } else {
          port = await listen(
            https.createServer(tls, (req, res) => {
              came++
              req.resume().on('end', () => res.end())
            })
          )
        }
        const outlet = outletOf({
          otlpTracesEndpoint: `https://${host}:${port}/v1/traces`,
          otlpProtocol: protocol,
          ...(trusts && { otlpCertificate: path.join(FIXTURES, trusts) })
        })
        outlet.push(sampleReport())
        await outlet.flush(3000)
        assert.equal(came, taken ? 1 : 0, lines.join())
        assert.equal(lines.length, taken ? 0 : 1)
        if (!taken) tried('wrong TLS gets no payload', 1, came)
      })
})

describe('a backend that comes back', () => {
  for (const protocol of PROTOCOLS)
    it(`gets over ${protocol} what waited, and is told what was lost`, async () => {
      const server = net.createServer(socket => socket.resetAndDestroy())
      const port = await listen(server)
      const outlet = outletOf({
        otlpLogsEndpoint: `http://127.0.0.1:${port}/v1/logs`,
        otlpProtocol: protocol,
        queueMaxBytes: 100_000
      })
      for (let i = 0; i < 100; i++) outlet.push(sampleReport({ id: `r${i}` }))
      await outlet.flush(1000)
      for (const close of open.splice(1)) await close()
      const back = protocol === 'grpc' ? await startCollector({ port }) : await backendAt(port)
      open.push(() => back.close())
      const began = performance.now()
      while (back.logs.length === 0) await new Promise(resolve => setTimeout(resolve, 20))
      const afterMs = performance.now() - began
      await outlet.flush(3000)
      const { delivered, dropped } = outlet.counts()['otlp logs']!
      assert.equal(delivered + dropped, 100)
      const lost = back.logs.find(({ eventName }) => eventName === 'perfagent.reports_lost')
      assert.equal(lost!.attributes['perfagent.lost_reports'], dropped)
      assert.ok(afterMs < 15_000, `${afterMs}`)
      tried(
        'what waited arrives after an outage',
        1,
        0,
        `${protocol}: first report ${(afterMs / 1000).toFixed(1)} s after the return`
      )
    })
})

/** A plain one: the harness chooses its port. */
async function backendAt(port: number): Promise<{ logs: Backend['logs']; close(): unknown }> {
  const inner = await startBackend()
  const proxy = net.createServer(socket => {
    const { port: to } = new URL(inner.url)
    const out = net.connect(Number(to), '127.0.0.1')
    socket.on('error', () => out.destroy()).pipe(out)
    out.on('error', () => socket.destroy()).pipe(socket)
  })
  proxy.listen(port, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    logs: inner.logs,
    close() {
      proxy.close()
      return inner.close()
    }
  }
}

function socketsOpen(): number {
  return readdirSync('/proc/self/fd').length
}
