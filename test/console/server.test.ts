// The console as a server: what it takes, what it refuses, and whom.

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { SystemView } from '../../lib/console/api.js'
import type { CodeView } from '../../lib/console/views/code.js'
import type { OneView } from '../../lib/console/views/one.js'
import type { RequestsView } from '../../lib/console/views/requests.js'
import type { Sums } from '../../lib/fleet/sums.js'
import { rejectedIn } from '../../lib/otlp/answer.js'
import { fromProtobuf } from '../../lib/otlp/decode.js'
import { toJson, toProtobuf } from '../../lib/otlp/encode.js'
import { logRecords } from '../../lib/otlp/logs.js'
import { anyReport, openConsole, type Subject } from './console.js'

const PROTOBUF = { 'content-type': 'application/x-protobuf' }
const JSON_TYPE = { 'content-type': 'application/json' }

describe('the console', () => {
  let subject: Subject
  beforeEach(async () => {
    subject = await openConsole()
  })
  afterEach(() => subject.close())

  for (const type of ['protobuf', 'json'] as const) {
    it(`takes reports and spans as ${type}, and shows them`, async () => {
      const report = anyReport()
      await subject.send([report], type)
      assert.equal(subject.heard.length, 1)
      const { total, routes } = await subject.view<RequestsView>('/api/requests')
      assert.equal(total, 1)
      assert.deepEqual([routes[0]!.service, routes[0]!.route], ['orders', 'GET /orders/:id'])
      const one = await subject.view<OneView>(`/api/requests/${report.traceId}-${report.spanId}`)
      assert.deepEqual(one.report, report)
      assert.equal(one.spans.length, 1 + report.operations.length)
      const code = await subject.view<CodeView>('/api/code')
      assert.equal(code.functions[0]!.frame.file, 'src/report.js')
    })
  }

  it('takes gzip', async () => {
    const body = gzipSync(toProtobuf('ExportLogsServiceRequest', logRecords([anyReport()], '1')!))
    const answer = await subject.ask('/v1/logs', {
      method: 'POST',
      headers: { ...PROTOBUF, 'content-encoding': 'gzip' },
      body
    })
    assert.deepEqual([answer.status, answer.body.length, subject.store.reports.size], [200, 0, 1])
  })

  it('shows the report of the end instead of the one of a running request, in whatever order they come', async () => {
    const finished = anyReport()
    await subject.send([{ ...finished, status: 'running', id: 'r' }])
    await subject.send([finished])
    await subject.send([{ ...finished, status: 'running', id: 'r' }])
    assert.deepEqual(
      [...subject.store.reports.values()].map(({ status }) => status),
      ['finished']
    )
  })

  it('shows what a fleet tells, asked once for all who look, and why it does not', async () => {
    let asked = 0
    const sums: Sums = { fromMs: 0, toMs: 60_000, services: [], calls: [] }
    const fleet = await openConsole({ askFleet: async () => (asked++ === 0 ? sums : assert.fail()) })
    await fleet.send([anyReport()])
    const [view, same] = await Promise.all([
      fleet.view<SystemView>('/api/system'),
      fleet.view<SystemView>('/api/system')
    ])
    assert.deepEqual([view.sums, same, asked], [sums, view, 1])
    await fleet.close()
    const silent = await openConsole({ askFleet: () => Promise.reject(new Error('the engine gives no answer')) })
    const answer = await silent.ask('/api/system')
    assert.equal(answer.status, 502)
    assert.deepEqual(JSON.parse(String(answer.body)), { message: 'the engine gives no answer' })
    await silent.close()
  })

  it('downloads a request as JSON, .cpuprofile and pprof', async () => {
    const report = anyReport()
    await subject.send([report])
    const at = `/api/requests/${report.traceId}-${report.spanId}`
    assert.deepEqual(JSON.parse((await subject.ask(`${at}.json`)).body.toString()), report)
    const { headers, body } = await subject.ask(`${at}.cpuprofile`)
    assert.match(headers['content-disposition']!, /attachment; filename=".*\.cpuprofile"/)
    const profile = JSON.parse(body.toString())
    assert.deepEqual(
      profile.nodes.map((node: { callFrame: { functionName: string } }) => node.callFrame.functionName),
      ['(root)', 'render']
    )
    assert.equal(profile.samples.length, 3)
    assert.equal(profile.timeDeltas.length, 3)
    assert.ok((await subject.ask(`${at}.pprof`)).body.includes('src/report.js'))
  })

  it('says what it could not keep, and keeps the rest of the batch', async () => {
    const logs = logRecords([anyReport(), anyReport()], '1')!
    const [first] = logs.resourceLogs![0]!.scopeLogs![0]!.logRecords!
    first!.attributes!.find(({ key }) => key === 'perfagent.report')!.value = { stringValue: '{"version":1}' }
    const body = toJson('ExportLogsServiceRequest', logs)
    const answer = await subject.ask('/v1/logs', { method: 'POST', headers: JSON_TYPE, body })
    assert.equal(answer.status, 200)
    assert.equal(JSON.parse(answer.body.toString()).partialSuccess.rejectedLogRecords, '1')
    assert.equal(subject.store.reports.size, 1)

    const span = toProtobuf('ExportTraceServiceRequest', {
      resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: '00'.repeat(16), spanId: 'ab'.repeat(8) }] }] }]
    })
    const partial = await subject.ask('/v1/traces', { method: 'POST', headers: PROTOBUF, body: span })
    const { partialSuccess } = fromProtobuf('ExportTraceServiceResponse', partial.body)
    assert.equal(partialSuccess!.rejectedSpans, 1)
    assert.match(partialSuccess!.errorMessage!, /^spans need ids /)
    // As it lies on the wire, by whatever table.
    assert.deepEqual([...partial.body.subarray(0, 1), ...partial.body.subarray(2, 4)], [0x0a, 0x08, 1])
  })

  for (const [what, ids] of [
    ['trace', { traceId: '00'.repeat(16), spanId: 'ab'.repeat(8) }],
    ['span', { traceId: 'ab'.repeat(16), spanId: '00'.repeat(8) }]
  ] as const) {
    it(`keeps no span whose ${what} id is zero, and says of how many`, async () => {
      const spans = Array.from({ length: 300 }, () => ({ ...ids, startTimeUnixNano: 1e12, endTimeUnixNano: 1e12 }))
      const body = toProtobuf('ExportTraceServiceRequest', { resourceSpans: [{ scopeSpans: [{ spans }] }] })
      const answer = await subject.ask('/v1/traces', { method: 'POST', headers: PROTOBUF, body })
      assert.deepEqual([rejectedIn(answer.body, PROTOBUF['content-type']), subject.store.traces.size], [300, 0])
    })
  }

  const REFUSED: { what: string; path?: string; options: Parameters<Subject['ask']>[1]; status: number }[] = [
    { what: 'garbage as protobuf', options: { headers: PROTOBUF, body: Buffer.alloc(1000, 0xff) }, status: 400 },
    { what: 'garbage as JSON', options: { headers: JSON_TYPE, body: '{"resourceSpans":' }, status: 400 },
    { what: 'JSON of another shape', options: { headers: JSON_TYPE, body: '{"resourceSpans":5}' }, status: 400 },
    { what: 'no content type', options: { body: '{}' }, status: 415 },
    { what: 'a form', options: { headers: { 'content-type': 'text/plain' }, body: '{}' }, status: 415 },
    {
      what: 'an encoding that is not understood',
      options: { headers: { ...JSON_TYPE, 'content-encoding': 'br' }, body: '{}' },
      status: 415
    },
    {
      what: 'gzip that is none',
      options: { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: 'not gzip' },
      status: 400
    },
    {
      what: 'gzip that is cut',
      options: { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: gzipSync('{}').subarray(0, 12) },
      status: 400
    },
    {
      what: 'a small body that inflates to 200 MB',
      options: { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(200_000_000)) },
      status: 413
    },
    { what: 'a long body', options: { headers: PROTOBUF, body: Buffer.alloc(21 * 1024 * 1024) }, status: 413 },
    { what: 'OTLP by GET', options: { method: 'GET' }, status: 405 },
    { what: 'a post to the page', path: '/', options: { body: 'x' }, status: 405 },
    { what: 'an unknown path', path: '/api/nothing', options: { method: 'GET' }, status: 404 },
    { what: 'a file elsewhere', path: '/../package.json', options: { method: 'GET' }, status: 404 },
    { what: 'an address that is none', path: '//[', options: { method: 'GET' }, status: 400 },
    { what: 'a name of the prototype', path: '/api/__proto__', options: { method: 'GET' }, status: 404 },
    {
      what: 'a rebound host name',
      options: { headers: { ...JSON_TYPE, host: 'evil.example:4318' }, body: '{}' },
      status: 403
    },
    {
      what: 'a host name that begins like ours',
      path: '/api/requests',
      options: { method: 'GET', headers: { host: 'localhost.evil.example' } },
      status: 403
    },
    {
      what: 'a post of another origin',
      options: { headers: { ...JSON_TYPE, origin: 'https://evil.example' }, body: '{}' },
      status: 403
    },
    {
      what: 'a post of a sandboxed page',
      options: { headers: { ...JSON_TYPE, origin: 'null' }, body: '{}' },
      status: 403
    },
    { what: 'options by a form', path: '/api/options', options: { body: 'a=1' }, status: 415 },
    {
      what: 'options from another origin',
      path: '/api/options',
      options: { headers: { ...JSON_TYPE, origin: 'https://evil.example' }, body: '{}' },
      status: 403
    },
    {
      what: 'options of nobody',
      path: '/api/options',
      options: { headers: JSON_TYPE, body: '{"instances":["x"],"options":{"slowMs":"1"}}' },
      status: 404
    },
    {
      what: 'a long change of options',
      path: '/api/options',
      options: { headers: JSON_TYPE, body: ' '.repeat(300_000) },
      status: 413
    },
    {
      what: 'packed options',
      path: '/api/options',
      options: { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: gzipSync('{}') },
      status: 415
    },
    {
      what: 'a question for options by a page elsewhere',
      path: '/perfagent/options',
      options: { headers: { ...JSON_TYPE, origin: 'https://evil.example' }, body: '{}' },
      status: 403
    },
    {
      what: 'a script tag of another page',
      path: '/api/requests',
      options: { method: 'GET', headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' } },
      status: 403
    }
  ]
  for (const { what, path = '/v1/traces', options, status } of REFUSED) {
    it(`refuses ${what} with ${status}, and works on`, async () => {
      const answer = await subject.ask(path, { method: 'POST', ...options }).catch(error => {
        // The answer came before the body had gone, and the connection was closed.
        assert.equal(status, 413, String(error))
        return { status: 413, body: Buffer.from('x') }
      })
      assert.equal(answer.status, status)
      assert.ok(answer.body.length > 0)
      assert.equal((await subject.ask('/api/counts')).status, 200)
      assert.equal(subject.store.traces.size, 0)
    })
  }

  it('keeps nothing of a sender that stops in the middle', async () => {
    const socket = connect(Number(new URL(subject.url).port), '127.0.0.1')
    socket.write(
      'POST /v1/logs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a'
    )
    await subject.ask('/api/counts')
    socket.destroy()
    assert.equal((await subject.ask('/api/counts')).status, 200)
  })

  it('lets the page load nothing but itself', async () => {
    const { headers } = await subject.ask('/')
    assert.match(String(headers['content-security-policy']), /^default-src 'none'; script-src 'self'/)
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe|\*|https?:/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['access-control-allow-origin'], undefined)
  })

  it('tells readers what changed, and reports to those who want them', async () => {
    const reading = new AbortController()
    const response = await fetch(`${subject.url}/api/stream?reports`, { signal: reading.signal })
    assert.equal(response.headers.get('content-type'), 'text/event-stream')
    const report = anyReport()
    await subject.send([report])
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      if (/event: report\ndata: .*\n\n/.test(text) && text.split('event: change').length > 2) break
    }
    const [, data] = /event: report\ndata: (.*)\n\n/.exec(text)!
    assert.deepEqual(JSON.parse(data!), report)
    reading.abort()
  })
})

