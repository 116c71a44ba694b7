// The views as functions: what they leave out, add up and call a change.

import assert from 'node:assert/strict'
import { type ReportRow, type SpanRow, toRow } from '../../lib/console/rows.js'
import { createStore } from '../../lib/console/store.js'
import { codeView } from '../../lib/console/views/code.js'
import { compareView } from '../../lib/console/views/compare.js'
import { filterOf } from '../../lib/console/views/filter.js'
import { findings } from '../../lib/console/views/findings.js'
import { oneView } from '../../lib/console/views/one.js'
import { requestsView } from '../../lib/console/views/requests.js'
import { systemSums } from '../../lib/console/views/system.js'
import { keyOf, traced } from '../../lib/console/views/traced.js'
import type { Report } from '../../lib/types.js'
import { anyReport } from './console.js'

const rowOf = (part: Partial<Report> = {}): ReportRow => {
  const report = anyReport(part)
  return toRow(report, JSON.stringify(report))
}

/** The same numbers in each run. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

describe('requests', () => {
  it('keeps the slowest when there are more points than a screen shows', () => {
    const random = randomOf(1)
    const rows = Array.from({ length: 20_000 }, () => rowOf({ durationMs: 500 + random() * 1000 }))
    const slowest = rows.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, 500)
    const { total, shownPoints, points } = requestsView(rows, {})
    assert.equal(total, 20_000)
    assert.ok(shownPoints <= 4000 && shownPoints > 3000, String(shownPoints))
    const shown = new Set(points.key)
    assert.ok(slowest.every(({ key }) => shown.has(key)))
  })

  it('has percentiles and causes by route', () => {
    const rows = Array.from({ length: 100 }, (_, i) => rowOf({ durationMs: i + 1 }))
    const [route] = requestsView(rows, {}).routes
    assert.deepEqual([route!.p50, route!.p95, route!.p99, route!.count], [50, 95, 99, 100])
    assert.equal(route!.byCause[0]!.cause, 'db.pool_wait')
    assert.equal(route!.slowest, rows[99]!.key)
  })

  it('are filtered by what the address says', () => {
    const rows = [rowOf({ durationMs: 100 }), rowOf({ durationMs: 700 })]
    const count = (query: string): number => requestsView(rows, filterOf(new URLSearchParams(query))).total
    assert.deepEqual(
      [
        'min=500',
        'max=500',
        'service=orders',
        'service=x',
        'cause=gc',
        'q=POOL',
        'route=GET /orders/:id',
        'min=x',
        'version=1.4.2'
      ].map(count),
      [1, 1, 2, 0, 0, 2, 2, 2, 2]
    )
  })
})

describe('findings', () => {
  it('leave out who waited for a service that tells itself why', () => {
    const inner = rowOf()
    const outer = rowOf({ traceId: inner.traceId, verdict: { ...anyReport().verdict, cause: 'http.slow_peer' } })
    const alone = rowOf({ verdict: { ...anyReport().verdict, cause: 'http.slow_peer' } })
    assert.deepEqual(
      findings([inner, outer], {}).map(({ cause }) => cause),
      ['db.pool_wait']
    )
    assert.deepEqual(
      findings([alone], {}).map(({ cause }) => cause),
      ['http.slow_peer']
    )
  })
})

describe('code', () => {
  it('adds up a function over requests, and blames native code on the line that called it', () => {
    const native = { function: 'parse', file: '', line: 0, column: 0 }
    const own = { function: 'load', file: 'src/a.js', line: 5, column: 1 }
    const { evidence } = anyReport()
    const cpu = { ...evidence.cpu!, stacks: [{ frames: [native, own], samples: 3, ms: 30 }] }
    const rows = [rowOf({ evidence: { ...evidence, cpu } }), rowOf({ evidence: { ...evidence, cpu } })]
    const [first] = codeView(rows, {}).functions
    assert.deepEqual([first!.frame.function, first!.savedMs, first!.requests], ['load', 60, 2])
  })
})

describe('the system', () => {
  it('is not hidden by a sender whose clock runs ahead', () => {
    const now = Date.now()
    const store = createStore(1e7)
    for (const at of [now - 1000, now + 3_600_000, Date.parse('9999-01-01')]) {
      store.addReport(rowOf({ at: new Date(at).toISOString(), durationMs: 500 }))
    }
    const { services, toMs } = systemSums(store, 300_000, now)
    assert.deepEqual([services[0]!.requests, toMs], [1, now - 500])
  })

  it('was not asked from outside where callers told of more requests than it has counted by then', () => {
    const store = createStore(1e7)
    const point = { attributes: {}, kind: 'delta' as const, startMs: 1000, atMs: 11_000 }
    const origin = { service: 'orders', version: '', instance: 'a', ours: true }
    store.addMetric({ ...point, origin, name: 'http.server.request.duration', value: 1, count: 8 })
    const attributes = { 'perfagent.caller': 'web' }
    store.addMetric({ ...point, origin, attributes, name: 'perfagent.calls', value: 10, count: 0 })
    assert.deepEqual(
      systemSums(store, 300_000, 12_000).services.map(({ entryRequests }) => entryRequests),
      [0]
    )
  })

  for (const [who, ours, callEndMs] of [
    ['an agent of ours, whose span of it ends with the request', true, 150],
    ['another SDK, whose span of it ends later', false, 602]
  ] as const) {
    it(`gives none of the latency to a call that nobody awaited, as told by ${who}`, () => {
      const store = createStore(1e7)
      const startMs = 1_700_000_000_000
      const add = (
        id: string,
        parentSpanId: string,
        service: string,
        kind: SpanRow['kind'],
        from: number,
        to: number
      ) =>
        store.addSpan({
          traceId: '1'.repeat(32),
          spanId: id,
          parentSpanId,
          origin: { service, version: '1', instance: service, ours },
          name: id,
          kind,
          startMs: startMs + from,
          endMs: startMs + to,
          failed: false,
          attributes: {}
        })
      add('a', '', 'orders', 'server', 0, 150)
      add('b', 'a', 'orders', 'client', 1, callEndMs)
      add('c', 'b', 'audit', 'server', 2, 600)
      add('d', 'a', 'orders', 'client', 10, 110)
      add('e', 'd', 'price', 'server', 11, 109)
      // Its answer is handed on at once.
      add('f', '', 'web', 'server', 0, 152)
      add('g', 'f', 'web', 'client', 1, 152)
      add('h', 'g', 'shop', 'server', 2, 151)
      const { services, calls } = traced(store.traces.values(), startMs, startMs + 1000)
      const shareOf = (from: string, to: string): number => {
        const { pathMs, calledMs } = calls.get(keyOf({ from, to, system: 'service' }))!
        return Math.round((pathMs / calledMs) * 100) / 100
      }
      assert.deepEqual([shareOf('orders', 'audit'), shareOf('orders', 'price'), shareOf('web', 'shop')], [0, 1, 1])
      assert.deepEqual([services.get('orders')!.ownMs, services.get('web')!.ownMs], [52, 3])
    })
  }

  it('has with sockets the calls of their peer', () => {
    const store = createStore(1e7)
    const startMs = 1_700_000_000_000
    const time = { startMs, atMs: startMs + 10_000 }
    const origin = { service: 'web', version: '1', instance: 'a', ours: true }
    const add = (name: string, attributes: Record<string, string | number>, kind: 'delta' | 'gauge', value: number) =>
      store.addMetric({ ...time, name, origin, attributes, kind, value, count: 300 })
    add('http.client.request.duration', { 'server.address': 'orders', 'server.port': 8080 }, 'delta', 12)
    add('perfagent.resource.busy_time', { 'perfagent.resource': 'sockets orders:8080' }, 'delta', 15)
    add('perfagent.resource.capacity', { 'perfagent.resource': 'sockets orders:8080' }, 'gauge', 2)
    const [sockets] = systemSums(store, 300_000, startMs + 10_000).services[0]!.resources
    assert.deepEqual([sockets!.busySeconds, sockets!.capacity, sockets!.calls], [15, 2, 300])
  })

  it('has how busy a loop was in its fullest collection, also where an agent that got no CPU sent a long one', () => {
    const store = createStore(1e7)
    const startMs = 1_700_000_000_000
    for (const [from, to, value] of [
      [0, 10, 1],
      [10, 20, 9.9],
      [20, 30, 1],
      [30, 90, 12]
    ] as const) {
      store.addMetric({
        name: 'perfagent.resource.busy_time',
        origin: { service: 'orders', version: '1', instance: 'a', ours: true },
        attributes: { 'perfagent.resource': 'event loop' },
        kind: 'delta',
        startMs: startMs + from * 1000,
        atMs: startMs + to * 1000,
        value,
        count: 0
      })
    }
    const [loop] = systemSums(store, 300_000, startMs + 90_000).services[0]!.resources
    assert.equal(loop!.peakShare, 0.99)
  })

  describe('has of a service with two instances', () => {
    /** Each 10 s of two minutes how long its loop was busy, by instance; undefined: it is not there. */
    function loopOf(busyOf: (instance: string, second: number) => number | undefined) {
      const store = createStore(1e7)
      const startMs = 1_700_000_000_000
      for (let second = 10; second <= 120; second += 10) {
        for (const instance of ['a', 'b']) {
          const value = busyOf(instance, second)
          if (value === undefined) continue
          const origin = { service: 'orders', version: '1', instance, ours: true }
          const time = { startMs: startMs + (second - 10) * 1000, atMs: startMs + second * 1000, count: 0 }
          const attributes = { 'perfagent.resource': 'event loop' }
          const add = (name: string, kind: 'delta' | 'gauge', value: number): void =>
            store.addMetric({ ...time, name, origin, attributes, kind, value })
          add('perfagent.resource.busy_time', 'delta', value)
          add('perfagent.resource.capacity', 'gauge', 1)
        }
      }
      return systemSums(store, 300_000, startMs + 120_000).services[0]!.resources
    }

    it('what the fuller one was busy', () => {
      assert.deepEqual(
        loopOf(instance => (instance === 'a' ? 1 : 8)),
        [{ resource: 'event loop', busySeconds: 108, capacity: 2, fullestSeconds: 96, peakShare: 0.8 }]
      )
    })

    it('what both were busy, and what the one has to give that came when the other was stopped', () => {
      assert.deepEqual(
        loopOf((instance, second) => ((instance === 'a') === second <= 60 ? 5 : undefined)),
        [{ resource: 'event loop', busySeconds: 60, capacity: 1, fullestSeconds: 30, peakShare: 0.5 }]
      )
    })

    it('how busy the fuller one was in the collection in which it had most to do', () => {
      const [loop] = loopOf((instance, second) => (instance === 'b' && second === 70 ? 9.9 : 1))
      assert.equal(loop!.peakShare, 0.99)
    })
  })
})

