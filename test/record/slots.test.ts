import assert from 'node:assert/strict'
import type { Request } from '../../lib/record/request.js'
import { createSlots } from '../../lib/record/slots.js'
import { createShared, readSlots, SLOTS } from '../../lib/worker/shared.js'

const request = (start: number, thresholdMs = 500): Request => ({ slot: -1, start, thresholdMs }) as unknown as Request

describe('the slots of requests in flight', () => {
  it('are for so many at once, and free again for others', () => {
    const { requests, take, give } = createSlots(createShared())
    const all = Array.from({ length: SLOTS + 1 }, (_, i) => request(i + 1))
    for (const one of all) take(one)
    assert.deepEqual([all[SLOTS - 1]!.slot >= 0, all[SLOTS]!.slot], [true, -1])
    give(all[SLOTS]!)
    give(all[0]!)
    assert.deepEqual([all[0]!.slot, requests.includes(all[0]!)], [-1, false])
    const next = request(5000)
    take(next)
    assert.equal(requests[next.slot], next)
  })

  it('leave the memory of both threads as it is for a request that has none', () => {
    const shared = createShared()
    const { take, changed } = createSlots(shared)
    for (let i = 0; i < SLOTS; i++) take(request(i + 1))
    const before = shared.buffer.slice(0)
    const one = request(5000)
    take(one)
    changed(one)
    assert.deepEqual(Buffer.from(shared.buffer.slice(0)), Buffer.from(before))
  })

  it('tell the agent thread from when on a request is slow, until it is settled', () => {
    const shared = createShared()
    const slots = createSlots(shared)
    const one = request(1000)
    slots.take(one)
    const overdue = (moment: number): boolean => readSlots(shared, moment).overdue
    assert.deepEqual([overdue(1499), overdue(1500)], [false, true])
    one.thresholdMs = 900
    slots.changed(one)
    assert.deepEqual([overdue(1899), overdue(1900)], [false, true])
    slots.settled(one)
    assert.deepEqual([overdue(1e9), readSlots(shared, 1e9).oldest], [false, 1000])
    slots.give(one)
    assert.equal(readSlots(shared, 1e9).count, 0)
  })
})
