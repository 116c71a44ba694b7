// What the kernel's counters tell between two looks of the time in which a thread was ready and did not run.

import assert from 'node:assert/strict'
import type { Evidence, KernelLook } from '../../lib/types.js'
import { cpuUse, offCpuMs, offCpuOf, onCpuMs } from '../../lib/verdict/off-cpu.js'
import { noEvidence } from './timeline.js'

const look = (start: number, end: number, counted: Partial<KernelLook> = {}): KernelLook => ({
  start,
  end,
  cpuMs: 0,
  waitMs: 0,
  throttledMs: 0,
  throttledPeriods: 0,
  stillMs: 0,
  ...counted
})

const seen = (...looks: KernelLook[]): Evidence => ({
  ...noEvidence(),
  kernel: { looks, coverageShare: 1, quotaCores: undefined, counters: { processCpuMs: 100 }, agentCpuMs: 30 }
})

type Stretches = [start: number, end: number][]

const ASLEEP = 'asleep before and after'

const CASES: [title: string, looks: KernelLook[], throttled: Stretches, contended: Stretches, alone?: typeof ASLEEP][] =
  [
    [
      'a wait between two sleeps is alone',
      [look(0, 20), look(20, 30, { waitMs: 10 }), look(30, 50)],
      [],
      [[20, 30]],
      ASLEEP
    ],
    [
      'a wait after which the thread ran is not alone',
      [look(0, 20), look(20, 30, { waitMs: 10 }), look(30, 50, { cpuMs: 20 })],
      [],
      [[20, 30]]
    ],
    [
      'nor is one before which it ran',
      [look(0, 20, { cpuMs: 20 }), look(20, 30, { waitMs: 10 }), look(30, 50)],
      [],
      [[20, 30]]
    ],
    [
      'nor is one before which it ran, that was counted a look later',
      [look(0, 10, { cpuMs: 10 }), look(10, 20), look(20, 30, { waitMs: 20 }), look(30, 50)],
      [],
      [[10, 30]]
    ],
    ['what it waited in a look it did not sleep', [look(0, 20, { cpuMs: 5, waitMs: 9 }), look(20, 40)], [], [[11, 20]]],
    [
      'waits that touch are one',
      [look(0, 10, { waitMs: 10 }), look(10, 20, { waitMs: 10 }), look(20, 30, { cpuMs: 10 })],
      [],
      [[0, 20]]
    ],
    [
      'what has no room in a look beside what ran lies in the one before',
      [look(0, 10), look(10, 20, { cpuMs: 4, waitMs: 10 }), look(20, 30, { cpuMs: 10 })],
      [],
      [
        [6, 10],
        [14, 20]
      ]
    ],
    ['less than a millisecond is the scheduler’s usual work', [look(0, 10, { cpuMs: 9, waitMs: 0.5 })], [], []],
    [
      'the end of a wait in which the group was stopped is the quota’s',
      [look(0, 100, { waitMs: 100, throttledMs: 30 })],
      [[70, 100]],
      [[0, 70]]
    ],
    ['the whole of it where that is most', [look(0, 100, { waitMs: 100, throttledMs: 60 })], [[0, 100]], []],
    [
      'a quota’s stop of several CPUs lies in its look',
      [look(0, 100, { waitMs: 100 }), look(100, 150, { waitMs: 50, throttledMs: 400 })],
      [[100, 150]],
      [[0, 100]]
    ],
    ['a stop of half a millisecond is none', [look(0, 10, { waitMs: 10, throttledMs: 0.5 })], [], [[0, 10]]]
  ]

describe('waits for a CPU', () => {
  for (const [title, looks, throttled, contended, alone] of CASES) {
    it(title, () => {
      const found = offCpuOf(seen(...looks))
      const stretches = (all: { start: number; end: number }[]): Stretches => all.map(({ start, end }) => [start, end])
      assert.deepEqual(stretches(found.throttled), throttled)
      assert.deepEqual(stretches(found.contended), contended)
      for (const each of found.contended) assert.equal(each.alone, alone === ASLEEP)
    })
  }
})

describe('CPU time of a stretch', () => {
  const looks = seen(look(0, 20, { cpuMs: 15 }), look(20, 40, { cpuMs: 5 }), look(40, 60, { cpuMs: 20 }))

  it('is at least what the looks around it cannot have run elsewhere', () => {
    assert.equal(onCpuMs([{ start: 10, end: 20 }], looks), 5)
    assert.equal(onCpuMs([{ start: 10, end: 50 }], looks), 5 + 5 + 10)
  })

  it('is at most what they ran', () => {
    assert.equal(offCpuMs([{ start: 10, end: 20 }], looks), 0)
    assert.equal(offCpuMs([{ start: 10, end: 40 }], looks), 15)
  })

  it('of a request’s process is told without the agent’s, of what may have been for the request', () => {
    assert.deepEqual(cpuUse(looks, { start: 0, end: 60 }), { mainMs: 40, othersMs: 60, workMs: 30 })
    assert.deepEqual(cpuUse(looks, { start: 20, end: 50 }), { mainMs: 15, othersMs: 85, workMs: 55 })
  })
})
