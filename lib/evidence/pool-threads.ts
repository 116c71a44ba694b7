// Which threads are those of libuv's pool, and whether one that was free got no CPU. Agent thread.
//
// Only from Node 22 on do they have names of their own. So a call through the pool asks for the number of the thread that runs it:
// whoever has answered is one of the pool's. They take turns, so the first calls find them all.
//
// libuv wakes one free thread for each call: at a look soon after, it is ready to run, and a thread that waits inside a call is not. If
// the ready one computed nothing since and waited nearly all the time, it was free. One that computes inside a call gets a CPU now and
// then, which tells them apart; of a pool full of them only a stretch in which one got none is lost.

import { fstat, readdirSync, readFileSync, readlink } from 'node:fs'
import path from 'node:path'
import { attempt } from '../process/attempt.js'
import { OWN_THREAD, parseSchedstat, type Schedstat } from '../process/schedstat.js'
import { isReady } from './kernel-files.js'

const THREADS = '/proc/self/task'

/** What our call takes of a CPU, at most, and a thread's going back to sleep (0.1 ms). */
const CALL_MS = 1

/** They live as long as the process. */
const poolThreads = new Set<string>()

/** `file` is any open one, for where the permission model denies the other call, from the start or since `permission.drop()`. */
export function callThroughPool(file: number, answered: () => void): void {
  try {
    // Where there is no such link the call fails, after it went through the pool.
    readlink(OWN_THREAD, (_, link) => {
      if (link) poolThreads.add(path.basename(link))
      answered()
    })
  } catch {
    fstat(file, answered)
  }
}

/** All threads of the process that are ready to run, the pool's among them: not all of those are known yet. 0.2 ms for 12 threads. */
export function readyThreads(): Map<string, Schedstat> {
  const ready = new Map<string, Schedstat>()
  for (const thread of attempt(() => readdirSync(THREADS)) ?? []) {
    // Before the state: who is ready after this and has the same counts later on did not run in between.
    const counts = schedstatOf(thread)
    if (counts && attempt(() => isReady(readFileSync(`${THREADS}/${thread}/stat`, 'utf8')))) ready.set(thread, counts)
  }
  return ready
}

export const someHadNoCpu = (readyBefore: Map<string, Schedstat>, waitMs: number): boolean =>
  [...readyBefore].some(([thread, before]) => {
    const after = poolThreads.has(thread) ? schedstatOf(thread) : undefined
    return after !== undefined && wasFree(before, after, waitMs)
  })

/** Of a thread that was ready to run. The kernel counts a wait when it is over, as a whole: who did not run since is waiting still. */
export function wasFree(before: Schedstat, after: Schedstat, waitMs: number): boolean {
  if (after.cpuMs - before.cpuMs > CALL_MS) return false
  return after.cpuMs === before.cpuMs || after.waitMs - before.waitMs >= waitMs
}

/** A thread may have ended, and not every system tells. */
const schedstatOf = (thread: string): Schedstat | undefined =>
  attempt(() => parseSchedstat(readFileSync(`${THREADS}/${thread}/schedstat`, 'utf8')))
