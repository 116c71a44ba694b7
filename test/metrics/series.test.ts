import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createCollector } from '../../lib/metrics/collector.js'
import type { Distribution, Reading } from '../../lib/metrics/reading.js'
import { createSeries, recordOf, SCALE, type Series } from '../../lib/metrics/series.js'
import { METRICS } from '../../lib/metrics/table.js'
import { countOf, createTemporality } from '../../lib/metrics/temporality.js'
import { metrics } from '../../lib/otlp/metrics.js'
import { sampleReport } from '../sample-report.js'

function recorded(histograms: 'explicit' | 'exponential', values: number[]): Distribution {
  const all: Series[] = []
  const series = createSeries({ histograms, startMs: 1, announce: each => all.push(each) })
  const record = recordOf('dbDuration', histograms)
  for (const value of values) record(series.cells('dbDuration', ['redis']), value)
  const collector = createCollector(histograms, 1)
  collector.learn(all)
  return collector.readings()[0]!.points[0]!.value as Distribution
}

const seconds = fc.array(fc.double({ min: 1e-5, max: 3000, noNaN: true }), { minLength: 1, maxLength: 50 })

describe('series of metrics', () => {
  it('put each value into the bucket whose bounds hold it', () => {
    fc.assert(
      fc.property(seconds, values => {
        const { sum, counts, bounds } = recorded('explicit', values) as Distribution & { type: 'explicit' }
        assert.ok(Math.abs(sum - values.reduce((a, b) => a + b, 0)) <= 1e-9 * Math.abs(sum))
        for (const [i, count] of counts.entries()) {
          const [from, to] = [bounds[i - 1] ?? Number.NEGATIVE_INFINITY, bounds[i] ?? Number.POSITIVE_INFINITY]
          assert.equal(count, values.filter(value => value > from && value <= to).length)
        }
      })
    )
  })

  it('put a value that is a bound into the bucket below it', () => {
    const { bounds } = METRICS.dbDuration
    const { counts } = recorded('explicit', [...bounds]) as Distribution & { type: 'explicit' }
    assert.deepEqual(counts, [...bounds.map(() => 1), 0])
  })

  it('have cells of their own, however many there are', () => {
    const all: Series[] = []
    const series = createSeries({ histograms: 'exponential', startMs: 1, announce: each => all.push(each) })
    for (let i = 0; i < 100; i++) series.cells('dbDuration', [`system ${i}`]).fill(i)
    assert.ok(all.every(({ cells }, i) => cells.every(value => value === i)))
  })

  it('put each value into the exponential bucket whose bounds hold it', () => {
    fc.assert(
      fc.property(seconds, values => {
        const { counts, offset } = recorded('exponential', values) as Distribution & { type: 'exponential' }
        const base = 2 ** (2 ** -SCALE)
        let at = 0
        const sorted = values.toSorted((a, b) => a - b)
        for (const [i, count] of counts.entries()) {
          for (const value of sorted.slice(at, at + count)) {
            assert.ok(value > base ** (offset + i) * (1 - 1e-9) && value <= base ** (offset + i + 1) * (1 + 1e-9))
          }
          at += count
        }
        assert.equal(at, values.length)
      })
    )
  })

  it('count what is too short for a bucket, and what is too long in the last', () => {
    const distribution = recorded('exponential', [0, 1e-9, 1e9]) as Distribution & { type: 'exponential' }
    assert.equal(distribution.zeroCount, 2)
    assert.equal(countOf(distribution), 3)
  })

  it('beyond the limit of a metric share one', () => {
    const all: Series[] = []
    const series = createSeries({ histograms: 'explicit', startMs: 1, announce: each => all.push(each) })
    for (let i = 0; i < 10; i++) series.cells('gcDuration', [`kind ${i}`])[1]! += 1
    assert.equal(all.length, METRICS.gcDuration.maxSeries + 1)
    const collector = createCollector('explicit', 1)
    collector.learn(all)
    const overflow = collector.readings()[0]!.points.at(-1)!
    assert.deepEqual(overflow.attributes, { 'otel.metric.overflow': true })
    assert.equal(countOf(overflow.value as Distribution), 6)
  })

  it('become coarser until they have 160 buckets, and lose nothing', () => {
    const values = Array.from({ length: 400 }, (_, i) => 2 ** (i / 13 - 19))
    const value = recorded('exponential', values)
    const reading: Reading = {
      name: 'x',
      unit: 's',
      description: '',
      kind: 'histogram',
      counted: true,
      points: [{ attributes: {}, startMs: 1, value }]
    }
    const { service } = sampleReport()
    const told = metrics([{ service, readings: createTemporality('cumulative').of([reading], 2) }], '1')
    const [point] = told!.resourceMetrics![0]!.scopeMetrics![0]!.metrics![0]!.exponentialHistogram!.dataPoints!
    const counts = point!.positive!.bucketCounts!
    assert.ok(counts.length <= 160 && counts.length > 80)
    assert.equal(point!.scale, SCALE - 1)
    const expected = counts.map(() => 0)
    for (const each of values)
      expected[Math.ceil(Math.log2(each) * 2 ** point!.scale!) - 1 - point!.positive!.offset!]!++
    assert.deepEqual(counts, expected)
    const base = 2 ** (2 ** -(SCALE - 1))
    assert.ok(base ** point!.positive!.offset! <= values[0]! && base ** (point!.positive!.offset! + 1) >= values[0]!)
  })
})

