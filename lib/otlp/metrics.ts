// Readings as OTLP metrics. Pure. Exponential histograms are made coarser until they have no more buckets than the specification
// sets for all who export them.

import type { Distribution, Exemplar, Point } from '../metrics/reading.js'
import { countOf, type TemporalReading } from '../metrics/temporality.js'
import type { Service } from '../types.js'
import { attributes, resourceOf, scopeOf } from './attributes.js'
import type { Message } from './messages.js'

const TEMPORALITY = { delta: 1, cumulative: 2 }
/** `max_size` of the specification. */
const MAX_BUCKETS = 160

/** What was read at one moment. */
export interface Collection {
  service: Service
  readings: TemporalReading[]
}

/** Undefined when there is nothing to send. */
export function metrics(
  collections: Collection[],
  agentVersion: string
): Message<'ExportMetricsServiceRequest'> | undefined {
  const told = collections.filter(({ readings }) => readings.length > 0)
  if (told.length === 0) return undefined
  return {
    resourceMetrics: told.map(({ service, readings }) => ({
      resource: resourceOf(service, agentVersion),
      scopeMetrics: byScope(readings).map(group => ({
        scope: group[0]!.scope ?? scopeOf(agentVersion),
        metrics: group.map(metricOf)
      }))
    }))
  }
}

function byScope(readings: TemporalReading[]): TemporalReading[][] {
  const groups = new Map<string, TemporalReading[]>()
  for (const reading of readings) {
    const key = JSON.stringify(reading.scope ?? null)
    groups.set(key, [...(groups.get(key) ?? []), reading])
  }
  return [...groups.values()]
}

function metricOf(reading: TemporalReading): Message<'Metric'> {
  const { name, unit, description, kind, points, atMs, temporality } = reading
  const head = { name, description, unit }
  const aggregationTemporality = TEMPORALITY[temporality]
  switch (kind) {
    case 'gauge':
      return { ...head, gauge: { dataPoints: points.map(point => numberPoint(point, atMs, false)) } }
    case 'counter':
    case 'updown': {
      const dataPoints = points.map(point => numberPoint(point, atMs, true))
      return { ...head, sum: { dataPoints, aggregationTemporality, isMonotonic: kind === 'counter' } }
    }
    case 'histogram':
      return isExponential(reading)
        ? {
            ...head,
            exponentialHistogram: {
              dataPoints: points.map(point => exponentialPoint(point, atMs)),
              aggregationTemporality
            }
          }
        : {
            ...head,
            histogram: { dataPoints: points.map(point => explicitPoint(point, atMs)), aggregationTemporality }
          }
  }
}

const isExponential = ({ points }: TemporalReading): boolean => {
  const value = points[0]?.value
  return typeof value === 'object' && value.type === 'exponential'
}

function numberPoint(
  { attributes: told, startMs, value }: Point,
  atMs: number,
  isSum: boolean
): Message<'NumberDataPoint'> {
  return {
    ...(isSum && { startTimeUnixNano: startMs }),
    timeUnixNano: atMs,
    ...(Number.isSafeInteger(value) ? { asInt: (value as number) + 0 } : { asDouble: value as number }),
    attributes: attributes(told)
  }
}

function explicitPoint(
  { attributes: told, startMs, value, exemplars }: Point,
  atMs: number
): Message<'HistogramDataPoint'> {
  const distribution = value as Distribution & { type: 'explicit' }
  return {
    startTimeUnixNano: startMs,
    timeUnixNano: atMs,
    count: countOf(distribution),
    sum: distribution.sum,
    bucketCounts: distribution.counts,
    explicitBounds: [...distribution.bounds],
    ...(exemplars && { exemplars: exemplars.map(exemplarOf) }),
    attributes: attributes(told)
  }
}

function exponentialPoint(point: Point, atMs: number): Message<'ExponentialHistogramDataPoint'> {
  const { attributes: told, startMs, value, exemplars } = point
  const distribution = value as Distribution & { type: 'exponential' }
  const { scale, offset, counts } = coarser(distribution)
  return {
    attributes: attributes(told),
    startTimeUnixNano: startMs,
    timeUnixNano: atMs,
    count: countOf(distribution),
    sum: distribution.sum,
    scale,
    zeroCount: distribution.zeroCount,
    positive: { offset, bucketCounts: counts },
    ...(exemplars && { exemplars: exemplars.map(exemplarOf) })
  }
}

type Buckets = Pick<Distribution & { type: 'exponential' }, 'scale' | 'offset' | 'counts'>

/** Bucket i of a scale lies in bucket floor(i / 2) of the next coarser one. */
function coarser({ scale, offset, counts }: Buckets): Buckets {
  if (counts.length <= MAX_BUCKETS) return { scale, offset, counts }
  const first = Math.floor(offset / 2)
  const merged: number[] = []
  for (const [i, count] of counts.entries()) {
    const at = Math.floor((offset + i) / 2) - first
    merged[at] = (merged[at] ?? 0) + count
  }
  return coarser({ scale: scale - 1, offset: first, counts: merged })
}

const exemplarOf = ({ value, atMs, traceId, spanId }: Exemplar): Message<'Exemplar'> => ({
  timeUnixNano: atMs,
  asDouble: value,
  spanId,
  traceId
})
