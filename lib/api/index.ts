// The bridge to OpenTelemetry's API: perfagent is the provider of traces, context, propagation and metrics for an application that
// uses `@opentelemetry/api`, until somebody else registers. Main thread. It is the only folder that knows the API, and by its types
// alone. Until somebody asks for an entry of the registry it is four accessors.

import type { ContextManager, MeterProvider, TracerProvider } from '@opentelemetry/api'
import type { MetricSource } from '../metrics/counting.js'
import type { HistogramKind } from '../metrics/series.js'
import type { Propagation } from '../record/propagation.js'
import type { RequestRecorder } from '../record/recorder.js'
import type { Request } from '../record/request.js'
import { parseBaggage } from './baggage.js'
import { BAGGAGE_KEY, isSuppressed, ROOT, spanContextOf, spanIn } from './context.js'
import { createContextManager } from './context-manager.js'
import type { Limits } from './detail.js'
import { type Entries, type Part, register, registered } from './global.js'
import { hardened } from './harden.js'
import { createMeters } from './meter.js'
import { baggageOf, createPropagator } from './propagator.js'
import { liveSpanOf } from './span.js'
import { contextWith, createTracers, type Tracers } from './tracer.js'

const TRACING: Part = ['trace', 'context', 'propagation']
const METRICS: Part = ['metrics']

export interface BridgeOptions {
  recorder: RequestRecorder
  propagation: Propagation
  limits: Limits
  /** Undefined: no metrics are sent, and so none are counted. */
  metrics: { histograms: HistogramKind; addSource(source: MetricSource): () => void } | undefined
  /** Whether one of our instrumentations is in use. */
  isEnabled(instrumentation: string): boolean
  /** A request begins that no server of ours brought. */
  onWork(): void
}

/** Registers perfagent with the API; returns the undo. */
export function bridgeApi({ recorder, propagation, metrics, ...options }: BridgeOptions): () => void {
  let tracing: Omit<Entries, 'metrics'> | undefined
  let meters: MeterProvider | undefined
  let removeSource: (() => void) | undefined
  const gaveWay = new Set<Part>()

  const undo = register(
    metrics ? [TRACING, METRICS] : [TRACING],
    name => {
      if (name === 'metrics') {
        meters ??= createMeterEntry()
        return meters
      }
      tracing ??= createTracing()
      return tracing[name]
    },
    part => {
      gaveWay.add(part)
      if (part !== TRACING) return
      recorder.surroundings = undefined
      // The SDK's instrumentations write the headers, and its exporters send the spans: two would be one too many.
      recorder.tracedElsewhere = true
      recorder.isHidden = isHiddenElsewhere
    }
  )

  return () => {
    undo()
    removeSource?.()
  }

  function createMeterEntry(): MeterProvider {
    const made = createMeters({
      histograms: metrics!.histograms,
      successor: () => (gaveWay.has(METRICS) ? (registered('metrics') as MeterProvider | undefined) : undefined),
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
      successor: () => (gaveWay.has(TRACING) ? (registered('trace') as TracerProvider | undefined) : undefined)
    })
    recorder.surroundings = {
      spanAround(request, { kind }) {
        const span = liveSpanOf(spanIn(contexts.active()))
        if (!span?.operation || span.request !== request || span.ended) return undefined
        if (kind !== 'custom') span.wraps = true
        return span.operation.spanId
      },
      baggage: () => baggageOf(contexts.active()),
      activeSpanId: () => spanContextOf(spanIn(contexts.active()))?.spanId
    }
    return { trace: tracers, context: contexts, propagation: createPropagator(propagation) }
  }
}

/** By `suppressTracing`, in the context of whoever has registered: exporters deliver so, in whatever request their timer was set. */
const isHiddenElsewhere = hardened(
  'context',
  () => isSuppressed((registered('context') as ContextManager | undefined)?.active() ?? ROOT),
  () => false
)

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
