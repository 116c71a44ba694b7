// How long the event loop was in use. Agent thread; one small read of the kernel's at each collection.
//
// Node's clock of the loop (performance.eventLoopUtilization) counts as active what libuv has not seen as idle, and of a wait that a
// signal cuts short libuv counts nothing as idle. V8's profiler sends a signal each 10 ms: with it on, a loop in use for 49 % of the
// time reads 93 % (Node 20.20, 22.23, 24.21 and 26.10). So while a profile may run two clocks more bound it: the kernel's, of the main
// thread on a CPU or waiting for one, and the heartbeats that came late, since a loop asleep in a synchronous call is in use too.
// Where the kernel does not tell, Node's clock stands.

/** Of a stretch of time. */
export interface LoopClock {
  activeMs: number
  idleMs: number
}

export interface LoopTime {
  /** A heartbeat came so much too late. */
  late(ms: number): void
  /** What Node's clock, which began with the process, says now, made right; never less than before. */
  at(clock: LoopClock): LoopClock
}

/**
 * Another thread of ours has told what was before. Of that not all is known any more, so a sum from the start would be less than what it
 * told last, which a backend takes for a restart and counts once more.
 */
interface Origin {
  toldBefore: boolean
}

/** A timer that is late for less than that may have waited for the kernel. */
const HELD_MS = 30

/** `readRanMs`: for how long the main thread was on a CPU or ready to be; undefined where the kernel does not tell. */
export function createLoopTime(
  mayProfile: () => boolean,
  readRanMs: () => number | undefined,
  { toldBefore }: Origin = { toldBefore: false }
): LoopTime {
  let last: LoopClock | undefined = toldBefore ? undefined : { activeMs: 0, idleMs: 0 }
  let lastRanMs: number | undefined = 0
  let heldMs = 0
  const sums: LoopClock = { activeMs: 0, idleMs: 0 }
  return {
    late(ms) {
      if (ms >= HELD_MS) heldMs += ms
    },
    at(clock) {
      const before = last ?? clock
      const activeMs = Math.max(0, clock.activeMs - before.activeMs)
      const allMs = activeMs + Math.max(0, clock.idleMs - before.idleMs)
      const ranMs = readRanMs()
      const known = mayProfile() && ranMs !== undefined && lastRanMs !== undefined
      const usedMs = known ? Math.min(activeMs, Math.max(ranMs - lastRanMs!, heldMs)) : activeMs
      last = clock
      lastRanMs = ranMs
      heldMs = 0
      sums.activeMs += usedMs
      sums.idleMs += allMs - usedMs
      return { ...sums }
    }
  }
}
