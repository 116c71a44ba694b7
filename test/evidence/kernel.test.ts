// The kernel's own counters of this very thread.

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { limitedGroups } from '../../lib/evidence/cpu-quota.js'
import { watchKernel } from '../../lib/evidence/kernel.js'
import { atDisk } from '../../lib/process/at-disk.js'
import { now } from '../../lib/process/clock.js'
import type { Counted } from '../../lib/process/schedstat.js'
import type { KernelEvidence, KernelLook } from '../../lib/types.js'
import { skip } from '../harness/skip.js'

const SLEEP_MS = 300

const spin = (ms: number): void => {
  for (const until = now() + ms; now() < until; );
}
const sum = (looks: KernelLook[], name: 'cpuMs' | 'waitMs'): number => looks.reduce((ms, look) => ms + look[name], 0)

describe('kernel', () => {
  before(function () {
    if (process.platform !== 'linux') skip(this, 'evidence of the kernel is of Linux alone')
  })

  it('tells how long the thread ran or waited for a CPU, and nothing of the time in which nobody looked', () => {
    const missing: string[] = []
    const kernel = watchKernel(now, missing)
    kernel.tick(now(), true, 0)
    kernel.tick(now(), false, 0)
    spin(60)
    const start = now()
    const spins = (): KernelEvidence => {
      const from = now()
      for (let i = 0; i < 10; i++) {
        kernel.tick(now(), true, 0)
        spin(12)
      }
      return kernel.between(from, now(), now())
    }
    // The last look is after the end, on a busy machine long after; and a read of the kernel's may sleep, behind others who read.
    const accounted = ({ looks }: KernelEvidence): number =>
      (sum(looks, 'cpuMs') + sum(looks, 'waitMs')) / (looks.at(-1)!.end - looks[0]!.start)
    const offOne = (round: KernelEvidence): number => Math.abs(1 - accounted(round))
    const rounds = Array.from({ length: 5 }, spins)
    const best = rounds.toSorted((a, b) => offOne(a) - offOne(b))[0]!
    assert.ok(offOne(best) < 0.15, `${rounds.map(accounted)} of the time`)
    const end = now()
    const seen = kernel.between(start, end, end)
    kernel.stop()
    assert.ok(seen.coverageShare > 0.95, `${seen.coverageShare} covered`)
    assert.ok(seen.looks[0]!.start >= start, 'a look reaches into the time in which nobody looked')
    assert.ok(seen.counters['processCpuMs']! >= 0 && seen.counters['majorFaults']! >= 0, JSON.stringify(seen.counters))
    assert.deepEqual(missing, [])
  })

  it('counts of the process what came in the request, not all since somebody looks', () => {
    const kernel = watchKernel(now, [])
    const cpuMs = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1000
    const begin = now()
    for (const until = cpuMs() + 900; cpuMs() < until; spin(10)) kernel.tick(now(), true, 0)
    const start = now()
    const count = (from: number): number => kernel.between(from, now(), now()).counters['processCpuMs']!
    assert.ok(count(start) < 0.6 * count(begin), `${count(start)} of ${count(begin)} ms`)
    kernel.stop()
  })

  it('tells for how long nothing of the process ran, as when it is stopped', () => {
    const kernel = watchKernel(now, [])
    const start = now()
    kernel.tick(start, true, 0)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SLEEP_MS)
    kernel.tick(now(), true, 0)
    spin(SLEEP_MS)
    const end = now()
    const [slept, ran] = kernel.between(start, end, end).looks
    kernel.stop()
    // V8's other threads may have had something to do, and this one may have got its CPU late.
    assert.ok(slept!.stillMs > SLEEP_MS / 2, `${slept!.stillMs} of ${slept!.end - slept!.start} ms`)
    assert.ok(slept!.stillMs < (slept!.end - slept!.start) * 1.01)
    assert.ok(ran!.stillMs < (ran!.end - ran!.start) / 4, `${ran!.stillMs} ms, where the thread spun`)
  })

  it('tells of no standstill while this thread waited for its own disk, which may have held up all', () => {
    const kernel = watchKernel(now, [])
    const start = now()
    kernel.tick(start, true, 0)
    atDisk(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SLEEP_MS))
    kernel.tick(now(), true, 0)
    const end = now()
    const [slept] = kernel.between(start, end, end).looks
    kernel.stop()
    assert.ok(slept!.stillMs < SLEEP_MS / 4, `${slept!.stillMs} of ${slept!.end - slept!.start} ms`)
  })

  it('reads again what it did not read at once, since it had no CPU in between', () => {
    const moments = [0, 20, 20, 20]
    const kernel = watchKernel(() => moments.shift() ?? 40, [])
    kernel.tick(0, true, 0)
    const { looks } = kernel.between(0, 40, 40)
    kernel.stop()
    assert.deepEqual(
      looks.map(({ start, end }) => [start, end]),
      [[20, 40]]
    )
  })

  it('counts of what the process ran between two looks what lies in the request', () => {
    let moment = 0
    const kernel = watchKernel(() => moment, [])
    kernel.tick(moment, true, 0)
    spin(40)
    moment = 100
    kernel.tick(moment, true, 0)
    const [half, all] = [50, 0].map(start => kernel.between(start, 100, moment))
    kernel.stop()
    assert.ok(all!.counters['processCpuMs']! > 0 && all!.agentCpuMs! > 0)
    assert.equal(half!.counters['processCpuMs'], all!.counters['processCpuMs']! / 2)
    assert.equal(half!.agentCpuMs, all!.agentCpuMs! / 2)
  })

  it('tells what the thread had noted itself before anybody looked, and of no standstill there', () => {
    const noted = (at: number, cpuMs: number, waitMs: number): Counted => ({ at, cpuMs, waitMs, processMs: cpuMs })
    const kernel = watchKernel(() => 400, [], undefined, [noted(0, 0.5, 0), noted(300, 0.75, 60)])
    kernel.tick(400, true, 0)
    const [first, second] = kernel.between(0, 400, 400).looks
    kernel.stop()
    // In a group with a quota it may have been throttling.
    if (!first) return assert.ok(limitedGroups().length > 0)
    assert.deepEqual([first.start, first.end, first.cpuMs, first.waitMs, first.stillMs], [0, 300, 0.25, 60, 0])
    assert.deepEqual([second!.start, second!.end, second!.stillMs], [300, 400, 0])
    assert.ok(second!.cpuMs > 0)
  })

  it('tells of a standstill also before the first look, and of nothing else there', () => {
    const start = now()
    const piecesAfter = (idleMs: (ms: number) => void, ms: number) => {
      const kernel = watchKernel(now, [])
      kernel.tick(now(), true, 0)
      kernel.tick(now(), false, 0)
      idleMs(ms)
      kernel.tick(now(), true, 0)
      const { looks } = kernel.between(start, now(), now())
      kernel.stop()
      return looks
    }
    const sleep = (ms: number): void => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    }
    const [slept] = piecesAfter(sleep, 2 * SLEEP_MS)
    assert.ok(slept!.stillMs > SLEEP_MS, `${slept!.stillMs} of ${slept!.end - slept!.start} ms`)
    assert.deepEqual(piecesAfter(spin, 2 * SLEEP_MS), [])
    assert.deepEqual(piecesAfter(sleep, 10), [])
  })

  it('leaves no file open', () => {
    const open = (): number => readdirSync('/proc/self/fd').length
    const before = open()
    const kernel = watchKernel(now, [])
    kernel.tick(now(), true, 0)
    assert.ok(open() > before)
    kernel.stop()
    assert.equal(open(), before)
  })

  it('leaves no file open where the kernel does not count', () => {
    const task = mkdtempSync(path.join(tmpdir(), 'perfagent-task-'))
    writeFileSync(path.join(task, 'schedstat'), '0 0 0\n')
    const open = (): number => readdirSync('/proc/self/fd').length
    const before = open()
    assert.throws(() => watchKernel(now, [], task), /does not count/)
    assert.equal(open(), before)
    rmSync(task, { recursive: true })
  })

  it('counts as the process’s CPU time what it ran while somebody looked, and tells the agent’s own part', () => {
    const kernel = watchKernel(now, [])
    kernel.tick(now(), true, 0)
    kernel.tick(now(), false, 0)
    spin(400)
    const start = now()
    for (let i = 0; i < 10; i++) {
      kernel.tick(now(), true, 0)
      spin(12)
    }
    const end = now()
    const { counters, looks, agentCpuMs } = kernel.between(start, end, end)
    kernel.stop()
    const ranMs = sum(looks, 'cpuMs')
    assert.ok(counters['processCpuMs']! < 2 * ranMs, `${counters['processCpuMs']} ms, where this thread ran ${ranMs}`)
    // Here the thread that looks is the one that is looked at.
    assert.ok(agentCpuMs! > ranMs * 0.8, `${agentCpuMs} of ${ranMs} ms`)
  })
})
