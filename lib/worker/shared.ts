// The memory that a thread of the application shares with the agent thread: numbers that one of them writes and the other reads whenever
// it likes, also while the application's thread is blocked. Both threads. How they wait for each other at the end is farewell.ts.
//
//   Int32    EXIT     the last leaving (`nth`) at which the agent thread has sent the rest; 0: none
//            SIGNAL   counts what the agent thread says to a main thread that waits in its exit handler
//            BEATING  1 while the heartbeat's timer is armed: without it silence means idle, not blocked
//            BEATS    beats written so far, modulo 2^31
//            DONE     weight of the timelines that the agent thread is done with, modulo 2^32 (lib/worker/backlog.ts)
//            LEAVING  1 when the thread ends, and its process with it if it is the main thread
//            PAUSES   pauses written so far, modulo 2^31
//            ASKED    questions to a worker that the inspector has not answered yet
//            COUNTED  1 + rows of counters noted so far; 0: nobody wants them
//            HUNG_UP  the last leaving at which it has closed its inspector session
//
//            Slow requests of which nobody outside knows yet. It is known here even when a thread dies.
//            UNTOLD   the thread has reported none of them, and waits for a report by which to tell how many they are
//            PENDING  they were handed over to the agent thread
//            RUNNING  they still ran when it asked for them, and it explains them: the main thread takes them for reported
//            GIVEN_UP  the agent thread explains none of them, and waits for a report by which to tell how many they are
//
//   Float64  beats    ring of BEAT_RING pairs: moment, active loop milliseconds so far (NaN: the last beat before a pause)
//            slots    SLOTS pairs: start of a request in flight, moment at which it becomes slow (0: free slot)
//            pauses   ring of PAUSE_RING pairs: start and end of a pause of the garbage collector
//            counted  ring of COUNTED_RING rows: what the kernel had counted of the thread at a beat, while the agent thread starts
//
// Moments are those of lib/process/clock.ts. A pair of a ring is written before its count is stored, so a reader that loads the count sees
// whole pairs. A slot may be read half-written: to the agent thread it is only a reason to ask, and the main thread decides.

import { type Counted, countedNow } from '../process/schedstat.js'
import type { Interval } from '../types.js'

export const SLOTS = 1024
/** A request that has used up this part of its threshold has aged: it may become slow. */
export const AGED_SHARE = 0.1
/**
 * Of the requests that ran while one was slow. To name one costs the making of its ids; the rest stays without a name. One that has so many
 * was slow in a crowd, and so were the others: most of what there is to tell of each is the same.
 */
export const MAX_NAMED = 50
const BEAT_RING = 256
const PAUSE_RING = 256
const COUNTED_RING = 128
const COUNTED_WIDTH = 4

export const EXIT = 0
export const SIGNAL = 1
const BEATING = 2
const BEATS = 3
const DONE = 4
const LEAVING = 5
const PAUSES = 6
export const ASKED = 7
const COUNTED = 8
export const HUNG_UP = 9
const UNTOLD = 10
const PENDING = 11
const GIVEN_UP = 12
const RUNNING = 13
/** Even, so that the floats behind them are aligned. */
const INTS = 14

const INTS_BYTES = INTS * 4
const BEATS_AT = 0
const SLOTS_AT = BEAT_RING * 2
const PAUSES_AT = SLOTS_AT + SLOTS * 2
const COUNTED_AT = PAUSES_AT + PAUSE_RING * 2
const FLOATS = COUNTED_AT + COUNTED_RING * COUNTED_WIDTH

export interface Shared {
  buffer: SharedArrayBuffer
  ints: Int32Array
  floats: Float64Array
}

export const createShared = (): Shared =>
  openShared(new SharedArrayBuffer(INTS_BYTES + FLOATS * Float64Array.BYTES_PER_ELEMENT))

export const openShared = (buffer: SharedArrayBuffer): Shared => ({
  buffer,
  ints: new Int32Array(buffer, 0, INTS),
  floats: new Float64Array(buffer, INTS_BYTES)
})

export function writeBeat({ ints, floats }: Shared, moment: number, activeMs: number): void {
  const beats = Atomics.load(ints, BEATS)
  const at = BEATS_AT + (beats % BEAT_RING) * 2
  floats[at] = moment
  floats[at + 1] = activeMs
  Atomics.store(ints, BEATS, (beats + 1) & 0x7fffffff)
}

export const setBeating = ({ ints }: Shared, beating: boolean): void => {
  Atomics.store(ints, BEATING, beating ? 1 : 0)
}

export const isBeating = ({ ints }: Shared): boolean => Atomics.load(ints, BEATING) === 1

export interface Beat {
  moment: number
  activeMs: number
}

/**
 * Beats that were written after the first `seen`, oldest first; not the oldest in the ring, over which the next may just be written.
 * `torn`: some were lost before they were read, so a gap in front of these is no silence of the loop.
 */
export function readBeats({ ints, floats }: Shared, seen: number): { beats: Beat[]; seen: number; torn: boolean } {
  const written = Atomics.load(ints, BEATS)
  const kept = written - BEAT_RING + 1
  const beats: Beat[] = []
  for (let i = Math.max(seen, kept); i < written; i++) {
    const at = BEATS_AT + (i % BEAT_RING) * 2
    beats.push({ moment: floats[at]!, activeMs: floats[at + 1]! })
  }
  return { beats, seen: written, torn: seen < kept }
}

export function writePause({ ints, floats }: Shared, { start, end }: Interval): void {
  const pauses = Atomics.load(ints, PAUSES)
  const at = PAUSES_AT + (pauses % PAUSE_RING) * 2
  floats[at] = start
  floats[at + 1] = end
  Atomics.store(ints, PAUSES, (pauses + 1) & 0x7fffffff)
}

