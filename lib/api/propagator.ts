// The API's propagator: the same formats as perfagent's own calls speak (OTEL_PROPAGATORS). Main thread.

import type { Baggage, Context, Span, SpanContext, TextMapPropagator } from '@opentelemetry/api'
import type { Incoming, Propagation } from '../record/propagation.js'
import { formatBaggage, parseBaggage } from './baggage.js'
import { BAGGAGE_KEY, baggageIn, isContext, isSuppressed, ROOT, SPAN_KEY, spanContextOf, spanIn } from './context.js'
import { harden, hardened } from './harden.js'
import { LiveSpan, PassingSpan } from './span.js'
import { PlainTraceState } from './trace-state.js'

const SAMPLED = 1
const RANDOM = 2

/** What came with a remote span, for the request that joins its trace. */
const cameWith = new WeakMap<Span, Incoming>()
export const incomingOf = (span: Span | undefined): Incoming | undefined => span && cameWith.get(span)

export const baggageOf = hardened(
  'baggage',
  (context: Context): string | undefined => {
    const baggage = baggageIn(context) as Baggage | undefined
    return baggage && formatBaggage(baggage)
  },
  () => undefined
)

export const createPropagator = (propagation: Propagation): TextMapPropagator =>
  harden(propagatorOf(propagation), { inject() {}, extract: context => (isContext(context) ? context : ROOT) })

const propagatorOf = (propagation: Propagation): TextMapPropagator => ({
  inject(context, carrier, setter) {
    const span = spanIn(context)
    // Perfagent's own hook writes the headers of this call, by which the peer's parent is the call.
    if (isSuppressed(context) || (span instanceof PassingSpan && span.around)) return
    const baggage = baggageOf(context)
    const traced = spanContextOf(span)
    const headers = traced ? propagation.inject({ ...outgoingOf(span!, traced), baggage }, traced.spanId) : []
    for (const [name, value] of headers) setter.set(carrier, name, value)
    if (!traced && baggage && propagation.fields.includes('baggage')) setter.set(carrier, 'baggage', baggage)
  },

  extract(context, carrier, getter) {
    const headers = propagation.fields.flatMap(name => {
      const value = getter.get(carrier, name)
      return (Array.isArray(value) ? value : [value]).flatMap(each => (typeof each === 'string' ? [name, each] : []))
    })
    const incoming = propagation.extract(headers)
    const baggage = incoming.baggage === undefined ? undefined : parseBaggage(incoming.baggage)
    let extracted = isContext(context) ? context : ROOT
    if (incoming.parent) {
      const { traceId, spanId, sampled, random } = incoming.parent
      const span = new PassingSpan(undefined, {
        traceId,
        spanId,
        traceFlags: (sampled ? SAMPLED : 0) | (random ? RANDOM : 0),
        isRemote: true,
        ...(incoming.state ? { traceState: new PlainTraceState(incoming.state) } : {})
      })
      cameWith.set(span, incoming)
      extracted = extracted.setValue(SPAN_KEY, span)
    }
    return baggage ? extracted.setValue(BAGGAGE_KEY, baggage) : extracted
  },

  fields: () => [...propagation.fields]
})

type Outgoing = Omit<Parameters<Propagation['inject']>[0], 'baggage'>

function outgoingOf(span: Span, { traceId, traceFlags, traceState }: SpanContext): Outgoing {
  if (span instanceof LiveSpan) return span.request.ids
  const incoming = incomingOf(span)
  return {
    traceId,
    sampled: (traceFlags & SAMPLED) !== 0,
    random: (traceFlags & RANDOM) !== 0,
    debug: incoming?.debug ?? false,
    state: String(traceState?.serialize() ?? '')
  }
}

/** A span's context as if it had come by headers. */
export function incomingFrom({ traceId, spanId, traceFlags, traceState }: SpanContext): Incoming {
  return {
    parent: {
      traceId,
      spanId,
      sampled: (traceFlags & SAMPLED) !== 0,
      random: (traceFlags & RANDOM) !== 0,
      debug: false
    },
    sampled: undefined,
    debug: false,
    state: String(traceState?.serialize() ?? ''),
    caller: undefined,
    baggage: undefined
  }
}
