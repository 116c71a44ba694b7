// The rows of the option table about metrics, beside those of OTLP. Names and meaning are those of OpenTelemetry's specification
// of metric readers and exporters. Data only.

import { choice, choices, milliseconds, row } from './types.js'

export const METRIC_OPTIONS = {
  metricsExporter: row({
    env: 'PERFAGENT_METRICS_EXPORTER',
    type: choices('otlp', 'none'),
    default: [] as ('otlp' | 'none')[],
    doc: 'Where metrics go: `otlp`, `none`. Unset: to OTLP where that has an endpoint.',
    also: ['OTEL_METRICS_EXPORTER'],
    rare: true
  }),
  metricIntervalMs: row({
    env: 'PERFAGENT_METRIC_INTERVAL_MS',
    type: milliseconds({ min: 100, max: 3_600_000 }),
    default: 60_000,
    doc: 'Time between two collections of metrics.',
    also: ['OTEL_METRIC_EXPORT_INTERVAL']
  }),
  metricTimeoutMs: row({
    env: 'PERFAGENT_METRIC_TIMEOUT_MS',
    type: milliseconds({ min: 1, max: 600_000 }),
    default: 30_000,
    doc: 'Deadline of one delivery of metrics, where that of OTLP is longer.',
    also: ['OTEL_METRIC_EXPORT_TIMEOUT'],
    rare: true
  }),
  metricTemporality: row({
    env: 'PERFAGENT_METRIC_TEMPORALITY',
    type: choice('cumulative', 'delta', 'lowmemory'),
    default: 'cumulative',
    doc: 'Sums since the start (`cumulative`), since the last collection (`delta`), or since the last where that is cheap (`lowmemory`).',
    also: ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE']
  }),
  metricHistogram: row({
    env: 'PERFAGENT_METRIC_HISTOGRAM',
    type: choice('explicit_bucket_histogram', 'base2_exponential_bucket_histogram'),
    default: 'explicit_bucket_histogram',
    doc: 'Buckets of histograms: `explicit_bucket_histogram`, `base2_exponential_bucket_histogram`.',
    also: ['OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION'],
    rare: true
  }),
  exemplarFilter: row({
    env: 'PERFAGENT_EXEMPLAR_FILTER',
    type: choice('trace_based', 'always_on', 'always_off'),
    default: 'trace_based',
    doc: 'Which slow requests histograms point to: those of sampled traces (`trace_based`), `always_on`, `always_off`.',
    also: ['OTEL_METRICS_EXEMPLAR_FILTER'],
    rare: true
  })
}
