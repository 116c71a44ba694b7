// What one instrument of the application's has counted, by the attributes it was told. Main thread, inside the application's stack.
//
// Kept true: the number of series is bounded, of one instrument and of all together; what comes beyond is counted in the
// instrument's overflow series. Sums and histograms are cumulative from the instrument's making.

import type { Distribution, Plain, Point, Reading } from '../metrics/reading.js'
import type { HistogramKind } from '../metrics/series.js'
import { cut } from '../process/cut.js'
import { usable } from './detail.js'

/** The specification's. */
const MAX_SERIES = 2000
const MAX_SERIES_OF_ALL = 20_000
const MAX_ATTRIBUTES = 64
const MAX_CHARS = 1024
const OVERFLOW = '\n'
const OVERFLOW_ATTRIBUTES = { 'otel.metric.overflow': true }

/** Eight buckets for each doubling, as those of lib/metrics/series.ts, but for values of any unit: from 2^-64 to 2^64. */
const SCALE = 3
const PER_OCTAVE = 2 ** SCALE
const FIRST_INDEX = -64 * PER_OCTAVE
const LAST_INDEX = 64 * PER_OCTAVE - 1

export interface StreamFacts extends Omit<Reading, 'points'> {
  whole: boolean
  histogram: HistogramKind
  /** Of explicit histograms, ascending. */
  bounds: readonly number[]
}

export interface Stream {
  /** Adds to a sum or a histogram, replaces a gauge's value; what is no number counts nothing. */
  record(value: unknown, attributes: unknown): void
  /** Replaces the value, also of a sum: it was observed as a whole. */
  observe(value: unknown, attributes: unknown): void
  /** Forgets what was observed. */
  clear(): void
  reading(): Reading
}

/** Of all instruments. */
export interface Room {
  series: number
}

interface Series {
  attributes: Point['attributes']
  value: number
  /** Of a histogram, by bucket. */
  counts: Map<number, number>
  tooSmall: number
}

export function createStream(facts: StreamFacts, room: Room, onFirst: () => void): Stream {
  const { whole, histogram, bounds, ...head } = facts
  const startMs = Date.now()
  const series = new Map<string, Series>()

  function seriesOf(given: unknown): Series {
    const attributes = attributesOf(given)
    const key = keyOf(attributes)
    const found = series.get(key)
    if (found) return found
    if (series.size === 0) onFirst()
    const isFull = series.size >= MAX_SERIES || room.series >= MAX_SERIES_OF_ALL
    return isFull ? (series.get(OVERFLOW) ?? add(OVERFLOW, OVERFLOW_ATTRIBUTES)) : add(key, attributes)
  }

  function add(key: string, attributes: Point['attributes']): Series {
    const added: Series = { attributes, value: 0, counts: new Map(), tooSmall: 0 }
    series.set(key, added)
    room.series++
    return added
  }

  function numberOf(value: unknown): number | undefined {
    if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
    if (value < 0 && (head.kind === 'counter' || head.kind === 'histogram')) return undefined
    return whole ? Math.trunc(value) : value
  }

  function count(counted: Series, value: number): void {
    counted.value += value
    const bucket = histogram === 'explicit' ? explicitBucket(bounds, value) : exponentialBucket(value)
    if (bucket === undefined) counted.tooSmall++
    else counted.counts.set(bucket, (counted.counts.get(bucket) ?? 0) + 1)
  }

  function distributionOf({ value: sum, counts, tooSmall }: Series): Distribution {
    const countsFrom = (first: number, length: number): number[] =>
      Array.from({ length }, (_, i) => counts.get(first + i) ?? 0)
    if (histogram === 'explicit') return { type: 'explicit', sum, counts: countsFrom(0, bounds.length + 1), bounds }
    const indices = [...counts.keys()]
    const offset = indices.length > 0 ? Math.min(...indices) : 0
    const length = indices.length > 0 ? Math.max(...indices) - offset + 1 : 0
    return { type: 'exponential', sum, zeroCount: tooSmall, counts: countsFrom(offset, length), offset, scale: SCALE }
  }

  return {
    record(value, attributes) {
      const number = numberOf(value)
      if (number === undefined) return
      const found = seriesOf(attributes)
      if (head.kind === 'histogram') count(found, number)
      else if (head.kind === 'gauge') found.value = number
      else found.value += number
    },
    observe(value, attributes) {
      const number = numberOf(value)
      if (number !== undefined) seriesOf(attributes).value = number
    },
    clear() {
      room.series -= series.size
      series.clear()
    },
    reading: () => ({
      ...head,
      points: [...series.values()].map(each => ({
        attributes: each.attributes,
        startMs,
        value: head.kind === 'histogram' ? distributionOf(each) : each.value
      }))
    })
  }
}

function explicitBucket(bounds: readonly number[], value: number): number {
  let bucket = 0
  while (bucket < bounds.length && value > bounds[bucket]!) bucket++
  return bucket
}

/** Undefined: too small for any. */
function exponentialBucket(value: number): number | undefined {
  const index = Math.ceil(Math.log2(value) * PER_OCTAVE) - 1
  return index < FIRST_INDEX ? undefined : Math.min(index, LAST_INDEX)
}

/** A copy, without what says nothing: OTLP would leave that out, and two series would have one name. */
function attributesOf(given: unknown): Record<string, Plain> {
  const kept: Record<string, Plain> = {}
  if (typeof given !== 'object' || given === null) return kept
  for (const key of Object.keys(given).slice(0, MAX_ATTRIBUTES)) {
    const value = usable((given as Record<string, unknown>)[key], MAX_CHARS)
    if (key === '' || value === undefined || value === '' || isNoNumber(value)) continue
    kept[cut(key, MAX_CHARS)] = Array.isArray(value) ? value.map(item => item ?? '') : (value as Plain)
  }
  return kept
}

const isNoNumber = (value: unknown): boolean => typeof value === 'number' && !Number.isFinite(value)

/** The same for the same attributes in any order. */
function keyOf(attributes: Record<string, Plain>): string {
  const keys = Object.keys(attributes)
  if (keys.length === 0) return ''
  return JSON.stringify(keys.sort().map(key => [key, attributes[key]]))
}
