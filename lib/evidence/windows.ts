// The rolling CPU profile: short overlapping windows of one V8 profiler that never stops. Agent thread.
//
// Why so (measured on Node 18–26, docs/design.md): starting a profile stops the application for 9–118 ms, and a profile that
// starts late names the wrong functions, because code optimised before is unknown to it. Both go away when the next window
// begins before the last one ends: then a window costs the main thread 0.2–0.6 ms to begin and 0.3–0.6 ms to end, and every
// frame is right. So it runs from the first listening server on, and windows in which nothing was slow are thrown away.
//
// Only a service that nobody has called for ASLEEP_MS gets a stop: the profiler takes 1.3 % of a core there, most of it in V8's
// own thread. It starts again when requests have come back and none is in flight, so that the start holds up none that runs.
//
// A profile's JSON is parsed here, not on the main thread. Kept: windows that overlap a request which is in flight or still to be told of,
// at most MAX_WINDOWS.
//
// Kept true: no window is open that nobody will end. V8 keeps 120 to 150 bytes of each sample until then (Node 20 and 24), a gigabyte a day.

import { tooFewThreads } from '../process/threads.js'
import type { CpuEvidence, Interval } from '../types.js'
import type { Inspected } from './inspector.js'
import { createOtherProfiles, type OtherProfile, titleOf } from './other-profiles.js'
import { collect, type Profile, readProfile, type Window } from './profile.js'
import type { Waits } from './waits.js'

/** The hand-over of a window costs the main thread 1.2–1.6 ms under load (Node 24, 60 MB of code): so not more often. */
const BUSY_WINDOW_MS = 2000
/** An idle service rotates too: samples pile up inside V8 otherwise. */
const IDLE_WINDOW_MS = 10_000
const ASLEEP_MS = 5 * 60_000
/** A worker that has not answered for the time of so many samples (ten minutes by default) sleeps between two tasks of its pool. */
const SLEEPS_SAMPLES = 60_000
/** Before the profiler is started again, after its answers have shown that nobody knows which windows are open. */
const ASK_AGAIN_MS = 2000
/** So long the profiler's start waits for a moment without requests in flight; after that it starts among them. */
const WAIT_FOR_QUIET_MS = 10_000
/** A younger window is not ended yet, so that slow requests that end together share one. */
const MIN_WINDOW_MS = 200
const MAX_WINDOWS = 60
/** A shorter pause is noise in a request that is slow. */
const NOTABLE_PAUSE_MS = 2
/** A longer time between two answers of a starved worker was no pause of ours: it has run code of its own meanwhile. */
const LONGEST_PAUSE_MS = 200

/** V8 has one of its own for each thread that it samples, and ends the process when it cannot start it. */
const NO_THREAD = 'too few threads are left (pids.max, ulimit -u)'
const UNWANTED = 'it had been stopped, as nobody had called for five minutes'
const CUT_OFF = 'it had been cut off, by a debugger or a stop of the thread'
const CUT_SHORT = 'the application had ended it (console.profileEnd)'
const PILED_UP = 'it had been stopped, as profiles of the application stayed open (console.profile)'

export interface CpuWindows {
  /**
   * Ends the window when it is long enough. `oldest`: start of the oldest request in flight. `wanted`: start of the first request that may
   * still be explained.
   */
  tick(now: number, busy: boolean, oldest: number, wanted: number): void
  /** Resolves when windows reach up to `moment`. */
  upTo(moment: number): Promise<void>
  /** `missing`: why a part of that time has no samples, where the profiler had been stopped. */
  between(start: number, end: number): { cpu: CpuEvidence; agent: Interval[]; missing: string | undefined }
  /** Resolves when the profiler has stopped. */
  stop(): Promise<void>
}

/**
 * `waits`: when the process ends, young windows are ended at once. `isWorker`: the profiled thread is not the main thread. `poolSize`:
 * UV_THREADPOOL_SIZE.
 */
