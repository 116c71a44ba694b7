// A simulated Node process: an event loop that runs one turn at a time, first come, first served, in a container that may run only
// for a share of each 100 ms; and a pool of connections.

import type { Clock } from './clock.js'

export interface Process {
  service: string
  instance: number
  /** `begin` at the turn's start, `done` at its end, when it has had `workMs` of CPU. */
  turn(workMs: number, begin: () => void, done: () => void): void
  /** Calls back with a connection, and with what gives it back; who finds none free waits. */
  connect(got: (release: () => void) => void): void
}

export interface Limits {
  quotaCores: number
  poolSize: number
}

const PERIOD_MS = 100
/** Less CPU time than that is what rounding leaves. */
const NOTHING_MS = 1e-9

export function createProcess(
  { now, at }: Clock,
  service: string,
  instance: number,
  { quotaCores, poolSize }: Limits,
  ran: (wallMs: number, cpuMs: number) => void
): Process {
  const turns: { workMs: number; begin: () => void; done: () => void }[] = []
  const waiting: ((release: () => void) => void)[] = []
  let [head, free, period, leftMs] = [0, poolSize, 0, quotaCores * PERIOD_MS]
  let running = false

  function next(): void {
    running = head < turns.length
    if (!running) return
    const { workMs, begin, done } = turns[head++]!
    if (head > 1000) {
      turns.splice(0, head)
      head = 0
    }
    begin()
    const from = now()
    at(endOf(workMs), () => {
      ran(now() - from, workMs)
      done()
      next()
    })
  }

  /** When a turn that begins now will have had its CPU time. */
  function endOf(workMs: number): number {
    if (quotaCores >= 1) return now() + workMs
    let moment = now()
    for (let todo = workMs; ; ) {
      const current = Math.floor(moment / PERIOD_MS)
      if (current > period) [period, leftMs] = [current, quotaCores * PERIOD_MS]
      const runs = Math.min(todo, leftMs, (current + 1) * PERIOD_MS - moment)
      todo -= runs
      leftMs -= runs
      if (todo <= NOTHING_MS) return moment + runs
      moment = (current + 1) * PERIOD_MS
    }
  }

  function release(): void {
    const first = waiting.shift()
    if (first) first(release)
    else free++
  }

  return {
    service,
    instance,
    turn(workMs, begin, done) {
      turns.push({ workMs, begin, done })
      if (!running) next()
    },
    connect(got) {
      if (free === 0) waiting.push(got)
      else {
        free--
        got(release)
      }
    }
  }
}
