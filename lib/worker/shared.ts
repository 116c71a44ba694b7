// The memory that both threads see. The main thread writes, the agent thread reads, also while the main thread is blocked.
//
//   Int32    EXIT     0, then 1 when the agent thread has sent the rest
//            SIGNAL   counts messages to a main thread that waits in its exit handler
//            BEATING  1 while the heartbeat's timer is armed: without it silence means idle, not blocked
//            BEATS    beats written so far, modulo 2^31
//            LEAVING  1 when the thread ends, and its process with it if it is the main thread
//            TAKEN    weight of the timelines that the agent thread is done with, modulo 2^32 (lib/worker/backlog.ts)
//   Float64  beats    ring of BEAT_RING pairs: moment, active loop milliseconds so far (NaN: the last beat before a pause)
//            slots    SLOTS pairs: start of a request in flight, moment at which it becomes slow (0: free slot)
//
// Moments are lib/clock.ts's. A beat is written before BEATS is stored, so a reader that loads BEATS sees it whole. A slot
// may be read half-written: the agent thread only takes it as a reason to ask, and the main thread decides.

export const SLOTS = 1024
const BEAT_RING = 256

/** A waiting thread answers no inspector command; between two naps it does, and the last CPU window can be had. */
const EXIT_NAP_MS = 5

const EXIT = 0
const SIGNAL = 1
const BEATING = 2
const BEATS = 3
const TAKEN = 4
const LEAVING = 5
/** Even, so that the floats behind them are aligned. */
const INTS = 6

const INTS_BYTES = INTS * 4
const BEATS_AT = 0
const SLOTS_AT = BEAT_RING * 2

export interface Shared {
  buffer: SharedArrayBuffer
  ints: Int32Array
  floats: Float64Array
}

export const createShared = (): Shared =>
  openShared(new SharedArrayBuffer(INTS_BYTES + (BEAT_RING + SLOTS) * 2 * Float64Array.BYTES_PER_ELEMENT))

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

/** Beats written since the `seen`th, oldest first; those that the ring has lost are skipped. */
export function readBeats({ ints, floats }: Shared, seen: number): { beats: Beat[]; seen: number } {
  const written = Atomics.load(ints, BEATS)
  const beats: Beat[] = []
  for (let i = Math.max(seen, written - BEAT_RING); i < written; i++) {
    const at = BEATS_AT + (i % BEAT_RING) * 2
    beats.push({ moment: floats[at]!, activeMs: floats[at + 1]! })
  }
  return { beats, seen: written }
}

export function writeSlot({ floats }: Shared, slot: number, start: number, slowAt: number): void {
  floats[SLOTS_AT + slot * 2] = start
  floats[SLOTS_AT + slot * 2 + 1] = slowAt
}

export const clearSlot = (shared: Shared, slot: number): void => writeSlot(shared, slot, 0, 0)

/** How many requests are in flight, the start of the oldest (Infinity: none), and whether one has become slow. */
export function readSlots({ floats }: Shared, now: number): { count: number; oldest: number; overdue: boolean } {
  let count = 0
  let oldest = Number.POSITIVE_INFINITY
  let overdue = false
  for (let at = SLOTS_AT; at < SLOTS_AT + SLOTS * 2; at += 2) {
    const start = floats[at]!
    if (start === 0) continue
    count++
    if (start < oldest) oldest = start
    if (floats[at + 1]! <= now) overdue = true
  }
  return { count, oldest, overdue }
}

export const taken = ({ ints }: Shared): number => Atomics.load(ints, TAKEN)

/** Agent thread. */
export const take = ({ ints }: Shared, weight: number): void => {
  Atomics.add(ints, TAKEN, weight)
}

export const setLeaving = ({ ints }: Shared): void => {
  Atomics.store(ints, LEAVING, 1)
}

export const isLeaving = ({ ints }: Shared): boolean => Atomics.load(ints, LEAVING) === 1

/** Agent thread: wakes a main thread that waits in its exit handler. */
export function signal({ ints }: Shared): void {
  Atomics.add(ints, SIGNAL, 1)
  Atomics.notify(ints, SIGNAL)
}

export function signalExitDone(shared: Shared): void {
  Atomics.store(shared.ints, EXIT, 1)
  signal(shared)
}

/** Main thread, in `process.on('exit')`: handles messages until the agent thread is done or the time is over. */
export function waitForExit(shared: Shared, deadline: number, now: () => number, handleMessages: () => void): boolean {
  const { ints } = shared
  setLeaving(shared)
  for (;;) {
    const seen = Atomics.load(ints, SIGNAL)
    handleMessages()
    if (Atomics.load(ints, EXIT) === 1) return true
    const leftMs = deadline - now()
    if (leftMs <= 0) return false
    Atomics.wait(ints, SIGNAL, seen, Math.min(leftMs, EXIT_NAP_MS))
  }
}
