// What the kernel has counted of a thread since it began: how long it was on a CPU, and ready to be on one. Any thread; a read is 0.2 ms
// the first time, 0.03 later (Node 20, loaded machine). Nothing here throws.

import { readFileSync } from 'node:fs'
import { attempt } from './attempt.js'
import { now } from './clock.js'

/** A process's first thread, on which Node runs the application, has its number. */
export const MAIN_THREAD = `/proc/self/task/${process.pid}`
/** The thread that asks: a link to `<process>/task/<thread>`. */
export const OWN_THREAD = '/proc/thread-self'

export interface Schedstat {
  /** On a CPU, and ready to run but on none, since the thread began. */
  cpuMs: number
  waitMs: number
}

/** As the counters stood at a moment. */
export interface Counted extends Schedstat {
  at: number
  /** CPU time of all threads of the process. */
  processMs: number
}

/** Of the thread that asks; undefined where the kernel does not tell. */
export function countedNow(): Counted | undefined {
  const ran = ranOf(OWN_THREAD)
  return ran && { at: now(), ...ran, processMs: processCpuMs() }
}

/** How long the main thread was on a CPU or ready to be. */
export function mainThreadRanMs(): number | undefined {
  const ran = ranOf(MAIN_THREAD)
  return ran && ran.cpuMs + ran.waitMs
}

export function processCpuMs(): number {
  const usage = process.cpuUsage()
  return (usage.user + usage.system) / 1000
}

/** `cpu ns, wait ns, slices`. Undefined where the kernel does not count (CONFIG_SCHED_INFO, sandboxes): it says zeros. */
export function parseSchedstat(text: string): Schedstat | undefined {
  const [, cpu, wait] = /^(\d+) (\d+) \d+/.exec(text) ?? []
  return cpu === undefined || cpu === '0' ? undefined : { cpuMs: Number(cpu) / 1e6, waitMs: Number(wait) / 1e6 }
}

const ranOf = (task: string): Schedstat | undefined =>
  attempt(() => parseSchedstat(readFileSync(`${task}/schedstat`, 'latin1')))
