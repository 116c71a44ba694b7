// Under load, and against clients that misbehave, the service with the agent answers as without it, its memory stays flat, and what
// was dropped is told.

import assert from 'node:assert/strict'
import http from 'node:http'
import net from 'node:net'
import { type App, runApp } from '../harness/app.js'
import { pipelined } from './pipelined.js'
import { inputs, LONG, tried } from './table.js'

const REQUESTS = inputs(5_000, 300_000)
const ROUTES = inputs(5_000, 100_000)
const CONNECTIONS = 8
const RAW = inputs(300, 100_000)
const MIB = 1024 * 1024

const memory = async (app: App): Promise<{ heapUsed: number; rss: number; requests: number }> =>
  JSON.parse((await app.get('/memory')).body)

/** Sends bytes and resolves with what came back until the other side closed, or nothing more came. */
function raw(port: number, bytes: string | Buffer, closeAfterMs?: number): Promise<string> {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('latin1').on('data', text => {
      answer += text
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer.replace(/^date: .*\r\n/gim, '')))
    socket.write(bytes)
    if (closeAfterMs !== undefined) setTimeout(() => socket.destroy(), closeAfterMs)
  })
}

async function many(count: number, width: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: width }, lane))
}

function statusOf(port: number, path: string, agent: http.Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', path, agent }, response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode!))
    })
    request.on('error', reject)
  })
}

