import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import { type App, runApp } from '../harness/app.js'
import { RECORDER, runProgram } from '../harness/program.js'
import { startPeer } from './peer.js'
import { sameAsBare } from './same-as-bare.js'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'

describe('http servers', () => {
  let app: App
  let ports: number[]
  before(async () => {
    app = await runApp('http.js')
    ports = app.output.stdout.split('\n')[0]!.split(' ').map(Number)
  })
  after(() => app.stop())

  /** The server has it; after some time alone, a client on a busy machine may not even have sent it. */
  const isRunning = (path: string): Promise<unknown> =>
    app.backend.report(({ request, status }) => request.route === path && status === 'running')
  const pipelined = (...paths: string[]): string =>
    paths.map(path => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join('')

  it('tell method, route, status and duration of a request', async () => {
    await app.get('/missing/17?token=sesame')
    const { request, durationMs, status } = await app.reportOf('/missing/:id')
    assert.deepEqual(request, { method: 'GET', route: '/missing/:id', path: '/missing/17?token=?', statusCode: 404 })
    assert.ok(durationMs >= 99, `${durationMs} ms`)
    assert.equal(status, 'finished')
  })

  it('continue the trace of the caller', async () => {
    await app.get('/traced', {
      headers: { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1,perfagent=gateway' }
    })
    const { traceId, parentSpanId, spanId, traceState, sampled, caller } = await app.reportOf('/traced')
    assert.equal(traceId, TRACE)
    assert.equal(parentSpanId, PARENT)
    assert.notEqual(spanId, PARENT)
    assert.deepEqual([traceState, sampled, caller], ['vendor=1', true, 'gateway'])
  })

  it('keep three pipelined requests apart', async () => {
    const socket = net.connect(app.port, '127.0.0.1')
    socket.write(pipelined('/first', '/second', '/third'))
    const reports = await Promise.all(['/first', '/second', '/third'].map(app.reportOf))
    socket.destroy()
    assert.equal(new Set(reports.map(({ traceId }) => traceId)).size, 3)
  })

  it('tell all requests that were pipelined by a client who went away', async () => {
    const socket = net.connect(app.port, '127.0.0.1')
    socket.write(pipelined('/never-read', '/pipelined-a', '/pipelined-b'))
    await isRunning('/never-read')
    socket.destroy()
    for (const route of ['/pipelined-a', '/pipelined-b']) assert.equal((await app.reportOf(route)).status, 'aborted')
  })

  it('tell a request whose client went away, once, as aborted', async () => {
    for (const [path, statusCode] of [
      ['/never', null],
      ['/half', 200]
    ] as const) {
      const request = http.get({ port: app.port, host: '127.0.0.1', path, agent: false })
      request.on('error', () => {})
      request.on('response', response => response.on('error', () => {}))
      await isRunning(path)
      request.destroy()
      const report = await app.reportOf(path)
      assert.equal(report.status, 'aborted')
      assert.equal(report.request.statusCode, statusCode)
      assert.equal(app.backend.reports.filter(one => one.request.route === path && one.status === 'aborted').length, 1)
    }
  })

  it('are seen behind TLS', async () => {
    await getByTls(ports[0]!, '/by-https')
    assert.equal((await app.reportOf('/by-https')).request.statusCode, 200)
  })

  it('are seen behind TLS where node:http is not loaded', async () => {
    const alone = await runApp('https-alone.js')
    await getByTls(alone.port, '/alone')
    assert.equal((await alone.reportOf('/alone')).request.statusCode, 200)
    await alone.stop()
  })

  for (const [title, at, scheme] of [
    ['http2', 1, 'http'],
    ['http2 behind TLS', 2, 'https']
  ] as const) {
    it(`are seen with the compatibility API of ${title}`, async () => {
      const session = http2.connect(`${scheme}://127.0.0.1:${ports[at]}`, { rejectUnauthorized: false })
      const stream = session.request({ ':path': `/by-${at}-http2` })
      stream.resume()
      await once(stream, 'close')
      session.close()
      assert.equal((await app.reportOf(`/by-${at}-http2`)).request.statusCode, 200)
    })
  }

  it('and calls are seen from an ES module with named imports', async () => {
    const peer = await startPeer()
    const module = await runApp('http.mjs', { env: { PEER_URL: peer.url } })
    await module.get('/imported')
    const { operations } = await module.report(({ request }) => request.route === '/imported')
    assert.deepEqual(
      operations.map(({ text, statusCode }) => [text, statusCode]),
      ['http', 'fetch', 'undici'].map(path => [`GET ${peer.url}/${path}`, 200])
    )
    await module.stop()
    peer.close()
  })

  it('behave as without the agent, on 17 hostile requests too', () => sameAsBare('http-behaviour.js'))

  it('of http2 behave as without the agent', () => sameAsBare('http2-behaviour.js'))

  it("of http2 that listen to 'stream' behave as without the agent", () => sameAsBare('http2-streams-behaviour.js'))
})

async function getByTls(port: number, path: string): Promise<void> {
  const request = https.get({ port, host: '127.0.0.1', path, rejectUnauthorized: false, agent: false })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  response.resume()
}

// title | each request that was told, its status and end | whatever lost its context
const INCOMING = [
  'one after another on a connection | GET /a 200 finished | GET /b 200 finished',
  'three in one packet | GET /a 200 finished | GET /waits 200 finished | GET /c 200 finished',
  'three in one packet, client leaves | GET /a 200 finished | GET /never - aborted | GET /c - aborted',
  'client leaves before the answer | GET /never - aborted',
  'client leaves within the answer | GET /half 200 aborted',
  'client leaves and the answer comes then | GET /late - aborted',
  'client leaves a large answer | GET /large 200 aborted',
  'client leaves its upload | POST /never - aborted',
  'a body read by its events | POST /reads 200 finished',
  'response destroyed | GET /destroys - aborted',
  'socket taken | GET /takes-the-socket - aborted',
  '100-continue | POST /a 200 finished',
  'upgrade',
  'connect',
  'passed on to another server | GET /a 200 finished',
  'two at once, later | GET /a 200 finished | GET /waits 200 finished',
  'https | GET /a 200 finished',
  'HTTP/1 at a server of http2 | GET /a 200 finished',
  'http2 | GET /a 200 finished',
  'http2, secure | GET /a 200 finished',
  'http2, 100-continue | GET /a 200 finished',
  'http2, client leaves before the answer | GET /never - aborted',
  'http2, client leaves within the answer | GET /half 200 aborted',
  'http2, a server that pushes | GET /pushes 200 finished',
  'http2 streams, /a | GET /a 200 finished',
  'http2 streams, /missing | GET /missing 404 finished',
  'http2 streams, /no-body | GET /no-body 200 finished',
  'http2 streams, /file | GET /file 200 finished',
  'http2 streams, /resets | GET /resets - aborted',
  'http2 streams, /pushes | GET /pushes 200 finished',
  'http2 streams, a body read by its events | POST /reads 200 finished',
  'http2 streams, secure | GET /a 200 finished',
  'http2 streams, client leaves before the answer | GET /never - aborted',
  'http2 streams, client leaves within the answer | GET /half 200 aborted',
  'http2 streams, connect',
  'http2 streams, connect of a WebSocket',
  'http2 streams, of gRPC',
  'http2 streams, of a server that listens to requests as well | GET /a 200 finished',
  'http2 streams that are none',
  'objects that are no requests'
]

describe('what is told of requests', () => {
  let told: string[]
  before(async () => {
    const { stdout, stderr } = await runProgram('incoming.js', { preload: 'none', nodeArgs: ['--require', RECORDER] })
    assert.equal(stderr, '')
    told = stdout.trim().split('\n')
  })

  for (const [i, expected] of INCOMING.entries()) {
    it(expected.split(' |')[0]!, () => assert.equal(told[i], expected))
  }
})
