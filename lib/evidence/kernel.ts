// What the kernel did with a thread of the application: on a CPU, ready but on none (run-queue wait), stopped because the CPU
// quota of its group was used up. Agent thread; Linux alone.
//
// While requests are in flight the counters are read as often as pace.ts says, and the slow ones (slow-counters.ts) four times a
// second. The files stay open: a read is 5 µs for schedstat and 7 for cpu.stat in a hot loop; of a thread that sleeps between them a look
// is 0.1 ms (Node 20 and 24, Linux 6.18). The main thread pays nothing.
//
// The kernel adds a wait to the counter when it is over, and does the same with throttling: a stretch ends at the look that
// shows it, and may have begun before the look before it. While a thread is throttled its wait is counted too. A process that is
// stopped has nothing counted at all: so what is left of the time between two looks is told as well (lib/verdict/standstills.ts).
//
// The first look at a request comes up to 100 ms after its begin, and the process may be stopped before. So while nobody is in flight the
// counters are read each IDLE_LOOK_MS; a first look that comes late tells by them whether anything ran meanwhile.
//
// What cannot be read is named in `missing` and nothing throws. Which groups have a quota is looked up again every REFRESH_MS.

import { atDiskMs } from '../process/at-disk.js'
import {
  type Counted,
  MAIN_THREAD,
  OWN_THREAD,
  parseSchedstat,
  processCpuMs,
  type Schedstat
} from '../process/schedstat.js'
import type { KernelEvidence } from '../types.js'
import { type CounterFile, openCounter } from './counter-file.js'
import { watchQuotas } from './quota-files.js'
import { createRing, type Ring } from './ring.js'
import { watchSlowCounters } from './slow-counters.js'
import { startSource } from './sources.js'

const MIN_LOOK_MS = 8
const AT_ONCE_MS = 1
const MOST_READS = 3
const REFRESH_MS = 10_000
/** A read is 0.1 ms. What an idle process runs from one to the next is taken from the length of a stop. */
const IDLE_LOOK_MS = 1000
/** Two idle ticks are 100 ms apart (lib/agent-thread.ts), and a stop is told from 100 ms on (lib/verdict/standstills.ts). */
const LATE_MS = 200
/** 80 s at one look each 10 ms. */
const MAX_LOOKS = 8192

export interface KernelWatch {
  /** `apartMs`: so soon after a look there need not be another. */
  tick(now: number, busy: boolean, apartMs: number): void
  between(start: number, end: number, now: number): KernelEvidence
  stop(): void
}

/** Counters as they stood at a moment: a row of these numbers. */
const LOOK_WIDTH = 10
/** How a look was made: after another, as the first of several, or by the thread that is looked at. */
const [NEXT, FIRST, NOTED] = [0, 1, 2] as const
interface Look {
  at: number
  /** FIRST: what was counted before, while nobody looked, belongs to no request. NOTED: until the next, nobody saw that all stood still. */
  made: number
  cpuMs: number
  waitMs: number
  throttledMs: number
  periods: number
  /** Of all threads of the process, and of the agent's own. */
  processMs: number
  agentMs: number
  /** Of the agent's own: in the run queue, and inside calls that wait for a disk. */
  agentWaitMs: number
  agentDiskMs: number
}

interface Read {
  at: number
  /** In the order of a row, after `made`. */
  values: number[]
}

/**
 * `task`: the thread's folder in /proc. `before`: what that thread noted itself until now, which is told too. Throws where the kernel
 * does not tell about threads.
 */