/** Read as beats are. */
export function readPauses({ ints, floats }: Shared, seen: number): { pauses: Interval[]; seen: number } {
  const written = Atomics.load(ints, PAUSES)
  const pauses: Interval[] = []
  for (let i = Math.max(seen, written - PAUSE_RING + 1); i < written; i++) {
    const at = PAUSES_AT + (i % PAUSE_RING) * 2
    pauses.push({ start: floats[at]!, end: floats[at + 1]! })
  }
  return { pauses, seen: written }
}

/** Whether each beat, from now on, comes with what the kernel has counted. */
export const setCounting = ({ ints }: Shared, counting: boolean): void => {
  Atomics.store(ints, COUNTED, counting ? 1 : 0)
}

export function noteCounted({ ints, floats }: Shared): void {
  const noted = Atomics.load(ints, COUNTED)
  const counted = noted > 0 ? countedNow() : undefined
  if (!counted) return
  const { at, cpuMs, waitMs, processMs } = counted
  floats.set([at, cpuMs, waitMs, processMs], COUNTED_AT + ((noted - 1) % COUNTED_RING) * COUNTED_WIDTH)
  // Only if the agent thread has not taken them meanwhile.
  Atomics.compareExchange(ints, COUNTED, noted, noted + 1)
}

/** Agent thread, which reads the kernel's counters itself from now on. The oldest first. */
export function takeCounted({ ints, floats }: Shared): Counted[] {
  const noted = Math.max(0, Atomics.exchange(ints, COUNTED, 0) - 1)
  // Not the oldest in the ring, over which the next may just be written.
  const kept = Math.min(noted, COUNTED_RING - 1)
  return Array.from({ length: kept }, (_, i) => {
    const row = COUNTED_AT + ((noted - kept + i) % COUNTED_RING) * COUNTED_WIDTH
    const [at = 0, cpuMs = 0, waitMs = 0, processMs = 0] = floats.subarray(row, row + COUNTED_WIDTH)
    return { at, cpuMs, waitMs, processMs }
  })
}

export function writeSlot({ floats }: Shared, slot: number, start: number, slowAt: number): void {
  floats[SLOTS_AT + slot * 2] = start
  floats[SLOTS_AT + slot * 2 + 1] = slowAt
}

export const clearSlot = (shared: Shared, slot: number): void => writeSlot(shared, slot, 0, 0)

/** What the slots say about the requests in flight. */
export interface InFlight {
  count: number
  /** Start of the oldest; Infinity: none. */
  oldest: number
  /** When the first of them ages. One that was told of while it runs has aged, because its end will be told too. */
  agesAt: number
  /** One has become slow. */
  overdue: boolean
}

export function readSlots({ floats }: Shared, now: number): InFlight {
  let count = 0
  let oldest = Number.POSITIVE_INFINITY
  let agesAt = Number.POSITIVE_INFINITY
  let overdue = false
  for (let at = SLOTS_AT; at < PAUSES_AT; at += 2) {
    const start = floats[at]!
    if (start === 0) continue
    count++
    if (start < oldest) oldest = start
    const slowAt = floats[at + 1]!
    if (slowAt <= now) overdue = true
    const aging = slowAt === Number.POSITIVE_INFINITY ? start : start + (slowAt - start) * AGED_SHARE
    if (aging < agesAt) agesAt = aging
  }
  return { count, oldest, agesAt, overdue }
}

export const doneWeight = ({ ints }: Shared): number => Atomics.load(ints, DONE)

/** Agent thread. */
export const addDone = ({ ints }: Shared, weight: number): void => {
  Atomics.add(ints, DONE, weight)
}

export const addUntold = ({ ints }: Shared, count: number): void => {
  Atomics.add(ints, UNTOLD, count)
}

/** Agent thread, when the thread has ended. */
export const takeUntold = ({ ints }: Shared): number => Atomics.exchange(ints, UNTOLD, 0)

export const addPending = ({ ints }: Shared, count: number): void => {
  Atomics.add(ints, PENDING, count)
}

/** Agent thread. So many more are given up; a negative count: a report is about to tell of so many. */
export const giveUp = (shared: Shared, count: number): void => {
  Atomics.add(shared.ints, GIVEN_UP, count)
  addPending(shared, -count)
}

/** Agent thread. */
export const addRunning = ({ ints }: Shared, count: number): void => {
  Atomics.add(ints, RUNNING, count)
}

/** When the agent thread has died: what it had is lost. */
export function takeHandedOver({ ints }: Shared): number {
  Atomics.store(ints, RUNNING, 0)
  return Atomics.exchange(ints, PENDING, 0) + Atomics.exchange(ints, GIVEN_UP, 0)
}

/**
 * Main thread, when the process ends: slow requests of which nobody was told. `lost` were to be reported, `counted` only counted. Of those that
 * are explained as running `stillRunning` are in flight; the ends of the others were handed over.
 */
export const unreported = ({ ints }: Shared, stillRunning: number): { lost: number; counted: number } => ({
  lost: Atomics.load(ints, PENDING) + Math.min(stillRunning, Atomics.load(ints, RUNNING)),
  counted: Atomics.load(ints, UNTOLD) + Atomics.load(ints, GIVEN_UP)
})

export const setLeaving = ({ ints }: Shared): void => {
  Atomics.store(ints, LEAVING, 1)
}

export const isLeaving = ({ ints }: Shared): boolean => Atomics.load(ints, LEAVING) === 1

/** Main thread, when its process has not ended. */
export function setStaying({ ints }: Shared): void {
  Atomics.store(ints, LEAVING, 0)
}
