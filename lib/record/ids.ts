// Trace and span ids: random bytes from a pool, because one call to the generator costs as much as 100 ids. Main thread.
// node:crypto is loaded with the first id: it costs 2 ms, and a process without requests needs none.

const pool = Buffer.allocUnsafe(4096)
let used = pool.length

export const newTraceId = (): string => randomHex(16)
export const newSpanId = (): string => randomHex(8)

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    const { randomFillSync } = require('node:crypto') as typeof import('node:crypto')
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('hex', used - bytes, used)
}
