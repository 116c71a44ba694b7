import assert from 'node:assert/strict'
import path from 'node:path'
import { readHolders } from '../../lib/evidence/holders.js'
import { DIST } from '../../lib/place.js'
import { operation, timeline } from '../verdict/timeline.js'

describe('where a connection was taken', () => {
  it('is the line of the application that asked for it, without the agent and what it had wrapped', () => {
    const takenAt = `Error
    at askedAt (${path.join(DIST, 'main.js')}:1:1)
    at replacement (${path.join(DIST, 'main.js')}:2:1)
    at checkout (/srv/shop/pay.js:7:3)`
    const holders = [
      { request: null, heldMs: 5, takenAt },
      { request: null, heldMs: 3 }
    ]
    const wait = operation({ kind: 'pool', system: 'pg', start: 0, end: 9 })
    const told = readHolders(
      timeline({ durationMs: 10, operations: [{ ...wait, pool: { size: 2, inUse: 2, waiting: 1, holders } }] })
    )
    assert.deepEqual(told.operations[0]!.pool!.holders, [
      { ...holders[0], takenAt: [{ function: 'checkout', file: '/srv/shop/pay.js', line: 7, column: 3 }] },
      holders[1]
    ])
  })
})
