// One program out of the parts, and who is left out when something is missing or refused.

import assert from 'node:assert/strict'
import { mayTrace } from '../../lib/kernel/needs.js'
import { PROBES } from '../../lib/kernel/probes/index.js'
import { blamed, complaint, possible, programOf } from '../../lib/kernel/program.js'

const names = (probes: { name: string }[]): string[] => probes.map(({ name }) => name)
const all = (): boolean => true

describe('the program of perfagent kernel', () => {
  const program = programOf(PROBES, { pid: 4711, netns: 4026531840 })

  it('has each part, the process, one END, and a tick', () => {
    for (const tracepoint of PROBES.flatMap(({ needs }) => needs.tracepoints)) {
      assert.match(program.text, new RegExp(`tracepoint:${tracepoint.replace('/', ':')}\\b`))
    }
    assert.equal(program.text.match(/^END /gm)?.length, 1)
    assert.match(program.text, /^interval:ms:250 /)
    assert.match(program.text, /pid == 4711/)
    assert.match(program.text, /inum == 4026531840/)
    assert.doesNotMatch(program.text, /undefined|NaN/)
  })

  it('a kernel without a tracepoint loses that part alone, and what reads its maps', () => {
    const without = (missing: string) => possible(PROBES, tracepoint => tracepoint !== missing, [])
    const tcp = without('tcp/tcp_send_reset')
    assert.deepEqual(tcp.lost, [{ part: 'tcp', reason: 'this kernel has no tracepoint tcp/tcp_send_reset' }])
    assert.deepEqual(names(tcp.probes), names(PROBES.filter(({ name }) => name !== 'tcp')))
    assert.deepEqual(
      without('raw_syscalls/sys_enter').lost.map(({ part }) => part),
      ['syscalls', 'off-cpu']
    )
    assert.deepEqual(possible(PROBES, all, []).lost, [])
  })

  it('what was left out by the user takes along what reads its maps', () => {
    const left = PROBES.filter(({ name }) => name !== 'syscalls')
    assert.deepEqual(possible(left, all, []).lost, [{ part: 'off-cpu', reason: 'it needs the part syscalls' }])
  })

  describe('whom bpftrace complains about', () => {
    for (const { part, line } of program.ends) {
      it(`line ${line} is of ${part}`, () => {
        const said = `stdin:${line}:3-9: ERROR: Unknown struct/union: 'struct x'\n  $x = (struct x *)y\n`
        assert.deepEqual(blamed(said, program, PROBES), [{ part, reason: "Unknown struct/union: 'struct x'" }])
      })
    }
    it('a tracepoint by name', () => {
      const said =
        'ERROR: Unknown error -1: couldn\'t set RLIMIT_MEMLOCK for bpftrace. If your program is not loading, you can try "ulimit -l 8192"\n' +
        'ERROR: Error loading program: tracepoint:raw_syscalls:sys_enter (try -v)\n'
      assert.deepEqual(blamed(said, program, PROBES), [
        { part: 'syscalls', reason: 'Error loading program: tracepoint:raw_syscalls:sys_enter (try -v)' }
      ])
    })
    it('a tracepoint of two parts', () => {
      const said = 'ERROR: Error attaching probe: tracepoint:sched:sched_switch'
      assert.deepEqual(
        blamed(said, program, PROBES).map(({ part }) => part),
        ['off-cpu', 'run-queue']
      )
    })
    it('a software event', () => {
      assert.deepEqual(
        names(
          blamed('ERROR: Error attaching probe: software:major-faults:1', program, PROBES).map(({ part }) => ({
            name: part
          }))
        ),
        ['page-faults']
      )
    })
    it('nobody, when it is about the machine', () => {
      const said = 'ERROR: bpftrace currently only supports running as the root user.'
      assert.deepEqual(blamed(said, program, PROBES), [])
      assert.equal(complaint(said), 'bpftrace currently only supports running as the root user.')
      assert.equal(complaint(''), 'it said nothing')
    })
  })

  it('capabilities', () => {
    const mask = (...bits: number[]): bigint => bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n)
    assert.equal(mayTrace(0x1fffeffffffn), true)
    assert.equal(mayTrace(mask(21)), true)
    assert.equal(mayTrace(mask(38, 39, 19)), true)
    assert.equal(mayTrace(mask(38, 39)), false)
    assert.equal(mayTrace(0n), false)
  })
})
