// Verdicts by the incidents that they were made for: cpu.throttled, cpu.contended, memory.paging, process.stopped.

import type { Frame, Interval } from '../../../lib/types.js'
import { COLLECTING, type Incident, profiled, render, rule, SELECT, verdicts } from '../incidents.js'
import {
  block,
  type Case,
  evidence,
  kernel,
  OWN_ID,
  other,
  own,
  pause,
  probe,
  query,
  samples,
  turns
} from '../timeline.js'

const quota = Array.from({ length: 8 }, (_, i): [number, number] => [i * 100 + 20, i * 100 + 100])

/** All in one block, of which the thread ran 3 ms in 10. */
const asleep = (
  durationMs: number,
  majorFaults: number,
  pauses: Interval[] = []
): Pick<Incident, 'given' | 'seen'> => ({
  given: { durationMs, concurrency: 1, ownTurns: [[0, 0.5]] },
  seen: evidence({
    pauses,
    blocks: [block(5, durationMs - 5, probe(100, own, render), probe(700, own, render))],
    cpu: samples([5, durationMs - 5, render]),
    kernel: {
      ...kernel(durationMs, {
        ready: Array.from({ length: durationMs / 10 }, (_, i): [number, number] => [i * 10, i * 10 + 3])
      }),
      counters: { majorFaults }
    }
  })
})

/** All threads from 100 to 3100; V8 takes no sample then, so the last one lasts. */
const stopped = (
  given: Partial<Case>,
  cpu = samples(),
  ran = render,
  still: [number, number][] = [[100, 3100]],
  majorFaults = 0
): Pick<Incident, 'given' | 'seen'> => ({
  given: { durationMs: 3140, concurrency: 1, ...given },
  seen: evidence({
    blocks: [block(98, 3102, ...(cpu.samples.length > 0 ? [probe(3101, own, ran)] : []))],
    cpu,
    kernel: { ...kernel(given.durationMs ?? 3140, { still }), counters: { majorFaults } }
  })
})

