// Many connections at once, each with a slow request: the service with the agent answers as the bare one does in the same run, as
// fast, and what it needs beside it is bounded.
//
// Connections are opened a few hundred at a time: Node asks the kernel for a queue of 511 that have come and were not yet
// accepted, and of 10,000 that knock in one moment the kernel resets some, with or without an agent (the last test counts them).

import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { type App, runApp } from '../harness/app.js'
import { inputs, LONG, tried } from './table.js'

const CONNECTIONS = inputs(500, 10_000)
const OPENED_AT_ONCE = 200
const ROUNDS = 3
const MIB = 1024 * 1024

interface Wave {
  answers: Map<string, number>
  p99Ms: number
}

interface Memory {
  heapUsed: number
  peakRss: number
}

interface Result {
  waves: Wave[]
  before: Memory
  after: Memory
}

describe(`${CONNECTIONS} connections at once, all slow`, function () {
  this.timeout(LONG ? 300_000 : 60_000)
  const apps: Record<string, App> = {}
  before(async () => {
    const options = { nodeArgs: ['--expose-gc'], env: { PERFAGENT_SLOW_MS: '50', PEAK: 'yes' } }
    apps['with'] = await runApp('load.js', options)
    apps['bare'] = await runApp('load.js', { ...options, preload: 'none' })
  })
  after(async () => {
    for (const app of Object.values(apps)) await app.stop()
  })

  it('are answered as without the agent, and cost a bounded amount of memory', async () => {
    const results = await each(async app => {
      const sockets = await open(app.port, CONNECTIONS)
      const before = await memory(app)
      const waves: Wave[] = []
      for (let round = 0; round < ROUNDS; round++) waves.push(await wave(sockets))
      const after = await memory(app)
      for (const socket of sockets) socket.destroy()
      return { waves, before, after }
    })
    const { with: app, bare } = results as { with: Result; bare: Result }
    const [answer] = [...bare.waves[0]!.answers.keys()]
    for (const { answers } of [...app.waves, ...bare.waves]) assert.deepEqual([...answers], [[answer, CONNECTIONS]])
    const heapMb = grewMb(app, 'heapUsed') - grewMb(bare, 'heapUsed')
    const peakMb = grewMb(app, 'peakRss') - grewMb(bare, 'peakRss')
    tried(
      'connections at once, all slow: the same answers',
      2 * ROUNDS * CONNECTIONS,
      0,
      `${CONNECTIONS} at once: p99 ${p99Ms(app)} ms, bare ${p99Ms(bare)} ms; peak of ${peakMb.toFixed(0)} MB more than bare, ` +
        `heap ${heapMb.toFixed(1)} MB after a collection`
    )
    assert.ok(heapMb < 10, `${heapMb.toFixed(1)} MB more heap than bare`)
    assert.ok(peakMb < 80, `${peakMb.toFixed(0)} MB more at the peak than bare`)
  })

  const long = LONG ? it : () => {}
  long('that knock in the same moment are reset by the kernel, if any are, as without the agent', async () => {
    const lost = await each(async ({ port }) => CONNECTIONS - (await knock(port, CONNECTIONS)))
    for (const app of Object.values(apps)) assert.equal((await app.get('/')).status, 200)
    tried(
      'connections in one moment: those that the kernel let in are answered',
      2 * CONNECTIONS,
      0,
      `the kernel reset ${lost['with']} with the agent, ${lost['bare']} without`
    )
  })

  async function each<Found>(work: (app: App) => Promise<Found>): Promise<Record<string, Found>> {
    const results: Record<string, Found> = {}
    for (const [name, app] of Object.entries(apps)) results[name] = await work(app)
    return results
  }
})

describe('kept connections that idle', function () {
  this.timeout(60_000)

  it('keep nothing of the headers of their last request', async () => {
    const bytes: Record<string, number> = {}
    for (const preload of ['none', 'require'] as const) {
      const app = await runApp('load.js', { nodeArgs: ['--expose-gc'], preload, env: { PERFAGENT_SLOW_MS: '60000' } })
      const ask = async (): Promise<net.Socket[]> => {
        const sockets = await open(app.port, IDLE)
        await Promise.all(sockets.map((socket, i) => askOnce(socket, HEADERS[i % 2]!)))
        return sockets
      }
      // What is made once is there.
      for (const socket of await ask()) socket.destroy()
      const before = await memory(app)
      const sockets = await ask()
      bytes[preload] = ((await memory(app)).heapUsed - before.heapUsed) / IDLE
      for (const socket of sockets) socket.destroy()
      await app.stop()
    }
    const more = bytes['require']! - bytes['none']!
    assert.ok(more < HEADERS[0]!.length * 0.75, `${more.toFixed(0)} bytes more for each than bare`)
  })
})

const IDLE = 400
const FORTY = Array.from({ length: 40 }, (_, i) => `x-header-${i}: ${'v'.repeat(100)}\r\n`).join('')
/** Without and with a trace, of which nobody asks. */
const HEADERS = [FORTY, `${FORTY}traceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01\r\n`]

async function askOnce(socket: net.Socket, headers: string): Promise<void> {
  socket.write(`GET / HTTP/1.1\r\nhost: a\r\n${headers}\r\n`)
  let answer = ''
  while (!answer.endsWith('hello')) answer += (await once(socket, 'data'))[0]
}

const grewMb = ({ before, after }: Result, what: keyof Memory): number => (after[what] - before[what]) / MIB

const p99Ms = ({ waves }: Result): string => median(waves.map(({ p99Ms }) => p99Ms)).toFixed(0)

async function open(port: number, count: number): Promise<net.Socket[]> {
  const sockets: net.Socket[] = []
  while (sockets.length < count) {
    const more = Array.from({ length: Math.min(OPENED_AT_ONCE, count - sockets.length) }, async () => {
      const socket = net.connect(port, '127.0.0.1')
      await once(socket, 'connect')
      return socket
    })
    sockets.push(...(await Promise.all(more)))
  }
  return sockets
}

/** One slow request on each connection; what came back, without what tells the time. */
async function wave(sockets: net.Socket[]): Promise<Wave> {
  const answers = new Map<string, number>()
  const tookMs: number[] = []
  await Promise.all(
    sockets.map(async socket => {
      const began = performance.now()
      socket.write('GET /late HTTP/1.1\r\nhost: a\r\n\r\n')
      let answer = ''
      while (!answer.endsWith('hello')) answer += (await once(socket, 'data'))[0]
      tookMs.push(performance.now() - began)
      const timeless = answer.replace(/^date: .*\r\n/gim, '')
      answers.set(timeless, (answers.get(timeless) ?? 0) + 1)
    })
  )
  tookMs.sort((a, b) => a - b)
  return { answers, p99Ms: tookMs[Math.floor(tookMs.length * 0.99)]! }
}

/** All connect in one moment; how many got their answer. */
async function knock(port: number, count: number): Promise<number> {
  const answered = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<number>(resolve => {
          let answer = ''
          net
            .connect(port, '127.0.0.1')
            .on('data', text => {
              answer += text
            })
            .on('error', () => {})
            .on('close', () => resolve(/^HTTP\/1\.1 200 .*hello$/s.test(answer) ? 1 : 0))
            .write('GET /late HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
        })
    )
  )
  return answered.reduce((sum, one) => sum + one, 0)
}

const memory = async (app: App): Promise<Memory> => JSON.parse((await app.get('/memory')).body)

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