describe('under load', function () {
  this.timeout(LONG ? 600_000 : 30_000)
  let app: App
  let bare: App
  before(async () => {
    const nodeArgs = ['--expose-gc', '--max-http-header-size=100000']
    app = await runApp('load.js', { nodeArgs, env: { PERFAGENT_SLOW_MS: '50' } })
    bare = await runApp('load.js', { nodeArgs, preload: 'none' })
  })
  after(async () => {
    await bare.stop()
    await app.stop()
  })

  /** On several connections; how many were answered. */
  async function ask(count: number, path: (i: number) => string): Promise<number> {
    let next = 0
    const lane = (): Promise<number> => pipelined(app.port, () => (next < count ? path(next++) : undefined))
    const answered = await Promise.all(Array.from({ length: CONNECTIONS }, lane))
    return answered.reduce((sum, each) => sum + each, 0)
  }

  it('tells with a report how many it dropped, and never too many', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 50 })
    await many(60, 20, i => statusOf(app.port, `/late-dropped?${i}`, agent))
    await app.backend.report(({ request }) => request.route === '/late-dropped')
    agent.destroy()
    // One that was told while it ran is told again at its end.
    const told = app.backend.reports.filter(
      ({ request, status }) => request.route === '/late-dropped' && status !== 'running'
    )
    const dropped = told.reduce((sum, report) => sum + report.dropped.reports, 0)
    assert.ok(told.length <= 10 && told.length + dropped <= 60, `${told.length} and ${dropped}`)
  })

  it(`${REQUESTS} requests and ${ROUTES} routes leave the heap flat`, async () => {
    await ask(1_000, i => `/warm/${i}`)
    const before = await memory(app)
    assert.equal(await ask(REQUESTS, i => `/route${i % ROUTES}/x${i % 7}?q=${i}`), REQUESTS)
    const after = await memory(app)
    const grewMb = (after.heapUsed - before.heapUsed) / MIB
    assert.ok(grewMb < 5, `${grewMb.toFixed(2)} MB more after ${REQUESTS} requests`)
    tried('requests over many routes leave the heap flat (≤ 5 MB)', REQUESTS, 0, `${grewMb.toFixed(2)} MB`)
  })

  it('aborts at every stage of a request change nothing for the others', async () => {
    const stages = [
      'GET',
      'GET /x HTTP/1.1\r\nhos',
      'GET /never HTTP/1.1\r\nhost: a\r\n\r\n',
      'GET /half HTTP/1.1\r\nhost: a\r\n\r\n',
      'POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nabc',
      'GET /late HTTP/1.1\r\nhost: a\r\n\r\n',
      'GET /late HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(5),
      'POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab'
    ]
    await many(stages.length * inputs(5, 100), 20, i => raw(app.port, stages[i % stages.length]!, i % 30))
    assert.equal((await app.get('/')).status, 200)
    tried('aborts at every stage', stages.length * inputs(5, 100), 0)
  })

  it('slow uploads, byte by byte, are read to their end', async () => {
    const bytes = 'POST /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 20\r\n\r\n01234567890123456789'
    const answers = await Promise.all(
      [app, bare].map(
        ({ port }) =>
          new Promise(resolve => {
            const socket = net.connect(port, '127.0.0.1').setNoDelay(true)
            let answer = ''
            socket.on('data', text => {
              answer += text
            })
            socket.on('close', () => resolve(answer.replace(/^date: .*\r\n/gim, '')))
            let at = 0
            const timer = setInterval(() => {
              socket.write(bytes[at++]!)
              if (at === bytes.length) clearInterval(timer)
            }, 3)
          })
      )
    )
    assert.equal(answers[0], answers[1])
    tried('slow uploads are answered as bare', 1, 0)
  })

  it('a URL of 64 kB, 16 MB of headers, and pipelining are answered as Node does', async () => {
    for (const bytes of [
      `GET /${'u'.repeat(65_000)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${'h'.repeat(16 * MIB)}\r\n\r\n`,
      `${'GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(500)}GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`
    ]) {
      const [withAgent, without] = await Promise.all([raw(app.port, bytes), raw(bare.port, bytes)])
      // A connection that Node closes while more comes is reset, and then its answer may be lost on the way, with or without us.
      if (withAgent !== '' && without !== '') assert.equal(withAgent, without)
      else assert.ok(bytes.length > MIB, 'only what is refused unread may be reset')
      tried('long URLs, huge headers, pipelining as bare', 1, 0)
    }
  })

  it(`${RAW} generated requests get the same bytes back as without it`, async () => {
    let state = 7
    const random = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647
      return state % below
    }
    const pick = <Item>(items: Item[]): Item => items[random(items.length)]!
    const garbage = (): string => Buffer.from(Array.from({ length: random(30) }, () => random(256))).toString('latin1')
    const line = (): string =>
      `${pick(['GET', 'POST', 'HEAD', 'OPTIONS', 'get', 'PATCH', garbage()])} ${pick(['/', '*', '//evil', 'http://[::1', '/%E0%A4%A', '/a?b=c', `/${garbage()}`, ''])} HTTP/${pick(['1.1', '1.0', '1.1', '1.1', '0.9', '2.0'])}`
    const header = (): string =>
      pick([
        'host: a',
        'host: [[[',
        '__proto__: x',
        'constructor: y',
        `traceparent: ${garbage()}`,
        'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        `tracestate: ${'a=b,'.repeat(random(60))}`,
        `baggage: ${'k=v,'.repeat(random(2000))}`,
        `b3: ${garbage()}`,
        'content-length: 0',
        'content-length: -1',
        'expect: 100-continue',
        'transfer-encoding: chunked',
        `x-y: ${garbage()}`,
        garbage()
      ])
    let different = 0
    await many(RAW, 20, async () => {
      const bytes = Buffer.from(
        `${line()}\r\nconnection: close\r\n${Array.from({ length: 1 + random(5) }, header).join('\r\n')}\r\n\r\n`,
        'latin1'
      )
      const [withAgent, without] = await Promise.all([raw(app.port, bytes, 3000), raw(bare.port, bytes, 3000)])
      if (withAgent !== without) {
        different++
        assert.fail(JSON.stringify([bytes.toString('latin1').slice(0, 300), withAgent, without]))
      }
    })
    assert.equal((await app.get('/')).status, 200)
    tried('generated raw requests: same bytes as bare, 0 uncaught', RAW, different)
  })

  it('a stopped agent gives its memory back', async () => {
    const before = await memory(app)
    assert.equal((await app.get('/stop')).body, 'stopped')
    const after = await memory(app)
    const grewMb = (after.heapUsed - before.heapUsed) / MIB
    assert.ok(grewMb < 1, `${grewMb.toFixed(1)} MB more than before it was stopped`)
    assert.equal((await app.get('/')).status, 200)
    tried(
      'stopped, it holds no more than before',
      1,
      0,
      `${grewMb.toFixed(2)} MB of heap, ${((after.rss - before.rss) / MIB).toFixed(0)} MB resident`
    )
  })
})
