// Requests for as long as PERFAGENT_TRUST_MINUTES says (in the long form half a minute, in `npm run check` a few): heap,
// handles and listeners stay where they were, and each slow request is either reported or counted as dropped.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type App, runApp } from '../harness/app.js'
import { pipelined } from './pipelined.js'
import { LONG, MINUTES, tried } from './table.js'

const SECONDS = MINUTES ? MINUTES * 60 : LONG ? 30 : 3
const SAMPLES = MINUTES || LONG ? 20 : 6
const CONNECTIONS = 8
const ROUTES = 50
const MIB = 1024 * 1024
const LATE = '/late-soak'

interface Sample {
  requests: number
  heapUsed: number
  rss: number
  handles: number
  listeners: number
}

describe(`requests for ${SECONDS} s`, function () {
  this.timeout(SECONDS * 1000 + 120_000)
  const folder = mkdtempSync(path.join(os.tmpdir(), 'perfagent-soak-'))
  const configFile = path.join(folder, 'perfagent.json')
  let app: App
  let stopping = false
  before(async () => {
    writeFileSync(configFile, '{}')
    const env = {
      PERFAGENT_SLOW_MS: '60000',
      PERFAGENT_SLOW_ROUTES: `GET ${LATE}=50`,
      PERFAGENT_CONFIG_FILE: configFile
    }
    app = await runApp('load.js', { nodeArgs: ['--expose-gc'], env })
  })
  after(async () => {
    await app.stop()
    rmSync(folder, { recursive: true })
  })

  it('leave memory, handles and listeners as they were, and the counts of what was dropped are right', async () => {
    const clients = Array.from({ length: CONNECTIONS }, (_, lane) => {
      let sent = 0
      return pipelined(app.port, () => (stopping ? undefined : `/route${(lane * 7 + sent) % ROUTES}/x?q=${sent++}`))
    })
    const slow = slowOnes()
    const samples: Sample[] = []
    const began = performance.now()
    for (let i = 1; i <= SAMPLES; i++) {
      await new Promise(resolve => setTimeout(resolve, began + (i * SECONDS * 1000) / SAMPLES - performance.now()))
      samples.push(JSON.parse((await app.get('/memory')).body))
    }
    stopping = true
    const counts = await Promise.all(clients)
    const slowCount = await slow
    const requests = counts.reduce((sum, count) => sum + count, slowCount)

    // The first third warms up: code is compiled, pools and histograms get their size.
    const steady = samples.slice(Math.floor(SAMPLES / 3))
    const millions = (steady.at(-1)!.requests - steady[0]!.requests) / 1e6
    const grewMb = (what: 'heapUsed' | 'rss'): number =>
      slope(steady.map(sample => [sample.requests / 1e6, sample[what] / MIB])) * millions
    const handles = steady.map(sample => sample.handles)
    const listeners = new Set(steady.map(sample => sample.listeners))
    const reported = app.backend.reports.filter(({ status }) => status !== 'running').length
    const lost = await untold(slowCount)
    tried(
      'requests: memory, handles, listeners flat',
      requests,
      0,
      `${(requests / 1e6).toFixed(2)} million in ${SECONDS} s: heap ${grewMb('heapUsed').toFixed(2)} MB, resident ${grewMb('rss').toFixed(1)} MB over the last ${millions.toFixed(2)} million`
    )
    tried('slow requests are reported or counted as dropped', slowCount, lost, `${reported} reported`)
    assert.ok(
      grewMb('heapUsed') < 2,
      `heap: ${JSON.stringify(steady.map(({ heapUsed }) => (heapUsed / MIB).toFixed(2)))}`
    )
    assert.ok(Math.max(...handles) - Math.min(...handles) <= 3, `handles: ${handles}`)
    assert.deepEqual(listeners.size, 1, `listeners: ${[...listeners]}`)
    assert.equal(lost, 0)
  })

  /** One after the other, far more than a minute's limit lets through. */
  async function slowOnes(): Promise<number> {
    let count = 0
    for (; !stopping; count++) assert.equal((await app.get(LATE)).status, 200)
    return count
  }

  /** Slow requests of which no report tells, once the limit is lifted and further ones have told of those before. */
  async function untold(slowCount: number): Promise<number> {
    writeFileSync(configFile, JSON.stringify({ maxReportsPerMinute: 10_000 }))
    // One that was told while it ran is told again at its end, and each of the two tells of those dropped before it.
    const told = (): number =>
      app.backend.reports.reduce((sum, { dropped, status }) => sum + Number(status !== 'running') + dropped.reports, 0)
    for (let more = 1; more <= 50; more++) {
      await app.get(LATE)
      for (let waits = 0; waits < 20; waits++) {
        if (told() === slowCount + more) return 0
        await new Promise(resolve => setTimeout(resolve, 50))
      }
      if (more === 50) return slowCount + more - told()
    }
    return Number.NaN
  }
})

/** Of the line through the points by least squares. */
function slope(points: [x: number, y: number][]): number {
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  const x = mean(points.map(point => point[0]))
  const y = mean(points.map(point => point[1]))
  const above = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  return above / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
}
