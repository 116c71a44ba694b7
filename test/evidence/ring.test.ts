import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { watchBlocks } from '../../lib/evidence/blocks.js'
import { createRing } from '../../lib/evidence/ring.js'
import { createShared, writeBeat } from '../../lib/worker/shared.js'

const BEATS = 30_000

describe('a ring of numbers', () => {
  it('keeps the rows that were added last, and finds them by their moment', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.nat(3)), fc.nat(120), (capacity, gaps, asked) => {
        const ring = createRing(2, capacity)
        const moments: number[] = []
        for (const gap of gaps) {
          moments.push((moments.at(-1) ?? 0) + gap)
          ring.values.set([moments.at(-1)!, moments.length], ring.add())
        }
        const kept = moments.map((moment, i) => [moment, i + 1]).slice(-capacity)
        const found = Array.from({ length: ring.length }, (_, i) =>
          Array.from(ring.values.subarray(ring.startOf(i), ring.startOf(i) + 2))
        )
        assert.deepEqual(found, kept)
        assert.equal(ring.countUpTo(asked), kept.filter(([moment]) => moment! <= asked).length)
      })
    ))

  it('holds five minutes of heartbeats, none of them on the heap', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const shared = createShared()
    const watch = watchBlocks(shared, undefined)
    const beat = (moment: number): void => {
      // Busy for half of the time, and blocked once.
      writeBeat(shared, moment, moment / 2)
      watch.tick(moment)
    }
    const heap = (): number => {
      collect()
      return process.memoryUsage().heapUsed
    }
    for (let i = 1; i <= 1000; i++) beat(i * 10)
    const before = heap()
    for (let i = 1001; i <= BEATS; i++) beat(i * 10 + (i > BEATS - 100 ? 500 : 0))
    const grewKb = (heap() - before) / 1024
    assert.ok(grewKb < 500, `${grewKb.toFixed(0)} kB`)
    const { blocks, loop } = watch.between(BEATS * 10 - 5000, BEATS * 10 + 500)
    assert.deepEqual([blocks.length, loop!.delayMaxMs], [1, 505])
    assert.ok(Math.abs(loop!.utilizationShare - 0.5) < 0.01)
    assert.deepEqual(watch.between(15, 95).loop, { delayMaxMs: 0, utilizationShare: 35 / 80 })
  })
})
