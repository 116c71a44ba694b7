import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createRecording, type EndedRequest } from '../../lib/metrics/recording.js'
import { createSeries, type Series } from '../../lib/metrics/series.js'
import type { Operation } from '../../lib/types.js'
import { operation } from '../verdict/timeline.js'

const call = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  statusCode: fc.constantFrom(200, 204, 404),
  target: fc.constantFrom('a:80', 'b:80'),
  system: fc.constant('http'),
  isMethodTold: fc.boolean()
})

const toOperation = ({ method, statusCode, target, system }: Record<string, string | number | boolean>): Operation =>
  operation({
    kind: 'http',
    system: String(system),
    text: `${method} http://${target}/`,
    target: String(target),
    start: 0,
    end: 1,
    statusCode: Number(statusCode)
  })

describe('what is counted of operations', () => {
  it('goes to the series of its own method, status and peer, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 40 }), calls => {
        const all: Series[] = []
        const recording = createRecording(
          createSeries({ histograms: 'explicit', startMs: 1, announce: each => all.push(each) })
        )
        for (const each of calls)
          recording.operation(toOperation(each), undefined, each.isMethodTold ? each.method : undefined)
        const counted = new Map(
          all.map(({ values, cells }) => [values!.slice(0, 4).join(), cells.subarray(1).reduce((a, b) => a + b)])
        )
        const expected = new Map<string, number>()
        for (const { method, target, statusCode } of calls) {
          const key = [method, ...target.split(':'), statusCode].join()
          expected.set(key, (expected.get(key) ?? 0) + 1)
        }
        assert.deepEqual([...counted].sort(), [...expected].sort())
      })
    )
  })

  it('tells a query, a command and a call to one address apart', () => {
    const all: Series[] = []
    const recording = createRecording(
      createSeries({ histograms: 'explicit', startMs: 1, announce: each => all.push(each) })
    )
    const facts = { target: 'db:80', start: 0, end: 1 }
    const each = [
      operation({ kind: 'db', system: 'db', ...facts }),
      operation({ kind: 'cache', system: 'redis', ...facts }),
      operation({ kind: 'http', system: 'http', text: 'GET http://db/', ...facts })
    ]
    for (const one of [...each, ...each]) recording.operation(one, undefined)
    assert.deepEqual(
      all.map(({ metric, values, cells }) => [metric, values![0], cells.subarray(1).reduce((a, b) => a + b)]),
      [
        ['dbDuration', 'db', 2],
        ['dbDuration', 'redis', 2],
        ['clientDuration', 'GET', 2]
      ]
    )
  })

  it('that failed goes to the series of its error, and leaves that of those that went well', () => {
    const all: Series[] = []
    const recording = createRecording(
      createSeries({ histograms: 'explicit', startMs: 1, announce: each => all.push(each) })
    )
    const query = operation({ kind: 'db', system: 'pg', target: 'db:5432', start: 0, end: 1 })
    const refused = Object.assign(new Error(), { code: '42P01' })
    for (const error of [refused, undefined, null, refused, undefined]) recording.operation(query, error)
    assert.deepEqual(
      all.map(({ values, cells }) => [values!.at(-1), cells.subarray(1).reduce((a, b) => a + b)]),
      [
        ['42P01', 2],
        [undefined, 3]
      ]
    )
  })
})

const PLAIN: EndedRequest = {
  facts: { method: 'GET' },
  route: '/',
  statusCode: 200,
  status: 'finished',
  start: 1000,
  end: 1100,
  thresholdMs: 500,
  operations: undefined,
  caller: undefined
}

describe('what is counted of requests', () => {
  function recorded(...requests: Partial<EndedRequest>[]): Record<string, number> {
    const all: Series[] = []
    const recording = createRecording(
      createSeries({ histograms: 'explicit', startMs: 1, announce: each => all.push(each) })
    )
    for (const request of requests) recording.request({ ...PLAIN, ...request })
    const countOf = ({ metric, cells }: Series): number =>
      metric === 'serverDuration' ? cells.subarray(1).reduce((a, b) => a + b) : cells[0]!
    return Object.fromEntries(all.map(each => [[each.metric, ...each.values!].join(' '), countOf(each)]))
  }

  it('is slow from its threshold on', () => {
    const { 'slowRequests GET /': slow } = recorded({ end: 1499 }, { end: 1500 }, { end: 1501 })
    assert.equal(slow, 2)
  })

  it('is told apart by status and by whether it was aborted, whatever came before', () => {
    const aborted = { status: 'aborted' } as const
    const told = recorded({}, aborted, aborted, {}, { statusCode: 500 }, { ...aborted, statusCode: null }, {})
    assert.deepEqual(
      Object.entries(told).filter(([name]) => name.startsWith('serverDuration')),
      [
        ['serverDuration GET / 200 ', 3],
        ['serverDuration GET / 200 aborted', 2],
        ['serverDuration GET / 500 500', 1],
        ['serverDuration GET /  aborted', 1]
      ]
    )
  })

  it('is told of who called, those that failed apart', () => {
    const told = recorded({ caller: 'shop' }, { caller: 'shop', statusCode: 503 }, { caller: 'shop' })
    assert.deepEqual([told['calls shop '], told['calls shop 503']], [2, 1])
    assert.ok(Math.abs(told['callTime shop ']! - 0.2) < 1e-9)
  })

  it('is found without a text of its attributes for 2000 routes, and beyond that asked for anew', () => {
    let asked = 0
    const { histograms, cells } = createSeries({ histograms: 'explicit', startMs: 1, announce: () => {} })
    const recording = createRecording({
      histograms,
      cells(metric, values) {
        if (metric === 'serverDuration') asked++
        return cells(metric, values)
      }
    })
    const request = (route: string): EndedRequest => ({ ...PLAIN, route })
    for (let i = 0; i < 3000; i++) recording.request(request(`/${i}`))
    assert.equal(asked, 3000)
    for (let i = 0; i < 3000; i++) recording.request(request(`/${i}`))
    assert.equal(asked, 4000)
  })
})
