// The one clock of the process, on any thread: milliseconds of CLOCK_MONOTONIC, as `process.hrtime()` has it and as V8's
// CPU profiler stamps its samples. `performance.now()` counts from each thread's own start, so the distance between the
// two is taken once per thread; reading it costs one `performance.now()` (40 ns on Node 20). Not the global of that name, which
// libraries for fake timers replace: durations would become negative.

import { performance } from 'node:perf_hooks'

/** The first read of the two takes 15 to 180 µs, later ones 1 (Node 20 to 26). */
const READS = 4

const origin = takeOrigin()

/** Whoever loses its CPU between the reads would take that for a part of the distance, for as long as the thread lives. */
function takeOrigin(): number {
  let best = { tookMs: Number.POSITIVE_INFINITY, origin: 0 }
  for (let i = 0; i < READS; i++) {
    const before = hrtimeMs()
    const at = performance.now()
    const tookMs = hrtimeMs() - before
    if (tookMs < best.tookMs) best = { tookMs, origin: before + tookMs / 2 - at }
  }
  return best.origin
}

function hrtimeMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

export const now = (): number => performance.now() + origin

/** A moment on this clock that is told as epoch milliseconds. */
export const fromEpochMs = (epochMs: number): number => now() - (Date.now() - epochMs)

/** Epoch milliseconds of a moment on this clock. Right as of now: a later step of the wall clock does not change it. */
export const toEpochMs = (moment: number): number => Date.now() - (now() - moment)
