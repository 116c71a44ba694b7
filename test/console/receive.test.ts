// What of a delivery is kept, what its sender is told of the rest, and what is learnt of its clock.

import assert from 'node:assert/strict'
import { receive, type Signal } from '../../lib/console/receive.js'
import { createStore, type Store } from '../../lib/console/store.js'
import { anyReport } from './console.js'

const JSON_TYPE = 'application/json'
const AT_MS = 1_700_000_000_000
const nanos = (ms: number): string => `${ms}000000`

type Heard = [service: string, instance: string, toldMs: number, arrivedMs: number]

/** `heard`: what the clocks of the senders were told by. */
function aStore(): Store & { heard: Heard[] } {
  const heard: Heard[] = []
  const clocks: Store['clocks'] = {
    // A moment in nanoseconds is known to 0.25 µs.
    heard: (service, instance, toldMs, arrivedMs) =>
      void heard.push([service, instance, Math.round(toldMs), arrivedMs]),
    off: () => []
  }
  return { ...createStore(1e7), clocks, heard }
}

const send = (store: Store, signal: Signal, message: unknown, arrivedMs?: number): unknown =>
  JSON.parse(String(receive(store, signal, JSON_TYPE, Buffer.from(JSON.stringify(message)), () => {}, arrivedMs).body))

const resource = (names: Record<string, string>) => ({
  attributes: Object.entries(names).map(([key, stringValue]) => ({ key, value: { stringValue } }))
})

const spanOf = (more: object = {}) => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  name: 'GET /',
  kind: 2,
  startTimeUnixNano: nanos(AT_MS),
  endTimeUnixNano: nanos(AT_MS + 20),
  ...more
})

const spansOf = (names: Record<string, string>, ...spans: object[]) => ({
  resourceSpans: [{ resource: resource(names), scopeSpans: [{ spans }] }]
})

const metricsOf = (names: Record<string, string>, ...metrics: object[]) => ({
  resourceMetrics: [{ resource: resource(names), scopeMetrics: [{ metrics }] }]
})

const A = { 'service.name': 'a', 'service.instance.id': '1' }
const OURS = { ...A, 'telemetry.sdk.name': 'perfagent' }

describe('spans', () => {
  it('without ids of their own or a start are told as rejected, and the others are kept', () => {
    const store = aStore()
    const spans = [
      spanOf(),
      spanOf({ spanId: '0'.repeat(16) }),
      spanOf({ traceId: '0'.repeat(32) }),
      spanOf({ spanId: 'bb' }),
      spanOf({ spanId: 'c'.repeat(16), startTimeUnixNano: '0' })
    ]
    const { partialSuccess } = send(store, 'traces', spansOf(A, ...spans)) as {
      partialSuccess: Record<string, string>
    }
    assert.equal(partialSuccess['rejectedSpans'], '4')
    assert.deepEqual([...store.traces.get('a'.repeat(32))!.spans.keys()], ['b'.repeat(16)])
  })

  it('that end before they begin have no length', () => {
    const store = aStore()
    assert.deepEqual(send(store, 'traces', spansOf(A, spanOf({ endTimeUnixNano: '5' }))), {})
    const [span] = [...store.traces.get('a'.repeat(32))!.spans.values()]
    assert.deepEqual([span!.startMs, span!.endMs], [AT_MS, AT_MS])
  })

  it('of others tell what their clock is, those of an agent of ours wait too long for that', () => {
    const store = aStore()
    const later = spanOf({ spanId: 'c'.repeat(16), endTimeUnixNano: nanos(AT_MS + 70) })
    send(store, 'traces', spansOf(A, later, spanOf()), AT_MS + 100)
    send(store, 'traces', spansOf(OURS, spanOf()), AT_MS + 100)
    // An instance that has no name, and a delivery that came at another time.
    send(store, 'traces', spansOf({ 'service.name': 'b' }, spanOf()), AT_MS + 100)
    send(store, 'traces', spansOf(A, spanOf()))
    // Nothing in it that was kept.
    send(store, 'traces', spansOf(A, spanOf({ traceId: '' })), AT_MS + 100)
    assert.deepEqual(store.heard, [['a', '1', AT_MS + 70, AT_MS + 100]])
  })
})

describe('log records', () => {
  it('with a report of another shape are told as rejected, those without one are counted', () => {
    const store = aStore()
    const report = anyReport()
    const record = (key: string, stringValue: string) => ({ attributes: [{ key, value: { stringValue } }] })
    const logRecords = [
      record('perfagent.report', JSON.stringify(report)),
      record('perfagent.report', JSON.stringify({ ...report, verdict: undefined })),
      record('perfagent.kernel', '{"version":1}'),
      record('log.file.name', 'x')
    ]
    const { partialSuccess } = send(store, 'logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }) as {
      partialSuccess: Record<string, string>
    }
    assert.equal(partialSuccess['rejectedLogRecords'], '2')
    assert.deepEqual([store.counts().reports, store.counts().ignored], [1, { log: 1 }])
  })
})

