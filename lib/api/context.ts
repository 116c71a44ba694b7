// OpenTelemetry's Context: values by key that travel with the work. Main thread. Keys are those of the API: symbols of the
// registry, the same in all copies of it, so nothing of it is loaded here.

import type { Context, Span } from '@opentelemetry/api'

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

export const spanIn = (context: Context): Span | undefined => context.getValue(SPAN_KEY) as Span | undefined
export const isSuppressed = (context: Context): boolean => context.getValue(SUPPRESS_KEY) === true
