// Who held the loop, by heartbeats and answers that a test gives.

import assert from 'node:assert/strict'
import { setImmediate as immediate } from 'node:timers/promises'
import { watchBlocks } from '../../lib/evidence/blocks.js'
import type { Inspected } from '../../lib/evidence/inspector.js'
import { createShared, setBeating, setLeaving, writeBeat } from '../../lib/worker/shared.js'

const BEAT_MS = 10

function watched() {
  const shared = createShared()
  setBeating(shared, true)
  const asked: number[] = []
  let moment = 0
  const main: Inspected = {
    post: async () => undefined,
    async ask() {
      asked.push(moment)
      return JSON.stringify({ at: moment, request: null, stack: 'Error\n    at hold (/srv/shop/hold.js:1:1)' })
    },
    on: () => {},
    disconnect: () => {}
  }
  const watch = watchBlocks(shared, main)
  return {
    shared,
    watch,
    asked,
    /** Looks once; the answer is read in a later turn. */
    look(at: number) {
      moment = at
      watch.tick(at)
    },
    beat(at: number, activeMs = 0) {
      writeBeat(shared, at, activeMs)
      watch.tick(at)
    },
    /** Looks as often as it wants until then. */
    async silence(from: number, to: number) {
      for (let next = from; next < to; ) {
        moment = next
        next = Math.max(next + 1, watch.tick(next).next)
        await immediate()
      }
    }
  }
}

describe('a block of the loop', () => {
  it('is none where the heart paused, because nobody was in flight', () => {
    const { watch, beat } = watched()
    beat(0)
    beat(BEAT_MS, Number.NaN)
    beat(5000)
    beat(5000 + BEAT_MS)
    assert.deepEqual(watch.between(0, 5015).blocks, [])
  })

  it('is none where the beats of that time were written over before anybody read them', async () => {
    const { shared, watch, beat } = watched()
    beat(0)
    for (let at = BEAT_MS; at <= 6000; at += BEAT_MS) writeBeat(shared, at, 0)
    watch.tick(6000)
    assert.deepEqual(watch.between(0, 6000).blocks, [])
    beat(6100)
    assert.equal(watch.between(0, 6100).blocks.length, 1)
  })

  it('has who held it, however many there were before', async () => {
    const { watch, beat, silence } = watched()
    for (let i = 0; i < 60; i++) {
      beat(i * 1000)
      await silence(i * 1000, i * 1000 + 100)
      beat(i * 1000 + 100)
      beat(i * 1000 + 100 + BEAT_MS, Number.NaN)
    }
    const { blocks } = watch.between(59_000, 60_000)
    assert.deepEqual(
      blocks.map(({ start, end, probes }) => [start, end, probes[0]?.frames[0]?.function]),
      [[59_005, 59_100, 'hold']]
    )
  })

  it('has who held it, also when the answer is read after the beat that ended it', async () => {
    const { watch, beat, look } = watched()
    beat(0)
    look(40)
    beat(100)
    await immediate()
    assert.deepEqual(
      watch.between(0, 100).blocks.map(({ probes }) => probes.map(({ frames }) => frames[0]?.function)),
      [['hold']]
    )
  })

  it('is asked for soon, and then more and more seldom, each time', async () => {
    const { asked, beat, silence } = watched()
    const gaps: number[][] = []
    for (const from of [0, 600]) {
      beat(from)
      await silence(from, from + 590)
      beat(from + 590)
      gaps.push(asked.splice(0).map(at => at - from))
    }
    assert.deepEqual(gaps[1], gaps[0])
    assert.equal(gaps[0]![0], 30)
    const between = gaps[0]!.slice(1).map((at, i) => at - gaps[0]![i]!)
    assert.deepEqual(
      between,
      between.toSorted((a, b) => a - b)
    )
  })

  it('counts as use of the loop, also while it lasts', () => {
    const { watch, beat } = watched()
    for (let at = 0; at <= 100; at += BEAT_MS) beat(at)
    const { loop, blocks } = watch.between(0, 300)
    assert.deepEqual(
      blocks.map(({ start, end }) => [start, end]),
      [[105, 300]]
    )
    assert.deepEqual(loop, { delayMaxMs: 195, utilizationShare: 195 / 300 })
  })
})

describe('the turn in which a request ended', () => {
  const END = 500
  const held = () => {
    const seen = watched()
    seen.beat(0)
    return seen
  }

  it('is open until the second beat, the first of which may be of the same turn', () => {
    const { watch, beat } = held()
    assert.equal(watch.isTurnOpen(END), true)
    beat(END + 1)
    assert.equal(watch.isTurnOpen(END), true)
    beat(END + 1 + BEAT_MS)
    assert.equal(watch.isTurnOpen(END), false)
  })

  it('is over where the loop had made turns shortly before', () => {
    const { watch, beat } = held()
    beat(END - BEAT_MS)
    assert.equal(watch.isTurnOpen(END), false)
  })

  it('is waited for no more when no beat will come: the heart pauses, or the thread ends', () => {
    const pausing = held()
    setBeating(pausing.shared, false)
    assert.equal(pausing.watch.isTurnOpen(END), false)
    const leaving = held()
    setLeaving(leaving.shared)
    assert.equal(leaving.watch.isTurnOpen(END), false)
  })
})
