// Whether libuv's pool of threads was full, and with what. Agent thread.
//
// All threads of a process share one pool (measured on Node 20 and 24: a worker's fstat waited 336–370 ms behind reads of the main
// thread), so a call of our own that takes microseconds tells: while its answer is out, no thread was free. It is sent only
// while a request is older than WATCH_AFTER_MS, one at a time, and counts when two looks found it unanswered, so that
// a late look of this thread is no full pool. The main thread pays nothing until the pool is full. Then it is asked, ten times a second at
// most, which calls it has under way (`process.getActiveResourcesInfo()`: files and names; Node lists no jobs of crypto and zlib).
//
// A free thread that takes the call and gets no CPU looks the same (20 to 80 ms with 14 ready to run on two cores): pool-threads.ts
// tells, where the kernel does.
//
// Lookups of names wait for each other while files still pass: the main thread follows them (record/look-ups.ts).

import { closeSync, openSync } from 'node:fs'
import { now } from '../process/clock.js'
import { listsFileReads } from '../process/node-version.js'
import { threadsOf } from '../process/pool-size.js'
import type { Schedstat } from '../process/schedstat.js'
import type { FullPool, PoolCalls } from '../types.js'
import type { Inspected } from './inspector.js'
import { callThroughPool, readyThreads, someHadNoCpu } from './pool-threads.js'

const WATCH_AFTER_MS = 30
const MIN_LOOKS = 2
const ASK_EACH_MS = 100
/** A main thread with many sockets answers slowly: at most a twentieth of its time. */
const ASK_SHARE = 0.05
const MAX_FULL = 1000
const NO_CPU_SHARE = 0.8

export interface ThreadPoolWatch {
  tick(now: number, oldest: number): void
  between(start: number, end: number): FullPool[]
  stop(): void
}

/** `isAlone`: one request is in flight in the whole process. */
export function watchThreadPool(
  main: Inspected | undefined,
  poolSize: string | undefined,
  isAlone: () => boolean
): ThreadPoolWatch {
  const file = openSync('/', 'r')
  const threads = threadsOf(poolSize)
  const full: FullPool[] = []
  let sentAt = Number.NaN
  let sentAlone = false
  let looks = 0
  let lastLook = 0
  /** Up to here the answer was out for certain: at the last look it may have been there and not yet read. */
  let outAt = 0
  let readyBefore = new Map<string, Schedstat>()
  let calls: PoolCalls | undefined
  let nextAsk = 0
  let stopped = false

  const open = (end: number): FullPool => ({ start: sentAt, end, threads, alone: sentAlone, calls })

  function send(): void {
    sentAt = now()
    looks = 0
    calls = undefined
    callThroughPool(file, () => {
      if (looks >= MIN_LOOKS && !hadNoCpu()) full.push(open(now()))
      if (full.length > MAX_FULL) full.splice(0, MAX_FULL / 2)
      sentAt = Number.NaN
      if (stopped) closeSync(file)
    })
    // Not before: where this thread gets no CPU for a moment between the two, others come.
    sentAlone = isAlone()
  }

  const hadNoCpu = (): boolean => someHadNoCpu(readyBefore, (outAt - sentAt) * NO_CPU_SHARE)

  async function ask(moment: number): Promise<void> {
    nextAsk = Number.POSITIVE_INFINITY
    const answer = await main?.ask('poolCalls()').catch(() => undefined)
    const tookMs = now() - moment
    nextAsk = now() + Math.max(ASK_EACH_MS, tookMs / ASK_SHARE)
    if (!answer) return
    const { fs, dns } = JSON.parse(answer) as PoolCalls
    calls = { fs: Math.max(fs, calls?.fs ?? 0), dns: Math.max(dns, calls?.dns ?? 0) }
    if (!listsFileReads()) calls.readsUnlisted = true
  }

  return {
    tick(moment, oldest) {
      if (stopped) return
      if (Number.isNaN(sentAt)) {
        if (moment - oldest >= WATCH_AFTER_MS) send()
        return
      }
      looks++
      if (looks === 1) readyBefore = readyThreads()
      outAt = lastLook
      lastLook = now()
      if (looks >= MIN_LOOKS && moment >= nextAsk) void ask(moment)
    },
    between(start, end) {
      const isFull = !Number.isNaN(sentAt) && looks >= MIN_LOOKS && !hadNoCpu()
      const all = isFull ? [...full, open(end)] : full
      return all.filter(one => one.end > start && one.start < end)
    },
    stop() {
      stopped = true
      if (Number.isNaN(sentAt)) closeSync(file)
    }
  }
}
