// Look-ups that wait for one of libuv's threads: of the four that there are two look up names.

import assert from 'node:assert/strict'
import { now } from '../../lib/process/clock.js'
import { beginLookUp } from '../../lib/record/look-ups.js'
import type { Operation, RequestRef } from '../../lib/types.js'
import { operation } from '../verdict/timeline.js'

const requestOf = (id: number): RequestRef => ({ id, method: 'GET', route: `/${id}`, traceId: `${id}` })

/** Begun so long ago. */
function begin(host: string, ago: number, id: number): { operation: Operation; end: () => void } {
  const start = now() - ago
  const facts = { kind: 'dns', system: 'dns', text: `lookup ${host}` } as const
  const lookUp = operation({ ...facts, start, end: Number.NaN })
  return { operation: lookUp, end: beginLookUp(lookUp, requestOf(id), facts) }
}

const aheadOf = ({ operation: { ahead } }: { operation: Operation }) =>
  ahead && [Number.isNaN(ahead.until), ahead.call?.text, ahead.call?.request?.id]

describe('look-ups that wait for a thread', () => {
  const endAll = (...lookUps: { end: () => void }[]): void => {
    for (const { end } of lookUps) end()
  }

  it('tells nothing of two at once', () => {
    const [first, second] = [begin('a', 500, 1), begin('b', 500, 2)]
    endAll(second, first)
    assert.equal(aheadOf(first), undefined)
    assert.equal(aheadOf(second), undefined)
  })

  it('tells the third what has a thread, until one of them is over', () => {
    const [first, second, third] = [begin('slow', 500, 1), begin('b', 400, 2), begin('c', 300, 3)]
    assert.deepEqual(aheadOf(third), [true, 'lookup slow', 1])
    second.end()
    assert.deepEqual(aheadOf(third), [false, 'lookup b', 2])
    endAll(third, first)
    assert.deepEqual(aheadOf(third), [false, 'lookup b', 2])
    assert.equal(aheadOf(first), undefined)
  })

  it('of several that had a thread meanwhile it tells the longest', () => {
    const [first, second] = [begin('slow', 500, 1), begin('slow', 500, 2)]
    const [quick, last] = [begin('quick', 400, 3), begin('last', 400, 4)]
    endAll(first, quick, last, second)
    assert.deepEqual(aheadOf(last), [false, 'lookup slow', 1])
  })

  it('tells nothing of a moment', () => {
    const [first, second, third] = [begin('a', 500, 1), begin('b', 500, 2), begin('c', -1000, 3)]
    endAll(first, second, third)
    assert.equal(aheadOf(third), undefined)
  })

  it('forgets those that never end when what stood behind them is over', () => {
    const stuck = [begin('gone', 500, 1), begin('gone', 500, 2)]
    const behind = begin('cached', 300, 3)
    behind.end()
    assert.equal(aheadOf(behind), undefined)
    const [next, another] = [begin('c', 100, 4), begin('d', 100, 5)]
    assert.equal(aheadOf(next), undefined)
    endAll(next, another, ...stuck)
  })
})
