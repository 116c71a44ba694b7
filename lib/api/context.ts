// OpenTelemetry's Context: values by key that travel with the work. Main thread. Keys are those of the API: symbols of the
// registry, the same in all copies of it, so nothing of it is loaded here.

import type { Context, Span, SpanContext } from '@opentelemetry/api'
import { hardened } from './harden.js'

class PlainContext implements Context {
  readonly #values: ReadonlyMap<symbol, unknown>

  constructor(values: ReadonlyMap<symbol, unknown> = new Map()) {
    this.#values = values
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key)
  }

  setValue(key: symbol, value: unknown): Context {
    return new PlainContext(new Map(this.#values).set(key, value))
  }

  deleteValue(key: symbol): Context {
    const values = new Map(this.#values)
    values.delete(key)
    return new PlainContext(values)
  }
}

export const ROOT: Context = new PlainContext()

export const SPAN_KEY = Symbol.for('OpenTelemetry Context Key SPAN')
export const BAGGAGE_KEY = Symbol.for('OpenTelemetry Baggage Key')
/** Of `suppressTracing` in @opentelemetry/core. */
const SUPPRESS_KEY = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** Contexts may be of any copy of the API, or of the application's own making. */
export const isContext = hardened(
  'context',
  (given: unknown): given is Context => typeof (given as Context | undefined)?.getValue === 'function',
  () => false
) as (given: unknown) => given is Context

const valueIn = hardened(
  'context',
  (context: Context, key: symbol): unknown => context.getValue(key),
  () => undefined
)

/** Undefined also for what is in the place of a span and is none. */
export const spanIn = hardened(
  'span in a context',
  (context: Context): Span | undefined => {
    const span = valueIn(context, SPAN_KEY) as Span | undefined
    return typeof span?.spanContext === 'function' ? span : undefined
  },
  () => undefined
)
export const isSuppressed = (context: Context): boolean => valueIn(context, SUPPRESS_KEY) === true
export const baggageIn = (context: Context): unknown => valueIn(context, BAGGAGE_KEY)

const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/

export const isValid = ({ traceId, spanId }: SpanContext): boolean =>
  typeof traceId === 'string' && typeof spanId === 'string' && TRACE_ID.test(traceId) && SPAN_ID.test(spanId)

/** Whose span it is, whoever made it. Undefined: nobody's. */
export const spanContextOf = hardened(
  'spanContext',
  (span: Span | undefined): SpanContext | undefined => {
    const context = span?.spanContext()
    return context && isValid(context) ? context : undefined
  },
  () => undefined
)
