import assert from 'node:assert/strict'
import type { Timeline } from '../../lib/types.js'
import { createBacklog, weightOf } from '../../lib/worker/backlog.js'
import { createShared, take } from '../../lib/worker/shared.js'

const withOperations = (count: number): Timeline => ({ operations: new Array(count).fill({}) }) as unknown as Timeline

describe('what is handed over to the agent thread', () => {
  it('waits up to a limit, and again when the thread has taken some', () => {
    const shared = createShared()
    const backlog = createBacklog(shared)
    const timeline = withOperations(99)
    const admitted = Array.from({ length: 200 }, () => backlog.admit(timeline)).filter(Boolean).length
    assert.equal(admitted, 100)
    for (let i = 0; i < 30; i++) take(shared, weightOf(timeline))
    assert.equal(Array.from({ length: 200 }, () => backlog.admit(timeline)).filter(Boolean).length, 30)
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
