// The clock that all threads have in common, on a thread that begins while others want its CPU.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'

const CLOCK = path.resolve(__dirname, '../../lib/process/clock.js')
const LOST_MS = 200

/** How far the clock of a thread is off the process's own, when it loses its CPU at that read of its first ones. */
function offMs(read: number): number {
  const code = `
    const hrtime = process.hrtime.bigint
    let reads = 0
    process.hrtime.bigint = () => {
      const time = hrtime()
      if (++reads === ${read}) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${LOST_MS})
      return time
    }
    const { now } = require(${JSON.stringify(CLOCK)})
    const off = () => {
      const before = Number(hrtime()) / 1e6
      const at = now()
      const after = Number(hrtime()) / 1e6
      return Math.max(0, before - at, at - after)
    }
    console.log(Math.min(...Array.from({ length: 10 }, off)))`
  return Number(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' }))
}

describe('the clock', () => {
  for (const read of [1, 2, 3]) {
    it(`is right though its thread lost its CPU at the read ${read} of those that set it`, () => {
      const off = offMs(read)
      assert.ok(off < LOST_MS / 10, `${off} ms off`)
    })
  }
})
