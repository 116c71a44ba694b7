// W3C Trace Context (https://www.w3.org/TR/trace-context/, level 1): which trace a request belongs to, and what a peer is
// told. Pure. An invalid traceparent starts a new trace, and its tracestate is then ignored, as the specification says.

export interface Parent {
  traceId: string
  spanId: string
  flags: string
}

/** A header longer than a later version could reasonably need is not looked at. */
const MAX_TRACEPARENT = 512
/** The specification's own lower bound for what must be passed on; longer ones are dropped whole. */
const MAX_TRACESTATE = 512

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

export function parseTraceparent(header: string | undefined): Parent | undefined {
  if (header === undefined || header.length > MAX_TRACEPARENT) return undefined
  const match = TRACEPARENT.exec(header.trim())
  if (!match) return undefined
  const [, version, traceId, spanId, flags, rest] = match
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  if (/^0+$/.test(traceId!) || /^0+$/.test(spanId!)) return undefined
  return { traceId: traceId!, spanId: spanId!, flags: flags! }
}

/**
 * A new trace is marked as sampled: behind a gateway that begins traces, services that sample by their parent keep on
 * recording what they recorded before the gateway had an agent.
 */
export const ROOT_FLAGS = '01'

export const formatTraceparent = (traceId: string, spanId: string, flags: string): string =>
  `00-${traceId}-${spanId}-${flags}`

export const usableTracestate = (header: string | undefined): string | undefined =>
  header !== undefined && header.length > 0 && header.length <= MAX_TRACESTATE && /^[\x20-\x7e]+$/.test(header)
    ? header
    : undefined

/** Of raw headers, names and values in turn; several of one name are joined as HTTP says (RFC 9110, 5.3). */
export function headerIn(headers: readonly string[], name: string): string | undefined {
  let found: string | undefined
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const each = headers[i]!
    if (each.length !== name.length || each.toLowerCase() !== name) continue
    found = found === undefined ? headers[i + 1] : `${found}, ${headers[i + 1]}`
  }
  return found
}
