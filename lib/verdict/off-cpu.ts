// When the main thread was ready to run and did not, and why. Pure.
//
// The kernel counts a wait for a CPU when it is over, and throttling too: so a wait lies before the look that shows it, and
// whatever of it lies in throttled time is the quota's. Throttling is summed over CPUs, so between two looks it can be more
// than the time that went by.

import type { Evidence, Interval, KernelEvidence, KernelLook } from '../types.js'
import { gapsBetween, overlapMs, totalMs } from './intervals.js'

/** Less is the scheduler's usual work. */
const NOTABLE_MS = 1

export interface OffCpu {
  throttled: Interval[]
  contended: Contended[]
}

/**
 * `alone`: the thread slept before and after of its own will, as it does between two beats of the heartbeat. What was
 * under way took no longer for it, unless its answer came just then.
 */
export interface Contended extends Interval {
  alone: boolean
}

/** The heartbeat's timer is 10 ms; who has work sleeps less between two steps. */
const SLEPT_MS = 7

/** Of a wait that was throttling for the most part, the rest is what the kernel took to begin again. */
const MOSTLY_SHARE = 0.5

export function offCpuOf({ kernel }: Evidence): OffCpu {
  const looks = kernel?.looks ?? []
  const stops = looks.flatMap(throttledIn)
  const offCpu: OffCpu = { throttled: [], contended: [] }
  let next = 0
  const waits = waitsIn(looks)
  const slept = sleepsBefore(waits, looks)
  for (const [i, wait] of waits.entries()) {
    const alone = slept[i]! >= SLEPT_MS && slept[i + 1]! >= SLEPT_MS
    while (next < stops.length && stops[next]!.end <= wait.start) next++
    const inside: Interval[] = []
    for (let at = next; at < stops.length && stops[at]!.start < wait.end; at++) {
      inside.push({ start: Math.max(stops[at]!.start, wait.start), end: Math.min(stops[at]!.end, wait.end) })
    }
    const isMostly = totalMs(inside) >= (wait.end - wait.start) * MOSTLY_SHARE
    offCpu.throttled.push(...(isMostly ? [wait] : inside))
    if (!isMostly) offCpu.contended.push(...gapsBetween(inside, wait).map(gap => ({ ...gap, alone })))
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

/** How long the thread was for certain on no CPU in these intervals. What no look covers counts as run. */
export function offCpuMs(intervals: Interval[], { kernel }: Evidence): number {
  let ms = 0
  for (const interval of intervals) {
    // All that it ran may have been inside.
    for (const look of kernel?.looks ?? []) ms += Math.max(0, overlapMs(look, interval) - look.cpuMs)
  }
  return ms
}

/** How long it was for certain on one in these, which are in time order and do not overlap. */
export function onCpuMs(intervals: Interval[], { kernel }: Evidence): number {
  let ms = 0
  let first = 0
  for (const look of kernel?.looks ?? []) {
    while (first < intervals.length && intervals[first]!.end <= look.start) first++
    let elsewhereMs = look.end - look.start
    for (let i = first; i < intervals.length && intervals[i]!.start < look.end; i++)
      elsewhereMs -= overlapMs(intervals[i]!, look)
    // As much as possible may have been run elsewhere.
    ms += Math.max(0, look.cpuMs - elsewhereMs)
  }
  return ms
}

export interface CpuUse {
  mainMs: number
  /** Of the process's other threads. */
  othersMs: number
  /** Of those without the agent's: what may have been work for the request. */
  workMs: number
}

/** CPU time while the request ran. */
export function cpuUse({ kernel }: Evidence, request: Interval): CpuUse | undefined {
  const processMs = kernel?.counters['processCpuMs']
  if (!kernel || processMs === undefined) return undefined
  const mainMs = insideSum(kernel, 'cpuMs', request)
  const othersMs = Math.max(0, processMs - mainMs)
  return { mainMs, othersMs, workMs: Math.max(0, othersMs - (kernel.agentCpuMs ?? 0)) }
}

/** Looks at the two ends count by what of them lies inside. */
export const insideSum = (
  { looks }: KernelEvidence,
  name: 'cpuMs' | 'waitMs' | 'throttledMs' | 'throttledPeriods',
  outer: Interval
): number => looks.reduce((sum, look) => sum + look[name] * insideShare(look, outer), 0)

const insideShare = (inner: Interval, outer: Interval): number =>
  overlapMs(inner, outer) / Math.max(inner.end - inner.start, 0.001)

/** How long the thread slept before each wait, and after the last. */
function sleepsBefore(waits: Interval[], looks: KernelLook[]): number[] {
  const slept: number[] = new Array(waits.length + 1).fill(0)
  let i = 0
  for (const { start, end, cpuMs, waitMs } of looks) {
    while (i < waits.length && waits[i]!.end <= start) i++
    if (i < waits.length && waits[i]!.start <= start) continue
    slept[i]! += Math.max(0, end - start - cpuMs - waitMs)
  }
  return slept
}
