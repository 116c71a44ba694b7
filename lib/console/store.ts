// Everything that came, in memory, up to a number of bytes: reports and traces get 7/16 each, metrics an eighth; the oldest give
// way, and what gave way is counted. Keeps no order but that of arrival. `version` changes with every change, for those who keep a
// view.

import { type Clocks, createClocks } from './clocks.js'
import { createMetrics, type MetricPoint, type Metrics } from './metrics.js'
import { type ReportRow, type SpanRow, sizeOf } from './rows.js'

/** A trace beyond this is a loop, or ids that are not unique. */
const MAX_SPANS_OF_TRACE = 10_000

/** What the kernel saw of requests whose reports have not come: those are a second behind at most. */
const MAX_EARLY = 16

export interface Trace {
  spans: Map<string, SpanRow>
  /** The latest end of a span. */
  lastMs: number
  bytes: number
}

export interface Counts {
  reports: number
  traces: number
  spans: number
  series: number
  bytes: number
  maxBytes: number
  evictedReports: number
  evictedTraces: number
  /** What was taken without being kept, by kind: `log`, `profile`, `span`. */
  ignored: Record<string, number>
}

export interface Store {
  reports: ReadonlyMap<string, ReportRow>
  traces: ReadonlyMap<string, Trace>
  metrics: Metrics['series']
  clocks: Clocks
  addMetric(point: MetricPoint): void
  addReport(row: ReportRow): void
  /** What the kernel saw of the request with that key, as JSON; its report may come later. */
  addKernel(key: string, json: string): void
  addSpan(row: SpanRow): void
  ignore(kind: string): void
  counts(): Counts
  version(): number
}

export function createStore(maxBytes: number): Store {
  const reports = new Map<string, ReportRow>()
  const traces = new Map<string, Trace>()
  const metrics = createMetrics(maxBytes / 8)
  const early = new Map<string, Buffer>()
  const ignored: Record<string, number> = {}
  const limit = (maxBytes * 7) / 16
  let [reportBytes, traceBytes, spans, evictedReports, evictedTraces, version] = [0, 0, 0, 0, 0, 0]

  function addReport(row: ReportRow): void {
    version++
    const old = reports.get(row.key)
    // Deliveries may change their order on the way.
    if (old && old.status !== 'running' && row.status === 'running') return
    const kernel = early.get(row.key) ?? old?.kernel
    early.delete(row.key)
    // Before anything is added: it may be the same row.
    if (old) {
      reportBytes -= sizeOf(old)
      reports.delete(row.key)
    }
    if (kernel) row.kernel = kernel
    reports.set(row.key, row)
    reportBytes += sizeOf(row)
    for (const [key, oldest] of reports) {
      if (reportBytes <= limit) break
      reports.delete(key)
      reportBytes -= sizeOf(oldest)
      evictedReports++
    }
  }

  function addKernel(key: string, json: string): void {
    const row = reports.get(key)
    early.set(key, Buffer.from(json))
    if (row) addReport(row)
    else if (early.size > MAX_EARLY) early.delete(early.keys().next().value!)
  }

  function addSpan(row: SpanRow): void {
    version++
    let trace = traces.get(row.traceId)
    if (!trace) {
      trace = { spans: new Map(), lastMs: 0, bytes: 0 }
      traces.set(row.traceId, trace)
    }
    const old = trace.spans.get(row.spanId)
    if (!old && trace.spans.size >= MAX_SPANS_OF_TRACE) {
      ignore('span')
      return
    }
    const bytes = sizeOf(row) - (old ? sizeOf(old) : 0)
    if (!old) spans++
    trace.spans.set(row.spanId, row)
    trace.bytes += bytes
    trace.lastMs = Math.max(trace.lastMs, row.endMs)
    traceBytes += bytes
    for (const [id, oldest] of traces) {
      if (traceBytes <= limit) break
      traces.delete(id)
      traceBytes -= oldest.bytes
      spans -= oldest.spans.size
      evictedTraces++
    }
  }

  function addMetric(point: MetricPoint): void {
    version++
    metrics.add(point)
  }

  function ignore(kind: string): void {
    ignored[kind] = (ignored[kind] ?? 0) + 1
  }

  return {
    reports,
    traces,
    metrics: metrics.series,
    clocks: createClocks(),
    addMetric,
    addReport,
    addKernel,
    addSpan,
    ignore,
    version: () => version,
    counts: () => ({
      reports: reports.size,
      traces: traces.size,
      spans,
      series: metrics.series.size,
      bytes: Math.round(reportBytes + traceBytes + metrics.bytes()),
      maxBytes,
      evictedReports,
      evictedTraces,
      ignored: { ...ignored }
    })
  }
}
