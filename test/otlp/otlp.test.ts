import assert from 'node:assert/strict'
import fc from 'fast-check'
import { rejectedIn } from '../../lib/otlp/answer.js'
import { toJson, toProtobuf } from '../../lib/otlp/encode.js'
import { type LogSources, logRecords } from '../../lib/otlp/logs.js'
import { FIELDS, isMessage } from '../../lib/otlp/messages.js'
import { spans } from '../../lib/otlp/spans.js'
import type { Report } from '../../lib/types.js'
import { decodeLogs, decodeSpans, type OtlpLog, type OtlpSpan } from '../harness/otlp.js'
import { sampleReport } from '../sample-report.js'
import { randomReport } from './random-report.js'

const PROTOBUF = 'application/x-protobuf'
const JSON_TYPE = 'application/json'
const VERSION = '0.1.0'

function spansIn(reports: Report[], type = PROTOBUF): OtlpSpan[] {
  const message = spans(reports, VERSION)
  if (!message) return []
  const name = 'ExportTraceServiceRequest'
  return decodeSpans(Buffer.from(type === JSON_TYPE ? toJson(name, message) : toProtobuf(name, message)), type)
}

function logsIn(reports: Report[], type = PROTOBUF, sources: LogSources = {}): OtlpLog[] {
  const message = logRecords(reports, VERSION, sources)
  if (!message) return []
  const name = 'ExportLogsServiceRequest'
  return decodeLogs(Buffer.from(type === JSON_TYPE ? toJson(name, message) : toProtobuf(name, message)), type)
}

const AT = BigInt(Date.parse('2026-11-22T19:31:00.123Z')) * 1_000_000n
const near = (actual: bigint, expected: bigint): void =>
  assert.ok(actual - expected < 1000n && expected - actual < 1000n, `${actual} for ${expected}`)

describe('the table of messages', () => {
  it('names only types that exist, and no number twice', () => {
    const scalars = [
      'string',
      'bool',
      'enum',
      'uint32',
      'fixed32',
      'fixed64',
      'int64',
      'sint32',
      'double',
      'id',
      'nanos'
    ]
    for (const [message, fields] of Object.entries(FIELDS)) {
      for (const { name, type } of fields) assert.ok(isMessage(type) || scalars.includes(type), `${message}.${name}`)
      assert.equal(new Set(fields.map(({ number }) => number)).size, fields.length, message)
    }
  })
})