export function watchKernel(
  now: () => number,
  missing: string[],
  task = MAIN_THREAD,
  before: Counted[] = []
): KernelWatch {
  if (process.platform !== 'linux') throw new Error(`there is no schedstat on ${process.platform}`)
  const schedstat = openSchedstat(task)
  const slow = watchSlowCounters(task, missing)
  const ownSchedstat = startSource('the agent’s own CPU time', missing, () => openCounter(`${OWN_THREAD}/schedstat`))

  const looks = createRing(LOOK_WIDTH, MAX_LOOKS)
  const quotas = watchQuotas(missing, () => {
    wasBusy = false
    idle = undefined
  })
  let refreshedAt = Number.NEGATIVE_INFINITY
  let lastAt = Number.NEGATIVE_INFINITY
  let broken = false
  let wasBusy = false
  let idle: Read | undefined
  let idleLookAt = Number.NEGATIVE_INFINITY
  takeNoted()

  /** With a quota it may have been throttling, of which a thread that only notes what it ran knows nothing. */
  function takeNoted(): void {
    if (before.length === 0) return
    refresh(now())
    if (quotas.areAny()) return
    for (const { at, cpuMs, waitMs, processMs } of before)
      looks.values.set([at, NOTED, cpuMs, waitMs, 0, 0, processMs, 0, 0, 0], looks.add())
    wasBusy = true
  }

  function look(moment: number, apartMs: number): void {
    if (broken || moment - lastAt < Math.max(MIN_LOOK_MS, apartMs)) return
    try {
      if (moment - refreshedAt > REFRESH_MS) refresh(moment)
      const counted = readAtOnce()
      lastAt = counted.at
      if (!wasBusy && idle && hasStoodStill(idle, counted)) note(idle)
      note(counted)
      slow.look(moment)
    } catch (error) {
      fail(error as Error)
    }
  }

  /** At an idle tick. What a busy time has counted must not be taken for what an idle one has. */
  function rest(moment: number): void {
    try {
      if (!idle || wasBusy || moment - idleLookAt >= IDLE_LOOK_MS) {
        idle = readAtOnce()
        idleLookAt = moment
        slow.rest(moment)
      }
      idle.at = moment
      wasBusy = false
    } catch (error) {
      fail(error as Error)
    }
  }

  function fail({ message }: Error): void {
    broken = true
    missing.push(`kernel: ${message}`)
  }

  function note({ at, values }: Read): void {
    looks.values.set([at, wasBusy ? NEXT : FIRST, ...values], looks.add())
    wasBusy = true
  }

  /** Whoever loses its CPU between two reads would count what comes meanwhile on the wrong side of the moment. */
  function readAtOnce(): Read {
    for (let tries = 1; ; tries++) {
      const at = now()
      const { cpuMs, waitMs } = parseSchedstat(schedstat.read()) ?? NOT_RUN
      const { throttledMs, periods } = quotas.read()
      const agent = (ownSchedstat && parseSchedstat(ownSchedstat.read())) ?? NOT_RUN
      const values = [cpuMs, waitMs, throttledMs, periods, processCpuMs(), agent.cpuMs, agent.waitMs, atDiskMs()]
      if (now() - at < AT_ONCE_MS || tries === MOST_READS) return { at, values }
    }
  }

  function refresh(moment: number): void {
    refreshedAt = moment
    quotas.lookUp()
  }

  return {
    tick(moment, busy, apartMs) {
      if (busy) look(moment, wasBusy ? apartMs : 0)
      else if (!broken) rest(moment)
    },
    between(start, end, moment) {
      look(moment, 0)
      const { processCpuMs, ...seen } = collect(looks, start, end)
      return { ...seen, quotaCores: quotas.cores(), counters: { ...slow.between(start, end), processCpuMs } }
    },
    stop() {
      broken = true
      for (const each of [schedstat, ownSchedstat, quotas, slow]) each?.close()
    }
  }
}

/** Closed again where it tells nothing: it is opened for each worker of the application. */
function openSchedstat(task: string): CounterFile {
  const file = openCounter(`${task}/schedstat`)
  try {
    if (parseSchedstat(file.read())) return file
    throw new Error('the kernel does not count run-queue waits')
  } catch (error) {
    file.close()
    throw error
  }
}

/** CPU times of the process and of the agent in these pieces. A piece at either end counts by the share of it that lies inside. */
type Collected = Pick<KernelEvidence, 'looks' | 'coverageShare' | 'agentCpuMs'> & { processCpuMs: number }

/** Pieces between two looks, from the last look before `start` to the first after `end`. */
function collect(looks: Ring, start: number, end: number): Collected {
  const pieces: KernelEvidence['looks'] = []
  let [processCpuMs, agentCpuMs] = [0, 0]
  for (let i = Math.max(1, looks.countUpTo(start)); i < looks.length; i++) {
    const [before, after] = [lookAt(looks, i - 1), lookAt(looks, i)]
    if (before.at >= end) break
    if (after.made === FIRST) continue
    const share = (Math.min(after.at, end) - Math.max(before.at, start)) / (after.at - before.at)
    processCpuMs += (after.processMs - before.processMs) * share
    agentCpuMs += (after.agentMs - before.agentMs) * share
    const waitMs = after.waitMs - before.waitMs
    const throttledMs = after.throttledMs - before.throttledMs
    pieces.push({
      start: before.at,
      end: after.at,
      cpuMs: after.cpuMs - before.cpuMs,
      waitMs,
      throttledMs,
      throttledPeriods: after.periods - before.periods,
      stillMs: before.made === NOTED ? 0 : Math.max(0, stillMs(before, after))
    })
  }
  const coveredMs = Math.min(end, pieces.at(-1)?.end ?? start) - Math.max(start, pieces[0]?.start ?? start)
  const coverageShare = Math.min(1, Math.max(0, coveredMs) / Math.max(end - start, 0.001))
  return { looks: pieces, coverageShare, processCpuMs, agentCpuMs }
}

/** The time in which nothing of the process ran or was to run. */
const stillMs = (before: Look, after: Look): number =>
  after.at -
  before.at -
  (after.processMs - before.processMs) -
  (after.waitMs - before.waitMs) -
  (after.throttledMs - before.throttledMs) -
  (after.agentWaitMs - before.agentWaitMs) -
  (after.agentDiskMs - before.agentDiskMs)

const hasStoodStill = (idle: Read, first: Read): boolean =>
  stillMs(lookOf([idle.at, NEXT, ...idle.values]), lookOf([first.at, NEXT, ...first.values])) >= LATE_MS

const lookAt = ({ values, startOf }: Ring, index: number): Look =>
  lookOf(values.subarray(startOf(index), startOf(index) + LOOK_WIDTH))

function lookOf(row: Iterable<number>): Look {
  const [at = 0, made = NEXT, cpuMs = 0, waitMs = 0, throttledMs = 0, periods = 0, ...threads] = row
  const [processMs = 0, agentMs = 0, agentWaitMs = 0, agentDiskMs = 0] = threads
  return { at, made, cpuMs, waitMs, throttledMs, periods, processMs, agentMs, agentWaitMs, agentDiskMs }
}

const NOT_RUN: Schedstat = { cpuMs: 0, waitMs: 0 }
