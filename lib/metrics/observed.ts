// What the agent thread sees itself, or is told by the main thread when it asks: the event loop, the heap, the process, the CPU
// quota. Agent thread. When the main thread does not answer, because it is blocked, its heartbeat says how long it has been busy.

import type { CpuQuota } from '../evidence/cpu-quota.js'
import { BEAT_MS } from '../process/beat.js'
import { isBeating, readBeats, type Shared } from '../worker/shared.js'
import { attributesOf, headOf } from './collector.js'
import type { MetricsAnswer } from './counting.js'
import type { LoopClock, LoopTime } from './loop-time.js'
import { waitOf } from './loop-wait.js'
import type { Reading } from './reading.js'
import type { AttributeValue } from './series.js'
import type { MetricKey } from './table.js'

const MS_PER_S = 1000
const MICROS_PER_S = 1e6
/** Ten minutes of beats; of a longer interval the rest is not looked at. */
const MAX_DELAYS = 60_000
const EVENT_LOOP = 'event loop'
const CPU_QUOTA = 'CPU quota'

export interface Observed {
  /** At least every two seconds: the ring of beats is short. */
  tick(): void
  /** `told` undefined: the main thread gave no answer. */
  readings(told: MetricsAnswer | undefined, moment: number): Reading[]
}

interface Loop extends LoopClock {
  moment: number
}

/** `readQuota`: absent where the process has no CPU quota. */
export function createObserved(
  shared: Shared,
  startMs: number,
  loopTime: LoopTime,
  readQuota: (() => CpuQuota | undefined) | undefined
): Observed {
  const usedAtStart = readQuota?.()?.usedSeconds ?? 0
  let seen = 0
  let delays: number[] = []
  let lastBeat: { moment: number; activeMs: number } | undefined
  /** As Node's clock tells it, and as it was. */
  let loop: Loop | undefined
  let used: LoopClock | undefined
  let heap: MetricsAnswer['heap'] = []

  const reading = (metric: MetricKey, points: [values: AttributeValue[], value: number][]): Reading => ({
    ...headOf(metric),
    points: points.map(([values, value]) => ({ attributes: attributesOf(metric, values), startMs, value }))
  })

  function tick(): void {
    const fresh = readBeats(shared, seen)
    seen = fresh.seen
    if (fresh.torn) lastBeat = undefined
    for (const beat of fresh.beats) {
      if (lastBeat && !Number.isNaN(lastBeat.activeMs)) {
        const lateMs = Math.max(0, beat.moment - lastBeat.moment - BEAT_MS)
        loopTime.late(lateMs)
        if (delays.length < MAX_DELAYS) delays.push(lateMs / MS_PER_S)
      }
      lastBeat = beat
    }
  }

  /** An unanswered question means that the loop has made no turn since its last beat. */
  function loopNow(told: MetricsAnswer | undefined, moment: number): Loop | undefined {
    if (told) return { ...told.loop, moment }
    if (!loop || !lastBeat || !isBeating(shared) || Number.isNaN(lastBeat.activeMs)) return loop
    const activeMs = Math.max(loop.activeMs, lastBeat.activeMs + moment - lastBeat.moment)
    const idleMs = Math.max(loop.idleMs, loop.activeMs + loop.idleMs + (moment - loop.moment) - activeMs)
    return { activeMs, idleMs, moment }
  }

  function loopReadings(before: LoopClock | undefined, now: LoopClock | undefined): Reading[] {
    if (!now) return []
    const activeMs = now.activeMs - (before?.activeMs ?? 0)
    const allMs = activeMs + now.idleMs - (before?.idleMs ?? 0)
    return [
      reading('loopTime', [
        [['active'], now.activeMs / MS_PER_S],
        [['idle'], now.idleMs / MS_PER_S]
      ]),
      ...(allMs > 0 ? [reading('loopUtilization', [[[], Math.min(1, activeMs / allMs)]])] : []),
      ...delayReadings()
    ]
  }

  function delayReadings(): Reading[] {
    const sorted = Float64Array.from(delays).sort()
    delays = []
    if (sorted.length === 0) return []
    const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!
    const mean = sorted.reduce((sum, delay) => sum + delay, 0) / sorted.length
    const variance = sorted.reduce((sum, delay) => sum + (delay - mean) ** 2, 0) / sorted.length
    const all: [MetricKey, number][] = [
      ['loopDelayMin', sorted[0]!],
      ['loopDelayMax', sorted.at(-1)!],
      ['loopDelayMean', mean],
      ['loopDelayStddev', Math.sqrt(variance)],
      ['loopDelayP50', at(0.5)],
      ['loopDelayP90', at(0.9)],
      ['loopDelayP99', at(0.99)],
      ['loopWait', waitOf(sorted, BEAT_MS / MS_PER_S)]
    ]
    return all.map(([metric, value]) => reading(metric, [[[], value]]))
  }

  /** How much of each resource there is, and how long it was in use. */
  function resourceReadings(now: LoopClock | undefined): Reading[] {
    const quota = readQuota?.()
    const busy: [AttributeValue[], number][] = now ? [[[EVENT_LOOP], now.activeMs / MS_PER_S]] : []
    const capacity: [AttributeValue[], number][] = [[[EVENT_LOOP], 1]]
    if (quota) {
      busy.push([[CPU_QUOTA], quota.usedSeconds - usedAtStart])
      capacity.push([[CPU_QUOTA], quota.cores])
    }
    return [reading('busyTime', busy), reading('capacity', capacity)]
  }

  const heapReadings = (): Reading[] => [
    reading(
      'heapLimit',
      heap.map(space => [[space.name], space.limit])
    ),
    reading(
      'heapUsed',
      heap.map(space => [[space.name], space.used])
    ),
    reading(
      'heapAvailable',
      heap.map(space => [[space.name], space.available])
    ),
    reading(
      'heapPhysical',
      heap.map(space => [[space.name], space.physical])
    )
  ]

  return {
    tick,
    readings(told, moment) {
      tick()
      loop = loopNow(told, moment)
      const before = used
      used = loop && loopTime.at(loop)
      heap = told?.heap ?? heap
      return [...loopReadings(before, used), ...resourceReadings(used), ...heapReadings(), ...processReadings(reading)]
    }
  }
}

type MakeReading = (metric: MetricKey, points: [values: AttributeValue[], value: number][]) => Reading

function processReadings(reading: MakeReading): Reading[] {
  const usage = process.resourceUsage()
  const cpu = process.cpuUsage()
  return [
    reading('cpuTime', [
      [['user'], cpu.user / MICROS_PER_S],
      [['system'], cpu.system / MICROS_PER_S]
    ]),
    reading('memoryUsage', [[[], process.memoryUsage.rss()]]),
    reading('uptime', [[[], process.uptime()]]),
    reading('contextSwitches', [
      [['voluntary'], usage.voluntaryContextSwitches],
      [['involuntary'], usage.involuntaryContextSwitches]
    ]),
    reading('pagingFaults', [
      [['minor'], usage.minorPageFault],
      [['major'], usage.majorPageFault]
    ])
  ]
}
