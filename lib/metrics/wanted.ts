// Whether metrics are sent, and so counted at all, and in which buckets. Pure; any thread. Where they go is
// lib/export/otlp-settings.ts, on the agent thread.

import type { Config } from '../options/config.js'
import type { HistogramKind } from './series.js'

export function sendsMetrics({ export: named, metricsExporter, otlpEndpoint, otlpMetricsEndpoint }: Config): boolean {
  if (metricsExporter.includes('none') || named.includes('none')) return false
  if (named.length > 0) return named.includes('otlp')
  return metricsExporter.includes('otlp') || otlpEndpoint !== '' || otlpMetricsEndpoint !== ''
}

export const histogramsOf = ({ metricHistogram }: Config): HistogramKind =>
  metricHistogram === 'explicit_bucket_histogram' ? 'explicit' : 'exponential'