describe('compare', () => {
  const version = (name: string, meanMs: number, count: number, random: () => number): ReportRow[] =>
    Array.from({ length: count }, () => {
      const report = anyReport({ durationMs: meanMs + (random() + random() + random() - 1.5) * 100 })
      return toRow({ ...report, service: { ...report.service, version: name } }, '{}')
    })
  const changeOf = (a: number, b: number, count: number, random: () => number) =>
    compareView(
      [...version('a', a, count, random), ...version('b', b, count, random)],
      { version: 'a' },
      { version: 'b' }
    ).routes[0]!.change

  it('does not tell noise as news, and tells news', () => {
    const random = randomOf(7)
    const told = (a: number, b: number): number =>
      Array.from({ length: 400 }, () => changeOf(a, b, 30, random)).filter(({ real }) => real).length / 400
    const [noise, news] = [told(500, 500), told(500, 560)]
    assert.ok(noise < 0.08, `${noise} of the comparisons of equals were told as a change`)
    assert.ok(news > 0.95, `${news} of the real changes were told`)
  })

  it('says nothing of too few', () => {
    const { spreadMs, real } = changeOf(500, 5000, 4, randomOf(3))
    assert.deepEqual([spreadMs, real], [null, false])
  })
})

describe('one request', () => {
  const span = (spanId: string, parentSpanId: string, startMs: number, endMs: number): SpanRow => ({
    traceId: 't',
    spanId,
    parentSpanId,
    origin: { service: 's', version: '', instance: '', ours: false },
    name: spanId,
    kind: 'internal',
    startMs,
    endMs,
    failed: false,
    attributes: {}
  })
  const view = (...spans: SpanRow[]) =>
    oneView(undefined, { spans: new Map(spans.map(each => [each.spanId, each])), lastMs: 0, bytes: 0 }, []).spans

  it('was waiting for the span that ended last, and before that began for the one before', () => {
    const shown = view(
      span('root', '', 0, 100),
      span('a', 'root', 10, 40),
      span('b', 'root', 20, 60),
      span('c', 'root', 70, 95)
    )
    assert.deepEqual(
      shown.map(({ name, criticalMs }) => [name, criticalMs]),
      [
        ['root', 25],
        ['a', 10],
        ['b', 40],
        ['c', 25]
      ]
    )
  })

  it('shows a trace whose root never came, and one that goes in a circle', () => {
    assert.equal(view(span('a', 'lost', 0, 10), span('b', 'a', 1, 5)).length, 2)
    assert.equal(view(span('a', 'b', 0, 10), span('b', 'a', 1, 5)).length, 0)
    assert.equal(view(span('a', 'a', 0, 10)).length, 1)
  })

  it('takes its spans from the report where no trace came', () => {
    const row = rowOf()
    const { spans, report } = oneView(row, undefined, [row])
    assert.equal(spans.length, 1 + report!.operations.length)
    assert.equal(spans[0]!.reportKey, row.key)
  })
})
