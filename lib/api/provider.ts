// What the application gets when it asks for an entry of the API's registry: the providers of metrics and of traces, the contexts, and
// what travels in headers. Main thread. A file of the package of its own, loaded with the first entry that is asked for
// (scripts/bundle.mjs): an eighth of our code on this thread, 2 to 3 ms of each process that inherits NODE_OPTIONS, of which few use it.

import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import type { Request } from '../record/request.js'
import { parseBaggage } from './baggage.js'
import { BAGGAGE_KEY, baggageIn, spanContextOf, spanIn } from './context.js'
import { createContextManager } from './context-manager.js'
import type { Entries, Name } from './global.js'
import type { BridgeOptions } from './index.js'
import { createMeters } from './meter.js'
import { baggageOf, createPropagator } from './propagator.js'
import { liveSpanOf } from './span.js'
import { contextWith, createTracers, type Tracers } from './tracer.js'

export interface ProviderOptions extends BridgeOptions {
  /** Who has registered in our place; undefined while the entry is ours. */
  successor(name: Name): unknown
}

export interface Provider {
  entry(name: Name): object
  stop(): void
}

export function createProvider({ recorder, propagation, metrics, successor, ...options }: ProviderOptions): Provider {
  let tracing: Omit<Entries, 'metrics'> | undefined
  let meters: MeterProvider | undefined
  let removeSource: (() => void) | undefined
  const entries: Record<Name, () => object> = {
    trace: () => traces().trace,
    context: () => traces().context,
    propagation: () => traces().propagation,
    metrics: () => {
      meters ??= createMeterEntry()
      return meters
    }
  }

  return {
    entry: name => entries[name](),
    stop: () => removeSource?.()
  }

  function traces(): Omit<Entries, 'metrics'> {
    tracing ??= createTracing()
    return tracing
  }

  function createMeterEntry(): MeterProvider {
    const made = createMeters({
      histograms: metrics!.histograms,
      successor: () => successor('metrics') as MeterProvider | undefined,
      onFirst: options.onWork
    })
    removeSource = metrics!.addSource(made.source)
    return made
  }

  function createTracing(): Omit<Entries, 'metrics'> {
    const contextOf = createContextOf(() => tracers)
    const contexts = createContextManager({ current: recorder.context, contextOf })
    const tracers = createTracers({
      ...options,
      recorder,
      contexts,
      successor: () => successor('trace') as TracerProvider | undefined
    })
    recorder.surroundings = {
      spanAround(request, { kind }) {
        const span = liveSpanOf(spanIn(contexts.active()))
        if (!span?.operation || span.request !== request || span.ended) return undefined
        if (kind !== 'custom') span.wraps = true
        return span.operation.spanId
      },
      baggage() {
        const header = baggageOf(contexts.active())
        const request = recorder.context.getStore()
        if (header !== undefined || !request) return header
        return baggageIn(contextOf(request)) === undefined ? undefined : ''
      },
      activeSpanId: () => spanContextOf(spanIn(contexts.active()))?.spanId
    }
    return { trace: tracers, context: contexts, propagation: createPropagator(propagation) }
  }
}

/** One for each request: with its own span, and with the baggage that came. */
function createContextOf(tracers: () => Tracers): (request: Request) => ReturnType<typeof contextWith> {
  const known = new WeakMap<Request, ReturnType<typeof contextWith>>()
  return request => {
    let context = known.get(request)
    if (!context) {
      const { baggage: header } = request.ids
      const baggage = header === undefined ? undefined : parseBaggage(header)
      context = contextWith(tracers().spanOf(request))
      if (baggage) context = context.setValue(BAGGAGE_KEY, baggage)
      known.set(request, context)
    }
    return context
  }
}
