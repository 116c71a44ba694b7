// The samples of a report as pprof, read back by another implementation.

import assert from 'node:assert/strict'
import { Profile } from 'pprof-format'
import { toPprof } from '../../lib/otlp/pprof.js'
import { sampleReport } from '../sample-report.js'

describe('pprof', () => {
  const load = { function: 'load', file: 'src/ä.js', line: 7, column: 3 }
  const parse = { function: 'parse', file: '', line: 0, column: 0 }
  const nameless = { function: '', file: 'src/b.js', line: 1, column: 1 }
  const another = { function: '', file: 'src/b.js', line: 9, column: 1 }
  const stacks = [
    { frames: [parse, load], samples: 3, ms: 30.5 },
    { frames: [nameless, another, load], samples: 1, ms: 10 }
  ]
  const at = Date.parse(sampleReport().at)
  const ids = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
  const profile = Profile.decode(toPprof({ samples: 4, intervalMs: 10, coverageShare: 1, stacks }, at, 812.4, ids))
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
        ['(anonymous) src/b.js:1', '(anonymous) src/b.js:9', 'load src/ä.js:7'],
        [1, 10_000_000]
      ]
    ])
  })

  it('keeps the rules by which `go tool pprof` refuses a profile', () => {
    // github.com/google/pprof/profile, CheckValid and postDecode.
    assert.equal(profile.stringTable.strings[0], '')
    assert.ok(profile.sampleType.length > 0)
    const unique = (them: { id: number | bigint }[]): void => {
      const ids = them.map(({ id }) => Number(id))
      assert.ok(ids.every(id => id > 0))
      assert.equal(new Set(ids).size, ids.length)
    }
    unique(profile.location)
    unique(profile.function)
    unique(profile.mapping)
    const locations = new Set(profile.location.map(({ id }) => Number(id)))
    const functions = new Set(profile.function.map(({ id }) => Number(id)))
    const isText = (index: number | bigint): boolean => Number(index) < profile.stringTable.strings.length
    for (const { value, locationId, label } of profile.sample) {
      assert.equal(value.length, profile.sampleType.length)
      assert.ok(locationId.length > 0)
      for (const id of locationId) assert.ok(locations.has(Number(id)))
      // A label has a text or a number, never both.
      for (const { key, str, num } of label) assert.ok(isText(key) && Number(str) > 0 !== Number(num) > 0)
    }
    for (const { line } of profile.location)
      for (const { functionId } of line) assert.ok(functions.has(Number(functionId)))
    for (const { name, filename, systemName } of profile.function) {
      for (const index of [name, filename, systemName]) assert.ok(isText(index))
    }
  })

  it('says of each sample which request it belongs to', () => {
    const [{ label } = assert.fail()] = profile.sample
    assert.deepEqual(
      label.map(({ key, str, num }) => [text(key), Number(str) > 0 ? text(str) : Number(num)]),
      [
        ['trace_id', ids.traceId],
        ['span_id', ids.spanId],
        ['source.event.period', 10]
      ]
    )
  })

  it('says when, for how long, and how often it looked', () => {
    assert.equal(Number(profile.durationNanos), 812_400_000)
    assert.equal(Number(profile.period), 10_000_000)
    assert.ok(Math.abs(Number(profile.timeNanos) / 1e6 - at) < 1)
  })
})
