// What was happening while a request was slow: the wiring of all sources of evidence about one thread. Agent thread.
//
// Kept true: the sources are independent. One that cannot start, or breaks, is named in `missing` with the reason, and a verdict that
// would have needed it says `inferred`.

import { BEAT_MS } from '../process/beat.js'
import { now } from '../process/clock.js'
import type { Evidence } from '../types.js'
import { type InFlight, isLeaving, readSlots, type Shared, takeCounted } from '../worker/shared.js'
import { watchBlocks } from './blocks.js'
import { connectToMainThread, type Inspected } from './inspector.js'
import { watchKernel } from './kernel.js'
import { nextLook, type Slow, seldomMs, shortestOf } from './pace.js'
import { watchPauses } from './pauses.js'
import { original } from './sourcemap.js'
import { startSource } from './sources.js'
import { watchThreadPool } from './thread-pool.js'
import { createWaits } from './waits.js'
import { type CpuWindows, startCpuWindows } from './windows.js'

export { type InspectedWorkers, inspectWorkers } from './inspected-workers.js'
export { hangUp, type Inspected, pickUp } from './inspector.js'

export interface EvidenceOptions extends Slow {
  profile: boolean
  profileIntervalMs: number
  /** False: the permission model denies it. Node 20.20 does not refuse then, but now and then aborts the process. */
  mayInspect?: boolean
  /** UV_THREADPOOL_SIZE. */
  poolSize?: string | undefined
  /** No other thread of the application is looked at. */
  isOnly?: () => boolean
  /** What of Node itself would print each profile of ours (--cpu-prof, NODE_V8_COVERAGE); then none is made. */
  profiledBy?: string | undefined
}

/** A worker thread, where it is not the main thread that is looked at. */
export interface Target {
  /** Its folder in /proc; '' where there is none. */
  task: string
  /** The same, where it concerns this thread alone. */
  profiledBy?: string | undefined
  /** Rejects with the reason. */
  inspect(): Promise<Inspected>
}

export interface EvidenceGatherer {
  /** Returns when it wants to look again. `wanted`: nobody will ask what was before that moment. */
  tick(now: number, busy: boolean, inFlight: Pick<InFlight, 'oldest' | 'agesAt'>, wanted: number): number
  /** Waits, for a moment, for samples that reach up to `end`. */
  upTo(end: number): Promise<void>
  /** Waits, for a moment, until the turn of the loop in which `end` lies is over: before, Node tells of no collections in it. */
  turnOver(end: number): Promise<void>
  between(start: number, end: number): Evidence
  /** Asks the thread (lib/record/answers.ts); undefined when it cannot be asked. */
  ask(call: string): Promise<string | undefined>
  /** Starts, stops or restarts the profiler, if the options have changed for it. */
  configure(options: EvidenceOptions): void
  /** The process ends: whoever waits for samples waits EXIT_WAIT_MS more at most. */
  hurry(): void
  /** Only the first call does it: a file descriptor that is closed twice may be somebody else's by then. */
  stop(): void
}

const WAIT_MS = 700
/** Between two naps of the main thread in its exit handler the last window comes within 20 ms. */
const EXIT_WAIT_MS = 100
/** Between two looks at the kernel's counters while the first window of the profile starts. */
const START_LOOK_MS = 10
/**
 * A worker of a pool sleeps in `Atomics.wait` as soon as its task is done, before its heartbeat could stop by itself. So a silence without
 * requests in flight is taken for sleep, after as long as a heartbeat goes on without requests.
 */
const SLEEPS_MS = 1000
/** A request that goes on blocking the loop after its answer is waited for no longer than this. */
const TURN_WAIT_MS = 200

