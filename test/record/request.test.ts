import assert from 'node:assert/strict'
import { hold } from '../../lib/record/pools.js'
import { createPropagation } from '../../lib/record/propagation.js'
import { Request } from '../../lib/record/request.js'
import { createSampler } from '../../lib/record/sampling.js'
import { toTimeline } from '../../lib/record/timeline.js'
import { type PoolFacts, type SpanDetail, STATUS } from '../../lib/types.js'

const LIMIT = 1000
const FOOTPRINT = { bytes: 0, maxBytes: Number.POSITIVE_INFINITY, maxFollowedBytes: Number.POSITIVE_INFINITY }
const TRACING = {
  propagation: createPropagation(['tracecontext', 'baggage'], () => 'orders'),
  sampler: createSampler({ tracesSampler: 'slow', tracesSamplerArg: 1, sampleShare: 0 })
}
const newRequest = (id = 1) =>
  new Request(id, { method: 'GET', path: '/orders/17', headers: [] }, 1, {}, new Set(), TRACING, FOOTPRINT)
const query = (text: string) => ({ kind: 'db', system: 'postgresql', text }) as const
const timelineOf = (request: Request) => toTimeline(request, 1, 0)

describe('a request', () => {
  it('has the ids with which its span left, when somebody asks for them later', () => {
    const request = newRequest()
    assert.equal(request.knownIds, undefined)
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')
    const { trace0, trace1, trace2, trace3, span0, span1 } = request.ownIds
    assert.equal(request.ids.traceId, [trace0, trace1, trace2, trace3].map(hex).join(''))
    assert.equal(request.ids.spanId, [span0, span1].map(hex).join(''))
    assert.equal(request.knownIds, request.ids)
  })

  it("has its caller's ids from the beginning", () => {
    const headers = ['traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`]
    const request = new Request(1, { method: 'GET', path: '/', headers }, 1, {}, new Set(), TRACING, FOOTPRINT)
    assert.equal(request.knownIds?.traceId, 'a'.repeat(32))
    assert.equal(request.knownIds?.parentSpanId, 'b'.repeat(16))
    assert.equal(request.ref.parentSpanId, 'b'.repeat(16))
    assert.ok(!('parentSpanId' in newRequest().ref))
  })

  it('has them after its end, of whose headers it keeps those of the trace alone', () => {
    const headers = [
      'cookie',
      'x'.repeat(1000),
      'Traceparent',
      `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      'accept',
      '*/*'
    ]
    const facts = { method: 'GET', path: '/', headers }
    const request = new Request(1, facts, 1, {}, new Set(), TRACING, FOOTPRINT)
    request.letGo()
    assert.deepEqual(facts.headers, headers.slice(2, 4))
    assert.equal(request.ids.traceId, 'a'.repeat(32))
    assert.equal(request.ids.parentSpanId, 'b'.repeat(16))
    request.release()
    assert.deepEqual(facts.headers, [])
    assert.equal(request.knownTraceId, 'a'.repeat(32))
  })

  it('is named by its path where its framework has one route for all', () => {
    const named = (route: string): string => {
      const facts = { method: 'GET', path: '/orders/17?page=2', headers: [] }
      const request = new Request(1, facts, 1, {}, new Set([() => route]), TRACING, FOOTPRINT)
      return request.route
    }
    for (const route of ['*', '/*', '**', '/*splat', '{*splat}', '/{*splat}']) assert.equal(named(route), '/orders/:id')
    for (const route of ['/shop/*', '/*splat/edit', '/', '/:page']) assert.equal(named(route), route)
  })

  it('has failed with a status of 500 or more, or when its span says so', () => {
    const failed = (statusCode: number | null, spanStatus?: number): boolean => {
      const request = newRequest()
      request.statusCode = statusCode
      if (spanStatus !== undefined) request.span = { status: { code: spanStatus } } as SpanDetail
      return request.failed
    }
    assert.deepEqual(
      [null, 200, 404, 499, 500, 503].map(code => failed(code)),
      [false, false, false, false, true, true]
    )
    assert.deepEqual([failed(200, STATUS.error), failed(200, STATUS.ok)], [true, false])
  })

  it('folds 50,000 like operations and says so', () => {
    const request = newRequest()
    for (let i = 0; i < 50_000; i++) request.finish(request.begin(query('SELECT 1'), LIMIT), undefined, undefined)
    const { operations, dropped } = timelineOf(request)
    assert.equal(operations.length, LIMIT + 1)
    assert.equal(
      operations.reduce((sum, { count }) => sum + count, 0),
      50_000
    )
    assert.equal(dropped.operations, 50_000 - LIMIT)
    assert.ok(operations.at(-1)!.busyMs > 0)
  })

  it('tells of folded operations how long they took together, and when the last of them ended', () => {
    const request = newRequest()
    let ended = 0
    for (let i = 0; i < 12; i++) {
      const operation = request.begin(query('SELECT 1'), 2)
      ended = operation.start + 50
      request.finish(operation, undefined, undefined, ended)
    }
    const [, , folded] = timelineOf(request).operations
    assert.deepEqual([folded!.count, Math.round(folded!.busyMs), folded!.end], [10, 500, ended])
  })

  it('tells of folded waits for a pool how many there were at once, and the longest queue', () => {
    const request = newRequest()
    const wait = (waiting: number) =>
      request.begin(
        {
          kind: 'pool',
          system: 'postgresql',
          pool: { size: 2, inUse: 2, waiting, busy: [], of: {}, look: () => ({}) as never, name: () => 'pool' }
        },
        1
      )
    wait(0)
    const [second, third] = [wait(1), wait(2)]
    request.finish(second, undefined, undefined, second.start + 5)
    request.finish(third, undefined, undefined, third.start + 5)
    wait(1)
    const [, folded] = timelineOf(request).operations
    assert.deepEqual([folded!.count, folded!.atOnce, folded!.pool!.waiting], [3, 2, 2])
  })

  it('keeps a wait for a pool that was none where it failed', () => {
    const request = newRequest()
    for (const error of [undefined, new Error('pool is draining')]) {
      const wait = request.begin({ kind: 'pool', system: 'postgresql' }, LIMIT)
      request.finish(wait, error, undefined, wait.start)
    }
    assert.deepEqual(
      timelineOf(request).operations.map(({ kind, error }) => [kind, error]),
      [['pool', 'pool is draining']]
    )
  })

  it('counts, by system, the waits for a pool that were none', () => {
    const request = newRequest()
    assert.ok(!('gotAtOnce' in timelineOf(request)))
    for (const system of ['postgresql', 'mysql', 'postgresql']) {
      const wait = request.begin({ kind: 'pool', system }, LIMIT)
      request.finish(wait, undefined, undefined, wait.start)
    }
    const long = request.begin({ kind: 'pool', system: 'postgresql' }, LIMIT)
    request.finish(long, undefined, undefined, long.start + 20)
    const { operations, gotAtOnce } = timelineOf(request)
    assert.deepEqual(
      [operations.length, gotAtOnce],
      [
        1,
        [
          { system: 'postgresql', count: 2 },
          { system: 'mysql', count: 1 }
        ]
      ]
    )
  })

  it('folds distinct texts within bounds', () => {
    const request = newRequest()
    for (let i = 0; i < 50_000; i++) request.finish(request.begin(query(`SELECT ${i}`), LIMIT), undefined, undefined)
    const { operations } = timelineOf(request)
    assert.ok(operations.length < LIMIT + 150, `${operations.length} kept`)
    assert.equal(
      operations.reduce((sum, { count }) => sum + count, 0),
      50_000
    )
  })

  it('folds by its kind what has a text that is no string', () => {
    const request = newRequest()
    for (let i = 0; i < 20; i++) request.begin(query(7 as unknown as string), 5)
    const { operations, dropped } = timelineOf(request)
    assert.deepEqual([operations.length, operations.at(-1)!.count, dropped.operations], [6, 15, 15])
  })

  it('folds calls by their texts also when one without a text came before', () => {
    const request = newRequest()
    const texts = [undefined, 'SELECT 1', 'SELECT 2', 'SELECT 1', undefined] as string[]
    for (const text of texts) request.begin(query(text), 0)
    assert.deepEqual(
      timelineOf(request).operations.map(({ text, count }) => [text, count]),
      [
        [undefined, 2],
        ['SELECT 1', 2],
        ['SELECT 2', 1]
      ]
    )
  })

  it('counts each call once as dropped when it is let go while it runs, folded or not', () => {
    const request = newRequest()
    for (let i = 0; i < 20; i++) request.begin(query('SELECT 1'), 5)
    request.letGo()
    assert.equal(request.droppedOperations, 20)
    assert.deepEqual(timelineOf(request).operations, [])
  })

  it('cuts a text of 1 MB, only when it is handed over', () => {
    const request = newRequest()
    request.begin(query(`SELECT '${'x'.repeat(1_000_000)}'`), LIMIT)
    assert.equal(timelineOf(request).operations[0]!.text!.length, 8192)
  })

  it('ends an operation once', () => {
    const request = newRequest()
    const operation = request.begin(query('SELECT 1'), LIMIT)
    request.finish(operation, undefined, undefined)
    const { end } = operation
    request.finish(operation, new Error('late'), undefined)
    assert.equal(operation.end, end)
    assert.equal(operation.error, undefined)
  })

  it("reads an error without running the application's code twice", () => {
    const request = newRequest()
    const operation = request.begin(query('SELECT 1'), LIMIT)
    const hostile = Object.defineProperty({}, 'message', {
      get: () => {
        throw new Error('getter')
      }
    })
    request.finish(operation, hostile, undefined)
    assert.equal(operation.error, 'error')
  })

  it("names who held the pool's connections while it waited", () => {
    const holder = newRequest(7)
    const connection = {}
    hold(connection, holder, 'Error\n    at pay (/srv/shop/src/pay.js:7:3)')
    const waiting = newRequest(8)
    const full: PoolFacts = {
      size: 2,
      inUse: 2,
      waiting: 0,
      busy: [connection, {}],
      of: {},
      look: () => full,
      name: () => 'db'
    }
    waiting.begin({ kind: 'pool', system: 'postgresql', pool: full }, LIMIT)
    const { pool } = timelineOf(waiting).operations[0]!
    assert.equal(pool!.holders[0]!.request!.id, 7)
    assert.equal(pool!.holders[0]!.request!.route, '/orders/:id')
    assert.match(String(pool!.holders[0]!.takenAt), /src\/pay\.js:7:3/)
    assert.equal(pool!.holders[1]!.request, null)
  })

  it('names twenty who held connections of a pool of thousands', () => {
    const full: PoolFacts = {
      size: 5000,
      inUse: 5000,
      waiting: 1,
      busy: Array.from({ length: 5000 }, () => ({})),
      of: {},
      look: () => full,
      name: () => 'db'
    }
    const waiting = newRequest()
    waiting.begin({ kind: 'pool', system: 'postgresql', pool: full }, LIMIT)
    const { pool } = timelineOf(waiting).operations[0]!
    assert.deepEqual([pool!.holders.length, pool!.inUse], [20, 5000])
  })

  it("continues the caller's trace and tells its own span", () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
    const request = new Request(
      1,
      { method: 'GET', path: '/', headers: ['Traceparent', traceparent, 'TraceState', 'a=1'] },
      1,
      {},
      new Set(),
      TRACING,
      FOOTPRINT
    )
    const headers = Object.fromEntries(request.traceHeaders(request.begin({ kind: 'http', system: 'http' }, LIMIT)))
    assert.match(headers['traceparent']!, /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-00$/)
    assert.equal(headers['tracestate'], 'perfagent=orders,a=1')
  })

  it('ignores the tracestate of an invalid traceparent', () => {
    const request = new Request(
      1,
      { method: 'GET', path: '/', headers: ['traceparent', 'garbage', 'tracestate', 'a=1'] },
      1,
      {},
      new Set(),
      TRACING,
      FOOTPRINT
    )
    const headers = request.traceHeaders(request.begin({ kind: 'http', system: 'http' }, LIMIT))
    assert.deepEqual(headers[1], ['tracestate', 'perfagent=orders'])
  })

  it('keeps 32 annotations, safe from __proto__', () => {
    const request = newRequest()
    request.annotate('__proto__', 'x')
    for (let i = 0; i < 100; i++) request.annotate(`key${i}`, 'v'.repeat(1000))
    const { annotations } = timelineOf(request)
    assert.equal(Object.keys(annotations).length, 32)
    assert.equal((annotations['key0'] as string).length, 256)
    assert.equal(({} as Record<string, unknown>)['x'], undefined)
  })
})
