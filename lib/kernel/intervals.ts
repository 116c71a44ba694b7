// Stretches of time of which a recording has tens of thousands: what they cover, and what else lies inside of them, without a
// comparison of each with each. Pure.

import type { Interval } from '../types.js'

/** How much of the stretch the intervals cover, what overlaps once. */
export const coveredMs = (intervals: Interval[], start: number, end: number): number =>
  sharedWith(intervals)({ start, end })

/** Whether something lies in part inside one of them. */
export function meetingOf(intervals: Interval[]): (other: Interval) => boolean {
  const apart = merged(intervals)
  return ({ start, end }) => (apart[firstThatEndsAfter(apart, start)]?.start ?? end) < end
}

/** How much of something they cover. What is asked for does not overlap, or all of it would be gone through again. */
export function sharedWith(intervals: Interval[]): (other: Interval) => number {
  const apart = merged(intervals)
  return ({ start, end }) => {
    let ms = 0
    for (let i = firstThatEndsAfter(apart, start); i < apart.length && apart[i]!.start < end; i++)
      ms += Math.min(apart[i]!.end, end) - Math.max(apart[i]!.start, start)
    return ms
  }
}

/** In order; those that touch are one. */
function merged(intervals: Interval[]): Interval[] {
  const all: Interval[] = []
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    const last = all.at(-1)
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else all.push({ start, end })
  }
  return all
}

function firstThatEndsAfter(apart: Interval[], moment: number): number {
  let [low, high] = [0, apart.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (apart[middle]!.end <= moment) low = middle + 1
    else high = middle
  }
  return low
}
