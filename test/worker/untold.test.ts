import assert from 'node:assert/strict'
import { createUntold } from '../../lib/worker/untold.js'

const options = { isExiting: () => false, count: () => {} }

describe('how many slow requests got no report', () => {
  it('is told by the next report of their route, once', () => {
    const untold = createUntold({ ...options, now: () => 0 })
    untold.add('GET /a', 2)
    untold.add('GET /b', 3)
    untold.add('GET /a', 1)
    assert.deepEqual([untold.take('GET /a'), untold.take('GET /a'), untold.take('GET /b')], [3, 0, 3])
  })

  it('is told by the next of any, where none of their route has come for a while', () => {
    let clock = 0
    const untold = createUntold({ ...options, now: () => clock })
    untold.add('GET /never-again', 2)
    clock = 150
    untold.add('GET /just-now', 5)
    assert.equal(untold.take('GET /other'), 0)
    clock = 300
    assert.equal(untold.take('GET /other'), 2)
    assert.equal(untold.take('GET /just-now'), 5)
  })

  it('is told by the next of any from its first one on, however many come after', () => {
    let clock = 0
    const untold = createUntold({ ...options, now: () => clock })
    for (; clock <= 200; clock += 50) untold.add('GET /flooded', 1)
    assert.equal(untold.take('GET /other'), 5)
  })

  it('is told by the next of any when the process ends', () => {
    const untold = createUntold({ ...options, now: () => 0, isExiting: () => true })
    untold.add('GET /a', 2)
    untold.add('GET /b', 3)
    assert.equal(untold.take('GET /other'), 5)
  })

  it('is known of all routes together', () => {
    const counts: number[] = []
    const untold = createUntold({ ...options, now: () => 0, count: more => counts.push(more) })
    untold.add('GET /a', 2)
    untold.add('GET /b', 3)
    untold.take('GET /a')
    untold.take('GET /a')
    assert.deepEqual(counts, [2, 3, -2])
  })
})