describe('metrics', () => {
  const point = (more: object) => ({
    timeUnixNano: nanos(AT_MS),
    startTimeUnixNano: nanos(AT_MS - 60_000),
    ...more
  })
  const stepsOf = (store: Store) =>
    [...store.metrics.values()].map(({ name, steps }) => [
      name,
      ...steps.map(({ fromMs, toMs, value, count, buckets }) => ({
        minutes: (toMs - fromMs) / 60_000,
        value,
        ...(count > 0 && { count }),
        ...(buckets && { counts: buckets.counts })
      }))
    ])

  it('are sums since their start, or values of the moment where they may fall', () => {
    const store = aStore()
    const dataPoints = [point({ asInt: '7' })]
    send(
      store,
      'metrics',
      metricsOf(
        A,
        { name: 'delta', sum: { dataPoints, aggregationTemporality: 1, isMonotonic: true } },
        { name: 'cumulative', sum: { dataPoints, aggregationTemporality: 2, isMonotonic: true } },
        { name: 'may fall', sum: { dataPoints, aggregationTemporality: 2 } },
        { name: 'gauge', gauge: { dataPoints } }
      ),
      AT_MS + 100
    )
    assert.deepEqual(stepsOf(store), [
      ['delta', { minutes: 1, value: 7 }],
      ['cumulative', { minutes: 1, value: 7 }],
      ['may fall', { minutes: 0, value: 7 }],
      ['gauge', { minutes: 0, value: 7 }]
    ])
    assert.deepEqual(store.heard, [['a', '1', AT_MS, AT_MS + 100]])
  })

  it('that tell no number, or no moment, are left out', () => {
    const store = aStore()
    const dataPoints = [point({ asDouble: 'NaN' }), point({ asInt: '7', timeUnixNano: '0' })]
    send(store, 'metrics', metricsOf(A, { name: 'x', gauge: { dataPoints } }), AT_MS + 100)
    assert.deepEqual([stepsOf(store), store.heard], [[], []])
  })

  it('have the buckets of a histogram, where there are as many as its bounds want', () => {
    const bounds = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
    const counts = (count: number): number[] => Array.from({ length: count }, () => 1)
    const store = aStore()
    const histogram = (name: string, bucketCounts: number[], explicitBounds: number[]) => ({
      name,
      histogram: {
        dataPoints: [point({ sum: 9, count: '3', bucketCounts: bucketCounts.map(String), explicitBounds })],
        aggregationTemporality: 1
      }
    })
    send(
      store,
      'metrics',
      metricsOf(
        A,
        histogram('as wanted', [1, 2, 0], [10, 20]),
        histogram('one too few', [1, 2], [10, 20]),
        histogram('no bounds', [3], []),
        histogram('most', counts(64), bounds(63)),
        histogram('too many', counts(65), bounds(64))
      )
    )
    const told = { minutes: 1, value: 9, count: 3 }
    assert.deepEqual(stepsOf(store), [
      ['as wanted', { ...told, counts: [1, 2, 0] }],
      ['one too few', told],
      ['no bounds', told],
      ['most', { ...told, counts: counts(64) }],
      ['too many', told]
    ])
  })

  it('that begin anew are not less than nothing', () => {
    const store = aStore()
    const sums = (minute: number, value: number, startMinute = 0) => {
      const dataPoints = [
        {
          asInt: String(value),
          startTimeUnixNano: nanos(AT_MS + startMinute * 60_000),
          timeUnixNano: nanos(AT_MS + minute * 60_000)
        }
      ]
      send(
        store,
        'metrics',
        metricsOf(A, { name: 'x', sum: { dataPoints, aggregationTemporality: 2, isMonotonic: true } })
      )
    }
    sums(1, 10)
    sums(2, 15)
    // Restarted, and told so; and one that still says that it began with the first.
    sums(4, 20, 3)
    sums(5, 3, 3)
    assert.deepEqual(stepsOf(store), [
      ['x', { minutes: 1, value: 10 }, { minutes: 1, value: 5 }, { minutes: 1, value: 20 }, { minutes: 2, value: 3 }]
    ])
  })

  it('keep the newest half hour of a series', () => {
    const store = aStore()
    for (let i = 0; i < 100; i++) {
      const dataPoints = [{ asInt: String(i), timeUnixNano: nanos(AT_MS + i * 1000) }]
      send(store, 'metrics', metricsOf(A, { name: 'x', gauge: { dataPoints } }))
    }
    const [{ steps } = { steps: [] }] = [...store.metrics.values()]
    assert.deepEqual(
      steps.map(({ value }) => value),
      Array.from({ length: 60 }, (_, i) => 40 + i)
    )
  })

  it('of the moment stand for the time since the one before, the first for as long as the second', () => {
    const store = aStore()
    for (const minute of [0, 1, 3]) {
      const dataPoints = [{ asInt: '7', timeUnixNano: nanos(AT_MS + minute * 60_000) }]
      send(store, 'metrics', metricsOf(A, { name: 'x', gauge: { dataPoints } }))
    }
    assert.deepEqual(stepsOf(store), [
      ['x', { minutes: 1, value: 7 }, { minutes: 1, value: 7 }, { minutes: 2, value: 7 }]
    ])
  })
})
