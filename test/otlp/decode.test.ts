// What our writers write is read back as it was, what OpenTelemetry's exporters write too (test/console), and nothing that a
// stranger sends does more than to be refused.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { BadBody, fromJson, fromProtobuf } from '../../lib/otlp/decode.js'
import { toJson, toProtobuf } from '../../lib/otlp/encode.js'
import { logRecords } from '../../lib/otlp/logs.js'
import { spans } from '../../lib/otlp/spans.js'
import { sampleReport } from '../sample-report.js'
import { randomReport } from './random-report.js'

const refused = (read: () => unknown, said: RegExp): void =>
  assert.throws(read, error => error instanceof BadBody && said.test(error.message))

describe('reading OTLP', () => {
  it('gives both encodings as the same messages', () => {
    fc.assert(
      fc.property(fc.array(randomReport, { maxLength: 3 }), reports => {
        const trace = spans(reports, '1')
        if (trace) {
          const binary = fromProtobuf('ExportTraceServiceRequest', toProtobuf('ExportTraceServiceRequest', trace))
          const json = fromJson('ExportTraceServiceRequest', toJson('ExportTraceServiceRequest', trace))
          assert.ok(alike(plain(binary), plain(json)))
        }
        const logs = logRecords(reports, '1')
        if (!logs) return
        const binary = fromProtobuf('ExportLogsServiceRequest', toProtobuf('ExportLogsServiceRequest', logs))
        const json = fromJson('ExportLogsServiceRequest', toJson('ExportLogsServiceRequest', logs))
        assert.ok(alike(plain(binary), plain(json)))
      }),
      { numRuns: 50 }
    )
  })

  it('has the report in the log record as it was', () => {
    const report = sampleReport()
    const body = toProtobuf('ExportLogsServiceRequest', logRecords([report], '1')!)
    const record = fromProtobuf('ExportLogsServiceRequest', body).resourceLogs![0]!.scopeLogs![0]!.logRecords![0]!
    const attribute = record.attributes!.find(({ key }) => key === 'perfagent.report')
    assert.deepEqual(JSON.parse(attribute!.value!.stringValue!), report)
    assert.equal(record.traceId, report.traceId)
    assert.ok(Math.abs(record.timeUnixNano! - Date.parse(report.at) - report.durationMs) < 0.001)
  })

  it('refuses or reads any bytes, and throws nothing else', () => {
    const valid = toProtobuf('ExportTraceServiceRequest', spans([sampleReport()], '1')!)
    const read = (body: Uint8Array): void => {
      try {
        fromProtobuf('ExportTraceServiceRequest', body)
      } catch (error) {
        assert.ok(error instanceof BadBody, String(error))
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), read), { numRuns: 500 })
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length), (at, byte, length) => {
        const changed = Uint8Array.from(valid.subarray(0, length))
        changed[at] = byte
        read(changed)
      }),
      { numRuns: 1000 }
    )
  })

  it('refuses or reads any JSON, and throws nothing else', () => {
    fc.assert(
      fc.property(fc.json(), body => {
        try {
          fromJson('ExportLogsServiceRequest', body)
        } catch (error) {
          assert.ok(error instanceof BadBody, String(error))
        }
      }),
      { numRuns: 500 }
    )
  })

  it('refuses what leaves its message, and what is cut', () => {
    refused(() => fromProtobuf('ExportTraceServiceRequest', Uint8Array.of(0x0a, 0x05, 1)), /leaves its message/)
    refused(
      () => fromProtobuf('ExportTraceServiceRequest', Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f)),
      /leaves/
    )
    // A double in a message of one byte.
    const value = Uint8Array.of(0x12, 1, 0x21, 0, 0, 0, 0, 0, 0, 0, 0)
    refused(() => fromProtobuf('KeyValue', value), /a field of AnyValue leaves its message/)
    refused(() => fromProtobuf('ExportTraceServiceRequest', Uint8Array.of(0x00)), /no number/)
    refused(() => fromProtobuf('ExportTraceServiceRequest', Uint8Array.of(0x0b)), /no protobuf/)
  })

  it('skips a field of another type than its own', () => {
    // A number where a span has its name.
    assert.deepEqual(fromProtobuf('Span', Uint8Array.of(0x28, 5)), {})
  })

  it('has numbers below nothing and beyond 32 bits as they were', () => {
    for (const asInt of [-1, -(2 ** 40), 2 ** 40, 2 ** 32 - 1]) {
      assert.deepEqual(fromProtobuf('NumberDataPoint', toProtobuf('NumberDataPoint', { asInt })), { asInt })
    }
  })

  it('refuses values that hold each other without end', () => {
    let value = '{}'
    for (let depth = 0; depth < 100_000; depth++) value = `{"arrayValue":{"values":[${value}]}}`
    const body = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${value}}]}]}]}`
    refused(() => fromJson('ExportLogsServiceRequest', body), /nested deeper/)
    refused(() => fromProtobuf('AnyValue', nested(20_000)), /nested deeper/)
  })

  it('refuses more messages than anybody sends', () => {
    // Each two bytes are a message of their own.
    const body = new Uint8Array(4_200_000)
    for (let at = 0; at < body.length; at += 2) body[at] = 0x0a
    refused(() => fromProtobuf('ExportTraceServiceRequest', body), /more than/)
  })

  it('refuses JSON of another shape, and says what', () => {
    refused(() => fromJson('ExportTraceServiceRequest', '[]'), /ExportTraceServiceRequest is no object/)
    refused(() => fromJson('ExportTraceServiceRequest', '{"resourceSpans":{}}'), /resourceSpans is no list/)
    refused(() => fromJson('Span', '{"traceId":"xyz"}'), /traceId is no id/)
    refused(() => fromJson('Span', '{"startTimeUnixNano":"yesterday"}'), /is no nanos/)
    refused(() => fromJson('Span', '{'), /no JSON/)
    assert.deepEqual(fromJson('Span', '{"name":null,"__proto__":{"kind":2},"unheard":5}'), {})
  })
})

/** JSON has no -0 and no undefined. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** JSON has nanoseconds as decimals, protobuf as 64 bits; as doubles of milliseconds they differ in the last place. */
function alike(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= Math.max(Math.abs(a), 1) * 1e-15 * 4
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b
  const keys = Object.keys(a)
  const [one, other] = [a, b] as Record<string, unknown>[]
  return keys.length === Object.keys(b).length && keys.every(key => alike(one![key], other![key]))
}

/** A list in a list in a list …, as protobuf. */
function nested(depth: number): Uint8Array {
  let body: Uint8Array = new Uint8Array(0)
  for (let i = 0; i < depth; i++) {
    const values = Buffer.concat([Buffer.from([0x0a]), varint(body.length), body])
    body = Buffer.concat([Buffer.from([0x2a]), varint(values.length), values])
  }
  return body
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128)
  return Buffer.from([...bytes, value])
}
