import assert from 'node:assert/strict'
import fc from 'fast-check'
import { duration, partOf, plural, requestsTold } from '../../lib/verdict/words.js'

describe('words', () => {
  it('a report tells of its request at the end alone, and of those that were dropped at any time', () => {
    const told = (status: 'running' | 'finished' | 'aborted'): number =>
      requestsTold({ status, dropped: { operations: 0, reports: 2 } })
    assert.deepEqual([told('running'), told('finished'), told('aborted')], [2, 3, 3])
  })

  const durations: [ms: number, said: string][] = [
    [0, '0 ms'],
    [0.04, '< 0.1 ms'],
    [4.13, '4.1 ms'],
    [9.96, '10 ms'],
    [590.2, '590 ms'],
    [999.6, '1 s'],
    [2100, '2.1 s'],
    [99_960, '100 s'],
    [150_400, '150 s'],
    [3_600_000, '3600 s']
  ]
  for (const [ms, said] of durations) it(`${ms} ms is said as ${said}`, () => assert.equal(duration(ms), said))

  it('parts of a whole share the unit', () => {
    assert.equal(partOf(492.3, 540), '492 of 540 ms')
    assert.equal(partOf(492.3, 5400), '492 ms of 5.4 s')
    assert.equal(partOf(4920, 5400), '4.9 of 5.4 s')
  })

  it('and say it twice where they differ in precision', () => {
    assert.equal(partOf(1004, 1204), '1 s of 1.2 s')
    assert.equal(partOf(1204, 2000), '1.2 s of 2 s')
    assert.equal(partOf(4.1, 12), '4.1 ms of 12 ms')
  })

  it('a part without a unit has as many decimals as its whole', () => {
    const anyMs = fc.double({ min: 0, max: 200_000, noNaN: true })
    fc.assert(
      fc.property(anyMs, anyMs, (ms, wholeMs) => {
        const [part = '', whole = ''] = partOf(ms, wholeMs).split(' of ')
        const decimals = (text: string): number | undefined => /\.(\d+)/.exec(text)?.[1]?.length
        if (!/ m?s$/.test(part)) assert.equal(decimals(part), decimals(whole))
        assert.equal(/ m?s$/.test(part) ? part : `${part} ${whole.split(' ').at(-1)}`, duration(ms))
      })
    )
  })

  it('one is not many', () => {
    assert.equal(plural(1, 'call'), '1 call')
    assert.equal(plural(2, 'call'), '2 calls')
    assert.equal(plural(2, 'child process'), '2 child processes')
  })
})
