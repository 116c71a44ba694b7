// Trace and span ids: pieces of one long random text, because one call to the generator, or to write bytes as hex, costs as much
// as many ids. Main thread. node:crypto is loaded with the first id: it costs 2 ms, and a process without requests needs none.

import type { Incoming } from './propagation.js'

/** The trace that a request belongs to, with what its caller said to be handed on. */
export interface Ids extends Pick<Incoming, 'state' | 'caller' | 'baggage'> {
  traceId: string
  spanId: string
  parentSpanId: string | null
  sampled: boolean
  random: boolean
  debug: boolean
}

export type AdoptedSpan = Pick<Ids, 'traceId' | 'spanId' | 'parentSpanId' | 'sampled'>

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
