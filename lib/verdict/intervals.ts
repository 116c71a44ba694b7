// Stretches of time: how long they are, what they share, and where one of thousands begins, as in a request that was slow among hundreds.
// Pure.

import type { Interval } from '../types.js'

export const totalMs = (intervals: Interval[]): number =>
  intervals.reduce((sum, { start, end }) => sum + end - start, 0)

export const overlapMs = (a: Interval, b: Interval): number =>
  Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start))

/** How much of the outer one they cover, where they are apart. */
export const overlapsMs = (intervals: readonly Interval[], outer: Interval): number =>
  intervals.reduce((sum, each) => sum + overlapMs(each, outer), 0)

/** What of it lies inside. Of a thousand turns all but two lie there whole, and copies would take as long as all the rest. */
export const clip = <T extends Interval>(inner: T, { start, end }: Interval): T =>
  inner.start >= start && inner.end <= end
    ? inner
    : { ...inner, start: Math.max(inner.start, start), end: Math.min(inner.end, end) }

/** What of each lies inside, without those of which nothing does. */
export function allInside<T extends Interval>(inner: readonly T[], outer: Interval): T[] {
  const found: T[] = []
  for (const each of inner) if (overlapMs(each, outer) > 0) found.push(clip(each, outer))
  return found
}

/** In order; those that touch are one. */
export function merged(intervals: readonly Interval[]): Interval[] {
  const all: Interval[] = []
  for (const { start, end } of intervals.filter(i => i.end > i.start).sort((a, b) => a.start - b.start)) {
    const last = all.at(-1)
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else all.push({ start, end })
  }
  return all
}

/** `inner`: in order, inside `outer`, and apart. */
export function gapsBetween(inner: Interval[], outer: Interval): Interval[] {
  const ends = [outer.start, ...inner.map(({ end }) => end)]
  const starts = [...inner.map(({ start }) => start), outer.end]
  return ends.map((start, i) => ({ start, end: starts[i]! })).filter(({ start, end }) => end > start)
}

/** Where something begins or ends, in order, each once. */
export function edgesOf(intervals: Interval[]): Float64Array {
  const all = new Float64Array(2 * intervals.length)
  let filled = 0
  for (const { start, end } of intervals) {
    all[filled++] = start
    all[filled++] = end
  }
  all.sort()
  let count = 0
  for (let i = 0; i < filled; i++) if (count === 0 || all[i] !== all[count - 1]) all[count++] = all[i]!
  return all.subarray(0, count)
}

export const startsOf = (sorted: readonly Interval[]): Float64Array => Float64Array.from(sorted, ({ start }) => start)

/** Place of the first that is not before the moment; their number when there is none. */
export function firstAt(moments: Float64Array, moment: number): number {
  let low = 0
  let high = moments.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (moments[middle]! < moment) low = middle + 1
    else high = middle
  }
  return low
}

/** Those of thousands that share a moment with another, found again and again; in the order in which they were given. */
export function touching<T extends Interval>(intervals: readonly T[]): (other: Interval) => T[] {
  const places = intervals.map((_, place) => place).sort((a, b) => intervals[a]!.start - intervals[b]!.start)
  const starts = Float64Array.from(places, place => intervals[place]!.start)
  /** The latest end up to there. */
  const reaches = Float64Array.from(places, place => intervals[place]!.end)
  for (let i = 1; i < reaches.length; i++) reaches[i] = Math.max(reaches[i]!, reaches[i - 1]!)
  return ({ start, end }) => {
    const found: number[] = []
    for (let i = firstAt(reaches, start); i < starts.length && starts[i]! <= end; i++) {
      if (intervals[places[i]!]!.end >= start) found.push(places[i]!)
    }
    return found.sort((a, b) => a - b).map(place => intervals[place]!)
  }
}
