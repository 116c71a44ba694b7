// The one clock of the process, on any thread: milliseconds of CLOCK_MONOTONIC, as `process.hrtime()` has it and as V8's
// CPU profiler stamps its samples. `performance.now()` counts from each thread's own start, so the distance between the
// two is taken once per thread; reading it costs one `performance.now()` (40 ns on Node 20). Not the global of that name, which
// libraries for fake timers replace: durations would become negative.

import { performance } from 'node:perf_hooks'

const origin = Number(process.hrtime.bigint()) / 1e6 - performance.now()

export const now = (): number => performance.now() + origin

/** A moment on this clock that is told as epoch milliseconds. */
export const fromEpochMs = (epochMs: number): number => now() - (Date.now() - epochMs)

/** Epoch milliseconds of a moment on this clock. Right as of now: a later step of the wall clock does not change it. */
export const toEpochMs = (moment: number): number => Date.now() - (now() - moment)