describe('a report as spans', () => {
  const [server, pool, db, http, cache, custom] = spansIn([sampleReport()]) as [
    OtlpSpan,
    OtlpSpan,
    OtlpSpan,
    OtlpSpan,
    OtlpSpan,
    OtlpSpan
  ]
  it('has the request as server span', () => {
    assert.equal(server.name, 'GET /orders/:id')
    assert.equal(server.kind, 2)
    assert.equal(server.traceId, '4bf92f3577b34da6a3ce929d0e0e4736')
    assert.equal(server.spanId, '00f067aa0ba902b7')
    assert.equal(server.parentSpanId, '53995c3f42cd8ad8')
    assert.equal(server.startTimeUnixNano, AT)
    near(server.endTimeUnixNano, AT + 812_400_000n)
    assert.equal(server.status.code, 0)
    assert.equal(server.scope, 'perfagent')
    assert.deepEqual(server.attributes, {
      tenant: 'acme',
      items: 17,
      share: 0.5,
      fresh: true,
      'http.request.method': 'GET',
      'http.route': '/orders/:id',
      'http.response.status_code': 200,
      'url.path': '/orders/17',
      'url.query': 'full=?',
      'perfagent.caller': 'gateway',
      'perfagent.cause': 'db.pool_wait',
      'perfagent.summary': sampleReport().verdict.summary,
      'perfagent.confidence': 'measured',
      'perfagent.status': 'finished',
      'perfagent.report_id': sampleReport().id
    })
    assert.deepEqual(server.resource, {
      'service.name': 'orders',
      'service.version': '1.4.2',
      'service.instance.id': 'a3c5e7d9-0000-4000-8000-000000000001',
      'host.name': 'web-1',
      'process.pid': 71,
      'telemetry.distro.name': 'perfagent',
      'telemetry.distro.version': VERSION,
      'telemetry.sdk.name': 'perfagent',
      'telemetry.sdk.language': 'nodejs',
      'telemetry.sdk.version': VERSION
    })
  })

  it('has each operation as its child, by the stable conventions', () => {
    for (const child of [pool, db, http, cache, custom]) {
      assert.equal(child.parentSpanId, server.spanId)
      assert.equal(child.traceId, server.traceId)
    }
    assert.deepEqual(
      [pool, db, http, cache, custom].map(({ kind }) => kind),
      [1, 3, 3, 3, 1]
    )
    near(db.startTimeUnixNano, AT + 594_000_000n)
    near(db.endTimeUnixNano, AT + 714_400_000n)
    assert.deepEqual(db.attributes, {
      'db.system.name': 'postgresql',
      'db.namespace': 'shop',
      'db.query.text': 'SELECT * FROM orders WHERE id = ?',
      'db.query.summary': 'SELECT orders',
      'db.operation.name': 'SELECT',
      'server.address': 'db.internal',
      'server.port': 5432,
      'perfagent.operation.kind': 'db'
    })
    assert.deepEqual(http.attributes, {
      'http.request.method': 'GET',
      'url.full': 'http://inventory:8080/items/17?fresh=?',
      'http.response.status_code': 200,
      'server.address': 'inventory',
      'server.port': 8080,
      'perfagent.operation.kind': 'http',
      'perfagent.phase.socket_ms': 0.2,
      'perfagent.phase.connect_ms': 1.1,
      'perfagent.phase.first_byte_ms': 58
    })
    assert.equal(http.spanId, 'b7ad6b7169203331')
  })

  it('has the path of a socket as the address of its peer', () => {
    const over = (kind: 'db' | 'cache' | 'http', target: string) =>
      spansIn([sampleReport({ operations: [{ ...sampleReport().operations[0]!, kind, target }] })])
        .map(({ attributes }) => [attributes['server.address'], attributes['db.namespace']])
        .at(-1)
    assert.deepEqual(over('db', '/run/mysqld.sock/shop'), ['/run/mysqld.sock', 'shop'])
    assert.deepEqual(over('cache', '/run/redis.sock'), ['/run/redis.sock', undefined])
    assert.deepEqual(over('http', '/run/app.sock'), ['/run/app.sock', undefined])
  })

  it('says which failed', () => {
    assert.equal(cache.attributes['error.type'], 'ECONNRESET')
    assert.deepEqual(cache.status, { code: 2, message: 'ECONNRESET' })
    const request = { method: 'BREW', route: '/tea', path: '/tea', statusCode: 503 }
    const [failed] = spansIn([sampleReport({ request })])
    assert.equal(failed!.status.code, 2)
    assert.equal(failed!.attributes['error.type'], '503')
    assert.equal(failed!.attributes['http.request.method'], '_OTHER')
  })

  it('says of a request that failed what the application has said of it, if it has', () => {
    const request = { method: 'GET', route: '/tea', path: '/tea', statusCode: 503 }
    const span = {
      name: '',
      kind: 2,
      scope: { name: 'shop', version: '' },
      attributes: {},
      events: [],
      links: [],
      dropped: { attributes: 0, events: 0, links: 0 }
    }
    const codes = [0, 1, 2].map(code => {
      const [server] = spansIn([sampleReport({ request, span: { ...span, status: { code, message: 'said' } } })])
      return server!.status.code
    })
    assert.deepEqual(codes, [2, 1, 2])
  })

  it('has no method in its name that the conventions do not know, of which a caller may send a new one each time', () => {
    const [call] = sampleReport().operations.filter(({ kind }) => kind === 'http')
    const operations = [{ ...call!, name: 'BREW pot:80', text: 'BREW http://pot/' }]
    const request = { method: 'BREW', route: '/tea', path: '/tea', statusCode: 200 }
    const brewed = spansIn([sampleReport({ request, operations })])
    assert.deepEqual(
      brewed.map(({ name, attributes }) => [name, attributes['http.request.method_original']]),
      [
        ['HTTP /tea', 'BREW'],
        ['HTTP pot:80', 'BREW']
      ]
    )
  })

  it('says of a call that was answered 404 that it failed, and of a request that answers so that it did not', () => {
    const { operations, request } = sampleReport()
    const [call] = operations.filter(({ kind }) => kind === 'http')
    const not = { statusCode: 404 }
    const report = sampleReport({ operations: [{ ...call!, ...not }], request: { ...request, ...not } })
    assert.deepEqual(
      spansIn([report]).map(({ status, attributes }) => [status.code, attributes['error.type']]),
      [
        [0, undefined],
        [2, '404']
      ]
    )
  })

  it('lets no attribute of the resource say who sends it', () => {
    const { service } = sampleReport()
    const attributes = { 'service.name': 'x', 'process.pid': '1', 'telemetry.sdk.name': 'x', 'team.name': 'checkout' }
    const [span] = spansIn([sampleReport({ service: { ...service, attributes } })])
    assert.deepEqual(span!.resource, { ...server.resource, 'team.name': 'checkout' })
  })

  it('ends what never ended with its request', () => near(custom.endTimeUnixNano, server.endTimeUnixNano))

  it('has the same ids each time, and no id twice', () => {
    const ids = spansIn([sampleReport()]).map(({ spanId }) => spanId)
    assert.deepEqual(
      spansIn([sampleReport()]).map(({ spanId }) => spanId),
      ids
    )
    assert.equal(new Set(ids).size, 6)
    for (const id of ids) assert.match(id, /^[0-9a-f]{16}$/)
  })

  it('says that the caller is another process, where there is one, and whether its trace is sampled', () => {
    const flags = (part: Partial<Report>): number[] => spansIn([sampleReport(part)]).map(({ flags }) => flags)
    assert.deepEqual(flags({}).slice(0, 3), [0x301, 0x101, 0x101])
    assert.deepEqual(flags({ parentSpanId: null, sampled: false }).slice(0, 3), [0x100, 0x100, 0x100])
  })

  it('comes when the request has ended', () => {
    assert.equal(spans([sampleReport({ status: 'running' })], VERSION), undefined)
    assert.equal(spans([], VERSION), undefined)
    assert.equal(logRecords([], VERSION), undefined)
  })

  it('lets no annotation take a name of ours', () => {
    const [span] = spansIn([sampleReport({ annotations: { 'http.route': 'x', mine: 1 } })])
    assert.equal(span!.attributes['http.route'], '/orders/:id')
    assert.equal(span!.attributes['mine'], 1)
  })
})

