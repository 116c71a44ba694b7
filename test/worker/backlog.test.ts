import assert from 'node:assert/strict'
import type { Timeline } from '../../lib/types.js'
import { createBacklog, restAfterMs, weightOf } from '../../lib/worker/backlog.js'
import { addDone, createShared, MAX_NAMED } from '../../lib/worker/shared.js'

const withOperations = (count: number): Timeline => ({ operations: new Array(count).fill({}) }) as unknown as Timeline

describe('what is handed over to the agent thread', () => {
  it('has the next look wait after one that told of a crowd, however short that is', () => {
    const among = (count: number): Timeline =>
      ({
        operations: [],
        turns: { from: 0, to: 0, requests: Array(count).fill({}), stretchesUs: [] }
      }) as Partial<Timeline> as Timeline
    assert.ok(restAfterMs(among(MAX_NAMED)) > 0)
    assert.equal(restAfterMs(among(MAX_NAMED - 1)), 0)
  })

  it('waits up to a limit, and again when the thread has taken some', () => {
    const shared = createShared()
    const backlog = createBacklog(shared)
    const timeline = withOperations(99)
    const admitted = Array.from({ length: 200 }, () => backlog.admit(timeline)).filter(Boolean).length
    assert.equal(admitted, 100)
    for (let i = 0; i < 30; i++) addDone(shared, weightOf(timeline))
    assert.equal(Array.from({ length: 200 }, () => backlog.admit(timeline)).filter(Boolean).length, 30)
  })

  it('weighs its turns too: a second of hundreds of requests has thousands', () => {
    const stretches = new Array(3 * 8192).fill(0)
    const busy = {
      operations: [],
      turns: { from: 0, to: 1000, stretchesUs: stretches, requests: [] }
    } as unknown as Timeline
    const backlog = createBacklog(createShared())
    const admitted = Array.from({ length: 200 }, () => backlog.admit(busy)).filter(Boolean).length
    assert.ok(admitted * stretches.length * 8 < 5e6, `${admitted} of 200 kB each`)
    assert.ok(admitted > 10, `${admitted}`)
  })

  it('waits up to the limit also where what was taken so far is more than a number of 32 bits', () => {
    const shared = createShared()
    addDone(shared, 2 ** 31 - 500)
    const backlog = createBacklog(shared)
    const timeline = withOperations(99)
    for (let round = 0; round < 3; round++) {
      assert.equal(Array.from({ length: 200 }, () => backlog.admit(timeline)).filter(Boolean).length, 100)
      for (let i = 0; i < 100; i++) addDone(shared, weightOf(timeline))
    }
  })

  it('is let through alone, however large it is', () => {
    const backlog = createBacklog(createShared())
    assert.ok(backlog.admit(withOperations(100_000)))
    assert.ok(!backlog.admit(withOperations(0)))
  })

  it('counts no more when its thread has died', () => {
    const backlog = createBacklog(createShared())
    assert.ok(backlog.admit(withOperations(100_000)))
    backlog.forget()
    assert.ok(backlog.admit(withOperations(0)))
  })
})