describe('readings as OTLP', () => {
  const one = (part: Partial<Reading>): Reading => ({
    name: 'orders',
    unit: '1',
    description: '',
    kind: 'counter',
    counted: true,
    points: [{ attributes: {}, startMs: 10, value: 1 }],
    ...part
  })
  const toldOf = (readings: Reading[]) => {
    const { service } = sampleReport()
    const told = metrics([{ service, readings: createTemporality('cumulative').of(readings, 20) }], '1')
    return told!.resourceMetrics![0]!.scopeMetrics!
  }

  it('have of a sum since when it counts, and of a gauge when it was read alone', () => {
    const [{ metrics: told } = assert.fail()] = toldOf([one({}), one({ kind: 'gauge' })])
    const [sum, gauge] = told!
    assert.deepEqual([sum!.sum!.dataPoints![0]!.startTimeUnixNano, sum!.sum!.dataPoints![0]!.timeUnixNano], [10, 20])
    assert.deepEqual(
      [gauge!.gauge!.dataPoints![0]!.startTimeUnixNano, gauge!.gauge!.dataPoints![0]!.timeUnixNano],
      [undefined, 20]
    )
  })

  it('say of a counter alone that it never falls', () => {
    const [{ metrics: told } = assert.fail()] = toldOf([one({}), one({ kind: 'updown' })])
    assert.deepEqual(
      told!.map(({ sum }) => sum!.isMonotonic),
      [true, false]
    )
  })

  it('are told by their scopes, each version for itself', () => {
    const scopes = ['1', '2', '1'].map(version => ({ name: 'shop', version }))
    const told = toldOf(scopes.map(scope => one({ scope })))
    assert.deepEqual(
      told.map(({ scope, metrics }) => [scope!.version, metrics!.length]),
      [
        ['1', 2],
        ['2', 1]
      ]
    )
  })
})

describe('temporality', () => {
  const reading = (value: number, kind: Reading['kind'] = 'counter', counted = true): Reading => ({
    name: `${kind} ${counted}`,
    unit: '1',
    description: '',
    kind,
    counted,
    points: [{ attributes: {}, startMs: 10, value }]
  })
  const told = (preference: 'cumulative' | 'delta' | 'lowmemory', kind: Reading['kind'], counted: boolean) => {
    const temporality = createTemporality(preference)
    return [5, 5, 8].map((value, i) =>
      temporality
        .of([reading(value, kind, counted)], 100 + i)
        .map(each => [each.points[0]!.value, each.points[0]!.startMs])
    )
  }
  const CUMULATIVE = [[[5, 10]], [[5, 10]], [[8, 10]]]
  const DELTA = [[[5, 10]], [], [[3, 101]]]

  for (const [preference, kind, counted, expected] of [
    ['cumulative', 'counter', true, CUMULATIVE],
    ['delta', 'counter', true, DELTA],
    ['delta', 'counter', false, DELTA],
    ['delta', 'updown', true, CUMULATIVE],
    ['delta', 'gauge', true, CUMULATIVE],
    ['lowmemory', 'counter', true, DELTA],
    ['lowmemory', 'counter', false, CUMULATIVE]
  ] as const) {
    it(`${preference}: a ${kind} that is ${counted ? 'counted' : 'read off'}`, () => {
      assert.deepEqual(told(preference, kind, counted), expected)
    })
  }

  it('delta: of an exponential histogram is what came since, whatever buckets it has had meanwhile', () => {
    const temporality = createTemporality('delta')
    const value = (counts: number[], offset: number, zeroCount: number): Distribution => ({
      type: 'exponential',
      sum: counts.length,
      zeroCount,
      counts,
      offset,
      scale: 3
    })
    const of = (distribution: Distribution) =>
      temporality.of(
        [{ ...reading(0, 'histogram'), points: [{ attributes: {}, startMs: 10, value: distribution }] }],
        100
      )[0]?.points[0]?.value
    of(value([5, 0, 2], 4, 3))
    assert.deepEqual(of(value([1, 0, 6, 0, 2], 2, 4)), { ...value([1, 0, 1, 0, 0], 2, 1), sum: 2 })
    assert.equal(of(value([1, 0, 6, 0, 2], 2, 4)), undefined)
  })

  it('delta: of a sum that falls nothing is told, and then what it grows by', () => {
    const temporality = createTemporality('delta')
    const of = (value: number) => temporality.of([reading(value)], 100)[0]?.points[0]?.value
    assert.deepEqual([5, 2, 4].map(of), [5, undefined, 2])
  })

  it('delta: of a series that began after the last collection is from then on', () => {
    const temporality = createTemporality('delta')
    temporality.of([reading(5)], 100)
    const later = { ...reading(7), name: 'later', points: [{ attributes: {}, startMs: 150, value: 7 }] }
    assert.deepEqual(
      temporality.of([reading(6), later], 200).map(({ points }) => points[0]!.startMs),
      [100, 150]
    )
  })

  it('begins anew with what another has told', () => {
    const temporality = createTemporality('delta')
    temporality.forget([reading(5)], 50)
    assert.deepEqual(
      temporality.of([reading(8)], 100).map(({ points }) => points[0]!.value),
      [3]
    )
  })
})
