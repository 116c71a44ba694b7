// Metrics as the console needs them: of each series what was added between two points, whatever its sender's temporality; a
// gauge's value with the stretch that it stands for. A few points of each series, and series up to a number of bytes.

import type { Origin, Plain } from './rows.js'

/** Half an hour at an interval of 30 s. */
const MAX_POINTS = 60

export type Kind = 'gauge' | 'delta' | 'cumulative'

export interface MetricPoint {
  name: string
  origin: Origin
  attributes: Record<string, Plain>
  kind: Kind
  /** Epoch milliseconds; 0 when the sender did not say since when. */
  startMs: number
  atMs: number
  /** Of a histogram the sum of its values. */
  value: number
  /** Of a histogram. */
  count: number
  /** Of a histogram with explicit bounds. */
  buckets?: Buckets
}

/** `counts[i]` lie between `bounds[i - 1]` and `bounds[i]`; the last above all bounds. */
export interface Buckets {
  bounds: readonly number[]
  counts: readonly number[]
}

/** What was added from `fromMs` to `toMs`; of a gauge its value then. */
export interface Step {
  fromMs: number
  toMs: number
  value: number
  count: number
  buckets?: Buckets
}

export interface Series {
  name: string
  origin: Origin
  attributes: Record<string, Plain>
  steps: Step[]
}

export interface Metrics {
  series: ReadonlyMap<string, Series>
  add(point: MetricPoint): void
  bytes(): number
}

/** The series that was silent longest gives way: instances come and go. */
export function createMetrics(maxBytes: number): Metrics {
  const series = new Map<string, Series & { last: MetricPoint | undefined; bytes: number }>()
  let bytes = 0
  return {
    series,
    bytes: () => bytes,
    add(point) {
      const { name, origin, attributes, kind } = point
      const key = JSON.stringify([name, origin.service, origin.instance, Object.entries(attributes).sort()])
      const found = series.get(key) ?? {
        name,
        origin,
        attributes,
        steps: [],
        last: undefined,
        bytes: sizeOf(key, point)
      }
      if (!series.delete(key)) bytes += found.bytes
      series.set(key, found)
      for (const [oldest, gone] of series) {
        if (bytes <= maxBytes) break
        series.delete(oldest)
        bytes -= gone.bytes
      }
      // It came late, or again: what it tells is in a step already.
      if (found.last && point.atMs <= found.last.atMs) return
      const step = stepOf(point, kind, found.last)
      const [first] = found.steps
      // How long a gauge's first value had been standing shows when the second comes.
      if (step && first && first.fromMs === first.toMs) first.fromMs -= step.toMs - step.fromMs
      found.last = point
      if (step) found.steps.push(step)
      if (found.steps.length > MAX_POINTS) found.steps.shift()
    }
  }
}

/** With all its points, and its attributes twice: in the key, and in the last point. */
const sizeOf = (key: string, { buckets }: MetricPoint): number =>
  500 + MAX_POINTS * (60 + (buckets ? 60 + buckets.counts.length * 8 : 0)) + key.length * 3

function stepOf(point: MetricPoint, kind: Kind, last: MetricPoint | undefined): Step | undefined {
  const { atMs: toMs, value, count, startMs, buckets } = point
  if (kind === 'gauge') return { fromMs: last?.atMs ?? toMs, toMs, value, count }
  const whole = { toMs, value, count, ...(buckets && { buckets }) }
  if (kind === 'delta') return { fromMs: startMs || (last?.atMs ?? toMs), ...whole }
  // The first point of a series, and the first after a restart, hold all since their start.
  const sameStart = last !== undefined && last.startMs === startMs && value >= last.value && count >= last.count
  if (!sameStart) return startMs > 0 ? { fromMs: startMs, ...whole } : undefined
  const grown = buckets && last.buckets && difference(buckets, last.buckets)
  const step = { fromMs: last.atMs, toMs, value: value - last.value, count: count - last.count }
  return grown ? { ...step, buckets: grown } : step
}

const difference = ({ bounds, counts }: Buckets, before: Buckets): Buckets | undefined =>
  before.counts.length === counts.length
    ? { bounds, counts: counts.map((each, i) => Math.max(0, each - before.counts[i]!)) }
    : undefined
