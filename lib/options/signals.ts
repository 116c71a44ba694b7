// Which of OpenTelemetry's signals leave over OTLP, and so are recorded at all. Pure; any thread. The one place that decides it: the
// application's threads ask before they record something, the agent thread before it opens a way for it.

import type { Config } from './config.js'

export const SIGNALS = ['Traces', 'Logs', 'Metrics'] as const
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
