// Trace and span ids: random bytes from a pool, because one call to the generator costs as much as 100 ids. Main thread.

import { randomFillSync } from 'node:crypto'

const pool = Buffer.allocUnsafe(4096)
let used = pool.length

export const newTraceId = (): string => randomHex(16)
export const newSpanId = (): string => randomHex(8)

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('hex', used - bytes, used)
}
