import assert from 'node:assert/strict'
import fc from 'fast-check'
import { toProtobuf } from '../../lib/otlp/encode.js'
import { createSpanEncoder } from '../../lib/otlp/span-bytes.js'
import { spans } from '../../lib/otlp/spans.js'
import type { ReportOperation, Trace } from '../../lib/types.js'
import { decodeSpans, type OtlpSpan } from '../harness/otlp.js'
import { sampleReport } from '../sample-report.js'
import { randomReport } from './random-report.js'

const PROTOBUF = 'application/x-protobuf'
const VERSION = '0.1.0'

const traceOf = (part: Partial<Trace>): Trace => ({ ...sampleReport(), annotations: {}, ...part, verdict: null })

const plainCall = (operation: ReportOperation): ReportOperation => ({ ...operation, error: null, count: 1, pool: null })

/** One service, as in a process. Most are of the kind that is written straight. */
const randomTrace: fc.Arbitrary<Trace> = fc
  .tuple(randomReport, fc.boolean(), fc.boolean(), fc.constantFrom('/orders/17?full=?', '/a', '/\u00e4', ''))
  .map(([report, plain, sampled, path]) => ({
    ...report,
    service: sampleReport().service,
    status: report.status === 'running' ? 'finished' : report.status,
    sampled,
    verdict: null,
    ...(plain && {
      annotations: {},
      request: { ...report.request, path },
      operations: report.operations.map(plainCall)
    })
  }))

const written = (traces: Trace[], encode = createSpanEncoder(VERSION)): OtlpSpan[] =>
  decodeSpans(Buffer.concat(encode(traces).map(({ bytes }) => bytes)), PROTOBUF)

const bySpanId = (all: OtlpSpan[]): OtlpSpan[] => all.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1))

/** One request after the other: all spans of a scope stand together in spans.ts, those of a request here. */
const expected = (traces: Trace[]): OtlpSpan[] =>
  decodeSpans(Buffer.from(toProtobuf('ExportTraceServiceRequest', spans(traces, VERSION)!)), PROTOBUF)

describe('spans of requests that were not slow, as bytes', () => {
  it('say what the general encoder says of the same requests', () => {
    const encode = createSpanEncoder(VERSION)
    fc.assert(
      fc.property(fc.array(randomTrace, { minLength: 1, maxLength: 5 }), traces => {
        assert.deepEqual(bySpanId(written(traces, encode)), bySpanId(expected(traces)))
      })
    )
  })

  it('keep apart what differs in one part of what is remembered', () => {
    const call = (part: Partial<ReportOperation>): ReportOperation =>
      plainCall({ ...sampleReport().operations[2]!, spanId: null, ...part })
    const traces = [
      traceOf({}),
      traceOf({ request: { method: 'POST', route: '/orders/:id', path: '/orders/17', statusCode: 200 } }),
      traceOf({ request: { method: 'GET', route: '/other', path: '/orders/17', statusCode: 200 } }),
      traceOf({ request: { method: 'GET', route: '/orders/:id', path: '/orders/17', statusCode: 503 } }),
      traceOf({ status: 'aborted', request: { method: 'GET', route: '/orders/:id', path: '/', statusCode: null } }),
      traceOf({ caller: null, parentSpanId: null, traceState: null, sampled: false }),
      traceOf({ dropped: { operations: 3, reports: 0 } }),
      traceOf({
        operations: [
          call({}),
          call({ text: 'POST http://inventory:8080/items/17' }),
          call({ text: 'PUT' }),
          call({ text: 'PUX' }),
          call({ statusCode: 404 }),
          call({ statusCode: null }),
          call({ target: 'other:1', phases: { socketMs: 1e9, firstByteMs: 0 } }),
          call({ phases: { firstByteMs: 2_097_152, bodyMs: -3 } }),
          call({ name: 'GET other' }),
          call({ kind: 'db', system: 'mysql', text: 'SELECT ?' }),
          call({ kind: 'db', system: 'postgresql', text: 'SELECT ?' }),
          call({ kind: 'custom', durationMs: null })
        ]
      })
    ].map((trace, i): Trace => ({ ...trace, spanId: `00f067aa0ba902${i.toString(16).padStart(2, '0')}` }))
    assert.deepEqual(bySpanId(written(traces)), bySpanId(expected(traces)))
  })

  it('come in pieces of bounded size that count their requests and know the slowest', () => {
    const { operations } = sampleReport()
    const traces = Array.from({ length: 40 }, (_, i) =>
      traceOf({
        durationMs: i,
        spanId: i.toString(16).padStart(16, '0'),
        operations: Array.from({ length: 100 }, (_, at) => plainCall(operations[at % 5]!))
      })
    )
    const pieces = createSpanEncoder(VERSION)(traces)
    assert.ok(pieces.length > 2)
    for (const { bytes } of pieces) assert.ok(bytes.length < 512 * 1024)
    assert.equal(
      pieces.reduce((sum, { requests }) => sum + requests, 0),
      40
    )
    assert.equal(Math.max(...pieces.map(({ durationMs }) => durationMs)), 39)
    assert.equal(written(traces).length, 40 * 101)
  })
})