describe('the console with a token', () => {
  const TOKEN = 'sesame-sesame'
  let subject: Subject
  before(async () => {
    subject = await openConsole({ token: TOKEN })
  })
  after(() => subject.close())

  it('answers nobody without it', async () => {
    for (const headers of [{}, { authorization: 'Bearer wrong-wrong' }, { cookie: 'perfagent_token=x' }] as Record<
      string,
      string
    >[]) {
      for (const path of ['/', '/page.js', '/api/requests', '/api/stream']) {
        assert.equal((await subject.ask(path, { headers })).status, 401, path)
      }
      assert.equal(
        (await subject.ask('/v1/traces', { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: '{}' })).status,
        401
      )
      for (const path of ['/api/options', '/perfagent/options']) {
        const refused = await subject.ask(path, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: '{}' })
        assert.equal(refused.status, 401, path)
      }
    }
    assert.equal((await subject.ask('/?token=wrong-wrong')).status, 401)
  })

  it('answers agents with the header, and browsers that opened the printed address', async () => {
    const headers = { ...JSON_TYPE, authorization: `Bearer ${TOKEN}`, host: 'staging.internal:4318' }
    assert.equal((await subject.ask('/v1/traces', { method: 'POST', headers, body: '{}' })).status, 200)
    const first = await subject.ask(`/requests?token=${TOKEN}&cause=gc`)
    assert.deepEqual([first.status, first.headers.location], [303, '/requests?cause=gc'])
    const [cookie] = first.headers['set-cookie']!
    assert.match(cookie!, /HttpOnly; SameSite=Strict/)
    assert.equal((await subject.ask('/api/requests', { headers: { cookie: cookie!.split(';')[0]! } })).status, 200)
  })

  it('sends nobody elsewhere', async () => {
    const { headers } = await subject.ask(`//evil.example/?token=${TOKEN}`)
    assert.equal(headers.location ?? '/', '/')
  })
})
