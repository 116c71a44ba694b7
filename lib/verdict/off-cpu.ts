// When the main thread was ready to run and did not, and why. Pure.
//
// The kernel counts a wait for a CPU when it is over, and throttling too: so a wait lies before the look that shows it, and
// whatever of it lies in throttled time is the quota's. Throttling is summed over CPUs, so between two looks it can be more
// than the time that went by.

import type { Evidence, Interval, KernelLook } from '../types.js'
import { totalMs } from './cpu.js'

/** Less is the scheduler's usual work. */
const NOTABLE_MS = 1

export interface OffCpu {
  throttled: Interval[]
  contended: Interval[]
}

/** Of a wait that was throttling for the most part, the rest is what the kernel took to begin again. */
const MOSTLY_SHARE = 0.5

export function offCpuOf({ kernel }: Evidence): OffCpu {
  const looks = kernel?.looks ?? []
  const stops = looks.flatMap(throttledIn)
  const offCpu: OffCpu = { throttled: [], contended: [] }
  let next = 0
  for (const wait of waitsIn(looks)) {
    while (next < stops.length && stops[next]!.end <= wait.start) next++
    const inside: Interval[] = []
    for (let i = next; i < stops.length && stops[i]!.start < wait.end; i++) {
      inside.push({ start: Math.max(stops[i]!.start, wait.start), end: Math.min(stops[i]!.end, wait.end) })
    }
    const isMostly = totalMs(inside) >= (wait.end - wait.start) * MOSTLY_SHARE
    offCpu.throttled.push(...(isMostly ? [wait] : inside))
    if (!isMostly) offCpu.contended.push(...gapsBetween(inside, wait))
  }
  return offCpu
}

const throttledIn = ({ start, end, throttledMs }: KernelLook): Interval[] =>
  throttledMs < NOTABLE_MS ? [] : [{ start: Math.max(start, end - throttledMs), end }]

/** Backwards from the look that shows it; a long wait reaches back over the looks before. */
function waitsIn(looks: KernelLook[]): Interval[] {
  const waits: Interval[] = []
  let owedMs = 0
  for (const { start, end, waitMs, cpuMs } of looks.toReversed()) {
    owedMs += waitMs
    const takenMs = Math.min(owedMs, Math.max(0, end - start - cpuMs))
    owedMs -= takenMs
    if (takenMs < NOTABLE_MS) continue
    const later = waits.at(-1)
    if (later && later.start <= end) later.start = end - takenMs
    else waits.push({ start: end - takenMs, end })
  }
  return waits.reverse()
}

function gapsBetween(inner: Interval[], outer: Interval): Interval[] {
  const ends = [outer.start, ...inner.map(({ end }) => end)]
  const starts = [...inner.map(({ start }) => start), outer.end]
  return ends.map((start, i) => ({ start, end: starts[i]! })).filter(({ start, end }) => end > start)
}
