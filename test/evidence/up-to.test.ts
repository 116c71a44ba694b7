import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { startEvidence } from '../../lib/evidence/index.js'
import type { Inspected } from '../../lib/evidence/inspector.js'
import { createWaits } from '../../lib/evidence/waits.js'
import { now } from '../../lib/process/clock.js'
import { createShared, setBeating, writeBeat } from '../../lib/worker/shared.js'

const REQUESTS = 5000
/** Of what one costs that is remembered, 1.5 kB, a tenth. */
const MAX_BYTES = REQUESTS * 150

const profiled: Inspected = {
  post: async () => undefined,
  ask: async () => '{"start":0,"end":0}',
  on: () => {},
  disconnect: () => {}
}

describe('waiting for evidence', function () {
  this.timeout(20_000)
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void

  const heapBytes = (): number => {
    gc()
    return process.memoryUsage().heapUsed
  }

  it('leaves nothing of requests that were waited for', async () => {
    const options = { profile: true, profileIntervalMs: 10 }
    const target = { task: '', inspect: async () => profiled }
    const evidence = await startEvidence(options, createShared(), target)
    while (evidence.between(0, 1).missing.some(reason => reason.startsWith('cpu profile'))) await sleep(1)
    const waitFor = (count: number) => Promise.all(Array.from({ length: count }, () => evidence.upTo(now())))
    await waitFor(100)
    const before = heapBytes()
    await waitFor(REQUESTS)
    let grown = Number.POSITIVE_INFINITY
    // Timers that nobody waits for any more are there for a while.
    for (let i = 0; i < 50 && grown > MAX_BYTES; i++) grown = (await sleep(100).then(heapBytes)) - before
    evidence.stop()
    assert.ok(grown <= MAX_BYTES, `${grown} bytes more after ${REQUESTS} requests`)
  })
})

it('a loop that makes no turn any more is not waited for for ever', async () => {
  const shared = createShared()
  setBeating(shared, true)
  writeBeat(shared, now() - 1000, 0)
  const evidence = await startEvidence({ profile: false, profileIntervalMs: 10, mayInspect: false }, shared)
  await evidence.turnOver(now())
  evidence.stop()
})

it('a wait that begins when the process ends is as short as those that had begun before', async () => {
  const { wait, hurry } = createWaits()
  const before = wait(60_000, 1)
  hurry()
  await Promise.all([before, wait(60_000, 1)])
})
