// The pulse of the main thread: a heartbeat that the agent thread reads to see blocks, and the pauses of the garbage
// collector. Main thread.
//
// The heartbeat is one timer for the life of the process, re-armed while requests are in flight and LINGER_MS after. An idle
// service pays nothing for it, and since it is made outside any request, no request's context clings to it.
//
// Pauses arrive through PerformanceObserver, which is told of them when the loop's turn is over. Each is written into the memory that both
// threads see, where the agent thread finds it also when it was told after its request's end.
//
// What Node makes of each is allocated in a heap that may be full, where V8 answers with the next collection, and ends the process
// at the fourth that took too long: with 52 of 64 MB in use an observer that does nothing made 3 to 12 collections of 2 to 4 on Node
// 20, 16 to 62 of 1 or 2 on 26, and ended 2 of 3 bare processes on 20, 3 of 3 on 22. So while the heap is full one collection is told
// in REST_MS.

import { constants, type PerformanceEntry, PerformanceObserver, performance } from 'node:perf_hooks'
import { createFuse, fail, guard } from '../hook/guard.js'
import type { Pulse } from '../metrics/counting.js'
import { BEAT_MS } from '../process/beat.js'
import { now } from '../process/clock.js'
import type { Pause } from '../types.js'
import { noteCounted, type Shared, setBeating, writeBeat, writePause } from '../worker/shared.js'

const LINGER_MS = 1000
export const REST_MS = 1000

export interface Runtime {
  /** Called when a request begins. */
  wake(): void
  /** Those that Node tells in the next turn. */
  notePauses(): void
  stop(): void
}

export interface RuntimeHost {
  inFlight(): number
  /** Told the share of time in which the loop was busy since the last beat. */
  beat(moment: number, busyShare: number): void
  /** Before `beat`: the old generation of the heap was collected since the last one. Whether the heap is full. */
  collected(): boolean
}

export function startRuntime(shared: Shared, host: RuntimeHost, pulse?: Pulse): Runtime {
  let beating = true
  let lastBusy = now()
  /** A request was in flight at the last beat, or has begun since: one that ended in a long turn makes this moment a busy one. */
  let wasBusy = true
  let lastBeat = lastBusy
  let lastActiveMs = performance.eventLoopUtilization().active
  let collected = false
  let restsUntil = 0

  const fuse = createFuse('heartbeat')
  const fallSilent = guard(createFuse('the end of the heartbeat'), () => setBeating(shared, false))

  const timer = setTimeout(tick, BEAT_MS).unref()
  // It is made with the first request, whose first turn may block: silence counts from here on.
  write(lastBusy, performance.eventLoopUtilization().active)
  setBeating(shared, true)
  pulse?.wake(lastBusy)

  function write(moment: number, activeMs: number): void {
    writeBeat(shared, moment, activeMs)
    noteCounted(shared)
  }

  /** After a beat that failed the heart rests, as when idle, until a request begins; after three for good. So its silence is no block. */
  function tick(): void {
    try {
      beat()
    } catch (error) {
      beating = false
      fail(fuse, error)
      fallSilent()
    }
  }

  function beat(): void {
    const moment = now()
    const isBusy = host.inFlight() > 0
    if (isBusy || wasBusy) lastBusy = moment
    wasBusy = isBusy
    beating = moment - lastBusy < LINGER_MS
    const activeMs = performance.eventLoopUtilization().active
    write(moment, beating ? activeMs : Number.NaN)
    if (collected && host.collected()) rest(moment)
    else if (restsUntil > 0 && moment >= restsUntil) observe()
    collected = false
    host.beat(moment, (activeMs - lastActiveMs) / (moment - lastBeat))
    lastBeat = moment
    lastActiveMs = activeMs
    pulse?.beat(moment)
    if (beating) timer.refresh()
    else setBeating(shared, false)
  }

  function rest(moment: number): void {
    notePauses()
    observer.disconnect()
    restsUntil = moment + REST_MS
  }

  function observe(): void {
    restsUntil = 0
    observer.observe({ entryTypes: ['gc'] })
  }

  const note = (entries: PerformanceEntry[]): void => {
    for (const entry of entries) {
      const start = now() - (performance.now() - entry.startTime)
      const pause = { start, end: start + entry.duration, kind: pauseKind(entry) }
      writePause(shared, pause)
      collected ||= pause.kind === 'major'
      pulse?.pause(pause)
    }
  }
  const notePauses = (): void => note(observer.takeRecords())
  const observer = new PerformanceObserver(guard(fuse, list => note(list.getEntries())))
  observe()

  return {
    wake() {
      wasBusy = true
      if (beating || fuse.blown) return
      beating = true
      lastBusy = now()
      write(lastBusy, performance.eventLoopUtilization().active)
      setBeating(shared, true)
      pulse?.wake(lastBusy)
      timer.refresh()
    },
    notePauses,
    stop() {
      clearTimeout(timer)
      observer.disconnect()
      setBeating(shared, false)
    }
  }
}

function pauseKind(entry: PerformanceEntry): Pause['kind'] {
  switch ((entry as PerformanceEntry & { detail: { kind: number } }).detail.kind) {
    case constants.NODE_PERFORMANCE_GC_MAJOR:
      return 'major'
    case constants.NODE_PERFORMANCE_GC_INCREMENTAL:
      return 'incremental'
    case constants.NODE_PERFORMANCE_GC_WEAKCB:
      return 'weakcb'
    default:
      return 'minor'
  }
}
