// Reads the cells of all series into readings. Agent thread. The main thread may be counting meanwhile: a histogram's count is made
// of its buckets, so the two always agree; its sum may be ahead or behind by the request that is just being counted.

import type { Exemplar, Plain, Point, Reading } from './reading.js'
import { type AttributeValue, createSeries, FIRST_INDEX, type HistogramKind, SCALE, type Series } from './series.js'
import { type MetricKey, rowOf } from './table.js'

export interface Collector {
  learn(series: readonly Series[]): void
  /** Counts what the agent thread itself knows of. */
  add(metric: MetricKey, values: readonly AttributeValue[], amount: number): void
  /** A value of a histogram that is worth looking at; the newest of each bucket is told with the next collection. */
  addExemplar(metric: MetricKey, values: readonly AttributeValue[], exemplar: Exemplar): void
  readings(): Reading[]
}

const MAX_EXEMPLARS = 8

export function createCollector(histograms: HistogramKind, startMs: number): Collector {
  const known = new Map<MetricKey, Series[]>()
  const exemplars = new Map<string, Exemplar[]>()
  const own = createSeries({ histograms, startMs, announce: note })

  function note(series: Series): void {
    const list = known.get(series.metric)
    if (list) list.push(series)
    else known.set(series.metric, [series])
  }

  function pointOf(series: Series): Point {
    const { metric, values, cells, startMs } = series
    const attributes = values ? attributesOf(metric, values) : { 'otel.metric.overflow': true }
    if (rowOf(metric).kind !== 'histogram') return { attributes, startMs, value: cells[0]! }
    const found = exemplars.get(keyOf(metric, values ?? []))
    return { attributes, startMs, value: distributionOf(series, histograms), ...(found && { exemplars: found }) }
  }

  return {
    learn: series => series.forEach(note),
    add(metric, values, amount) {
      own.cells(metric, values)[0]! += amount
    },
    addExemplar(metric, values, exemplar) {
      const key = keyOf(metric, values)
      const bounds = rowOf(metric).bounds ?? []
      const bucketOf = ({ value }: Exemplar): number => bounds.filter(bound => value > bound).length
      const kept = (exemplars.get(key) ?? []).filter(each => bucketOf(each) !== bucketOf(exemplar))
      exemplars.set(key, [...kept.slice(-MAX_EXEMPLARS + 1), exemplar])
    },
    readings() {
      const readings = [...known].map(([metric, list]) => ({
        ...headOf(metric),
        points: list.map(pointOf)
      }))
      // Also those whose series has overflowed, which have no place.
      exemplars.clear()
      return readings
    }
  }
}

/** All that a reading says of its metric. */
export function headOf(metric: MetricKey): Omit<Reading, 'points'> {
  const { name, unit, meaning, kind, where } = rowOf(metric)
  return { name, unit, description: meaning, kind, counted: where === 'recorded' }
}

export function attributesOf(metric: MetricKey, values: readonly AttributeValue[]): Record<string, Plain | undefined> {
  return Object.fromEntries(rowOf(metric).attributes.map((name, i) => [name, values[i]]))
}

function distributionOf({ metric, cells }: Series, histograms: HistogramKind): Point['value'] {
  const [sum = 0] = cells
  if (histograms === 'explicit') {
    return { type: 'explicit', sum, counts: [...cells.subarray(1)], bounds: rowOf(metric).bounds! }
  }
  const counts = cells.subarray(2)
  const first = Math.max(0, counts.findIndex(Boolean))
  const last = counts.findLastIndex(Boolean)
  return {
    type: 'exponential',
    sum,
    zeroCount: cells[1]!,
    counts: [...counts.subarray(first, last + 1)],
    offset: FIRST_INDEX + first,
    scale: SCALE
  }
}

const keyOf = (metric: MetricKey, values: readonly AttributeValue[]): string => JSON.stringify([metric, values])
