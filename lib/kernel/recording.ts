// What was seen so far, bounded: the newest events of every part, what was counted, and which moments of the kernel's clock are
// which of ours. Joins nothing and decides nothing.

import { type Counted, endOf, type KernelEvent, shifted, startOf } from './events.js'
import type { Network } from './sockets.js'

/** About 100 MB at worst, with 40 frames each. The oldest half goes when it is full, and is counted. */
const MAX_EVENTS = 100_000

/** What a part needs to describe what was seen. */
export interface Summarized {
  pid: number
  seconds: number
  events: KernelEvent[]
  counted: Counted
  network: Network
  threadName(tid: number): string
  /** The command line of a process, or `comm` when it is gone. */
  processName(pid: number, comm: string): string
}

export interface Recording {
  /** `clock`: which clock its times are of. bpftrace has another than ours on a machine that was suspended. */
  add(event: KernelEvent, clock: 'monotonic' | 'bpftrace'): void
  /** bpftrace said what time it is; `received` is ours at that moment. */
  tick(theirs: number, received: number): void
  /** On our clock, oldest first. */
  between(start: number, end: number): KernelEvent[]
  dropped(): number
}

/** A line takes less than that from bpftrace to us; a clock that differs, differs by the length of a suspend. */
const SAME_CLOCK_MS = 50

export function createRecording(): Recording {
  const events: Record<'monotonic' | 'bpftrace', KernelEvent[]> = { monotonic: [], bpftrace: [] }
  let dropped = 0
  let behindMs = Number.POSITIVE_INFINITY

  return {
    add(event, clock) {
      const list = events[clock]
      list.push(event)
      if (list.length > MAX_EVENTS) dropped += list.splice(0, MAX_EVENTS / 2).length
    },
    tick(theirs, received) {
      behindMs = Math.min(behindMs, received - theirs)
    },
    between(start, end) {
      const shiftMs = Math.abs(behindMs) < SAME_CLOCK_MS || behindMs === Number.POSITIVE_INFINITY ? 0 : behindMs
      const theirs = events.bpftrace
        .filter(event => endOf(event) + shiftMs >= start && startOf(event) + shiftMs <= end)
        .map(event => (shiftMs === 0 ? event : shifted(event, shiftMs)))
      const ours = events.monotonic.filter(event => endOf(event) >= start && startOf(event) <= end)
      return [...theirs, ...ours].sort((a, b) => startOf(a) - startOf(b))
    },
    dropped: () => dropped
  }
}
