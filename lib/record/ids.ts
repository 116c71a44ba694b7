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

/** Of a trace that begins here and that nobody has asked for yet: 32-bit words, the first digits in the first. */
export interface OwnIds {
  trace0: number
  trace1: number
  trace2: number
  trace3: number
  span0: number
  span1: number
}

export type AdoptedSpan = Pick<Ids, 'traceId' | 'spanId' | 'parentSpanId' | 'sampled'>

const RANDOM_BYTES = 16 * 1024
/** Small, because an id that is kept keeps the whole text. */
const TEXT_BYTES = 1024

let fill: typeof import('node:crypto').randomFillSync | undefined
let random: Buffer | undefined
let randomUsed = 0
let text = ''
let textUsed = 0

/** Whoever may need ids where nothing may be loaded (answers.ts) has it done before. */
export function loadRandom(): void {
  fill ??= process.getBuiltinModule('node:crypto').randomFillSync
}

export const newTraceId = (): string => randomHex(32)
export const newSpanId = (): string => randomHex(16)

/** 24 bytes a request, without the text of 48 digits. */
export function newOwnIds(): OwnIds {
  const from = takeRandom(24)
  const bytes = random!
  return {
    trace0: wordAt(bytes, from),
    trace1: wordAt(bytes, from + 4),
    trace2: wordAt(bytes, from + 8),
    trace3: wordAt(bytes, from + 12),
    span0: wordAt(bytes, from + 16),
    span1: wordAt(bytes, from + 20)
  }
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!

export const textOf = ({ trace0, trace1, trace2, trace3, span0, span1 }: OwnIds): Pick<Ids, 'traceId' | 'spanId'> => ({
  traceId: [trace0, trace1, trace2, trace3].map(hexOf).join(''),
  spanId: [span0, span1].map(hexOf).join('')
})

const hexOf = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')

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
    loadRandom()
    random ??= Buffer.allocUnsafeSlow(RANDOM_BYTES)
    fill!(random)
    randomUsed = 0
  }
  randomUsed += bytes
  return randomUsed - bytes
}
