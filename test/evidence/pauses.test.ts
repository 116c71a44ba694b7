import assert from 'node:assert/strict'
import { watchPauses } from '../../lib/evidence/pauses.js'
import { createShared, writePause } from '../../lib/worker/shared.js'

describe('pauses of the collector', () => {
  it('are those that touch the request, also when they are told after its end', () => {
    const shared = createShared()
    const watch = watchPauses(shared)
    for (const start of [10, 20, 30, 40]) writePause(shared, { start, end: start + 5 })
    const touching = [
      { start: 20, end: 25 },
      { start: 30, end: 35 }
    ]
    assert.deepEqual(watch.between(25, 30), [])
    assert.deepEqual(watch.between(24, 31), touching)
    writePause(shared, { start: 25, end: 28 })
    assert.deepEqual(watch.between(24, 31), [...touching, { start: 25, end: 28 }])
  })

  it('are more than the memory that both threads see has room for', () => {
    const shared = createShared()
    const watch = watchPauses(shared)
    for (let start = 0; start < 1000; start++) {
      writePause(shared, { start, end: start + 0.5 })
      if (start % 100 === 0) watch.tick()
    }
    assert.equal(watch.between(0, 1000).length, 1000)
  })
})
