import assert from 'node:assert/strict'
import { clearSlot, createShared, readBeats, readSlots, writeBeat, writeSlot } from '../../lib/worker/shared.js'

describe('the memory that both threads see', () => {
  it('has each beat once, oldest first, and of too many the last ones', () => {
    const shared = createShared()
    const write = (from: number, to: number): void => {
      for (let moment = from; moment <= to; moment++) writeBeat(shared, moment, moment / 2)
    }
    write(1, 3)
    const first = readBeats(shared, 0)
    assert.deepEqual(
      first.beats,
      [1, 2, 3].map(moment => ({ moment, activeMs: moment / 2 }))
    )
    write(4, 1000)
    const { beats, seen } = readBeats(shared, first.seen)
    assert.deepEqual(
      beats.map(({ moment }) => moment),
      Array.from({ length: 256 }, (_, i) => 745 + i)
    )
    assert.deepEqual(readBeats(shared, seen).beats, [])
  })

  it('tells how many requests are in flight, which is the oldest, and from when on one is slow', () => {
    const shared = createShared()
    assert.deepEqual(readSlots(shared, 0), { count: 0, oldest: Number.POSITIVE_INFINITY, overdue: false })
    writeSlot(shared, 3, 20, 520)
    writeSlot(shared, 1, 10, 900)
    writeSlot(shared, 7, 30, Number.POSITIVE_INFINITY)
    assert.deepEqual(readSlots(shared, 519), { count: 3, oldest: 10, overdue: false })
    assert.deepEqual(readSlots(shared, 520), { count: 3, oldest: 10, overdue: true })
    clearSlot(shared, 1)
    clearSlot(shared, 3)
    assert.deepEqual(readSlots(shared, 1e9), { count: 1, oldest: 30, overdue: false })
  })
})
