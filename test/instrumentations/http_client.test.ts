import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { RECORDER, runProgram } from '../harness/program.js'
import { type Peer, startPeer } from './peer.js'
import { sameAsBare } from './same-as-bare.js'
import { tellsHolders } from './socket-holders.js'

describe('calls by http.request', () => {
  let app: App
  let peer: Peer
  const silent = net.createServer(() => {})
  before(async () => {
    peer = await startPeer()
    await once(silent.listen(0, '127.0.0.1'), 'listening')
    const { port } = silent.address() as net.AddressInfo
    app = await runApp('calls.js', { env: { PEER_URL: peer.url, SILENT_URL: `https://127.0.0.1:${port}/` } })
  })
  after(async () => {
    await app.stop()
    peer.close()
    silent.close()
  })

  it('tell the peer, the status and when the first byte came', async () => {
    const { operations, verdict } = await explainedAs('http.slow_peer', app, '/http')
    const [call, ...more] = operations
    assert.deepEqual(more, [])
    assert.equal(call!.text, `GET ${peer.url}/late?token=?`)
    assert.equal(call!.target, new URL(peer.url).host)
    assert.equal(call!.statusCode, 200)
    assert.ok(call!.phases!['firstByteMs']! >= 90, JSON.stringify(call!.phases))
    assert.equal(verdict.culprit!.target, new URL(peer.url).host)
  })

  it('end with the answer, not with the connection that nobody keeps', async () => {
    const { operations } = await app.explained('/http-alone', 'late')
    assert.ok(operations[0]!.durationMs! >= 90, JSON.stringify(operations))
  })

  it('last until the body is read', async () => {
    const { operations } = await app.explained('/http-body', 'begins and ends')
    assert.ok(operations[0]!.phases!['bodyMs']! >= 90, JSON.stringify(operations[0]!.phases))
  })

  it('tell the wait for a free socket apart', async () => {
    const { operations, breakdown } = await app.explained('/http-queued', 'late,late')
    assert.ok(
      operations.some(({ phases }) => phases!['socketMs']! >= 90),
      JSON.stringify(operations)
    )
    assert.ok(
      breakdown.some(({ cause, ms }) => cause === 'http.socket_wait' && ms >= 80),
      JSON.stringify(breakdown)
    )
  })

  tellsHolders('http', () => ({ app, peer }))

  it('of an agent that takes long to make a socket are told as connecting, not as a wait for a free one', async () => {
    const { operations } = await explainedAs('http.connect', app, '/http-tunnel')
    const { openingMs, socketMs = 0 } = operations[0]!.phases!
    assert.ok(openingMs! >= 90 && socketMs < 50, JSON.stringify(operations))
  })

  it('of an agent that is full are told as a wait for a free socket, also where it takes long to make one', async () => {
    const { operations } = await app.explained('/http-tunnel-queued', 'late,late')
    assert.ok(
      operations.some(({ phases }) => phases!['socketMs']! >= 50),
      JSON.stringify(operations)
    )
  })

  it('of an agent that is none of Node’s are told as connecting, too, unless it lets them wait in its own row', async () => {
    const { operations } = await explainedAs('http.connect', app, '/http-foreign')
    const { openingMs, socketMs = 0 } = operations[0]!.phases!
    assert.ok(openingMs! >= 90 && socketMs < 50, JSON.stringify(operations))

    const queued = await app.explained('/http-foreign-queued', 'late,late')
    const [first, second] = queued.operations.map(({ phases }) => phases!)
    assert.ok(first!['openingMs']! >= 90 && second!['socketMs']! >= 150, JSON.stringify(queued.operations))
  })

  it('tell how long a large body took to be sent, which its peer read late', async () => {
    const { verdict } = await explainedAs('http.slow_peer', app, '/http-large')
    assert.match(verdict.summary, /, which answered 200 \([\d.]+ m?s of it until its 8 MB had been sent\)\./)
    assert.equal(verdict.confidence, 'measured')
  })

  it('tell their error', async () => {
    const { operations } = await app.explained('/http-error', 'ECONNRESET')
    assert.match(operations[1]!.error!, /socket hang up|ECONNRESET/)
  })

  it('that never got a connection are not told as a peer that answers late', async () => {
    await explainedAs('http.connect', app, '/http-stuck')
  })

  it('one after another are told as such', async () => {
    await explainedAs('http.n_plus_one', app, '/n-plus-one')
  })

  it('carry the trace on, as fetch does, and each with a span of its own', async () => {
    const headers = JSON.parse((await app.get('/seen')).body).slice(0, 2) as { traceparent: string }[]
    const report = await app.reportOf('/seen')
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

// title | what is called | whom | moments in time order | status | end | traceparent and tracestate as the peer got them
const OUTGOING = [
  'plain | GET http://127.0.0.1:PORT/items?page=2 | 127.0.0.1:PORT | socket connecting connect headers | 200 | ended | ours ours',
  'by name | GET http://localhost:PORT/ | localhost:PORT | socket connecting resolving dns connect headers | 200 | ended | ours ours',
  'by TLS | GET https://127.0.0.1:TLSPORT/ | 127.0.0.1:TLSPORT | socket connecting connect securing tls headers | 200 | ended | ours ours',
  'headers as an array | GET http://127.0.0.1:PORT/ | 127.0.0.1:PORT | socket connecting connect headers | 200 | ended | ours ours',
  'expect | POST http://127.0.0.1:PORT/ | 127.0.0.1:PORT | socket connecting connect headers | 200 | ended | ours ours',
  'a Host of its own | GET http://127.0.0.1:PORT/ | 127.0.0.1:PORT | socket connecting connect headers | 200 | ended | ours ours',
  'no Host | GET http://127.0.0.1:PORT/ | 127.0.0.1:PORT | socket connecting connect headers | 400 | ended | ',
  'a whole URL as path | GET http://far.example/items | 127.0.0.1:PORT | socket connecting connect headers | 200 | ended | ours ours',
  'an agent that renders again | POST http://far.example/ | 127.0.0.1:PORT | socket connecting connect headers | 200 | ended | ours ours',
  'its own traceparent | GET http://127.0.0.1:PORT/ | 127.0.0.1:PORT | socket connecting connect headers | 200 | ended | theirs undefined',
  'its own connection | GET http://far:PORT/ | far:PORT | socket connecting connect headers | 200 | ended | ours ours',
  'upgrade | GET http://127.0.0.1:PORT/ | 127.0.0.1:PORT | socket connecting connect headers | 101 | ended | ',
  'connect | CONNECT far:443 | 127.0.0.1:PORT | socket connecting connect headers | 200 | ended | ',
  'on a kept socket, first | GET http://127.0.0.1:PORT/ | 127.0.0.1:PORT | socket connecting connect headers | 200 | ended | ours ours',
  'on a kept socket, second | GET http://127.0.0.1:PORT/ | 127.0.0.1:PORT | socket headers | 200 | ended | ours ours',
  'on a kept socket, a body that comes later | POST http://127.0.0.1:PORT/ | 127.0.0.1:PORT | socket writing written headers | 200 | ended | ours ours',
  'refused | GET http://127.0.0.1:1/ | 127.0.0.1:1 | socket connecting |  | ECONNREFUSED | ',
  'no such socket | GET http://localhost/items | /none | socket connecting |  | ENOENT | ',
  'destroyed at once | GET http://127.0.0.1:PORT/hang | 127.0.0.1:PORT |  |  | ECONNRESET | ',
  'destroyed while it waits | GET http://127.0.0.1:PORT/hang | 127.0.0.1:PORT | socket connecting connect |  | ECONNRESET | ',
  'events of a mock | GET http://127.0.0.1:PORT/ | 127.0.0.1:PORT | socket headers connecting connect | 200 | ended | ours ours'
]

describe('what is told of calls by http.request', () => {
  let told: string[]
  before(async () => {
    const { stdout, stderr } = await runProgram('outgoing.js', { preload: 'none', nodeArgs: ['--require', RECORDER] })
    assert.equal(stderr, '')
    told = stdout.trim().split('\n')
  })

  for (const [i, expected] of OUTGOING.entries()) {
    it(expected.slice(0, expected.indexOf(' |')), () => assert.equal(told[i], expected))
  }

  it('each call once', () => assert.equal(told.length, OUTGOING.length))
})
