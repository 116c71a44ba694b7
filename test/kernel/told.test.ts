// What a console is told of one slow request.

import assert from 'node:assert/strict'
import { readKernelTold } from '../../lib/console/kernel-told.js'
import type { KernelEvent } from '../../lib/kernel/events.js'
import { numbersOf } from '../../lib/kernel/syscalls.js'
import { type Subject, told } from '../../lib/kernel/told.js'
import { sampleReport } from '../sample-report.js'

const PID = 10
const [READ] = numbersOf(['read']) as [number]
const USER = ['uv_fs_read', 'JS:^readSlowly /app/fifo.js:5:20']

const subject = (events: KernelEvent[], rest: Partial<Subject> = {}): Subject => ({
  pid: PID,
  report: sampleReport({}),
  start: 1000,
  end: 2000,
  events,
  findings: [],
  threadName: tid => (tid === PID ? 'main' : 'libuv'),
  ...rest
})
const sleep = (start: number, end: number, tid = PID): KernelEvent => {
  return { type: 'sleep', tid, start, end, call: READ, kernel: ['pipe_read'], user: USER }
}

describe('what a console is told of the kernel', () => {
  it('a sleep is a part of a strip, on the request’s axis and within it', () => {
    const { strips } = told(subject([sleep(900, 1200), sleep(1500, 1600)]))
    assert.deepEqual(strips, [
      {
        name: 'main thread slept',
        parts: [
          { startMs: 0, durationMs: 200, title: 'read ← uv_fs_read ← JS:^readSlowly /app/fifo.js:5:20' },
          { startMs: 500, durationMs: 100, title: 'read ← uv_fs_read ← JS:^readSlowly /app/fifo.js:5:20' }
        ]
      }
    ])
  })

  it('stacks are added up, leaf first, with the place of JavaScript and the thread at the root', () => {
    const { offCpu, onCpu } = told(subject([sleep(1000, 1200), sleep(1500, 1600)]))
    assert.equal(onCpu.length, 0)
    const [stack] = offCpu
    assert.deepEqual([stack!.ms, stack!.samples], [300, 2])
    assert.deepEqual(
      stack!.frames.map(({ function: name, file, line }) => [name, file, line]),
      [
        ['pipe_read', '', 0],
        ['read', '', 0],
        ['uv_fs_read', '', 0],
        ['readSlowly', '/app/fifo.js', 5],
        ['main', '', 0]
      ]
    )
  })

  it('what bears on the verdict comes first', () => {
    const report = sampleReport({ verdict: { ...sampleReport({}).verdict, cause: 'db.slow_query' } })
    const findings = [
      { kind: 'call' as const, ms: 500, sentence: 'a call' },
      { kind: 'network' as const, ms: 300, sentence: 'the network' }
    ]
    assert.deepEqual(
      told(subject([], { report, findings })).findings.map(({ kind }) => kind),
      ['network', 'call']
    )
  })

  it('is bounded, and the console takes it', () => {
    const many = Array.from({ length: 5000 }, (_, i) => sleep(1000 + i / 10, 1000 + i / 10 + i / 5000))
    const document = told(subject(many))
    assert.equal(document.strips[0]!.parts.length, 300)
    assert.deepEqual(readKernelTold(JSON.stringify(document)), document)
  })

  it('the console takes nothing of another shape', () => {
    const good = told(subject([sleep(1000, 1100)]))
    for (const bad of [
      '',
      'null',
      '5',
      '{}',
      JSON.stringify({ ...good, version: 2 }),
      JSON.stringify({ ...good, strips: [{ name: 'x', parts: [null] }] }),
      JSON.stringify({ ...good, onCpu: [{ frames: [{}], samples: 1, ms: 1 }] }),
      JSON.stringify({ ...good, findings: [{ kind: 'call', ms: '1', sentence: {} }] })
    ]) {
      assert.equal(readKernelTold(bad), undefined, bad)
    }
  })
})
