// Moments in order, as numbers in one array, and where one of them is. Pure. A request that was slow among hundreds has thousands.

import type { Interval } from '../types.js'

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
  for (const moment of all) if (count === 0 || moment !== all[count - 1]) all[count++] = moment
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

/** What of it lies inside. Of a thousand turns all but two lie there whole, and copies would take as long as all the rest. */
export const clip = <T extends Interval>(inner: T, { start, end }: Interval): T =>
  inner.start >= start && inner.end <= end
    ? inner
    : { ...inner, start: Math.max(inner.start, start), end: Math.min(inner.end, end) }
