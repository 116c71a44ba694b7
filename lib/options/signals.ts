// Which of OpenTelemetry's signals leave over OTLP, and so are recorded at all; and whether what is said of where to fits together. Pure;
// any thread. The one place that decides it: the application's threads ask before they record something, the agent thread before it opens
// a way for it.

import type { Config } from './config.js'

const SIGNALS = ['Traces', 'Logs', 'Metrics'] as const
export type SignalName = (typeof SIGNALS)[number]

export function isSent(config: Config, signal: SignalName): boolean {
  const { export: named, otlpEndpoint } = config
  if (named.includes('none') || (named.length > 0 && !named.includes('otlp'))) return false
  const exporters: readonly string[] = {
    Traces: config.tracesExporter,
    Logs: config.logsExporter,
    Metrics: config.metricsExporter
  }[signal]
  if (exporters.length > 0) return exporters.includes('otlp') && !exporters.includes('none')
  return named.includes('otlp') || otlpEndpoint !== '' || config[`otlp${signal}Endpoint`] !== ''
}

/** Options with an endpoint of the form that gRPC alone knows (`host:4317`), for what goes over HTTP. */
export function lackingScheme(config: Config): (keyof Config)[] {
  const named = SIGNALS.filter(
    signal => isSent(config, signal) && (config[`otlp${signal}Protocol`] ?? config.otlpProtocol) !== 'grpc'
  ).map(signal => (config[`otlp${signal}Endpoint`] === '' ? 'otlpEndpoint' : (`otlp${signal}Endpoint` as const)))
  return [...new Set(named)].filter(name => config[name] !== '' && !config[name].includes('://'))
}
