import assert from 'node:assert/strict'
import { now } from '../../lib/process/clock.js'
import { countedNow } from '../../lib/process/schedstat.js'
import {
  addPending,
  addRunning,
  clearSlot,
  createShared,
  noteCounted,
  readBeats,
  readPauses,
  readSlots,
  setCounting,
  takeCounted,
  takeHandedOver,
  unreported,
  writeBeat,
  writePause,
  writeSlot
} from '../../lib/worker/shared.js'
import { skip } from '../harness/skip.js'

describe('the memory that both threads see', () => {
  it('counts of requests that are explained while they run those that are still in flight as lost, until the thread has died', () => {
    const shared = createShared()
    addPending(shared, 2)
    addRunning(shared, 3)
    const lost = (stillRunning: number): number => unreported(shared, stillRunning).lost
    assert.deepEqual([lost(0), lost(1), lost(9)], [2, 3, 5])
    addRunning(shared, -3)
    assert.equal(lost(9), 2)
    addRunning(shared, 1)
    assert.equal(takeHandedOver(shared), 2)
    assert.equal(lost(9), 0)
  })

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
    const { beats, seen, torn } = readBeats(shared, first.seen)
    assert.deepEqual([first.torn, torn], [false, true])
    assert.deepEqual(
      beats.map(({ moment }) => moment),
      Array.from({ length: 255 }, (_, i) => 746 + i)
    )
    assert.deepEqual(readBeats(shared, seen), { beats: [], seen, torn: false })
  })

  it('has each pause of the collector once, of too many the last ones, and leaves slots and beats as they are', () => {
    const shared = createShared()
    writeSlot(shared, 1023, 20, 520)
    writeBeat(shared, 1, 1)
    assert.deepEqual(readPauses(shared, 0), { pauses: [], seen: 0 })
    for (let start = 1; start <= 1000; start++) writePause(shared, { start, end: start + 0.5 })
    const { pauses, seen } = readPauses(shared, 0)
    assert.deepEqual(
      pauses,
      Array.from({ length: 255 }, (_, i) => ({ start: 746 + i, end: 746.5 + i }))
    )
    writePause(shared, { start: 1001, end: 1002 })
    assert.deepEqual(readPauses(shared, seen).pauses, [{ start: 1001, end: 1002 }])
    assert.equal(readSlots(shared, 0).oldest, 20)
    assert.equal(readBeats(shared, 0).beats.length, 1)
  })

  it('has what the kernel counted at each beat while somebody wants it, once, and of too much the last', function () {
    if (!countedNow()) skip(this, 'this kernel does not count how long a thread ran')
    const shared = createShared()
    noteCounted(shared)
    assert.deepEqual(takeCounted(shared), [])
    setCounting(shared, true)
    noteCounted(shared)
    noteCounted(shared)
    const [first, second, ...others] = takeCounted(shared)
    assert.ok(first && second)
    assert.ok(first.at <= second.at && first.cpuMs > 0 && first.cpuMs <= second.cpuMs && first.processMs > 0)
    assert.deepEqual(others, [])
    noteCounted(shared)
    assert.deepEqual(takeCounted(shared), [])
    setCounting(shared, true)
    const began = now()
    for (let i = 0; i < 300; i++) noteCounted(shared)
    const kept = takeCounted(shared)
    assert.equal(kept.length, 127)
    assert.ok(kept.every(({ at }, i) => at >= (kept[i - 1]?.at ?? began)))
  })

  it('tells how many requests are in flight, which is the oldest, when one has aged, and from when on one is slow', () => {
    const shared = createShared()
    const never = Number.POSITIVE_INFINITY
    assert.deepEqual(readSlots(shared, 0), { count: 0, oldest: never, agesAt: never, overdue: false })
    writeSlot(shared, 3, 20, 520)
    writeSlot(shared, 1, 10, 910)
    assert.deepEqual(readSlots(shared, 519), { count: 2, oldest: 10, agesAt: 70, overdue: false })
    assert.deepEqual(readSlots(shared, 520), { count: 2, oldest: 10, agesAt: 70, overdue: true })
    writeSlot(shared, 7, 30, never)
    clearSlot(shared, 1)
    clearSlot(shared, 3)
    assert.deepEqual(readSlots(shared, 1e9), { count: 1, oldest: 30, agesAt: 30, overdue: false })
  })
})
