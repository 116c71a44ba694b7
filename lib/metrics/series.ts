// Where metrics are counted: each series has a few cells of shared memory, which one thread writes and the agent thread reads,
// also while the main thread is blocked. Any thread.
//
//   counter, updown, gauge   [value]
//   histogram, explicit      [sum, one count for each bucket]
//   histogram, exponential   [sum, count of what is too small for a bucket, one count for each bucket]
//
// Kept true: a count is the sum of its buckets, whenever it is read; the number of series of a metric is bounded, and what comes
// beyond is counted in its overflow series. To find a series costs a text of its attributes, so whoever counts often keeps it.

import type { Config } from '../options/config.js'
import { METRICS, type MetricKey, rowOf } from './table.js'

export type AttributeValue = string | number | undefined

/** What the reading thread is told of a series, once. */
export interface Series {
  metric: MetricKey
  /** In the order of the metric's attributes, undefined where one does not apply; null: the overflow series. */
  values: readonly AttributeValue[] | null
  cells: Float64Array
  /** Epoch milliseconds from which on it counts. */
  startMs: number
}

export type HistogramKind = 'explicit' | 'exponential'

export const histogramsOf = ({ metricHistogram }: Config): HistogramKind =>
  metricHistogram === 'explicit_bucket_histogram' ? 'explicit' : 'exponential'

/** Eight buckets for each doubling: a bucket's ends are 9 % apart. */
export const SCALE = 3
const PER_OCTAVE = 2 ** SCALE
/** From 2^-20 s (1 µs) to 2^12 s (over an hour); what is longer is counted in the last one. */
export const FIRST_INDEX = -20 * PER_OCTAVE
const LAST_INDEX = 12 * PER_OCTAVE - 1
const BUCKETS = LAST_INDEX - FIRST_INDEX + 1

const CHUNK_CELLS = 8192

export interface SeriesOptions {
  histograms: HistogramKind
  /** Of what is counted from now on. */
  startMs: number
  /** Called once for each new series. */
  announce(series: Series): void
}

export interface SeriesRegistry {
  histograms: HistogramKind
  cells(metric: MetricKey, values: readonly AttributeValue[]): Float64Array
}

export function createSeries({ histograms, startMs, announce }: SeriesOptions): SeriesRegistry {
  const known = new Map<string, Float64Array>()
  const counts = new Map<MetricKey, number>()
  let chunk = new SharedArrayBuffer(0)
  let used = 0

  function allocate(length: number): Float64Array {
    if ((used + length) * Float64Array.BYTES_PER_ELEMENT > chunk.byteLength) {
      chunk = new SharedArrayBuffer(CHUNK_CELLS * Float64Array.BYTES_PER_ELEMENT)
      used = 0
    }
    const cells = new Float64Array(chunk, used * Float64Array.BYTES_PER_ELEMENT, length)
    used += length
    return cells
  }

  function add(metric: MetricKey, key: string, values: Series['values']): Float64Array {
    const cells = allocate(cellsOf(metric, histograms))
    known.set(key, cells)
    announce({ metric, values, cells, startMs })
    return cells
  }

  return {
    histograms,
    cells(metric, values) {
      const key = JSON.stringify([metric, ...values.map(value => value ?? null)])
      const found = known.get(key)
      if (found) return found
      const count = counts.get(metric) ?? 0
      if (count >= rowOf(metric).maxSeries) return known.get(metric) ?? add(metric, metric, null)
      counts.set(metric, count + 1)
      return add(metric, key, values)
    }
  }
}

function cellsOf(metric: MetricKey, histograms: HistogramKind): number {
  const { kind, bounds } = rowOf(metric)
  if (kind !== 'histogram') return 1
  return histograms === 'explicit' ? 2 + bounds!.length : 2 + BUCKETS
}

export type Record = (cells: Float64Array, seconds: number) => void

/** How a value is put into a histogram of this metric: 5 to 10 ns with bounds, of which most requests pass few; 20 ns without. */
export function recordOf(metric: MetricKey, histograms: HistogramKind): Record {
  if (histograms === 'exponential') return recordExponential
  const bounds = Float64Array.from((METRICS[metric] as { bounds: readonly number[] }).bounds)
  return (cells, seconds) => {
    let bucket = 0
    while (bucket < bounds.length && seconds > bounds[bucket]!) bucket++
    cells[0]! += seconds
    cells[1 + bucket]! += 1
  }
}

/** A bucket reaches from above base^index up to base^(index + 1); base is the eighth root of 2. */
function recordExponential(cells: Float64Array, seconds: number): void {
  const index = Math.ceil(Math.log2(seconds) * PER_OCTAVE) - 1
  cells[0]! += seconds
  if (index >= FIRST_INDEX) cells[2 + Math.min(index, LAST_INDEX) - FIRST_INDEX]! += 1
  else cells[1]! += 1
}
