// How long the event loop was in use. Agent thread; one small read of the kernel's at each collection.
//
// Node's clock of the loop (performance.eventLoopUtilization) counts as active what libuv has not seen as idle, and of a wait that a
// signal cuts short libuv counts nothing as idle. V8's profiler sends a signal each 10 ms: with it on, a loop in use for 49 % of the
// time reads 93 % (Node 20.20, 22.23, 24.21 and 26.10). So while a profile may run two clocks more bound it: the kernel's, of the main
// thread on a CPU or waiting for one, and the heartbeats that came late, since a loop asleep in a synchronous call is in use too.
// Where the kernel does not tell, Node's clock stands.

/** Since the process began. */
export interface LoopClock {
  activeMs: number
  idleMs: number
}

export interface LoopTime {
  /** A heartbeat came so much too late. */
  late(ms: number): void
  /** What Node's clock says now, made right; never less than before. */
  at(clock: LoopClock): LoopClock
}

/** A timer that is late for less than that may have waited for the kernel. */
const HELD_MS = 30

/** `readRanMs`: for how long the main thread was on a CPU or ready to be; undefined where the kernel does not tell. */
export function createLoopTime(mayProfile: () => boolean, readRanMs: () => number | undefined): LoopTime {
  let last: LoopClock = { activeMs: 0, idleMs: 0 }
  let lastRanMs: number | undefined = 0
  let heldMs = 0
  const sums: LoopClock = { activeMs: 0, idleMs: 0 }
  return {
    late(ms) {
      if (ms >= HELD_MS) heldMs += ms
    },
    at(clock) {
      const activeMs = Math.max(0, clock.activeMs - last.activeMs)
      const allMs = activeMs + Math.max(0, clock.idleMs - last.idleMs)
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
