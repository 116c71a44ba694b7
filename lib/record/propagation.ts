// Which trace a request belongs to, read from its headers, and what a called peer is told. Pure. Which formats are spoken is
// chosen once (OTEL_PROPAGATORS); the headers that they want are looked for in one pass over the raw headers.

import type { Config } from '../options/config.js'
import { isPrintable } from './chars.js'
import { formatB3, formatB3Multi, parseB3 } from './propagation-b3.js'
import { formatTraceparent, formatTracestate, parseTraceparent, parseTracestate } from './propagation-w3c.js'

export type Propagator = Config['propagators'][number]

/** What a caller says of the trace. */
export interface Parent {
  traceId: string
  spanId: string
  /** Undefined: it leaves the decision to us. */
  sampled: boolean | undefined
  /** Whether the trace id is known to be random. */
  random: boolean
  /** B3's: sampled, and wanted for sure. */
  debug: boolean
}

export interface Incoming {
  parent: Parent | undefined
  /** Of a caller that decided and began no trace. */
  sampled: boolean | undefined
  debug: boolean
  /** Members of tracestate that are not ours, to be handed on; '' when there are none. */
  state: string
  /** The service that called, where it has perfagent. */
  caller: string | undefined
  /** As it came, to be handed on. */
  baggage: string | undefined
}

/** Of most requests, and asked of each by the default sampler: so it is made once. */
const NOTHING: Readonly<Incoming> = {
  parent: undefined,
  sampled: undefined,
  debug: false,
  state: '',
  caller: undefined,
  baggage: undefined
}

export interface Outgoing {
  traceId: string
  sampled: boolean
  random: boolean
  debug: boolean
  state: string
  baggage: string | undefined
}

export interface Propagation {
  /** Names of the headers that are read. */
  fields: readonly string[]
  extract(headers: readonly string[]): Readonly<Incoming>
  /** Whether a field may be among them: false of most requests, and asked of each. */
  mayConcern(headers: readonly string[]): boolean
  /** What of the headers is read. */
  fieldsIn(headers: readonly string[]): readonly string[]
  /** `Incoming.caller` alone. */
  callerOf(headers: readonly string[]): string | undefined
  /** `spanId`: what the called peer has as its parent. */
  inject(trace: Outgoing, spanId: string): [name: string, value: string][]
}

const NAMES = {
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  baggage: 'baggage',
  b3: 'b3',
  b3TraceId: 'x-b3-traceid',
  b3SpanId: 'x-b3-spanid',
  b3Sampled: 'x-b3-sampled',
  b3Flags: 'x-b3-flags'
} as const
type Wanted = keyof typeof NAMES
const B3: Wanted[] = ['b3', 'b3TraceId', 'b3SpanId', 'b3Sampled', 'b3Flags']

const WANTED: Record<Propagator, Wanted[]> = {
  tracecontext: ['traceparent', 'tracestate'],
  baggage: ['baggage'],
  b3: B3,
  b3multi: B3,
  none: []
}

/** What the specification (https://www.w3.org/TR/baggage/) asks to hand on; a longer one is dropped, since half of one lies. */
const MAX_BAGGAGE = 8192

