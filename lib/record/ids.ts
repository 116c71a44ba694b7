// Trace and span ids: pieces of long random texts, because one call to the generator, or to write bytes as hex, costs as much
// as many ids (20 µs a call of the generator, whether for 1 kB or 16: Node 20). Main thread. node:crypto is loaded with the
// first id: it costs 2 ms, and a process without requests needs none.

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

const RANDOM_BYTES = 16 * 1024
/** Small, because an id that is kept keeps the whole text. */
const TEXT_BYTES = 1024

let random: Buffer | undefined
let randomUsed = 0
let text = ''
let textUsed = 0

export const newTraceId = (): string => randomHex(32)
export const newSpanId = (): string => randomHex(16)

function randomHex(digits: number): string {
  if (textUsed + digits > text.length) {
    const from = takeRandom(TEXT_BYTES)
    text = random!.toString('hex', from, from + TEXT_BYTES)
    textUsed = 0
  }
  textUsed += digits
  return text.slice(textUsed - digits, textUsed)
}

/** Where in `random` they begin. */
function takeRandom(bytes: number): number {
  if (!random || randomUsed + bytes > RANDOM_BYTES) {
    const { randomFillSync } = require('node:crypto') as typeof import('node:crypto')
    random ??= Buffer.allocUnsafeSlow(RANDOM_BYTES)
    randomFillSync(random)
    randomUsed = 0
  }
  randomUsed += bytes
  return randomUsed - bytes
}
