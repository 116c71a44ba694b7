// When the agent thread looks again, and what it reads then: by slots and heartbeats that a test writes.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Inspected, startEvidence } from '../../lib/evidence/index.js'
import { nextLook, seldomMs, shortestOf } from '../../lib/evidence/pace.js'
import { BEAT_MS } from '../../lib/process/beat.js'
import { now } from '../../lib/process/clock.js'
import type { KernelLook } from '../../lib/types.js'
import { AGED_SHARE, createShared, readSlots, setBeating, writeBeat, writeSlot } from '../../lib/worker/shared.js'
import { skip } from '../harness/skip.js'

/** Half of what is taken for a stop of the process. */
const LONGEST_MS = 50
const NOBODY = Number.POSITIVE_INFINITY

describe('the next look', () => {
  const moments = fc.record({
    moment: fc.integer({ min: 0, max: 1000 }),
    beatAgo: fc.integer({ min: 0, max: 10 }),
    began: fc.option(fc.integer({ min: 0, max: 1000 })),
    shortestMs: fc.integer({ min: 1, max: 60_000 })
  })

  it('is never before the loop can be silent, and no later than one who comes meanwhile may have become slow by', () => {
    fc.assert(
      fc.property(moments, ({ moment, beatAgo, began, shortestMs }) => {
        const silentAt = moment - beatAgo + 30
        const agesAt = began === null ? NOBODY : moment - began + shortestMs * AGED_SHARE
        const next = nextLook(moment, silentAt, agesAt, shortestMs)
        assert.ok(next >= silentAt)
        assert.ok(next <= Math.max(silentAt + 4, moment + Math.min(shortestMs * AGED_SHARE, LONGEST_MS)))
        if (agesAt > moment) assert.ok(next <= Math.max(silentAt, agesAt))
      })
    )
  })

  it('finds a silence within a hundredth of what is slow where somebody has aged', () => {
    for (const shortestMs of [10, 50, 500, 5000]) {
      const lateMs = nextLook(100, 120, 99, shortestMs) - 120
      assert.ok(lateMs > 0 && lateMs <= Math.min(4, shortestMs / 100), `${lateMs} of ${shortestMs}`)
    }
  })

  it('goes by the shortest time that is slow', () => {
    assert.equal(shortestOf({ slowMs: 500 }), 500)
    assert.equal(shortestOf({ slowMs: 500, slowRoutes: { 'GET /quick': 40, 'GET /late': 900 } }), 40)
    assert.equal(shortestOf({ slowMs: 'auto', slowRoutes: { 'GET /late': 900 } }), 50)
    assert.ok(seldomMs(40) < BEAT_MS && seldomMs(500) === 100 && seldomMs(60_000) === 100)
  })
})

describe('a worker that was silent for a while', () => {
  const asleep = async (inFlight: boolean) => {
    const shared = createShared()
    const asked: string[] = []
    const inspected: Inspected = {
      post: async () => undefined,
      async ask(call) {
        asked.push(call)
        return undefined
      },
      on: () => {},
      disconnect: () => {}
    }
    const target = { task: '', inspect: async () => inspected }
    const evidence = await startEvidence({ profile: false, profileIntervalMs: 10 }, shared, target)
    const moment = now()
    setBeating(shared, true)
    writeBeat(shared, moment - 1500, 0)
    if (inFlight) writeSlot(shared, 0, moment - 1600, moment + 1e6)
    const next = evidence.tick(moment, true, readSlots(shared, moment), moment)
    evidence.stop()
    return { after: next - moment, asked }
  }

  it('sleeps between two tasks of its pool where it has none: it is looked at as seldom as one that rests, and asked nothing', async () => {
    assert.deepEqual(await asleep(false), { after: Number.POSITIVE_INFINITY, asked: [] })
  })

  it('is looked at at once where it has, and asked what it runs', async () => {
    assert.deepEqual(await asleep(true), { after: BEAT_MS, asked: ['probe()'] })
  })
})

describe('the kernel’s counters', () => {
  before(function () {
    if (process.platform !== 'linux') skip(this, 'evidence of the kernel is of Linux alone')
  })

  const TICKS = 20

  /** Looks of so many ticks at a thread that has one request in flight, and beats; or is silent for so long before each. */
  async function looksOf(slowMs: number, startedMs: number, silentMs = 0): Promise<KernelLook[]> {
    const shared = createShared()
    const evidence = await startEvidence({ profile: false, profileIntervalMs: 10, mayInspect: false, slowMs }, shared)
    setBeating(shared, true)
    const start = now()
    for (let beaten = start, i = 0; i < TICKS; i++) {
      for (const until = now() + Math.max(BEAT_MS, silentMs); now() < until; );
      const moment = now()
      if (silentMs > 0) beaten = moment
      for (; beaten <= moment; beaten += BEAT_MS) writeBeat(shared, beaten, 0)
      // It is as old at each tick.
      writeSlot(shared, 0, moment - startedMs, moment - startedMs + slowMs)
      evidence.tick(moment, true, readSlots(shared, moment), moment)
    }
    const { looks } = evidence.between(start, now()).kernel!
    evidence.stop()
    return looks
  }

  const isEach = (looks: KernelLook[]): void => assert.ok(looks.length >= TICKS - 1, `${looks.length} of ${TICKS}`)

  it('are read seldom while nobody in flight has aged', async () => {
    const looks = await looksOf(500, 40)
    // The last is read for whoever asks.
    for (const { start, end } of looks.slice(0, -1)) assert.ok(end - start >= 95, `${end - start} ms apart`)
  })

  it('are read at each look when somebody has', async () => isEach(await looksOf(500, 60)))

  it('are read at each look where little is slow already', async () => isEach(await looksOf(40, 1)))

  it('are read at each look that finds the loop silent, or that it was', async () => isEach(await looksOf(500, 40, 35)))
})
