// OTLP metrics into points of the store. Histograms of both kinds give count and sum; buckets are not kept.

import type { Message } from '../otlp/messages.js'
import type { Kind, MetricPoint } from './metrics.js'
import { originOf, plainAttributes } from './origin.js'
import type { Store } from './store.js'

const DELTA = 1

export function takeMetrics(store: Store, { resourceMetrics = [] }: Message<'ExportMetricsServiceRequest'>): void {
  for (const { resource, scopeMetrics = [] } of resourceMetrics) {
    const origin = originOf(resource)
    for (const metric of scopeMetrics.flatMap(({ metrics = [] }) => metrics)) {
      for (const point of pointsOf(metric)) {
        const { kind, attributes, startTimeUnixNano: startMs = 0, timeUnixNano: atMs = 0, value = 0, count = 0 } = point
        if (!(atMs > 0 && Number.isFinite(value))) continue
        const name = (metric.name ?? '').slice(0, 255)
        store.addMetric({ name, origin, attributes: plainAttributes(attributes), kind, startMs, atMs, value, count })
      }
    }
  }
}

interface Point extends Pick<Message<'NumberDataPoint'>, 'attributes' | 'startTimeUnixNano' | 'timeUnixNano'> {
  kind: MetricPoint['kind']
  value: number | undefined
  count: number | undefined
}

function pointsOf({ gauge, sum, histogram, exponentialHistogram }: Message<'Metric'>): Point[] {
  const temporality =
    (sum ?? histogram ?? exponentialHistogram)?.aggregationTemporality === DELTA ? 'delta' : 'cumulative'
  // A sum that may fall is a value of the moment: connections in use.
  const numberKind: Kind = sum?.isMonotonic ? temporality : 'gauge'
  const numbers = (gauge ?? sum)?.dataPoints ?? []
  const histograms = (histogram ?? exponentialHistogram)?.dataPoints ?? []
  return [
    ...numbers.map(point => ({ ...point, kind: numberKind, value: point.asDouble ?? point.asInt, count: 0 })),
    ...histograms.map(point => ({ ...point, kind: temporality as Kind, value: point.sum, count: point.count }))
  ]
}