export function createPropagation(chosen: readonly Propagator[], serviceName: () => string): Propagation {
  const spoken = chosen.includes('none') ? [] : [...new Set(chosen)]
  const wanted = [...new Set(spoken.flatMap(propagator => WANTED[propagator]))]
  const pick = createPick(wanted)
  const callerIn = createCallerIn()
  const lengths = wanted.reduce((bits, name) => bits | (1 << NAMES[name].length), 0)
  const namesCallers = spoken.includes('tracecontext')

  return {
    fields: wanted.map(name => NAMES[name]),

    extract(headers) {
      const found = pick(headers)
      if (!found) return NOTHING
      const incoming: Incoming = { ...NOTHING, baggage: usableBaggage(found.baggage) }
      // The last that finds something wins, as with OpenTelemetry's composite propagator.
      for (const propagator of spoken) {
        if (propagator === 'tracecontext') readW3c(incoming, found)
        else if (propagator !== 'baggage') readB3(incoming, found)
      }
      return incoming
    },

    mayConcern(headers) {
      for (let i = 0; i < headers.length; i += 2)
        if ((lengths >> headers[i]!.length) & 1 && isField(headers[i]!)) return true
      return false
    },

    fieldsIn(headers) {
      const found: string[] = []
      for (let i = 0; i + 1 < headers.length; i += 2)
        if ((lengths >> headers[i]!.length) & 1 && isField(headers[i]!)) found.push(headers[i]!, headers[i + 1]!)
      return found
    },

    callerOf: headers => (namesCallers ? callerIn(headers) : undefined),

    inject(trace, spanId) {
      const { traceId, sampled, random, debug, state, baggage } = trace
      const headers: [string, string][] = []
      for (const propagator of spoken) {
        if (propagator === 'tracecontext') {
          headers.push([NAMES.traceparent, formatTraceparent(traceId, spanId, sampled, random)])
          headers.push([NAMES.tracestate, formatTracestate(state, serviceName())])
        } else if (propagator === 'b3') headers.push([NAMES.b3, formatB3(traceId, spanId, sampled, debug)])
        else if (propagator === 'b3multi') headers.push(...formatB3Multi(traceId, spanId, sampled, debug))
        else if (baggage !== undefined) headers.push([NAMES.baggage, baggage])
      }
      return headers
    }
  }
}

const MAX_CALLERS = 500

/** Most requests have no tracestate: names are told apart by their length. A caller says the same each time. */
function createCallerIn(): (headers: readonly string[]) => string | undefined {
  const seen = new Map<string, string | undefined>()
  return headers => {
    let state: string | undefined
    for (let i = 0; i + 1 < headers.length; i += 2) {
      if (headers[i]!.length !== NAMES.tracestate.length || headers[i]!.toLowerCase() !== NAMES.tracestate) continue
      state = state === undefined ? headers[i + 1]! : `${state},${headers[i + 1]}`
    }
    if (state === undefined) return undefined
    if (seen.has(state)) return seen.get(state)
    const { caller } = parseTracestate(state)
    if (seen.size >= MAX_CALLERS) seen.clear()
    seen.set(state, caller)
    return caller
  }
}

const FIELDS = new Set<string>(Object.values(NAMES))

const isField = (name: string): boolean => FIELDS.has(name.toLowerCase())

type Found = Partial<Record<Wanted, string>>

function readW3c(incoming: Incoming, found: Found): void {
  const parent = parseTraceparent(found.traceparent)
  if (!parent) return
  const { others, caller } = parseTracestate(found.tracestate)
  Object.assign(incoming, { parent, state: others, caller, debug: false })
}

function readB3(incoming: Incoming, found: Found): void {
  const read = parseB3({
    b3: found.b3,
    traceId: found.b3TraceId,
    spanId: found.b3SpanId,
    sampled: found.b3Sampled,
    flags: found.b3Flags
  })
  if (!read) return
  if (read.traceId === undefined) {
    if (!incoming.parent) Object.assign(incoming, { sampled: read.sampled, debug: read.debug })
    return
  }
  // What other systems noted belongs to the trace of their traceparent.
  const same = incoming.parent?.traceId === read.traceId
  Object.assign(incoming, { parent: read, debug: read.debug, ...(same ? {} : { state: '', caller: undefined }) })
}

const usableBaggage = (header: string | undefined): string | undefined =>
  header !== undefined && header !== '' && header.length <= MAX_BAGGAGE && isPrintable(header) ? header : undefined

/**
 * Of raw headers, names and values in turn; several of one name are joined as HTTP says (RFC 9110, 5.3). Names are told apart
 * by their length first: of the usual ten headers one or two are compared.
 */
function createPick(wanted: readonly Wanted[]): (headers: readonly string[]) => Found | undefined {
  const lengths = new Set(wanted.map(name => NAMES[name].length))
  const byLength = Object.fromEntries(
    [...lengths].map(length => [length, wanted.filter(name => NAMES[name].length === length)])
  )
  return headers => {
    let found: Found | undefined
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const candidates = byLength[headers[i]!.length]
      if (!candidates) continue
      const name = headers[i]!.toLowerCase()
      for (const candidate of candidates) {
        if (NAMES[candidate] !== name) continue
        const value = headers[i + 1]!
        found ??= {}
        found[candidate] = found[candidate] === undefined ? value : `${found[candidate]},${value}`
      }
    }
    return found
  }
}
