// When the main thread slept because memory that it touched had been taken away: swapped out, or dropped to keep a limit. Pure.
//
// In a block of the event loop the thread runs, waits for a CPU, or sleeps: in a system call, or while the kernel reads a page
// back (a major fault). The kernel counts those faults, not how long they took. So sleep is taken for paging when there were
// many, and enough to have taken all of it: with swap on an SSD 0.2 ms each, on a disk of 1000 reads a second 10 ms.

import type { Evidence, Interval, KernelLook } from '../types.js'
import { allInside, gapsBetween, totalMs } from './intervals.js'
import type { OffCpu } from './off-cpu.js'

/** A program that starts has some. */
const MIN_FAULTS = 50
const MAX_FAULT_MS = 20
/** Less is how exactly looks are timed. */
const NOTABLE_MS = 1

export function pagingOf({ kernel, blocks }: Evidence, { throttled, contended }: OffCpu): Interval[] {
  const faults = kernel?.counters['majorFaults'] ?? 0
  if (!kernel || faults < MIN_FAULTS) return []
  const stops = [...throttled, ...contended].sort((a, b) => a.start - b.start)
  const sleeps = kernel.looks
    .filter(look => blocks.some(block => block.start <= look.start && block.end >= look.end))
    .flatMap(look => sleepsIn(look, stops))
  return totalMs(sleeps) <= faults * MAX_FAULT_MS ? sleeps : []
}

/** What is left of a look when it neither ran nor was stopped. */
function sleepsIn(look: KernelLook, stops: Interval[]): Interval[] {
  const inside = allInside(stops, look)
  let leftMs = look.end - look.start - look.cpuMs - totalMs(inside)
  if (leftMs < NOTABLE_MS) return []
  return gapsBetween(inside, look).flatMap(gap => {
    const takenMs = Math.min(leftMs, gap.end - gap.start)
    leftMs -= takenMs
    return takenMs > 0 ? [{ start: gap.start, end: gap.start + takenMs }] : []
  })
}
