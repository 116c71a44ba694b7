// Reports as nobody would make them, for properties: any text, any number, any status.

import fc from 'fast-check'
import { CAUSES, type Report } from '../../lib/types.js'
import { sampleReport } from '../sample-report.js'

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800', 'GET /a', 'host:1/db'))
const ms = fc.oneof(fc.double({ min: 0, max: 1e7, noNaN: true }), fc.nat(100_000))
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null })
const statusCode = orNull(fc.integer({ min: 100, max: 599 }))

const operation = fc.record({
  kind: fc.constantFrom('db', 'cache', 'http', 'pool', 'custom'),
  system: text,
  name: text,
  text,
  target: text,
  startMs: ms,
  durationMs: orNull(ms),
  count: fc.integer({ min: 1, max: 2 ** 31 }),
  error: orNull(text),
  spanId: orNull(hex(16)),
  statusCode,
  phases: orNull(fc.dictionary(fc.constantFrom('socketMs', 'firstByteMs'), ms)),
  pool: orNull(
    fc.record({
      size: fc.nat(),
      inUse: fc.nat(),
      waiting: fc.nat(),
      holders: fc.array(fc.record({ route: text, traceId: hex(32), heldMs: ms }))
    })
  )
})

export const randomReport: fc.Arbitrary<Report> = fc
  .record({
    id: text,
    service: fc.record({
      name: text,
      version: text,
      instance: fc.constantFrom('one', 'two'),
      host: text,
      pid: fc.nat()
    }),
    traceId: hex(32),
    spanId: hex(16),
    parentSpanId: orNull(hex(16)),
    at: fc
      .date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true })
      .map(moment => moment.toISOString()),
    durationMs: ms,
    thresholdMs: ms,
    status: fc.constantFrom('finished', 'running', 'aborted'),
    request: fc.record({ method: text, route: text, path: text, statusCode }),
    thread: fc.option(fc.record({ id: fc.integer({ min: 1, max: 2 ** 31 }), name: text }), { nil: undefined }),
    operations: fc.array(operation, { maxLength: 4 }),
    annotations: fc.dictionary(
      text,
      fc.oneof(text, fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean())
    ),
    verdict: fc.record({
      cause: fc.constantFrom(...CAUSES),
      summary: text,
      confidence: fc.constantFrom('measured', 'inferred'),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      advice: text,
      docs: text,
      culprit: fc.constant(null)
    })
  })
  .map(part => sampleReport(part as Partial<Report>))
