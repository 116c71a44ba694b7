// When the whole process stood still: the thread that looks woke late, and the loop was silent meanwhile.

import assert from 'node:assert/strict'
import type { Interval } from '../../lib/types.js'
import { standstillsOf, withoutStandstills } from '../../lib/verdict/standstills.js'
import { noEvidence } from './timeline.js'

const CASES: [title: string, stillMs: number, block: Interval, found: Interval[]][] = [
  ['is the end of a look, as much of it as nothing ran', 300, { start: 0, end: 900 }, [{ start: 300, end: 600 }]],
  ['begins with the block', 400, { start: 350, end: 900 }, [{ start: 350, end: 600 }]],
  ['ends with the block, and begins with the look', 500, { start: 0, end: 500 }, [{ start: 100, end: 500 }]],
  ['is none in a block that lies in the look for a moment', 500, { start: 0, end: 150 }, []],
  ['is none where nothing ran for a moment', 90, { start: 0, end: 900 }, []]
]

describe('a standstill of the process', () => {
  for (const [title, stillMs, block, found] of CASES) {
    it(title, () => {
      const look = { start: 100, end: 600, cpuMs: 0, waitMs: 0, throttledMs: 0, throttledPeriods: 0, stillMs }
      const kernel = { looks: [look], coverageShare: 1, quotaCores: undefined, counters: {} }
      assert.deepEqual(standstillsOf({ ...noEvidence(), blocks: [{ ...block, probes: [] }], kernel }), found)
    })
  }

  it('takes from each sample of the profile the time in which nothing ran', () => {
    const samples = [
      [0, 100],
      [250, 100],
      [250, 400],
      [350, 50],
      [550, 100],
      [700, 50]
    ].map(([at = 0, ms = 0]) => ({ at, ms, stack: 0 }))
    const cpu = { intervalMs: 10, coverageShare: 1, stacks: [[]], samples }
    const left = withoutStandstills({ ...noEvidence(), cpu }, [{ start: 300, end: 600 }])
    assert.deepEqual(
      left.cpu!.samples.map(({ at, ms }) => [at, ms]),
      [
        [0, 100],
        [250, 50],
        [250, 50],
        [600, 0],
        [600, 50],
        [700, 50]
      ]
    )
  })
})
