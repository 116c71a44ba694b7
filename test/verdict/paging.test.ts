// What of a block the main thread slept, if it may have been for memory that had to be read back.

import assert from 'node:assert/strict'
import type { Block, KernelLook } from '../../lib/types.js'
import { pagingOf } from '../../lib/verdict/paging.js'
import { noEvidence } from './timeline.js'

const look = (start: number, end: number, cpuMs: number): KernelLook => ({
  start,
  end,
  cpuMs,
  waitMs: 0,
  throttledMs: 0,
  throttledPeriods: 0,
  stillMs: 0
})

const seen = (blocks: [start: number, end: number][], ...looks: KernelLook[]) => ({
  ...noEvidence(),
  blocks: blocks.map(([start, end]): Block => ({ start, end, probes: [] })),
  kernel: { looks, coverageShare: 1, quotaCores: undefined, counters: { majorFaults: 100 } }
})

const NO_STOPS = { throttled: [], contended: [] }

describe('what a main thread slept while pages were read back', () => {
  it('is what is left of a look in which it neither ran, nor waited for a CPU, nor was throttled', () => {
    const stops = { throttled: [{ start: 60, end: 80 }], contended: [{ start: 10, end: 30, alone: false }] }
    assert.deepEqual(pagingOf(seen([[0, 100]], look(0, 100, 20)), stops), [
      { start: 0, end: 10 },
      { start: 30, end: 60 }
    ])
  })

  it('lies in a block with the whole look: a thread that waits for a message sleeps too', () => {
    const looks = [look(0, 50, 0), look(50, 100, 10), look(100, 150, 10), look(150, 200, 0)]
    assert.deepEqual(pagingOf(seen([[40, 160]], ...looks), NO_STOPS), [
      { start: 50, end: 90 },
      { start: 100, end: 140 }
    ])
  })

  it('is nothing outside of any block', () => {
    assert.deepEqual(pagingOf(seen([], look(0, 100, 20)), NO_STOPS), [])
  })
})
