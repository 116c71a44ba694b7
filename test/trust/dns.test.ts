// A backend whose name is not found: nobody looks it up on the main thread, whose timers come as with a backend that answers.

import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'
import { inputs, LONG, tried } from './table.js'

const ROUNDS = inputs(3, 7)
const ROUND_MS = inputs(300, 1_000)
const MOST_ADDED_MS = 2

/** Slow requests for a while, and how late the timers of the service came meanwhile. */
async function roundOf(app: App): Promise<{ p99Ms: number; lookups: number }> {
  await app.get('/delay')
  const until = performance.now() + ROUND_MS
  while (performance.now() < until) await Promise.all([app.get('/a'), app.get('/b')])
  return JSON.parse((await app.get('/delay')).body)
}

const median = (numbers: number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!

it('a name that is not found costs the main thread nothing', async function () {
  this.timeout(ROUNDS * ROUND_MS * 2 + 60_000)
  const env = { PERFAGENT_SLOW_MS: '10', PERFAGENT_MAX_REPORTS_PER_MINUTE: '10000' }
  const live = await runApp('loop-delay.js', { env })
  const PERFAGENT_HTTP_ENDPOINT = 'http://nobody.invalid/reports'
  const lost = await runApp('loop-delay.js', { env: { ...env, PERFAGENT_HTTP_ENDPOINT } })
  const p99Ms: { live: number[]; lost: number[] } = { live: [], lost: [] }
  let lookups = 0
  for (let round = 0; round < ROUNDS; round++) {
    p99Ms.live.push((await roundOf(live)).p99Ms)
    const { p99Ms: lateMs, lookups: seen } = await roundOf(lost)
    p99Ms.lost.push(lateMs)
    lookups = seen
  }
  // The agent thread has looked it up, and says so once.
  while (lost.output.stderr === '') await new Promise(resolve => setTimeout(resolve, 20))
  assert.match(lost.output.stderr, /nobody\.invalid.* cannot be reached/)
  assert.equal(lookups, 0)
  await lost.get('/lookup')
  assert.equal(JSON.parse((await lost.get('/delay')).body).lookups, 1, 'its own is seen')
  const addedMs = median(p99Ms.lost) - median(p99Ms.live)
  const spreadMs = Math.max(...p99Ms.live) - Math.min(...p99Ms.live)
  // What the machine does in one run to a service whose backend answers, it may do to the other.
  if (LONG) assert.ok(addedMs < MOST_ADDED_MS + spreadMs, `${addedMs.toFixed(1)} ms more`)
  tried(
    'a name that is not found delays nothing on the main thread',
    ROUNDS,
    0,
    `p99 of its loop delay ${addedMs.toFixed(2)} ms more than with a backend that answers (${median(p99Ms.live).toFixed(2)} ms)`
  )
  await live.stop()
  await lost.stop({ stderr: /cannot be reached/ })
})