export async function startCpuWindows(
  main: Inspected,
  intervalMs: number,
  now: () => number,
  waits: Waits,
  isWorker = false,
  poolSize?: string
): Promise<CpuWindows> {
  const windows: Window[] = []
  let opened = 0
  let openedAt = now()
  let rotating: Promise<void> = Promise.resolve()
  let asleep = false
  let lastBusy = openedAt
  let awakeSince = Number.POSITIVE_INFINITY
  let restsUntil = Number.NEGATIVE_INFINITY
  const closing = new Map<string, () => void>()
  const pauses: Interval[] = []
  const others = createOtherProfiles()
  /** The last time in which the profiler was stopped, and why. Its end is Infinity while it lasts. */
  let gap: (Interval & { why: string }) | undefined

  /** The first window costs 10 ms (Node 20) to 75 ms (Node 24), and a request may be waiting. */
  function notePause(first: string | undefined, last = first): void {
    if (!first || !last) return
    const pause: Interval = { start: JSON.parse(first).start, end: JSON.parse(last).end }
    const pauseMs = pause.end - pause.start
    if (pauseMs < NOTABLE_PAUSE_MS || (first !== last && pauseMs > LONGEST_PAUSE_MS)) return
    pauses.push(pause)
    if (pauses.length > MAX_WINDOWS) pauses.shift()
  }

  main.on('Profiler.consoleProfileStarted', (profile: OtherProfile) => others.began(profile, now()))
  main.on('Profiler.consoleProfileFinished', ({ id, title, profile }: OtherProfile & { profile: Profile }) => {
    const close = closing.get(title)
    const isCutShort = !close && !asleep && title === titleOf(opened)
    if (others.ended(id) || !(close || isCutShort)) return
    windows.push(readProfile(profile))
    if (windows.length > MAX_WINDOWS) windows.shift()
    if (close) close()
    else replace()
  })

  await begin()

  /**
   * An evaluation swallows the stop of a worker that comes while it runs (stops.ts), and the first one, which starts V8's profiler, takes a
   * second on a starved machine. So a worker's profiler is started by a command, without JavaScript: to begin a window then takes 0.1 ms
   * (Node 22 to 26; 1 on 20).
   */
  async function begin(): Promise<void> {
    // For the first of the main thread one was left when the agent thread was started.
    if ((isWorker || opened > 0) && tooFewThreads(1, poolSize) !== undefined) throw new Error(NO_THREAD)
    await main.post('Profiler.enable')
    // Not before: until now what is told comes from the profiler that is gone.
    others.forget()
    await main.post('Profiler.setSamplingInterval', { interval: Math.round(intervalMs * 1000) })
    const before = isWorker ? await main.ask(rotation('', '')) : undefined
    if (isWorker) await main.post('Profiler.start')
    try {
      const first = await main.ask(rotation(titleOf(opened), ''))
      if (first === undefined) await rest(CUT_OFF)
      else if (gap) gap.end = now()
      notePause(before ?? first, first)
    } finally {
      if (isWorker) main.post('Profiler.stop').catch(() => {})
    }
  }

  function rotate(): Promise<void> {
    const ended = titleOf(opened)
    rotating = new Promise<void>(resolve => {
      closing.set(ended, resolve)
      // The window is delivered before the answer; without one nobody would resolve.
      void beginNext(ended).then(resolve)
    }).finally(() => closing.delete(ended))
    return rotating
  }

  /**
   * The application has ended our window: `profileEnd()` without a title ends the profile that began last (Node 20 and 22; later ones end
   * `default`). If a profile of the application still runs, V8 still knows all code, and the next window costs as little as any. Else the
   * profiler has stopped.
   */
  function replace(): void {
    if (others.isAny()) rotating = beginNext('')
    else void rest(CUT_SHORT)
  }

  function beginNext(ended: string): Promise<void> {
    opened++
    openedAt = now()
    return hand(titleOf(opened), ended).then(
      answer => {
        if (answer === undefined) void rest(CUT_OFF)
        notePause(answer)
      },
      () => void rest(CUT_OFF)
    )
  }

  /**
   * Begins one window and ends another. A worker of a pool may answer hours later, when it wakes. The samples of its sleep tell nothing, and
   * to hand over each hour of them would hold up its next task, and the main thread, by which they come, for 0.1 to 0.2 s (Node 20). So a
   * worker is first asked for nothing, to see when it answers. Undefined: it was late, and the window is to be thrown away. '': the profile
   * has begun anew meanwhile, with windows of the same names.
   */
  async function hand(begun: string, ended: string): Promise<string | undefined> {
    const askedAt = now()
    const openedThen = opened
    if (isWorker) await main.ask(rotation('', ''))
    if (opened !== openedThen) return ''
    return now() - askedAt > SLEEPS_SAMPLES * intervalMs ? undefined : main.ask(rotation(begun, ended))
  }

  /** Stops the profiler for a while. Also when nobody knows which windows are open, because a debugger or a stop has cut off a question. */
  async function rest(why: string, until = 0): Promise<void> {
    restsUntil = Math.max(until, now() + ASK_AGAIN_MS)
    await sleep(why)
  }

  /** Stops the profiler. Windows that are open are lost. */
  async function sleep(why: string): Promise<void> {
    asleep = true
    const lasts = gap?.end === Number.POSITIVE_INFINITY
    gap = { start: lasts ? gap!.start : now(), end: Number.POSITIVE_INFINITY, why }
    awakeSince = Number.POSITIVE_INFINITY
    await main.post('Profiler.disable').catch(() => {})
  }

  function wake(): void {
    asleep = false
    opened++
    openedAt = now()
    rotating = begin().catch((error: Error) => rest(error.message === NO_THREAD ? NO_THREAD : CUT_OFF))
  }

  return {
    tick(moment, busy, oldest, wanted) {
      if (busy) lastBusy = moment
      if (asleep) {
        if (busy && moment >= restsUntil) awakeSince = Math.min(awakeSince, moment)
        const quiet = oldest === Number.POSITIVE_INFINITY
        if (moment > awakeSince && (quiet || moment - awakeSince > WAIT_FOR_QUIET_MS)) wake()
        return
      }
      if (moment - lastBusy > ASLEEP_MS) {
        void sleep(UNWANTED)
        return
      }
      const until = others.apartUntil(moment)
      if (until !== undefined) {
        void rest(PILED_UP, until)
        return
      }
      while (windows.length > 0 && windows[0]!.end < wanted && moment - windows[0]!.end > BUSY_WINDOW_MS)
        windows.shift()
      if (closing.size === 0 && moment - openedAt >= (busy ? BUSY_WINDOW_MS : IDLE_WINDOW_MS)) void rotate()
    },
    async upTo(moment) {
      await rotating
      if (asleep || openedAt > moment) return
      const youngMs = now() - openedAt
      if (youngMs < MIN_WINDOW_MS) await waits.wait(MIN_WINDOW_MS - youngMs, 0)
      if (!asleep && openedAt <= moment) await rotate()
      else await rotating
    },
    between: (start, end) => ({
      cpu: collect(windows, start, end, intervalMs),
      agent: pauses.filter(pause => pause.end > start && pause.start < end),
      missing: gap && gap.end > start && gap.start < end ? `cpu profile: ${gap.why}` : undefined
    }),
    async stop() {
      asleep = true
      // From now on nobody ends a window who has waited until it was long enough, and one that is just beginning is not left open.
      await rotating
      await sleep(UNWANTED)
    }
  }
}

const rotation = (begin: string, end: string): string => `rotate('${begin}','${end}')`
