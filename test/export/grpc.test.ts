// OTLP/gRPC against a server of @grpc/grpc-js, and against raw HTTP/2 for what that never does.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2, { type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import * as grpc from '@grpc/grpc-js'
import { addressOf } from '../../lib/export/address.js'
import type { Outcome } from '../../lib/export/exporter.js'
import { createGrpcTransport } from '../../lib/export/grpc.js'
import { outcomeOf } from '../../lib/export/grpc-status.js'
import type { Export } from '../../lib/export/index.js'
import { NO_TLS } from '../../lib/export/tls.js'
import type { Transport } from '../../lib/export/transport.js'
import type { Options } from '../../lib/options/config.js'
import { type Collector, startCollector } from '../harness/grpc.js'
import { outlets } from '../harness/outlets.js'
import { sampleReport } from '../sample-report.js'
import { fakeClock } from './clock.js'

const SPANS_PER_REPORT = 6
const { status } = grpc

describe('OTLP over gRPC', () => {
  const { outletOf: outlet, lines, open } = outlets()
  const outletOf = (options: Options): Export => outlet({ otlpProtocol: 'grpc', ...options })
  let collector: Collector
  beforeEach(async () => {
    collector = await startCollector()
    open.push(() => collector.close())
  })

  for (const otlpCompression of ['none', 'gzip'] as const) {
    it(`delivers spans and log records, compression ${otlpCompression}, on one connection each`, async () => {
      const outlet = outletOf({ otlpEndpoint: collector.url, otlpCompression, otlpHeaders: { 'API-Key': 'k' } })
      for (let i = 0; i < 5; i++) {
        outlet.push(sampleReport({ id: `r${i}` }))
        await outlet.flush(5000)
      }
      assert.equal(collector.spans.length, 5 * SPANS_PER_REPORT)
      assert.deepEqual(
        collector.logs.map(({ eventName }) => eventName),
        Array(5).fill('perfagent.slow_request')
      )
      assert.deepEqual(new Set(collector.calls.map(({ metadata }) => String(metadata.get('api-key')))), new Set(['k']))
      assert.equal(new Set(collector.calls.map(({ peer }) => peer)).size, 2)
      assert.match(String(collector.calls[0]!.metadata.get('user-agent')), /^OTel-OTLP-Exporter-perfagent\/\d/)
      assert.deepEqual(lines, [])
    })
  }

  it('takes an endpoint without a scheme, insecure only when told so', async () => {
    const otlpEndpoint = `127.0.0.1:${collector.port}`
    const insecure = outletOf({ otlpEndpoint, otlpInsecure: true })
    insecure.push(sampleReport())
    await insecure.flush(5000)
    assert.equal(collector.logs.length, 1)
    const secure = outletOf({ otlpEndpoint })
    secure.push(sampleReport())
    await secure.flush(2000)
    assert.equal(collector.logs.length, 1)
    assert.equal(secure.counts()['otlp logs']!.waiting, 1)
  })

  it('each signal has its own protocol', async () => {
    const outlet = outletOf({
      otlpTracesEndpoint: collector.url,
      otlpLogsEndpoint: 'http://127.0.0.1:9/v1/logs',
      otlpLogsProtocol: 'http/json'
    })
    outlet.push(sampleReport())
    await outlet.flush(3000)
    assert.equal(collector.spans.length, SPANS_PER_REPORT)
    assert.match(lines.join(), /^otlp logs: http:\/\/127.0.0.1:9\/v1\/logs cannot be reached/)
  })

  it('counts what was taken and thrown away', async () => {
    collector.answer = { rejected: 5 }
    const outlet = outletOf({ otlpTracesEndpoint: collector.url })
    outlet.push(sampleReport())
    await outlet.flush(5000)
    assert.equal(collector.calls.length, 1)
    assert.equal(outlet.counts()['otlp traces']!.rejected, 5)
  })

  it('sends again what was answered UNAVAILABLE', async () => {
    collector.answer = call => (call === 1 ? { code: status.UNAVAILABLE } : undefined)
    const outlet = outletOf({ otlpTracesEndpoint: collector.url })
    outlet.push(sampleReport())
    await outlet.flush(5000)
    assert.equal(collector.calls.length, 2)
    assert.equal(collector.spans.length, SPANS_PER_REPORT)
  })

  it('sends nothing before the time that RetryInfo asks for', async () => {
    const metadata = new grpc.Metadata()
    metadata.set('grpc-status-details-bin', retryInfo(60))
    collector.answer = { code: status.RESOURCE_EXHAUSTED, metadata }
    const outlet = outletOf({ otlpTracesEndpoint: collector.url })
    outlet.push(sampleReport())
    await outlet.flush(3000)
    outlet.push(sampleReport({ id: 'next' }))
    await outlet.flush(500)
    assert.equal(collector.calls.length, 1)
    assert.equal(outlet.counts()['otlp traces']!.waiting, 2)
  })

  for (const code of ['INVALID_ARGUMENT', 'UNAUTHENTICATED', 'PERMISSION_DENIED', 'UNIMPLEMENTED', 'INTERNAL'] as const)
    it(`does not send again what was answered ${code}`, async () => {
      collector.answer = { code: status[code], details: 'no: ü' }
      const outlet = outletOf({ otlpTracesEndpoint: collector.url })
      outlet.push(sampleReport())
      await outlet.flush(3000)
      assert.equal(collector.calls.length, 1)
      assert.equal(outlet.counts()['otlp traces']!.refused, 1)
      const said = code === 'INVALID_ARGUMENT' ? 0 : 1
      assert.equal(lines.length, said)
      if (said)
        assert.match(lines[0]!, new RegExp(`answered ${code} \\(no: ü\\); reports are lost until it takes them`))
    })

  it('goes on after the server has said GOAWAY, and after it was replaced', async () => {
    const outlet = outletOf({ otlpTracesEndpoint: collector.url })
    outlet.push(sampleReport({ id: 'a' }))
    await outlet.flush(5000)
    collector.drain()
    outlet.push(sampleReport({ id: 'b' }))
    await outlet.flush(5000)
    assert.equal(collector.spans.length, 2 * SPANS_PER_REPORT)
    await collector.close()
    const next = await startCollector({ port: collector.port })
    open.push(() => next.close())
    outlet.push(sampleReport({ id: 'c' }))
    await outlet.flush(8000)
    assert.equal(next.spans.length, SPANS_PER_REPORT)
  })

  it('splits what a server would refuse as too big', async () => {
    const outlet = outletOf({ otlpLogsEndpoint: collector.url })
    const text = 'x'.repeat(500_000)
    for (let i = 0; i < 12; i++) outlet.push(sampleReport({ id: `r${i}`, annotations: { text } }))
    await outlet.flush(10_000)
    assert.equal(collector.logs.length, 12)
    assert.equal(outlet.counts()['otlp logs']!.delivered, 12)
    assert.ok(Math.max(...collector.calls.map(({ bytes }) => bytes)) < 4 * 1024 * 1024)
  })

  describe('with a server of plain HTTP/2', () => {
    async function server(
      handle: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void
    ): Promise<string> {
      const raw: Http2Server = http2.createServer()
      const sessions = new Set<http2.ServerHttp2Session>()
      raw.on('session', session => sessions.add(session))
      raw.on('stream', (stream, headers) => {
        stream.on('error', () => {})
        handle(stream, headers)
      })
      raw.listen(0, '127.0.0.1')
      await once(raw, 'listening')
      open.push(() => {
        for (const session of sessions) session.destroy()
        raw.close()
      })
      return `http://127.0.0.1:${(raw.address() as AddressInfo).port}`
    }

    function transportTo(url: string, ms = 3000): Transport {
      const transport = createGrpcTransport({
        address: addressOf(url),
        method: '/a.B/Export',
        gzip: false,
        timeoutMs: ms,
        tls: NO_TLS,
        userAgent: 'test',
        io: fakeClock()
      })
      open.unshift(() => transport.close())
      return transport
    }

    const call = (url: string, ms?: number, body?: Uint8Array[]): Promise<Outcome> =>
      callBy(transportTo(url, ms), ms, body)

    async function callBy(transport: Transport, ms = 3000, body: Uint8Array[] = [Buffer.from('x')]): Promise<Outcome> {
      const controller = new AbortController()
      const timer = setTimeout(() => controller.abort(new Error(`gave no answer within ${ms} ms`)), ms)
      try {
        return await transport.post({ body, signal: controller.signal })
      } finally {
        clearTimeout(timer)
      }
    }

    it('gets a message that comes in pieces as one', async () => {
      const came: Buffer[] = []
      const url = await server(stream => {
        stream.on('data', chunk => came.push(Buffer.from(chunk)))
        stream.on('end', () => stream.respond({ ':status': 200, 'grpc-status': '0' }, { endStream: true }))
      })
      const pieces = [Buffer.alloc(300_000, 'a'), Buffer.alloc(300_000, 'b')]
      assert.deepEqual(await call(url, 3000, pieces), { type: 'delivered', rejected: 0 })
      const frame = Buffer.concat([Buffer.from([0, 0, 9, 0x27, 0xc0]), ...pieces])
      assert.ok(Buffer.concat(came).equals(frame))
    })

    const take = (stream: http2.ServerHttp2Stream): void =>
      stream.respond({ ':status': 200, 'grpc-status': '0' }, { endStream: true })
    const TAKEN: Outcome = { type: 'delivered', rejected: 0 }

    it('says for how long it waits, and leaves nothing on its connection', async () => {
      const timeouts: unknown[] = []
      const warnings: Error[] = []
      const warned = (warning: Error): void => void warnings.push(warning)
      process.on('warning', warned)
      const url = await server((stream, headers) => {
        timeouts.push(headers['grpc-timeout'])
        take(stream)
      })
      const transport = transportTo(url, 7000)
      for (let i = 0; i < 20; i++) assert.deepEqual(await callBy(transport), TAKEN)
      process.off('warning', warned)
      assert.deepEqual(new Set(timeouts), new Set(['7000m']))
      // Node's, of more than ten listeners of one event.
      assert.deepEqual(warnings, [])
    })

    for (const [name, code, first] of [
      ['that it is being replaced', http2.constants.NGHTTP2_NO_ERROR, 'delivered'],
      ['that it has had enough', http2.constants.NGHTTP2_ENHANCE_YOUR_CALM, 'retry']
    ] as const) {
      it(`makes a new connection when the server says by GOAWAY ${name}`, async () => {
        const sessions: unknown[] = []
        const url = await server(stream => {
          sessions.push(stream.session)
          if (sessions.length === 1) stream.session!.goaway(code)
          take(stream)
        })
        const transport = transportTo(url)
        assert.equal((await callBy(transport)).type, first)
        assert.deepEqual(await callBy(transport), TAKEN)
        assert.equal(new Set(sessions).size, 2)
      })
    }

    const cases: [string, (stream: http2.ServerHttp2Stream) => void, Outcome, number?][] = [
      [
        'a gateway answers 503 with Retry-After',
        stream => stream.respond({ ':status': 503, 'retry-after': '7' }, { endStream: true }),
        { type: 'retry', reason: 'answered 503', afterMs: 7000 }
      ],
      [
        'HTML and 404',
        stream => {
          stream.respond({ ':status': 404, 'content-type': 'text/html' })
          stream.end('<html>')
        },
        { type: 'refused', reason: 'answered 404' }
      ],
      [
        'status in the headers alone',
        stream =>
          stream.respond(
            { ':status': 200, 'grpc-status': '14', 'grpc-retry-pushback-ms': '1500' },
            { endStream: true }
          ),
        { type: 'retry', reason: 'answered UNAVAILABLE', afterMs: 1500 }
      ],
      [
        'no status at all',
        stream => {
          stream.respond({ ':status': 200 })
          stream.end()
        },
        { type: 'retry', reason: 'ended without a gRPC status' }
      ],
      [
        'more than anybody should answer',
        stream => {
          stream.respond({ ':status': 200 })
          const more = (): void => {
            while (!stream.destroyed && stream.write(Buffer.alloc(64 * 1024)));
          }
          stream.on('drain', more)
          more()
        },
        { type: 'refused', reason: 'answered more than 64 KiB' }
      ],
      ['no answer', () => {}, { type: 'retry', reason: 'gave no answer within 200 ms' }, 200],
      [
        'a byte now and then',
        stream => {
          stream.respond({ ':status': 200 })
          const timer = setInterval(() => stream.write('x'), 20)
          stream.on('close', () => clearInterval(timer))
        },
        { type: 'retry', reason: 'gave no answer within 200 ms' },
        200
      ]
    ]
    for (const [what, handle, expected, ms] of cases) {
      it(what, async () => assert.deepEqual(await call(await server(handle), ms), expected))
    }

    it('a stream that is reset, and a connection that is', async () => {
      const reset = await call(await server(stream => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM)))
      assert.equal(reset.type, 'retry')
      const cut = await call(await server(stream => stream.session!.destroy()))
      assert.equal(cut.type, 'retry')
    })

    it('nobody listens', async () => {
      const outcome = await call('http://127.0.0.1:9')
      assert.match('reason' in outcome ? outcome.reason : '', /^cannot be reached \(.*ECONNREFUSED/)
    })
  })

  describe('a status means', () => {
    const cases: [Record<string, string>, Outcome | undefined][] = [
      [{ 'grpc-status': '0' }, undefined],
      [{ 'grpc-status': '1' }, { type: 'retry', reason: 'answered CANCELLED', afterMs: undefined }],
      [{ 'grpc-status': '8' }, { type: 'refused', reason: 'answered RESOURCE_EXHAUSTED', quiet: true }],
      [
        { 'grpc-status': '8', 'grpc-status-details-bin': retryInfo(2).toString('base64') },
        { type: 'retry', reason: 'answered RESOURCE_EXHAUSTED', afterMs: 2000 }
      ],
      [
        { 'grpc-status': '14', 'grpc-status-details-bin': retryInfo(1, 250_000_000).toString('base64') },
        { type: 'retry', reason: 'answered UNAVAILABLE', afterMs: 1250 }
      ],
      [
        { 'grpc-status': '14', 'grpc-status-details-bin': retryInfo(1e6).toString('base64') },
        { type: 'retry', reason: 'answered UNAVAILABLE', afterMs: 300_000 }
      ],
      [
        { 'grpc-status': '14', 'grpc-status-details-bin': 'garbage' },
        { type: 'retry', reason: 'answered UNAVAILABLE', afterMs: undefined }
      ],
      [
        {
          'grpc-status': '14',
          'grpc-retry-pushback-ms': '700',
          'grpc-status-details-bin': retryInfo(2).toString('base64')
        },
        { type: 'retry', reason: 'answered UNAVAILABLE', afterMs: 700 }
      ],
      [
        { 'grpc-status': '14', 'grpc-retry-pushback-ms': '-1' },
        { type: 'refused', reason: 'answered UNAVAILABLE', quiet: false }
      ],
      [
        { 'grpc-status': '14', 'grpc-retry-pushback-ms': 'x' },
        { type: 'refused', reason: 'answered UNAVAILABLE', quiet: false }
      ],
      [{ 'grpc-status': '99' }, { type: 'refused', reason: 'answered UNKNOWN', quiet: false }],
      [
        { 'grpc-status': '13', 'grpc-message': '%zz' },
        { type: 'refused', reason: 'answered INTERNAL (%zz)', quiet: false }
      ],
      [
        { 'grpc-status': '13', 'grpc-message': 'x'.repeat(8000) },
        { type: 'refused', reason: `answered INTERNAL (${'x'.repeat(200)})`, quiet: false }
      ]
    ]
    for (const [trailers, expected] of cases) {
      it(JSON.stringify(trailers).slice(0, 200), () => assert.deepEqual(outcomeOf(trailers), expected))
    }
  })
})

/** google.rpc.Status with a RetryInfo, as protobuf by hand: field 3 { 1: type, 2: { 1: { 1: seconds, 2: nanos } } }. */
function retryInfo(seconds: number, nanos = 0): Buffer {
  const field = (number: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.of((number << 3) | 2, content.length), content])
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
  const delay = field(1, Buffer.from([0x08, ...varint(seconds), 0x10, ...varint(nanos)]))
  return field(3, Buffer.concat([field(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')), field(2, delay)]))
}
