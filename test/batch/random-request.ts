// Requests as nobody would make them, for properties of what leaves of them: any text, any number, most of them plain.

import fc from 'fast-check'
import type { Leaving } from '../../lib/batch/writer.js'
import type { Operation, SpanDetail } from '../../lib/types.js'

const PLAIN = { noNullPrototype: true } as const
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', 'GET', '\ud800', '/orders/17'))
const path = fc.oneof(text, fc.constantFrom('/orders/17?full=1', '/a', '/\u00e4', '/\u20ac', `/${'x'.repeat(3000)}`))
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
/** Of what is not plain. */
const seldom = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null })
const moment = fc.double({ min: 0, max: 1e9, noNaN: true })
const statusCode = fc.integer({ min: 0, max: 999 })
const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const mark = fc.constantFrom(
  'socket',
  'connecting',
  'resolving',
  'dns',
  'connect',
  'securing',
  'tls',
  'sent',
  'headers'
)
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })

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

export const randomOperation: fc.Arbitrary<Operation> = fc.record(
  {
    kind: fc.constantFrom('db', 'cache', 'http', 'pool', 'custom', 'message', 'dns', 'process'),
    system: fc.oneof(text, fc.constantFrom('postgresql', 'redis')),
    text: optional(fc.oneof(text, fc.constantFrom('SELECT 1', 'GET user:17', 'GET http://stock:80/items/17?x=1'))),
    target: optional(fc.oneof(text, fc.constantFrom('db:5432/shop', 'stock:80'))),
    start: moment,
    end: fc.oneof(moment, fc.constant(Number.NaN)),
    error: seldom(text),
    marks: optional(fc.dictionary(mark, moment, PLAIN)),
    count: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 1 }) }),
    busyMs: moment,
    pool: optional(fc.record({ size: fc.nat(), inUse: fc.nat(), waiting: fc.nat(), holders: fc.constant([]) }, PLAIN)),
    blocking: fc.boolean(),
    spanId: optional(hex(16)),
    statusCode: optional(statusCode),
    parentSpanId: seldom(text),
    span: seldom(fc.constant(span))
  },
  PLAIN
)

export const randomRequest: fc.Arbitrary<Leaving> = fc.record(
  {
    facts: fc.record({ method: text, path }, PLAIN),
    route: text,
    status: fc.constantFrom('finished', 'aborted'),
    statusCode: orNull(statusCode),
    start: moment,
    end: moment,
    sampled: fc.boolean(),
    knownIds: optional(
      fc.record(
        {
          traceId: hex(32),
          spanId: hex(16),
          parentSpanId: orNull(hex(16)),
          state: fc.oneof(fc.constant(''), text),
          caller: optional(text)
        },
        PLAIN
      )
    ),
    ownIds: fc.record({ trace0: word, trace1: word, trace2: word, trace3: word, span0: word, span1: word }, PLAIN),
    operations: optional(fc.array(randomOperation, { maxLength: 5 })),
    droppedOperations: seldom(fc.nat()).map(dropped => dropped ?? 0),
    span: seldom(fc.constant(span)),
    annotations: seldom(fc.dictionary(text, fc.oneof(text, fc.double(), fc.boolean()), PLAIN))
  },
  PLAIN
)
