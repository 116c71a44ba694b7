import assert from 'node:assert/strict'
import { duration, partOf, plural } from '../../lib/verdict/words.js'

describe('words', () => {
  const durations: [ms: number, said: string][] = [
    [0, '0 ms'],
    [0.04, '< 0.1 ms'],
    [4.13, '4.1 ms'],
    [9.96, '10 ms'],
    [590.2, '590 ms'],
    [999.6, '1 s'],
    [2100, '2.1 s'],
    [99_960, '100 s'],
    [3_600_000, '3600 s']
  ]
  for (const [ms, said] of durations) it(`${ms} ms is said as ${said}`, () => assert.equal(duration(ms), said))

  it('parts of a whole share the unit', () => {
    assert.equal(partOf(492.3, 540), '492 of 540 ms')
    assert.equal(partOf(492.3, 5400), '492 ms of 5.4 s')
    assert.equal(partOf(4920, 5400), '4.9 of 5.4 s')
  })

  it('one is not many', () => {
    assert.equal(plural(1, 'call'), '1 call')
    assert.equal(plural(2, 'call'), '2 calls')
  })
})
