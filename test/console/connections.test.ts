// More connections than the console keeps open: of agents, of readers, of strangers who send nothing.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { connect, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { toProtobuf } from '../../lib/otlp/encode.js'
import { logRecords } from '../../lib/otlp/logs.js'
import { anyReport, openConsole, type Subject } from './console.js'

const MOST = 64
const MOST_READERS = 32
const HEADERS = { 'content-type': 'application/x-protobuf' }

describe('the connections of the console', () => {
  let subject: Subject
  let opened: Socket[]
  let agents: http.Agent[]
  beforeEach(async () => {
    subject = await openConsole()
    opened = []
    agents = []
  })
  afterEach(async () => {
    for (const socket of opened) socket.destroy()
    for (const agent of agents) agent.destroy()
    await subject.close()
  })

  const isOpen = (socket: Socket): boolean => !socket.destroyed && socket.readyState === 'open'
  const stillOpen = (): number => opened.filter(isOpen).length
  /** The other side sees a close some turns later. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await turn()
  }

  /** One connection that stays open between two deliveries, as an exporter keeps it. */
  function keepAlive(): http.Agent {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    agents.push(agent)
    return agent
  }
  const aDelivery = (): Uint8Array => toProtobuf('ExportLogsServiceRequest', logRecords([anyReport()], '1')!)
  async function deliver(agent: http.Agent): Promise<void> {
    const answer = subject.ask('/v1/logs', { method: 'POST', headers: HEADERS, agent, body: aDelivery() })
    const [[socket], { status }] = await Promise.all([once(agent, 'free'), answer])
    assert.equal(status, 200)
    if (!opened.includes(socket)) opened.push(socket)
  }

  /** A delivery whose headers were taken and whose body does not come before it is asked for. */
  async function beginDelivery(): Promise<{ socket: Socket; finish(): Promise<void> }> {
    const body = aDelivery()
    const headers = { ...HEADERS, expect: '100-continue', 'content-length': body.length }
    const request = http.request(`${subject.url}/v1/logs`, { method: 'POST', agent: keepAlive(), headers })
    request.flushHeaders()
    await once(request, 'continue')
    const socket = request.socket!
    opened.push(socket)
    return {
      socket,
      async finish() {
        request.end(body)
        const [response] = await once(request, 'response')
        assert.equal(response.resume().statusCode, 200)
      }
    }
  }
  async function openStream(): Promise<number> {
    const [response] = await once(http.get(`${subject.url}/api/stream`, { agent: false }), 'response')
    opened.push(response.socket)
    return response.statusCode
  }

  /** A stranger who sends this, and waits. */
  async function knock(text: string): Promise<void> {
    const socket = connect(Number(new URL(subject.url).port), '127.0.0.1')
    socket.on('error', () => {}).resume()
    opened.push(socket)
    await once(socket, 'connect')
    socket.write(text)
  }

  it('are 64 at most: each of 100 agents delivers, twice, and those that were idle for longest are closed', async () => {
    const often = keepAlive()
    await deliver(often)
    for (let i = 1; i < 100; i++) {
      await deliver(keepAlive())
      await deliver(often)
    }
    await until(() => stillOpen() === MOST)
    assert.deepEqual([opened[0]!, ...opened.slice(-MOST + 1)].map(isOpen), Array(MOST).fill(true))
    for (const agent of agents) await deliver(agent)
    await until(() => stillOpen() === MOST)
    assert.equal(subject.store.reports.size, 1 + 2 * 99 + 100)
  })

  it('are not closed while they are in use: one more than 64 is, until one of them has its answer', async () => {
    for (let i = 0; i < MOST_READERS; i++) assert.equal(await openStream(), 200)
    const deliveries = []
    for (let i = MOST_READERS; i < MOST; i++) deliveries.push(await beginDelivery())
    await assert.rejects(subject.ask('/api/counts'), { code: /^(ECONNRESET|EPIPE)$/ })
    assert.equal(stillOpen(), MOST)
    const [first, ...others] = deliveries
    await first!.finish()
    assert.equal((await subject.ask('/api/counts')).status, 200)
    await until(() => !isOpen(first!.socket))
    assert.equal(stillOpen(), MOST - 1)
    for (const { finish } of others) await finish()
  })

  it('are left to agents by those who read: the half of them', async () => {
    for (let i = 0; i < MOST_READERS; i++) assert.equal(await openStream(), 200)
    assert.equal(await openStream(), 503)
  })

  for (const text of ['', 'POST /v1/logs HTTP/1.1\r\nhost: ']) {
    it(`are not used up by strangers who send ${text ? 'half a header' : 'nothing'}`, async () => {
      for (let i = 0; i < MOST; i++) await knock(text)
      await deliver(keepAlive())
      assert.equal(subject.store.reports.size, 1)
      await until(() => stillOpen() === MOST)
    })
  }
})
