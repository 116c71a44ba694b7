// OTLP metrics into points of the store. Histograms of both kinds give count and sum; those with explicit bounds their buckets too.

import type { Message } from '../otlp/messages.js'
import { cut } from '../process/cut.js'
import type { Buckets, Kind, MetricPoint } from './metrics.js'
import { originOf, plainAttributes } from './origin.js'
import type { Origin } from './rows.js'
import type { Store } from './store.js'

const DELTA = 1
const MAX_NAME = 255

export function takeMetrics(
  store: Store,
  { resourceMetrics = [] }: Message<'ExportMetricsServiceRequest'>,
  hear: (sender: Origin, newestMs: number) => void
): void {
  for (const { resource, scopeMetrics = [] } of resourceMetrics) {
    const origin = originOf(resource)
    let newestMs = 0
    for (const metric of scopeMetrics.flatMap(({ metrics = [] }) => metrics)) {
      for (const point of pointsOf(metric)) {
        const { kind, startTimeUnixNano: startMs = 0, timeUnixNano: atMs = 0, value = 0, count = 0, buckets } = point
        if (!(atMs > 0 && Number.isFinite(value))) continue
        const name = cut(metric.name ?? '', MAX_NAME)
        const attributes = plainAttributes(point.attributes)
        const numbers = { startMs, atMs, value, count, ...(buckets && { buckets }) }
        store.addMetric({ name, origin, attributes, kind, ...numbers })
        newestMs = Math.max(newestMs, atMs)
      }
    }
    hear(origin, newestMs)
  }
}

interface Point extends Pick<Message<'NumberDataPoint'>, 'attributes' | 'startTimeUnixNano' | 'timeUnixNano'> {
  kind: MetricPoint['kind']
  value: number | undefined
  count: number | undefined
  buckets?: Buckets | undefined
}

/** More buckets than any SDK makes by default; a hostile sender's are not kept. */
const MAX_BUCKETS = 64

function bucketsOf({ explicitBounds: bounds = [], bucketCounts: counts = [] }: Message<'HistogramDataPoint'>) {
  return counts.length === bounds.length + 1 && bounds.length > 0 && counts.length <= MAX_BUCKETS
    ? { bounds, counts }
    : undefined
}

function pointsOf({ gauge, sum, histogram, exponentialHistogram }: Message<'Metric'>): Point[] {
  const temporality =
    (sum ?? histogram ?? exponentialHistogram)?.aggregationTemporality === DELTA ? 'delta' : 'cumulative'
  // A sum that may fall is a value of the moment: connections in use.
  const numberKind: Kind = sum?.isMonotonic ? temporality : 'gauge'
  const numbers = (gauge ?? sum)?.dataPoints ?? []
  const histograms = histogram?.dataPoints ?? []
  const exponential = exponentialHistogram?.dataPoints ?? []
  return [
    ...numbers.map(point => ({ ...point, kind: numberKind, value: point.asDouble ?? point.asInt, count: 0 })),
    ...histograms.map(point => {
      return { ...point, kind: temporality as Kind, value: point.sum, count: point.count, buckets: bucketsOf(point) }
    }),
    ...exponential.map(point => ({ ...point, kind: temporality as Kind, value: point.sum, count: point.count }))
  ]
}
