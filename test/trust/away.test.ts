// A service whose backend is away: a few seconds in `npm run check`, longer in the long form, and for as long as
// PERFAGENT_TRUST_MINUTES says. It answers as ever, says two lines, and tells its backend of every slow request: with a report, or
// as one of those that were lost.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { LONG, MINUTES, tried } from './table.js'

const SECONDS = MINUTES ? MINUTES * 60 : LONG ? 40 : 2
const LANES = 4
const PAUSE_MS = 50
/** Their reports are twice what the queue keeps: on a busy machine two seconds have not as many, and nothing would be lost. */
const ENOUGH = 60
/** Of the catalogue of faults. The longest gap between two tries is 9.6 s. */
const BACK_WITHIN_MS = 30_000

it(`a backend that is away for ${SECONDS} s gets what waited, and hears how much was lost`, async function () {
  this.timeout(SECONDS * 1000 + 120_000)
  const backend = await startBackend()
  const door = await startDoor(Number(new URL(backend.url).port))
  const app = await runApp('load.js', {
    backend,
    nodeArgs: ['--expose-gc'],
    env: {
      PERFAGENT_HTTP_ENDPOINT: undefined,
      PERFAGENT_SLOW_MS: '60000',
      PERFAGENT_SLOW_ROUTES: 'GET /late=50',
      PERFAGENT_OTLP_LOGS_ENDPOINT: `http://127.0.0.1:${door.port}/v1/logs`,
      PERFAGENT_MAX_REPORTS_PER_MINUTE: '10000',
      // Little, so that much is lost.
      PERFAGENT_QUEUE_MAX_BYTES: '100000'
    }
  })
  const memory = async (): Promise<{ heapUsed: number; rss: number }> => JSON.parse((await app.get('/memory')).body)

  let slow = 0
  const askFor = async (ms: number, enough = 0): Promise<void> => {
    const until = performance.now() + ms
    const lane = async (): Promise<void> => {
      while (performance.now() < until || slow < enough) {
        assert.equal((await app.get('/late')).status, 200)
        slow++
        await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
  }
  await askFor((SECONDS * 1000) / 4)
  const before = await memory()
  await askFor((SECONDS * 3000) / 4, ENOUGH)
  const after = await memory()
  assert.equal(backend.received.length, 0)

  door.open()
  const began = performance.now()
  await backend.log()
  const backMs = performance.now() - began
  // What was lost may be of a request that was told while it ran, too: more is counted then than there were.
  const finished = (): number =>
    backend.logs.filter(({ attributes }) => attributes['perfagent.status'] === 'finished').length
  /** Those of which the agent made no report, for want of time, its next report tells. */
  const droppedOf = (report: unknown): number => (typeof report === 'string' ? JSON.parse(report).dropped.reports : 0)
  const lost = (): number =>
    backend.logs.reduce(
      (sum, { attributes }) =>
        sum + Number(attributes['perfagent.lost_reports'] ?? 0) + droppedOf(attributes['perfagent.report']),
      0
    )
  // What was dropped while the first delivery was under way is told with the next. Who went on asking would never see all arrived.
  await askFor(1)
  await backend.log(() => lost() > 0 && finished() + lost() >= slow, 2 * BACK_WITHIN_MS)
  const reports = finished()
  await app.stop({ stderr: /^.* wait and are sent later\n.* takes reports again; \d+ were lost meanwhile\n$/ })
  door.close()
  await backend.close()

  const all = backend.logs.filter(({ attributes }) => 'perfagent.status' in attributes).length
  assert.ok(all + lost() <= 2 * slow, `${slow} requests, ${all} reports, ${lost()} lost`)
  assert.ok(backMs < BACK_WITHIN_MS, `${backMs.toFixed(0)} ms`)
  const mb = (what: 'heapUsed' | 'rss'): string => ((after[what] - before[what]) / 2 ** 20).toFixed(1)
  tried(
    'an outage: the application answers, and each slow request is told or counted',
    slow,
    Math.max(0, slow - reports - lost()),
    `away for ${SECONDS} s: the first report ${(backMs / 1000).toFixed(1)} s after the return, ${reports} reports, ${lost()} told ` +
      `as lost; heap +${mb('heapUsed')} MB, resident +${mb('rss')} MB over the last three quarters`
  )
})

/** A port that resets everybody until it is opened; then it leads to another. */
async function startDoor(to: number): Promise<{ port: number; open(): void; close(): void }> {
  let isOpen = false
  const server = net.createServer(socket => {
    if (!isOpen) return void socket.on('error', () => {}).resetAndDestroy()
    const inner = net.connect(to, '127.0.0.1')
    socket.on('error', () => inner.destroy()).pipe(inner)
    inner.on('error', () => socket.destroy()).pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    open() {
      isOpen = true
    },
    close: () => void server.close()
  }
}
