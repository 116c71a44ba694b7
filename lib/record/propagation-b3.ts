// B3 propagation (https://github.com/openzipkin/b3-propagation), as Zipkin and what grew around it speak it. Pure. One header
// `b3: TRACE ID-SPAN ID-SAMPLED-PARENT ID`, or several; what comes is read in both forms, the single one first, as
// OpenTelemetry's specification asks. A 64-bit trace id is filled up with zeros.

import { isHex, isZeros } from './chars.js'
import type { Parent } from './propagation.js'

export interface B3Headers {
  b3: string | undefined
  traceId: string | undefined
  spanId: string | undefined
  sampled: string | undefined
  flags: string | undefined
}

/** `sampled` undefined: the caller leaves the decision to us. `traceId` undefined: it decided about a trace that we begin. */
export type B3 = Parent | { traceId: undefined; sampled: boolean; debug: boolean }

/** A header may be 16 kB of dashes: only whether there are more matters. */
const MAX_PARTS = 4

const isTraceId = (text: string): boolean => (text.length === 16 || text.length === 32) && isHex(text)
const isSpanId = (text: string): boolean => text.length === 16 && isHex(text)

export function parseB3({ b3, traceId, spanId, sampled, flags }: B3Headers): B3 | undefined {
  const single = b3 === undefined ? undefined : parseSingle(b3.trim().toLowerCase())
  if (single) return single
  const debug = flags?.trim() === '1'
  const wish = debug ? true : wishOf(sampled?.trim().toLowerCase())
  const trace = traceId?.trim().toLowerCase() ?? ''
  const span = spanId?.trim().toLowerCase() ?? ''
  if (isTraceId(trace) && isSpanId(span)) {
    const parent = parentOf(trace, span, wish, debug)
    if (parent) return parent
  }
  return wish === undefined ? undefined : { traceId: undefined, sampled: wish, debug }
}

function parseSingle(header: string): B3 | undefined {
  if (header === '0' || header === '1' || header === 'd') {
    return { traceId: undefined, sampled: header !== '0', debug: header === 'd' }
  }
  const [traceId = '', spanId = '', ...rest] = header.split('-', MAX_PARTS + 1)
  const state = isState(rest[0]) ? rest.shift() : undefined
  if (!isTraceId(traceId) || !isSpanId(spanId) || rest.length > 1 || !rest.every(isSpanId)) return undefined
  return parentOf(traceId, spanId, wishOf(state), state === 'd')
}

const parentOf = (traceId: string, spanId: string, sampled: boolean | undefined, debug: boolean): Parent | undefined =>
  isZeros(traceId) || isZeros(spanId)
    ? undefined
    : { traceId: traceId.padStart(32, '0'), spanId, sampled, random: false, debug }

const isState = (text: string | undefined): boolean => text === '0' || text === '1' || text === 'd'

/** Some early tracers wrote words. No object: a caller's word may be `constructor`, and of that every object has something. */
function wishOf(state: string | undefined): boolean | undefined {
  switch (state) {
    case '1':
    case 'd':
    case 'true':
      return true
    case '0':
    case 'false':
      return false
    default:
      return undefined
  }
}

const stateOf = (sampled: boolean, debug: boolean): string => (debug ? 'd' : sampled ? '1' : '0')

export const formatB3 = (traceId: string, spanId: string, sampled: boolean, debug: boolean): string =>
  `${traceId}-${spanId}-${stateOf(sampled, debug)}`

export const formatB3Multi = (
  traceId: string,
  spanId: string,
  sampled: boolean,
  debug: boolean
): [name: string, value: string][] => [
  ['x-b3-traceid', traceId],
  ['x-b3-spanid', spanId],
  // Debug implies sampled, which is then not said.
  debug ? ['x-b3-flags', '1'] : ['x-b3-sampled', sampled ? '1' : '0']
]
