import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { type Peer, startPeer } from './peer.js'
import { sameAsBare } from './same-as-bare.js'

describe('calls by http.request', () => {
  let app: App
  let peer: Peer
  before(async () => {
    peer = await startPeer()
    app = await runApp('calls.js', { env: { PEER_URL: peer.url } })
  })
  after(async () => {
    await app.stop()
    peer.close()
  })

  const explained = async (path: string, body: string): Promise<Report> => {
    assert.equal((await app.get(path)).body, body)
    return app.report(({ request }) => request.route === path)
  }

  it('tell the peer, the status and when the first byte came', async () => {
    const { operations, verdict } = await explained('/http', 'late')
    const [call, ...more] = operations
    assert.deepEqual(more, [])
    assert.equal(call!.text, `GET ${peer.url}/late?token=?`)
    assert.equal(call!.target, new URL(peer.url).host)
    assert.equal(call!.statusCode, 200)
    assert.ok(call!.phases!['firstByteMs']! >= 90, JSON.stringify(call!.phases))
    assert.equal(verdict.cause, 'http.slow_peer')
    assert.equal(verdict.culprit!.target, new URL(peer.url).host)
  })

  it('last until the body is read', async () => {
    const { operations } = await explained('/http-body', 'begins and ends')
    assert.ok(operations[0]!.phases!['bodyMs']! >= 90, JSON.stringify(operations[0]!.phases))
  })

  it('tell the wait for a free socket apart', async () => {
    const { operations, breakdown } = await explained('/http-queued', 'late,late')
    assert.ok(
      operations.some(({ phases }) => phases!['socketMs']! >= 90),
      JSON.stringify(operations)
    )
    assert.ok(
      breakdown.some(({ cause, ms }) => cause === 'http.socket_wait' && ms >= 80),
      JSON.stringify(breakdown)
    )
  })

  it('tell their error', async () => {
    const { operations } = await explained('/http-error', 'ECONNRESET')
    assert.match(operations[1]!.error!, /socket hang up|ECONNRESET/)
  })

  it('one after another are told as such', async () => {
    const { verdict } = await explained('/n-plus-one', 'done')
    assert.equal(verdict.cause, 'http.n_plus_one')
  })

  it('carry the trace on, as fetch does, and each with a span of its own', async () => {
    const headers = JSON.parse((await app.get('/seen')).body).slice(0, 2) as { traceparent: string }[]
    const report = await app.report(({ request }) => request.route === '/seen')
    const spans = headers.map(({ traceparent }) => traceparent.split('-'))
    assert.deepEqual(
      spans.map(([, traceId]) => traceId),
      [report.traceId, report.traceId]
    )
    assert.deepEqual(
      spans.map(([, , spanId]) => spanId),
      report.operations.slice(0, 2).map(({ spanId }) => spanId)
    )
    assert.notEqual(spans[0]![2], spans[1]![2])
  })

  it('behave as without the agent', () => sameAsBare('http-client-behaviour.js'))
})
