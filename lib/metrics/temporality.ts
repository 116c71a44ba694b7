// What was counted since the start, or since the last collection, as the backend wants it. Pure, but for what it remembers of the
// last collection. Sums stay cumulative until here, so a collection that fails loses nothing of the next one.

import type { Config } from '../options/config.js'
import type { Distribution, Point, Reading } from './reading.js'

export interface TemporalReading extends Reading {
  /** Of sums and histograms. */
  temporality: 'cumulative' | 'delta'
  atMs: number
}

export interface Temporality {
  /** From now on counts what comes after these: somebody else has told them. */
  forget(readings: Reading[], atMs: number): void
  of(readings: Reading[], atMs: number): TemporalReading[]
}

export function createTemporality(preference: Config['metricTemporality']): Temporality {
  const last = new Map<string, Point['value']>()
  let lastMs: number | undefined

  const isDelta = ({ kind, counted }: Reading): boolean =>
    (kind === 'counter' || kind === 'histogram') && (preference === 'delta' || (preference === 'lowmemory' && counted))

  function deltaOf(reading: Reading, point: Point): Point | undefined {
    const key = JSON.stringify([reading.scope, reading.name, reading.kind, reading.unit, point.attributes])
    const before = last.get(key)
    last.set(key, point.value)
    const value = before === undefined ? point.value : minus(point.value, before)
    if (isNothing(value)) return undefined
    return { ...point, value, startMs: Math.max(point.startMs, lastMs ?? 0) }
  }

  function of(readings: Reading[], atMs: number): TemporalReading[] {
    const all = readings.map((reading): TemporalReading => {
      if (!isDelta(reading)) return { ...reading, temporality: 'cumulative', atMs }
      const points = reading.points.flatMap(point => deltaOf(reading, point) ?? [])
      return { ...reading, points, temporality: 'delta', atMs }
    })
    lastMs = atMs
    return all.filter(({ points }) => points.length > 0)
  }

  return { of, forget: of }
}

function minus(now: Point['value'], before: Point['value']): Point['value'] {
  if (typeof now === 'number' || typeof before === 'number') return Math.max(0, Number(now) - Number(before))
  const sum = now.sum - before.sum
  if (now.type === 'explicit') return { ...now, sum, counts: now.counts.map((count, i) => count - before.counts[i]!) }
  const old = before as typeof now
  const shift = now.offset - old.offset
  const counts = now.counts.map((count, i) => count - (old.counts[i + shift] ?? 0))
  return { ...now, sum, zeroCount: now.zeroCount - old.zeroCount, counts }
}

const isNothing = (value: Point['value']): boolean => (typeof value === 'number' ? value === 0 : countOf(value) === 0)

export const countOf = (distribution: Distribution): number =>
  distribution.counts.reduce((sum, count) => sum + count, 0) +
  (distribution.type === 'exponential' ? distribution.zeroCount : 0)
