import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Batch } from '../../lib/batch/format.js'
import { readRequests } from '../../lib/batch/reader.js'
import { createBatchWriter, type Leaving } from '../../lib/batch/writer.js'
import { toProtobuf } from '../../lib/otlp/encode.js'
import { createSpanEncoder } from '../../lib/otlp/span-bytes.js'
import type { Teller } from '../../lib/otlp/span-kinds.js'
import { spans } from '../../lib/otlp/spans.js'
import type { Operation, Thread } from '../../lib/types.js'
import { namedBy, toTrace } from '../../lib/verdict/trace.js'
import { randomRequest } from '../batch/random-request.js'
import { decodeSpans, type OtlpSpan } from '../harness/otlp.js'
import { sampleReport } from '../sample-report.js'
import { operation } from '../verdict/timeline.js'

const PROTOBUF = 'application/x-protobuf'
const VERSION = '0.1.0'

/** As the agent thread tells of a thread's requests. */
function tellerOf(thread?: Thread): Teller {
  const { service } = sampleReport()
  const config = { sqlText: 'masked', redact: [] } as const
  return {
    service,
    thread: thread ? String(thread.id) : '',
    traceOf: timeline => toTrace({ id: '1', timeline, service, root: '/', config, thread }),
    named: operation => namedBy(config, operation)
  }
}

const MAIN = tellerOf()
const WORKER = tellerOf({ id: 7, name: 'resizer' })

function batchOf(requests: Leaving[]): Batch {
  const writer = createBatchWriter()
  for (const request of requests) writer.add(request)
  return writer.take()
}

const written = (batch: Batch, teller = MAIN, encode = createSpanEncoder(VERSION)): OtlpSpan[] =>
  decodeSpans(Buffer.concat(encode(batch, teller).map(({ bytes }) => bytes)), PROTOBUF)

const inOrder = (all: OtlpSpan[]): OtlpSpan[] =>
  all.toSorted((a, b) => (a.traceId + a.spanId < b.traceId + b.spanId ? -1 : 1))

/** One request after the other: all spans of a scope stand together in spans.ts, those of a request here. */
function expected(batch: Batch, { traceOf } = MAIN): OtlpSpan[] {
  const message = spans(Array.from(readRequests(batch), traceOf), VERSION)!
  return decodeSpans(Buffer.from(toProtobuf('ExportTraceServiceRequest', message)), PROTOBUF)
}

let made = 0
const requestOf = (part: Partial<Leaving> & { method?: string; path?: string }): Leaving => ({
  facts: { method: part.method ?? 'GET', path: part.path ?? '/orders/17' },
  route: '/orders/:id',
  status: 'finished',
  statusCode: 200,
  start: 1000,
  end: 1012.34,
  sampled: true,
  knownIds: undefined,
  ownIds: { trace0: 1, trace1: 2, trace2: 3, trace3: 4, span0: 5, span1: ++made },
  operations: undefined,
  droppedOperations: 0,
  span: undefined,
  annotations: undefined,
  ...part
})

const callOf = (part: Partial<Operation>): Operation =>
  operation({
    kind: 'http',
    system: 'http',
    text: 'GET http://inventory:8080/items/17',
    target: 'inventory:8080',
    start: 1001,
    end: 1003,
    statusCode: 200,
    ...part
  })

describe('spans of requests that were not slow, as bytes', () => {
  it('say what the general encoder says of the same requests', () => {
    const encode = createSpanEncoder(VERSION)
    fc.assert(
      fc.property(fc.array(randomRequest, { minLength: 1, maxLength: 5 }), fc.boolean(), (requests, isWorker) => {
        const batch = batchOf(requests)
        const teller = isWorker ? WORKER : MAIN
        assert.deepEqual(inOrder(written(batch, teller, encode)), inOrder(expected(batch, teller)))
      })
    )
  })

  it('keep apart what differs in one part of what is remembered', () => {
    const known = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentSpanId: 'c'.repeat(16), state: 'x=1' }
    const requests = [
      requestOf({}),
      requestOf({ method: 'POST' }),
      requestOf({ route: '/other' }),
      requestOf({ statusCode: 503 }),
      requestOf({ status: 'aborted', path: '/', statusCode: null }),
      requestOf({ sampled: false }),
      requestOf({ knownIds: { ...known, caller: 'shop' } }),
      requestOf({ knownIds: { ...known, spanId: 'd'.repeat(16), parentSpanId: null, caller: 'cart' } }),
      requestOf({ droppedOperations: 3 }),
      requestOf({ path: '/orders/17?token=s3cret' }),
      requestOf({
        operations: [
          callOf({}),
          callOf({ text: 'POST http://inventory:8080/items/17' }),
          callOf({ text: 'PUT' }),
          callOf({ text: 'PUX http://inventory:8080/' }),
          callOf({ statusCode: 404 }),
          callOf({ statusCode: undefined }),
          callOf({ target: 'other:1', marks: { socket: 1e9, headers: 1002 } }),
          callOf({ spanId: 'e'.repeat(16) }),
          callOf({ kind: 'db', system: 'mysql', text: 'SELECT 1' }),
          callOf({ kind: 'db', system: 'postgresql', text: 'SELECT 1' }),
          callOf({
            kind: 'pool',
            system: 'pg',
            text: undefined,
            pool: { size: 10, inUse: 9, waiting: 0, holders: [] }
          }),
          callOf({
            kind: 'pool',
            system: 'pg',
            text: undefined,
            pool: { size: 10, inUse: 9, waiting: 8, holders: [] }
          }),
          callOf({ kind: 'custom', text: 'job', end: Number.NaN })
        ]
      })
    ]
    const batch = batchOf(requests)
    assert.deepEqual(inOrder(written(batch)), inOrder(expected(batch)))
    assert.ok(!JSON.stringify(written(batch).map(({ attributes }) => attributes)).includes('s3cret'))
  })

  it('come in pieces of bounded size that count their requests and know the slowest', () => {
    const batch = batchOf(
      Array.from({ length: 40 }, (_, i) =>
        requestOf({ end: 1000 + i, operations: Array.from({ length: 100 }, (_, at) => callOf({ start: 1000 + at })) })
      )
    )
    const pieces = createSpanEncoder(VERSION)(batch, MAIN)
    assert.ok(pieces.length > 2)
    for (const { bytes } of pieces) assert.ok(bytes.length < 512 * 1024)
    assert.equal(
      pieces.reduce((sum, { requests }) => sum + requests, 0),
      40
    )
    assert.equal(Math.max(...pieces.map(({ durationMs }) => durationMs)), 39)
    assert.equal(written(batch).length, 40 * 101)
  })
})
