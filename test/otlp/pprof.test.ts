// The samples of a report as pprof, read back by another implementation.

import assert from 'node:assert/strict'
import { Profile } from 'pprof-format'
import { toPprof } from '../../lib/otlp/pprof.js'
import { sampleReport } from '../sample-report.js'

describe('pprof', () => {
  const load = { function: 'load', file: 'src/ä.js', line: 7, column: 3 }
  const parse = { function: 'parse', file: '', line: 0, column: 0 }
  const nameless = { function: '', file: 'src/b.js', line: 1, column: 1 }
  const stacks = [
    { frames: [parse, load], samples: 3, ms: 30.5 },
    { frames: [nameless, load], samples: 1, ms: 10 }
  ]
  const at = Date.parse(sampleReport().at)
  const profile = Profile.decode(toPprof({ samples: 4, intervalMs: 10, coverageShare: 1, stacks }, at, 812.4))
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)]!

  it('has each stack with its samples and its time', () => {
    assert.deepEqual(
      profile.sampleType.map(({ type, unit }) => [text(type), text(unit)]),
      [
        ['samples', 'count'],
        ['cpu', 'nanoseconds']
      ]
    )
    const named = profile.sample.map(({ locationId, value }) => [
      locationId.map(id => {
        const [line] = profile.location.find(location => location.id === id)!.line
        const found = profile.function.find(each => each.id === line!.functionId)!
        return `${text(found.name)} ${text(found.filename)}:${line!.line}`
      }),
      value.map(Number)
    ])
    assert.deepEqual(named, [
      [
        ['parse (native):0', 'load src/ä.js:7'],
        [3, 30_500_000]
      ],
      [
        ['(anonymous) src/b.js:1', 'load src/ä.js:7'],
        [1, 10_000_000]
      ]
    ])
  })

  it('says when, for how long, and how often it looked', () => {
    assert.equal(Number(profile.durationNanos), 812_400_000)
    assert.equal(Number(profile.period), 10_000_000)
    assert.ok(Math.abs(Number(profile.timeNanos) / 1e6 - at) < 1)
  })
})
