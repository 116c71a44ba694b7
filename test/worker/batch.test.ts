import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Operation, SpanDetail } from '../../lib/types.js'
import type { Traced } from '../../lib/verdict/trace.js'
import { type Batch, createBatchWriter, unpack } from '../../lib/worker/batch.js'

const PLAIN = { noNullPrototype: true } as const
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', 'GET', '\ud800', '/orders/17'))
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null })
const moment = fc.double({ min: 0, noDefaultInfinity: true, noNaN: true })
const statusCode = fc.integer({ min: 0, max: 999 })
const mark = fc.constantFrom('socket', 'connecting', 'dns', 'connect', 'securing', 'tls', 'sent', 'headers')

const span: SpanDetail = {
  name: 'job',
  kind: 1,
  scope: { name: 'mine', version: '1' },
  attributes: { tenant: 'acme' },
  events: [],
  links: [],
  status: { code: 0, message: '' },
  dropped: { attributes: 0, events: 0, links: 0 }
}

const operation: fc.Arbitrary<Operation> = fc.record(
  {
    kind: fc.constantFrom('db', 'cache', 'http', 'pool', 'custom'),
    system: text,
    text: optional(text),
    target: optional(text),
    start: moment,
    end: fc.oneof(moment, fc.constant(Number.NaN)),
    error: optional(text),
    marks: optional(fc.dictionary(mark, moment, PLAIN)),
    count: fc.integer({ min: 1 }),
    busyMs: moment,
    pool: optional(fc.constant({ size: 10, inUse: 10, waiting: 3, holders: [] })),
    blocking: fc.boolean(),
    spanId: optional(text),
    statusCode: optional(statusCode),
    parentSpanId: optional(text),
    span: optional(fc.constant(span))
  },
  PLAIN
)

const request: fc.Arbitrary<Traced> = fc.record(
  {
    status: fc.constantFrom('finished', 'running', 'aborted'),
    traceId: text,
    spanId: text,
    parentSpanId: orNull(text),
    traceState: text,
    sampled: fc.boolean(),
    caller: optional(text),
    at: moment,
    start: moment,
    end: moment,
    method: text,
    path: text,
    route: text,
    statusCode: orNull(statusCode),
    operations: fc.array(operation, { maxLength: 5 }),
    span: optional(fc.constant(span)),
    annotations: fc.dictionary(text, fc.oneof(text, fc.double(), fc.boolean()), PLAIN),
    dropped: fc.record({ operations: fc.nat(), reports: fc.nat() }, PLAIN)
  },
  PLAIN
)

const sent = (batch: Batch): Batch => structuredClone(batch, { transfer: [batch.numbers.buffer] })

describe('a batch of requests', () => {
  it('comes out of the other thread as it was written, and the next one too', () => {
    const writer = createBatchWriter()
    fc.assert(
      fc.property(fc.array(request, { maxLength: 20 }), requests => {
        for (const each of requests) writer.add(each)
        assert.equal(writer.count, requests.length)
        assert.equal(
          writer.weight,
          requests.reduce((sum, { operations }) => sum + 1 + operations.length, 0)
        )
        assert.deepEqual([...unpack(sent(writer.take()))], requests)
        assert.equal(writer.count + writer.weight, 0)
      })
    )
  })

  it('grows to any number of operations', () => {
    const [one] = fc.sample(request, 1)
    const [call] = fc.sample(operation, 1)
    const large = { ...one!, operations: Array.from({ length: 10_000 }, () => call!) }
    const writer = createBatchWriter()
    writer.add(one!)
    writer.add(large)
    assert.deepEqual([...unpack(sent(writer.take()))], [one, large])
  })
})
