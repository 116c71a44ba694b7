// Whose each instant is where a hold of the main thread is in doubt for a part of its time only.

import assert from 'node:assert/strict'
import type { Holding } from '../../lib/verdict/holdings.js'
import type { Hold } from '../../lib/verdict/holds.js'
import { type Stretch, sweep } from '../../lib/verdict/sweep.js'
import type { Wait } from '../../lib/verdict/waits.js'

const held = (start: number, end: number, owner: Holding['owner']): Stretch => ({
  cause: owner === 'own' ? 'cpu.own' : 'loop.blocked',
  layer: 'held',
  rank: 0,
  start,
  end,
  hold: { start, end, readBy: end + 10 } as Hold,
  holding: { owner, brief: false } as Holding
})

const waiting = (label: string, start: number, end: number): Stretch => ({
  cause: 'db.slow_query',
  layer: 'wait',
  rank: end,
  start,
  end,
  until: end,
  wait: { name: { label }, operation: {} } as Wait
})

/** What is said of each piece: when it begins, whose it is, what it is doubted for. */
const swept = (...stretches: Stretch[]): [start: number, cause: string | undefined, doubt: string | undefined][] =>
  sweep({ start: 0, end: 200 }, stretches).map(({ start, stretch, doubt }) => [
    start,
    stretch?.cause,
    doubt?.slice(0, 15)
  ])

describe('a hold of the main thread', () => {
  it('by others is doubted where an answer was waited for, and nowhere else', () => {
    assert.deepEqual(swept(held(0, 100, 'other'), waiting('a', 60, 105)), [
      [0, 'loop.blocked', undefined],
      [60, 'loop.blocked', 'the answer to a'],
      [100, 'db.slow_query', undefined],
      [105, undefined, undefined]
    ])
  })

  it('by others is doubted for the answer that was waited for last', () => {
    assert.deepEqual(swept(held(0, 100, 'other'), waiting('a', 0, 105), waiting('b', 50, 108)), [
      [0, 'loop.blocked', 'the answer to a'],
      [50, 'loop.blocked', 'the answer to b'],
      [100, 'db.slow_query', undefined],
      [108, undefined, undefined]
    ])
  })

  it('by its own code is not doubted, whatever was waited for', () => {
    assert.deepEqual(swept(held(0, 100, 'own'), waiting('a', 60, 105)), [
      [0, 'cpu.own', undefined],
      [100, 'db.slow_query', undefined],
      [105, undefined, undefined]
    ])
  })
})