describe('a report as a log record', () => {
  it('tells the verdict, and all of the report', () => {
    const report = sampleReport({ status: 'running' })
    const [log] = logsIn([report])
    const { 'perfagent.report': whole, ...rest } = log!.attributes
    assert.equal(log!.eventName, 'perfagent.slow_request')
    assert.equal(log!.body, report.verdict.summary)
    assert.deepEqual([log!.severityNumber, log!.severityText], [13, 'WARN'])
    assert.deepEqual([log!.traceId, log!.spanId, log!.flags], [report.traceId, report.spanId, 1])
    near(log!.timeUnixNano, AT + 812_400_000n)
    assert.equal(log!.observedTimeUnixNano, log!.timeUnixNano)
    assert.deepEqual(JSON.parse(String(whole)), report)
    assert.deepEqual(rest, {
      'http.request.method': 'GET',
      'http.route': '/orders/:id',
      'http.response.status_code': 200,
      'perfagent.cause': 'db.pool_wait',
      'perfagent.confidence': 'measured',
      'perfagent.report_id': report.id,
      'perfagent.status': 'running',
      'perfagent.duration_ms': 812.4,
      'perfagent.threshold_ms': 500
    })
  })

  it('says where its trace is not sampled', () => assert.equal(logsIn([sampleReport({ sampled: false })])[0]!.flags, 0))

  it('has the JSON in which it waited', () => {
    const reports = [sampleReport({ id: 'first' }), sampleReport({ id: 'second' })]
    const logs = logsIn(reports, PROTOBUF, { jsonOf: ({ id }) => `the JSON of ${id}` })
    assert.deepEqual(
      logs.map(({ attributes }) => attributes['perfagent.report']),
      ['the JSON of first', 'the JSON of second']
    )
  })
})

describe('how many reports were lost', () => {
  const { service } = sampleReport()
  const others = [sampleReport(), sampleReport({ service: { ...service, version: '1.5.0' } })]

  it('is told once, also where the reports behind them are of two services', () => {
    const told = logsIn(others, PROTOBUF, { lost: 7 }).map(({ attributes }) => attributes['perfagent.lost_reports'])
    assert.deepEqual(
      told.filter(lost => lost !== undefined),
      [7]
    )
  })

  it('is said in a sentence, of one too', () => {
    const said = [1, 7].map(lost => logsIn([sampleReport()], PROTOBUF, { lost })[0]!.body)
    assert.deepEqual(said, [
      '1 report of a slow request was lost before this one',
      '7 reports of slow requests were lost before this one'
    ])
  })
})

