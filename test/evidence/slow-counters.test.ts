// The counters that are read seldom, from files as kernels have them.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { watchKernel } from '../../lib/evidence/kernel.js'
import { watchSlowCounters } from '../../lib/evidence/slow-counters.js'
import { skip } from '../harness/skip.js'

describe('counters that are read seldom', () => {
  before(function () {
    if (process.platform !== 'linux') skip(this, 'evidence of the kernel is of Linux alone')
  })

  let task: string
  beforeEach(() => {
    task = mkdtempSync(path.join(tmpdir(), 'perfagent-task-'))
    put('schedstat', '84305112 4120000 310\n')
    count(0, 0)
  })
  afterEach(() => rmSync(task, { recursive: true }))

  const put = (name: string, text: string): void => writeFileSync(path.join(task, name), text)
  const count = (majorFaults: number, switches: number): void => {
    put('stat', `71 (my ) app) S 1 71 71 0 -1 4194304 5120 0 ${majorFaults} 0 12 3 0 0 20 0 11 0 9000 0 0\n`)
    put('status', `Name:\tnode\nvoluntary_ctxt_switches:\t${switches}\nnonvoluntary_ctxt_switches:\t0\n`)
  }
  /** Opens, and fails when it is read. */
  const unreadable = (name: string): void => {
    rmSync(path.join(task, name))
    mkdirSync(path.join(task, name))
  }

  it('are lost alone where the kernel opens their file and fails to read it', () => {
    unreadable('status')
    let moment = 0
    const missing: string[] = []
    const kernel = watchKernel(() => moment, missing, task)
    for (; moment < 1000; moment += 100) kernel.tick(moment, true, 0)
    const { counters, looks } = kernel.between(0, moment, moment)
    kernel.stop()
    assert.ok(looks.length > 0)
    assert.equal(counters['majorFaults'], 0)
    assert.equal(counters['voluntarySwitches'], undefined)
    assert.deepEqual(missing, ['context switches: EISDIR: illegal operation on a directory, read'])
  })

  it('are told from the last second before a request, whatever an idle hour has added', () => {
    let moment = 0
    const kernel = watchKernel(() => moment, [], task)
    const tick = (at: number, busy: boolean): void => {
      moment = at
      kernel.tick(at, busy, 0)
    }
    tick(0, true)
    count(1000, 50_000)
    tick(1000, false)
    count(3000, 90_000)
    tick(3_600_000, false)
    count(3002, 90_007)
    tick(3_600_500, true)
    const { majorFaults, voluntarySwitches } = kernel.between(3_600_300, 3_600_500, moment).counters
    kernel.stop()
    assert.deepEqual({ majorFaults, voluntarySwitches }, { majorFaults: 2, voluntarySwitches: 7 })
  })

  it('leave no file open', () => {
    const open = (): number => readdirSync('/proc/self/fd').length
    const before = open()
    const slow = watchSlowCounters(task, [])
    assert.ok(open() > before)
    slow.close()
    assert.equal(open(), before)
  })
})
