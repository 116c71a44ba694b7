// A process of its own (nobody but root takes niceness back) beside endless loops, which says what was told of its libuv pool:
// `free`, whose threads are the last to get a CPU, or `computing`, where each has a job that ends in its time.

import { type ChildProcess, spawn } from 'node:child_process'
import { pbkdf2 } from 'node:crypto'
import { readFileSync, readlink } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { callThroughPool } from '../../lib/evidence/pool-threads.js'
import { watchThreadPool } from '../../lib/evidence/thread-pool.js'
import { now } from '../../lib/process/clock.js'

const THREADS = 4
const LEAST_NICE = 19
const STARVED_MS = 400
const LEAST_MS = 800
const MAX_MS = 5000

export interface Starved {
  /** Of the time looked at. */
  toldShare: number
  /** For how long the pool's threads were ready and did not run. */
  waitedMs: number
}

const derive = promisify(pbkdf2)
const ownThread = promisify(readlink)

/** Asked as the agent does, which knows them then as in a service that runs for a while. */
async function poolThreads(): Promise<string[]> {
  const seen = new Set<string>()
  for (let i = 0; i < 100 && seen.size < THREADS; i++) {
    seen.add(path.basename(await ownThread('/proc/thread-self')))
  }
  for (let i = 0; i < 5 * THREADS; i++) await new Promise<void>(answered => callThroughPool(0, answered))
  return [...seen]
}

const waitedMs = (threads: string[]): number =>
  threads.reduce(
    (sum, thread) => sum + Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ')[1]) / 1e6,
    0
  )

async function run(free: boolean): Promise<Starved> {
  const threads = await poolThreads()
  if (free) for (const thread of threads) os.setPriority(Number(thread), LEAST_NICE)
  const before = waitedMs(threads)
  const pool = watchThreadPool(undefined, String(THREADS), () => false)
  const start = now()
  let computing = !free
  const jobs = Array.from({ length: free ? 0 : THREADS + 1 }, async () => {
    while (computing) await derive('a', 'b', 100_000, 32, 'sha512')
  })
  const told = new Map<number, number>()
  const enough = (): boolean => now() - start > LEAST_MS && waitedMs(threads) - before > STARVED_MS
  while (now() - start < MAX_MS && !enough()) {
    pool.tick(now(), start - 1000)
    await pause(10)
    // While it lasts, too.
    for (const full of pool.between(start, now())) told.set(full.start, full.end - full.start)
  }
  const tookMs = now() - start
  computing = false
  await Promise.all(jobs)
  pool.stop()
  const toldMs = [...told.values()].reduce((sum, ms) => sum + ms, 0)
  return { toldShare: toldMs / tookMs, waitedMs: waitedMs(threads) - before }
}

async function beside(loops: ChildProcess[]): Promise<void> {
  try {
    process.stdout.write(JSON.stringify(await run(process.argv[2] === 'free')))
  } finally {
    for (const loop of loops) loop.kill()
  }
}

if (require.main === module) {
  const loop = (): ChildProcess =>
    spawn(process.execPath, ['-e', 'setTimeout(process.exit, 30_000); for (;;);'], { stdio: 'ignore' })
  void beside(Array.from({ length: 2 * os.cpus().length }, loop))
}