describe("a report's CPU samples as a log record", () => {
  it('are of the moment in which the request ended', () => {
    const [, profile] = logsIn([sampleReport()], PROTOBUF, { profileOf: () => 'a profile' })
    assert.equal(profile!.body, 'a profile')
    near(profile!.timeUnixNano, AT + 812_400_000n)
  })
})

describe('the two encodings', () => {
  it('say the same to an independent decoder, whatever is in a report', () =>
    fc.assert(
      fc.property(fc.array(randomReport, { maxLength: 3 }), reports => {
        assert.deepEqual(spansIn(reports, PROTOBUF), spansIn(reports, JSON_TYPE))
        assert.deepEqual(logsIn(reports, PROTOBUF), logsIn(reports, JSON_TYPE))
        assert.equal(logsIn(reports).length, reports.length)
      }),
      { numRuns: 200 }
    ))

  it('write hex ids, integer enums and decimal strings in JSON', () => {
    const { resourceSpans } = JSON.parse(toJson('ExportTraceServiceRequest', spans([sampleReport()], VERSION)!))
    const [span] = resourceSpans[0].scopeSpans[0].spans
    assert.equal(span.traceId, '4bf92f3577b34da6a3ce929d0e0e4736')
    assert.equal(span.kind, 2)
    assert.equal(span.startTimeUnixNano, '1795375860123000000')
    const pid = resourceSpans[0].resource.attributes.find(({ key }: { key: string }) => key === 'process.pid')
    assert.deepEqual(pid.value, { intValue: '71' })
  })

  it('group reports by service and leave out nothing that is zero', () => {
    const { service } = sampleReport()
    const other = sampleReport({
      service: { ...service, name: 'stock' },
      annotations: { none: 0, no: false, minus: -5 }
    })
    const message = spans([sampleReport(), other, sampleReport()], VERSION)!
    assert.equal(message.resourceSpans!.length, 2)
    const [span] = spansIn([other])
    assert.deepEqual([span!.attributes['none'], span!.attributes['no'], span!.attributes['minus']], [0, false, -5])
  })
})

describe("a backend's answer", () => {
  const cases: [string, Uint8Array | string, string, number][] = [
    ['nothing', '', PROTOBUF, 0],
    ['5 rejected', Uint8Array.of(0x0a, 0x02, 0x08, 0x05), PROTOBUF, 5],
    ['5 rejected and a message', Uint8Array.of(0x0a, 0x05, 0x08, 0x05, 0x12, 0x01, 0x78), PROTOBUF, 5],
    ['a warning alone', Uint8Array.of(0x0a, 0x03, 0x12, 0x01, 0x78), PROTOBUF, 0],
    ['a cut message', Uint8Array.of(0x0a, 0x7f, 0x08), PROTOBUF, 0],
    ['-1 rejected', Uint8Array.of(0x0a, 0x0b, 0x08, ...Array(9).fill(0xff), 0x01), PROTOBUF, 0],
    ['HTML', '<html>ok</html>', 'text/html', 0],
    ['an empty object', '{}', JSON_TYPE, 0],
    ['spans', '{"partialSuccess":{"rejectedSpans":"7","errorMessage":"full"}}', JSON_TYPE, 7],
    ['log records', '{"partialSuccess":{"rejectedLogRecords":3}}', JSON_TYPE, 3],
    ['null', 'null', JSON_TYPE, 0],
    ['nonsense', '{"partialSuccess":{"rejectedSpans":"many"}}', JSON_TYPE, 0]
  ]
  for (const [what, body, type, rejected] of cases) {
    it(`of ${what} (${type}) means ${rejected} rejected`, () =>
      assert.equal(rejectedIn(Buffer.from(body as string), type), rejected))
  }

  it('is never a reason to throw', () =>
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom(PROTOBUF, JSON_TYPE), (body, type) => {
        assert.ok(rejectedIn(body, type) >= 0)
      }),
      { numRuns: 1000 }
    ))
})
