// The bridge to OpenTelemetry's API: perfagent is the provider of traces, context, propagation and metrics for an application that
// uses `@opentelemetry/api`, until somebody else registers. Main thread. It is the only folder that knows the API, and by its types
// alone. Until somebody asks for an entry of the registry it is four accessors, and what answers is not even loaded.

import type { ContextManager } from '@opentelemetry/api'
import { createFuse, guard } from '../hook/guard.js'
import type { MetricSource } from '../metrics/counting.js'
import type { HistogramKind } from '../metrics/series.js'
import type { Propagation } from '../record/propagation.js'
import type { RequestRecorder } from '../record/recorder-types.js'
import { isSuppressed, ROOT } from './context.js'
import type { Limits } from './detail.js'
import { type Name, type Part, register, registered } from './global.js'
import { hardened } from './harden.js'
import type { Provider } from './provider.js'

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
export function bridgeApi(options: BridgeOptions): () => void {
  const { recorder, metrics } = options
  let provider: Provider | undefined
  const gaveWay: Partial<Record<Name, true>> = {}
  const successor = (name: Name): unknown => (gaveWay[name] ? registered(name) : undefined)

  const undo = register(
    metrics ? [TRACING, METRICS] : [TRACING],
    guard(createFuse("OpenTelemetry's API"), name => {
      const { createProvider } = require('./provider.js') as typeof import('./provider.js')
      provider ??= createProvider({ ...options, successor })
      return provider.entry(name)
    }),
    part => {
      for (const name of part) gaveWay[name] = true
      if (part !== TRACING) return
      recorder.surroundings = undefined
      // The SDK's instrumentations write the headers, and its exporters send the spans: two would be one too many.
      recorder.tracedElsewhere = true
      recorder.isHidden = isHiddenElsewhere
    }
  )

  return () => {
    undo()
    provider?.stop()
  }
}

/** By `suppressTracing`, in the context of whoever has registered: exporters deliver so, in whatever request their timer was set. */
const isHiddenElsewhere = hardened(
  'context',
  () => isSuppressed((registered('context') as ContextManager | undefined)?.active() ?? ROOT),
  () => false
)
