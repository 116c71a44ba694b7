import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { skip } from '../harness/skip.js'
import { sameAsBare } from './same-as-bare.js'

describe('calls by http2', () => {
  const peer = http2.createServer((req, res) => {
    if (req.url === '/headers')
      return res.end(JSON.stringify({ ...req.headers, sensitive: req.headers[http2.sensitiveHeaders as never] }))
    if (req.url === '/reset') return setTimeout(() => req.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR), 100)
    if (req.url !== '/slow-body') return setTimeout(() => res.end('late'), 100)
    res.write('begins')
    return setTimeout(() => res.end(' and ends'), 100)
  })
  const narrow = http2.createServer({ settings: { maxConcurrentStreams: 1 } }, ({ url }, res) =>
    url === '/at-once' ? res.end('now') : setTimeout(() => res.end('late'), 100)
  )
  const sessions = new Set<http2.ServerHttp2Session>()
  for (const server of [peer, narrow]) server.on('session', session => sessions.add(session))
  let host: string
  let app: App
  before(async () => {
    for (const server of [peer, narrow]) await once(server.listen(0, '127.0.0.1'), 'listening')
    const hostOf = (server: http2.Http2Server): string => `127.0.0.1:${(server.address() as AddressInfo).port}`
    host = hostOf(peer)
    app = await runApp('http2-calls.js', {
      env: { PEER_URL: `http://${host}`, NARROW_URL: `http://${hostOf(narrow)}` }
    })
  })
  after(async () => {
    await app.stop()
    for (const session of sessions) session.destroy()
    peer.close()
    narrow.close()
  })

  const calls = ({ operations }: Report) => operations.filter(({ kind }) => kind === 'http')

  it('tell the peer, the status and when the first byte came', async () => {
    const report = await explainedAs('http.slow_peer', app, '/late')
    const [call, ...more] = calls(report)
    assert.deepEqual(more, [])
    assert.equal(call!.text, `GET http://${host}/late?token=?`)
    assert.equal(call!.target, host)
    assert.equal(call!.statusCode, 200)
    assert.ok(call!.phases!['firstByteMs']! >= 90, JSON.stringify(call))
    assert.ok(!JSON.stringify(report).includes('sesame'))
  })

  it('on a session that was there before the server listened are told', async () => {
    assert.deepEqual(
      calls(await app.explained('/early', 'late')).map(({ text }) => text),
      [`GET http://${host}/late`]
    )
  })

  it('wait for a stream where the peer has as many as it takes at once', async () => {
    const report = await explainedAs('http.socket_wait', app, '/narrow')
    assert.match(report.verdict.summary, /for a free stream to .*, before GET \S+\/last could be sent/)
    assert.equal(report.verdict.confidence, 'measured')
    const last = calls(report).find(({ text }) => text.endsWith('/last'))!
    assert.ok(last.phases!['firstByteMs']! < last.phases!['socketMs']!, JSON.stringify(last))
  })

  it('last until the body has come', async () => {
    const [call] = calls(await app.explained('/post', 'begins and ends'))
    assert.equal(call!.text, `POST http://${host}/slow-body`)
    assert.ok(call!.phases!['bodyMs']! >= 90, JSON.stringify(call))
  })

  it('carry the trace, never in the headers that were given, and not beside a trace of theirs', async () => {
    const { body } = await app.get('/headers')
    assert.deepEqual(JSON.parse(body), [':path,x-own', '1', 55, true])
  })

  it('with headers as an array carry it too, and which of theirs are sensitive', async function () {
    if (process.version.startsWith('v20.')) skip(this, 'Node 20 takes no headers as an array')
    assert.equal((await app.get('/array')).body, '55 x-own')
  })

  for (const [path, code, error] of [
    ['/reset', 'ERR_HTTP2_STREAM_ERROR', /Stream closed with error code NGHTTP2_INTERNAL_ERROR/],
    ['/gone', 'ERR_HTTP2_STREAM_CANCEL', /ECONNREFUSED/],
    ['/throws', 'ERR_HTTP2_INVALID_CONNECTION_HEADERS', /connection/i]
  ] as const) {
    it(`tell why they failed (${path})`, async () => {
      const [call, ...more] = calls(await app.explained(path, code))
      assert.match(call!.error!, error)
      assert.deepEqual(more, [])
    })
  }

  it('by undici are told once', async () => {
    assert.deepEqual(
      calls(await app.explained('/undici', 'late')).map(({ text }) => text),
      [`GET http://${host}/late`]
    )
  })

  it('look to both sides as without the agent', () => sameAsBare('http2-client-behaviour.js'))
})
