// Trace and span ids: pieces of one long random text, because one call to the generator, or to write bytes as hex, costs as much
// as many ids. Main thread. node:crypto is loaded with the first id: it costs 2 ms, and a process without requests needs none.

/** Small, because an id that is kept keeps the whole text. */
const POOL_BYTES = 1024

let pool = ''
let used = 0

export const newTraceId = (): string => randomHex(32)
export const newSpanId = (): string => randomHex(16)

function randomHex(digits: number): string {
  if (used + digits > pool.length) {
    const { randomBytes } = require('node:crypto') as typeof import('node:crypto')
    pool = randomBytes(POOL_BYTES).toString('hex')
    used = 0
  }
  used += digits
  return pool.slice(used - digits, used)
}
