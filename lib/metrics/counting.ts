// The main thread's side of metrics, put together: what is counted as it ends, what is sampled with the heartbeat, and what is
// told when the agent thread collects. There is one only where metrics are exported.
//
// Guarded apart from the instrumentations, whose callers stand above: metrics that fail switch themselves off and nothing else.

import { performance } from 'node:perf_hooks'
import { createFuse, fail, guard } from '../hook/guard.js'
import type { Operation, Pause, PoolFacts, SocketsFacts } from '../types.js'
import { createPoolWatch, type WatchedPool } from './pools.js'
import type { Reading } from './reading.js'
import { createRecording, type EndedRequest } from './recording.js'
import { createSeries, type HistogramKind, type Series } from './series.js'

/** For answers of the application's; the agent thread waits a second for all. */
const WAIT_MS = 500

/** What the heartbeat tells. */
export interface Pulse {
  /** It begins again: nothing is known of the time since its last beat. */
  wake(moment: number): void
  beat(moment: number): void
  pause(pause: Pause): void
}

export interface Counting extends Pulse {
  request(request: EndedRequest): void
  /** The pool that a wait is for; undefined when there are too many. */
  pool(facts: PoolFacts): WatchedPool | undefined
  /** From now on they are watched as pools are. */
  sockets(facts: SocketsFacts): void
  operation(operation: Operation, error: unknown, pool: WatchedPool | undefined, method?: string): void
  /** Answers a collection, at once where that is the last one: then nothing that takes time can end any more. */
  tell(send: (told: MetricsAnswer) => void, isLast: boolean): void
  /** Asked at each collection; its sums are cumulative. Returns the undo. */
  addSource(source: MetricSource): () => void
}

/** Metrics of the application's own. What throws is left out. */
export interface MetricSource {
  /** Begins a collection; returns what is still to be waited for. */
  ask(): Promise<unknown>[]
  /** Ends it. */
  read(): Reading[]
}

/** The answer to a collection. */
export interface MetricsAnswer {
  loop: { activeMs: number; idleMs: number }
  heap: { name: string; limit: number; used: number; available: number; physical: number }[]
  sources: Reading[]
}

export function createCounting(histograms: HistogramKind, announce: (series: Series) => void): Counting {
  const fuse = createFuse('metrics')
  const ofSources = createFuse("the application's metrics")
  const series = createSeries({ histograms, startMs: Date.now(), announce })
  const recording = createRecording(series)
  const pools = createPoolWatch(series)
  const sources = new Set<{ [Name in keyof MetricSource]: () => ReturnType<MetricSource[Name]> | undefined }>()

  const told = (): MetricsAnswer => ({
    loop: loopNow(),
    heap: heapNow(),
    sources: [...sources].flatMap(source => source.read() ?? [])
  })

  return {
    request(request) {
      if (fuse.blown) return
      try {
        recording.request(request)
      } catch (error) {
        fail(fuse, error)
      }
    },
    operation(operation, error, pool, method) {
      if (fuse.blown) return
      try {
        if (pool) pools.waited(pool, operation.end - operation.start)
        else recording.operation(operation, error, method)
      } catch (problem) {
        fail(fuse, problem)
      }
    },
    pool: guard(fuse, pools.see),
    sockets: guard(fuse, pools.seeSockets),
    wake: guard(fuse, pools.wake),
    beat: guard(fuse, pools.beat),
    pause: guard(fuse, recording.pause),
    tell(send, isLast) {
      const pending = [...sources].flatMap(source => source.ask() ?? [])
      if (pending.length === 0 || isLast) send(told())
      else void Promise.race([Promise.allSettled(pending), sleep(WAIT_MS)]).then(guard(fuse, () => send(told())))
    },
    addSource(source) {
      const guarded = { ask: guard(ofSources, source.ask), read: guard(ofSources, source.read) }
      sources.add(guarded)
      return () => sources.delete(guarded)
    }
  }
}

function loopNow(): MetricsAnswer['loop'] {
  const { active, idle } = performance.eventLoopUtilization()
  return { activeMs: active, idleMs: idle }
}

/** node:v8 is loaded late, see lib/record/heap.ts. */
const heapNow = (): MetricsAnswer['heap'] =>
  process
    .getBuiltinModule('node:v8')
    .getHeapSpaceStatistics()
    .filter(({ space_size }) => space_size > 0)
    .map(space => ({
      name: space.space_name,
      limit: space.space_size,
      used: space.space_used_size,
      available: space.space_available_size,
      physical: space.physical_space_size
    }))

const sleep = (ms: number): Promise<void> => new Promise(resolve => void setTimeout(resolve, ms).unref())
