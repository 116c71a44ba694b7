import assert from 'node:assert/strict'
import { wasFree } from '../../lib/evidence/pool-threads.js'

const WAIT_MS = 40

describe('a thread that was ready to run when a call went out', () => {
  const CASES: [what: string, cpuMs: number, waitMs: number, expected: boolean][] = [
    ['was free, and waits still: its wait is not counted yet', 0, 0, true],
    ['was free, and has waited nearly all the time before it took the call', 0.1, 45, true],
    ['got a CPU at once and went to sleep', 0.1, 2, false],
    ['computes inside a call, though it waits most of the time', 5, 45, false],
    ['computes inside a call, with a CPU of its own', 40, 0, false]
  ]
  for (const [what, cpuMs, waitMs, expected] of CASES)
    it(what, () => {
      const before = { cpuMs: 100, waitMs: 1000 }
      const after = { cpuMs: before.cpuMs + cpuMs, waitMs: before.waitMs + waitMs }
      assert.equal(wasFree(before, after, WAIT_MS), expected)
    })
})