export async function startEvidence(
  options: EvidenceOptions,
  shared: Shared,
  target?: Target
): Promise<EvidenceGatherer> {
  const missing: string[] = []
  const waits = createWaits()
  // First, because on a busy machine what follows takes long, and requests wait for a CPU meanwhile.
  const kernel = startSource('kernel', missing, () => watchKernel(now, missing, target?.task, takeCounted(shared)))
  kernel?.tick(now(), true, 0)
  const denied = options.mayInspect === false
  if (denied) missing.push('probe: denied by the permission model')
  const inspected = isLeaving(shared) || denied ? undefined : await connect(target, missing)
  let profiling: EvidenceOptions | undefined
  let cpu: CpuWindows | undefined
  let noProfile: string | undefined
  let changing = Promise.resolve()
  let stopped = false
  let shortestMs = shortestOf(options)
  // Not awaited for a worker: if it sleeps between two tasks of its pool, it answers with the next one.
  if (target) changing = profileAs(options)
  else await whileLooking(() => profileAs(options))
  const blocks = watchBlocks(shared, inspected)
  const pauses = watchPauses(shared)
  // All threads share libuv's pool, so nobody can tell by one thread whose calls fill it.
  const isAlone = (): boolean => options.isOnly?.() === true && readSlots(shared, now()).count === 1
  const pool = startSource('thread pool', missing, () =>
    watchThreadPool(target ? undefined : inspected, options.poolSize, isAlone)
  )

  async function whileLooking(start: () => Promise<void>): Promise<void> {
    const timer = setInterval(() => kernel?.tick(now(), true, 0), START_LOOK_MS)
    try {
      await start()
    } finally {
      clearInterval(timer)
    }
    kernel?.tick(now(), true, 0)
  }

  /** V8 takes another interval only while it samples nothing. */
  async function profileAs({ profile, profileIntervalMs }: EvidenceOptions): Promise<void> {
    if (profiling?.profile === profile && profiling.profileIntervalMs === profileIntervalMs) return
    profiling = { profile, profileIntervalMs }
    const ended = cpu
    cpu = undefined
    noProfile = profile ? inspected && `cpu profile: it starts${ended ? ' anew' : ''}` : 'cpu profile: switched off'
    await ended?.stop()
    if (!profile || !inspected) return
    const profiledBy = options.profiledBy ?? target?.profiledBy
    if (profiledBy) {
      noProfile = `cpu profile: ${profiledBy} would print it`
      return
    }
    try {
      cpu = await startCpuWindows(inspected, profileIntervalMs, now, waits, target !== undefined, options.poolSize)
      noProfile = undefined
    } catch (error) {
      noProfile = `cpu profile: ${(error as Error).message}`
    }
  }

  return {
    configure(options) {
      shortestMs = shortestOf(options)
      changing = changing.then(() => profileAs(options))
    },
    tick(moment, busy, { oldest, agesAt }, wanted) {
      const isIdleWorker = target !== undefined && oldest === Number.POSITIVE_INFINITY
      const loop = blocks.tick(moment, !isIdleWorker)
      const sleeps = isIdleWorker && loop.silentMs > SLEEPS_MS
      const isNear = !sleeps && (loop.wasSilent || agesAt <= moment)
      kernel?.tick(moment, busy && !sleeps, isNear ? 0 : seldomMs(shortestMs))
      pool?.tick(moment, oldest)
      cpu?.tick(moment, busy && !sleeps, oldest, wanted)
      pauses.tick()
      if (sleeps) return Number.POSITIVE_INFINITY
      return loop.silentMs > 0 ? loop.next : nextLook(moment, loop.next, agesAt, shortestMs)
    },
    async upTo(end) {
      if (cpu) await Promise.race([cpu.upTo(end), waits.wait(WAIT_MS, EXIT_WAIT_MS)])
    },
    async turnOver(end) {
      if (!blocks.isTurnOpen(end)) return
      let patient = true
      void waits.wait(TURN_WAIT_MS, 0).then(() => {
        patient = false
      })
      while (patient && blocks.isTurnOpen(end)) await waits.wait(BEAT_MS, 0)
    },
    between(start, end) {
      const seen = blocks.between(start, end)
      const profiled = cpu?.between(start, end)
      const unsampled = noProfile ?? profiled?.missing
      return {
        cpu: profiled && { ...profiled.cpu, stacks: profiled.cpu.stacks.map(stack => stack.map(original)) },
        agent: profiled?.agent ?? [],
        blocks: seen.blocks.map(block => ({
          ...block,
          probes: block.probes.map(probe => ({ ...probe, frames: probe.frames.map(original) }))
        })),
        loop: seen.loop,
        pauses: pauses.between(start, end),
        fullPool: pool?.between(start, end) ?? [],
        kernel: kernel?.between(start, end, now()),
        missing: unsampled ? [...missing, unsampled] : [...missing]
      }
    },
    async ask(call) {
      return inspected?.ask(call).catch(() => undefined)
    },
    hurry: waits.hurry,
    stop() {
      if (stopped) return
      stopped = true
      // A worker's ends with its session: a question while the worker is stopped would swallow that (stops.ts).
      if (!target) void cpu?.stop()
      kernel?.stop()
      pool?.stop()
      inspected?.disconnect()
    }
  }
}

async function connect(target: Target | undefined, missing: string[]): Promise<Inspected | undefined> {
  if (!target) return startSource('probe', missing, connectToMainThread)
  try {
    return await target.inspect()
  } catch (error) {
    missing.push(`probe: ${(error as Error).message}`)
    return undefined
  }
}