verdicts('cpu.throttled, cpu.contended, memory.paging, process.stopped', [
  {
    title: 'the agent’s own start, drawn out by others on the CPUs',
    given: { durationMs: 130, thresholdMs: 100 },
    seen: evidence({
      blocks: [block(10, 115)],
      agent: [{ start: 11, end: 114 }],
      kernel: kernel(130, { ready: [[10, 118]], waits: [[20, 110]] })
    }),
    cause: 'cpu.contended',
    says: /^The main thread was ready to run but waited 90 ms for a CPU, on which others ran/,
    confidence: 'measured'
  },
  {
    title: 'CPU throttled by cgroup: neither its code nor the pauses of the collector ran meanwhile',
    given: { durationMs: 900, ownTurns: [[0, 890]] },
    seen: evidence({
      pauses: [pause(110, 200)],
      cpu: samples([0, 890, profiled]),
      kernel: kernel(900, { ready: [[0, 890]], waits: quota, throttled: quota }, 0.5)
    }),
    cause: 'cpu.throttled',
    says: /^The CPU quota of 0\.5 cores was used up: the main thread was ready to run but stopped for 640 ms in 8 periods/,
    confidence: 'measured',
    breakdown: { 'cpu.throttled': 640, 'cpu.own': 240, gc: 10, unknown: 10 }
  },
  {
    title: 'another request’s code under a quota: the quota is to blame, and the code that was stopped is named',
    given: { durationMs: 700, concurrency: 2 },
    seen: evidence({
      blocks: [block(0, 695, ...[30, 130, 230, 330, 430, 530, 630].map(at => probe(at, other('GET /export'), render)))],
      kernel: kernel(700, { ready: [[0, 695]], waits: quota, throttled: quota }, 0.2)
    }),
    cause: 'cpu.throttled',
    says: /most of it inside renderCsv \(src\/export\.js:41:9\)/
  },
  {
    title: 'a quota that is used up while the main thread sleeps takes nothing from the request',
    given: { durationMs: 700, operations: [query(SELECT, 5, 690)] },
    seen: evidence({ kernel: kernel(700, { throttled: quota }, 0.5) }),
    cause: 'db.slow_query',
    says: /^Waited 685 ms for SELECT orders/,
    confidence: 'measured'
  },
  {
    title: 'a short wait for a CPU in the middle of a slow query did not lengthen it',
    given: { durationMs: 700, operations: [query(SELECT, 5, 690)] },
    seen: evidence({ kernel: kernel(700, { waits: [[100, 300]] }) }),
    cause: 'db.slow_query',
    says: /^Waited 685 ms for SELECT orders/
  },
  {
    title: 'a wait for a CPU, after which an answer was read that had come meanwhile',
    given: { durationMs: 900, operations: [query(SELECT, 5, 601)] },
    seen: evidence({ kernel: kernel(900, { waits: [[100, 600]] }) }),
    cause: 'cpu.contended',
    says: /^The main thread was ready to run but waited 500 ms for a CPU/,
    breakdown: { 'cpu.contended': 500, unknown: 304, 'db.slow_query': 96 }
  },
  {
    title: 'a wait for a CPU, after which the request ended',
    given: { durationMs: 601 },
    seen: evidence({ kernel: kernel(601, { waits: [[100, 600]] }) }),
    cause: 'cpu.contended',
    says: /^The main thread was ready to run but waited 500 ms for a CPU/,
    breakdown: { 'cpu.contended': 500, unknown: 101 }
  },
  {
    title: 'a busy neighbour on the same CPUs',
    given: { durationMs: 800, concurrency: 2 },
    seen: evidence({
      blocks: [block(0, 795, ...[30, 130, 230, 330, 430, 530, 630, 730].map(at => probe(at, own, render)))],
      cpu: samples([0, 795, profiled]),
      kernel: kernel(800, { ready: [[0, 795]], waits: Array.from({ length: 50 }, (_, i) => [i * 16, i * 16 + 12]) })
    }),
    cause: 'cpu.contended',
    says: /^The main thread was ready to run but waited 600 ms for a CPU, on which others ran, most of it inside renderCsv/,
    confidence: 'measured'
  },
  {
    title: 'a busy neighbour, while code of many places was to run: none of them is most of it',
    given: { durationMs: 800, concurrency: 2 },
    seen: evidence({
      blocks: [block(0, 795)],
      cpu: samples(
        ...Array.from({ length: 8 }, (_, i): [number, number, Frame[]] => [i * 100, i * 100 + 100, rule(i)])
      ),
      kernel: kernel(800, { ready: [[0, 795]], waits: Array.from({ length: 50 }, (_, i) => [i * 16, i * 16 + 12]) })
    }),
    cause: 'cpu.contended',
    says: /on which others ran, the most \(1\d %\) inside rule\d \(src\/rules\.js/
  },
  {
    title:
      'a busy neighbour while the garbage collector ran for a part: the code is told that was to run for most of it',
    given: { durationMs: 800, ownTurns: [[0, 795]] },
    seen: evidence({
      blocks: [block(0, 795, ...[30, 330, 630].map(at => probe(at, own, render)))],
      pauses: [pause(100, 300)],
      cpu: samples([0, 795, profiled]),
      kernel: kernel(800, { ready: [[0, 795]], waits: Array.from({ length: 50 }, (_, i) => [i * 16, i * 16 + 12]) })
    }),
    cause: 'cpu.contended',
    says: /on which others ran, most of it inside renderCsv/
  },
  {
    title:
      'a busy neighbour while the garbage collector ran: not the code that answered when it was done is told, but the collector',
    given: { durationMs: 800, ownTurns: [[0, 795]] },
    seen: evidence({
      blocks: [block(5, 795, probe(400, own, render, 370), probe(790, own, render, 380))],
      pauses: [pause(10, 400), pause(410, 790)],
      cpu: samples([0, 795, COLLECTING]),
      kernel: kernel(800, { ready: [[0, 795]], waits: Array.from({ length: 50 }, (_, i) => [i * 16, i * 16 + 12]) })
    }),
    cause: 'cpu.contended',
    says: /^The main thread was ready to run but waited 600 ms for a CPU, on which others ran, most of it in pauses of the garbage collector\.$/,
    confidence: 'measured',
    culprit: {}
  },
  {
    title: 'a thread that slept before and after, and between had no CPU in the midst of the request’s own code',
    given: { durationMs: 700, concurrency: 2, turns: turns([own], [103, 599, OWN_ID]) },
    seen: evidence({
      blocks: [block(103, 599)],
      // The wait may have begun a moment before the code did: looks are not at the same moments as turns.
      kernel: kernel(700, { ready: [[100, 600]], waits: [[102, 600]] })
    }),
    cause: 'cpu.contended',
    says: /^The main thread was ready to run but waited 496 ms for a CPU/,
    confidence: 'measured',
    breakdown: { 'cpu.contended': 496, unknown: 204 }
  },
  {
    title: 'a wait for a CPU that was counted long after it began',
    given: { durationMs: 700, ownTurns: [[0, 690]] },
    seen: evidence({
      kernel: {
        looks: [
          { start: 0, end: 100, cpuMs: 80, waitMs: 0, throttledMs: 0, throttledPeriods: 0, stillMs: 0 },
          { start: 100, end: 600, cpuMs: 0, waitMs: 0, throttledMs: 0, throttledPeriods: 0, stillMs: 0 },
          { start: 600, end: 700, cpuMs: 60, waitMs: 540, throttledMs: 0, throttledPeriods: 0, stillMs: 0 }
        ],
        coverageShare: 1,
        quotaCores: undefined,
        counters: { processCpuMs: 500 }
      }
    }),
    cause: 'cpu.contended',
    says: 'The main thread was ready to run but waited 540 ms for a CPU, on which others ran (this process’s own threads among them: libuv’s pool, workers or an addon). Meanwhile it ran for 140 ms, the process’s other threads for 360 ms.'
  },
  {
    title: 'a wait for a CPU, while the process’s other threads did their usual',
    given: { durationMs: 700, ownTurns: [[0, 690]] },
    seen: evidence({
      kernel: { ...kernel(700, { ready: [[0, 690]], waits: [[100, 600]] }), counters: { processCpuMs: 350 } }
    }),
    cause: 'cpu.contended',
    says: 'The main thread was ready to run but waited 500 ms for a CPU, on which others ran. Meanwhile it ran for 190 ms, the process’s other threads for 160 ms. Another 190 ms (27 %) went to cpu.own.'
  },
  {
    title: 'a wait for a CPU, after the thread was looked at long before',
    given: { durationMs: 700, ownTurns: [[0, 690]] },
    seen: evidence({
      kernel: {
        looks: [
          { start: -60, end: 40, cpuMs: 100, waitMs: 0, throttledMs: 0, throttledPeriods: 0, stillMs: 0 },
          { start: 40, end: 700, cpuMs: 120, waitMs: 540, throttledMs: 0, throttledPeriods: 0, stillMs: 0 }
        ],
        coverageShare: 1,
        quotaCores: undefined,
        counters: { processCpuMs: 520 }
      }
    }),
    cause: 'cpu.contended',
    says: 'The main thread was ready to run but waited 540 ms for a CPU, on which others ran (this process’s own threads among them: libuv’s pool, workers or an addon). Meanwhile it ran for 160 ms, the process’s other threads for 360 ms.'
  },
  {
    title: 'asleep in its own code, while many pages are read back',
    ...asleep(880, 120),
    cause: 'memory.paging',
    says: /^Waited \d+ ms for memory that the kernel had taken .* \(120 pages\), most of it inside renderCsv/,
    confidence: 'measured'
  },
  {
    title: 'pages are read back for the garbage collector, which goes through all of the heap',
    ...asleep(880, 120, [pause(5, 875)]),
    cause: 'memory.paging',
    says: /\(120 pages\), most of it in pauses of the garbage collector\. /,
    confidence: 'measured'
  },
  {
    title: 'a process of which nothing runs, while as many pages are read back as take so long',
    ...stopped({ durationMs: 1140 }, samples(), render, [[100, 1100]], 120),
    cause: 'memory.paging',
    says: /\(120 pages\)/
  },
  {
    title: 'asleep in its own code, with the few pages of a program that starts',
    ...asleep(880, 30),
    cause: 'cpu.own',
    says: /^Its own JavaScript held .* asleep in a system call/
  },
  {
    title: 'asleep in its own code, with few pages, which may have taken all of that time on a slow disk',
    ...asleep(760, 40),
    cause: 'cpu.own',
    says: /^Its own JavaScript held .* asleep in a system call/
  },
  {
    title: 'half a millisecond between two looks that nobody accounts for is no memory that was read back',
    given: { durationMs: 880, concurrency: 1, ownTurns: [[0, 880]] },
    seen: evidence({
      blocks: [block(0, 880, probe(100, own, render), probe(700, own, render))],
      cpu: samples([0, 880, render]),
      kernel: {
        ...kernel(880, {}),
        looks: kernel(880, { ready: [[0, 880]] }).looks.map(look => ({ ...look, cpuMs: look.cpuMs - 0.5 })),
        counters: { majorFaults: 120 }
      }
    }),
    cause: 'cpu.own',
    says: /^Its own JavaScript /,
    breakdown: { 'cpu.own': 880 }
  },
  {
    title: 'asleep in its own code for longer than its pages can have taken',
    ...asleep(2000, 60),
    cause: 'cpu.own',
    says: /^Its own JavaScript held .* asleep in a system call/
  },
  {
    title: 'a process that was stopped while it waited for a statement',
    ...stopped({ operations: [query('SELECT 1', 100, 3130)] }),
    cause: 'process.stopped',
    says: /^The whole process stood still for 3 s: none of its threads ran or waited for a CPU, as when a signal/,
    confidence: 'measured',
    culprit: null
  },
  {
    title: 'a process that was stopped in the midst of its own code',
    ...stopped({ ownTurns: [[0, 4000]], durationMs: 4100 }, samples([0, 90, render], [3100, 4000, render]), render),
    cause: 'process.stopped',
    says: /machine is suspended\.$/,
    confidence: 'measured',
    culprit: null
  },
  {
    title: 'a process that was stopped in the midst of its own code, long before that was done',
    ...stopped({ ownTurns: [[0, 4000]], durationMs: 5000 }, samples([0, 90, render], [3100, 4000, render]), render),
    cause: 'process.stopped',
    says: /machine is suspended\.$/,
    confidence: 'measured'
  },
  {
    title: 'a process that was stopped in the midst of another request’s code, while nobody times what it waited for',
    ...stopped({ concurrency: 2, turns: turns([other('GET /export')], [0, 4000, 99]), durationMs: 5000 }),
    cause: 'process.stopped',
    says: /Inferred: what the request waited for meanwhile may have taken as long without it\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a process that was stopped in a wait that nobody times and that went on afterwards',
    ...stopped({ durationMs: 5000 }),
    cause: 'process.stopped',
    says: /Inferred: what the request waited for meanwhile may have taken as long without it\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a statement that took longer than the process was stopped meanwhile',
    ...stopped({ operations: [query('SELECT 1', 50, 8000)], durationMs: 8010 }),
    cause: 'db.slow_query',
    says: /^Waited 7\.9 s for SELECT/,
    confidence: 'measured'
  },
  {
    title:
      'a statement that took longer than the process was stopped: the last sample before that is no code that ran meanwhile',
    given: { durationMs: 5010, operations: [query(SELECT, 50, 5000)] },
    seen: evidence({
      blocks: [block(98, 3102)],
      cpu: { ...samples([80, 90, render]), samples: [{ at: 80, ms: 3025, stack: 0 }] },
      kernel: kernel(5010, { still: [[100, 3100]] })
    }),
    cause: 'db.slow_query',
    says: 'Waited 5 s for SELECT orders at db:5432/shop.',
    confidence: 'measured'
  },
  {
    title: 'a main thread asleep in a system call, while others of the process go on',
    ...stopped({ ownTurns: [[0, 3130]] }, samples([100, 3100, render]), render, []),
    cause: 'cpu.own',
    says: /^Its own JavaScript held the main thread for 3\.1 s, most of it asleep in a system call/
  },
  {
    title: 'a timer on a crowded machine: the heartbeat waits for a CPU again and again, the request does not',
    given: { durationMs: 900 },
    seen: evidence({
      kernel: kernel(900, { waits: Array.from({ length: 44 }, (_, i) => [i * 20 + 13, i * 20 + 20]) })
    }),
    cause: 'unknown',
    says: /does not time/,
    confidence: 'measured'
  },
  {
    title: 'a timer on a crowded machine: the heartbeat waits for a CPU twice, over many looks, the request does not',
    given: { durationMs: 900 },
    seen: evidence({
      kernel: kernel(900, {
        waits: [
          [100, 400],
          [500, 700]
        ]
      })
    }),
    cause: 'unknown',
    says: /does not time/,
    breakdown: { unknown: 900 }
  },
  {
    title: 'many short steps that nobody times, on a crowded machine: each waits for a CPU',
    given: { durationMs: 900 },
    seen: evidence({
      kernel: kernel(900, { waits: Array.from({ length: 89 }, (_, i) => [i * 10 + 3, i * 10 + 10]) })
    }),
    cause: 'cpu.contended',
    says: /waited 6\d\d ms for a CPU/
  }
])
