// B3 propagation (https://github.com/openzipkin/b3-propagation), as Zipkin and what grew around it speak it. Pure. One header
// `b3: TRACE ID-SPAN ID-SAMPLED-PARENT ID`, or several; what comes is read in both forms, the single one first, as
// OpenTelemetry's specification asks. A 64-bit trace id is filled up with zeros.

import type { Parent } from './propagation.js'

export interface B3Headers {
  b3: string | undefined
  traceId: string | undefined
  spanId: string | undefined
  sampled: string | undefined
  flags: string | undefined
}

/** `sampled` undefined: the caller leaves the decision to us. `ids` undefined: it decided about a trace that we begin. */
export type B3 = Parent | { traceId: undefined; sampled: boolean; debug: boolean }

const SINGLE = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d]))?(?:-[0-9a-f]{16})?$/
const TRACE_ID = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/
const SPAN_ID = /^[0-9a-f]{16}$/
const ZEROS = /^0+$/

export function parseB3({ b3, traceId, spanId, sampled, flags }: B3Headers): B3 | undefined {
  const single = b3 === undefined ? undefined : parseSingle(b3.trim().toLowerCase())
  if (single) return single
  const debug = flags?.trim() === '1'
  const wish = debug ? true : wishOf(sampled?.trim().toLowerCase())
  const trace = traceId?.trim().toLowerCase() ?? ''
  const span = spanId?.trim().toLowerCase() ?? ''
  if (TRACE_ID.test(trace) && SPAN_ID.test(span)) {
    const parent = parentOf(trace, span, wish, debug)
    if (parent) return parent
  }
  return wish === undefined ? undefined : { traceId: undefined, sampled: wish, debug }
}

function parseSingle(header: string): B3 | undefined {
  if (header === '0' || header === '1' || header === 'd') {
    return { traceId: undefined, sampled: header !== '0', debug: header === 'd' }
  }
  const [, traceId, spanId, state] = SINGLE.exec(header) ?? []
  return traceId === undefined ? undefined : parentOf(traceId, spanId!, wishOf(state), state === 'd')
}

const parentOf = (traceId: string, spanId: string, sampled: boolean | undefined, debug: boolean): Parent | undefined =>
  ZEROS.test(traceId) || ZEROS.test(spanId)
    ? undefined
    : { traceId: traceId.padStart(32, '0'), spanId, sampled, random: false, debug }

/** Some early tracers wrote words. */
const wishOf = (state: string | undefined): boolean | undefined =>
  state === undefined ? undefined : { '1': true, d: true, true: true, '0': false, false: false }[state]

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
