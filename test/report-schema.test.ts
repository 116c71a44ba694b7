import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { CAUSES, type Report } from '../lib/types.js'
import { sampleReport } from './sample-report.js'

interface Schema {
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
  anyOf?: Schema[]
  $ref?: string
  $defs?: Record<string, Schema & { enum?: string[] }>
}

const schema: Schema = JSON.parse(readFileSync(path.join(__dirname, '../../report.schema.json'), 'utf8'))
const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  formats: { 'date-time': true }
})
const validate = ajv.compile(schema)

const errorsOf = (report: unknown): string[] =>
  validate(report) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`)

/** A copy with one place changed: `set('verdict.cause', 'x')`. */
function set(place: string, value: unknown): unknown {
  const report = structuredClone(sampleReport()) as unknown as Record<string, unknown>
  const names = place.split('.')
  const last = names.pop()!
  const holder = names.reduce((at, name) => at[name] as Record<string, unknown>, report)
  if (value === undefined) delete holder[last]
  else holder[last] = value
  return report
}

describe('report.schema.json', () => {
  it('takes a full report', () => assert.deepEqual(errorsOf(sampleReport()), []))

  it('takes a report of which little is known', () => {
    const { evidence, verdict, request } = sampleReport()
    const report: Report = sampleReport({
      parentSpanId: null,
      status: 'running',
      request: { ...request, statusCode: null },
      operations: [],
      breakdown: [],
      verdict: { ...verdict, culprit: null },
      evidence: {
        ...evidence,
        cpu: null,
        blocks: [],
        loop: null,
        kernel: { mainThreadCpuMs: 12.1, runQueueWaitMs: 3, coverageShare: 0.97 },
        missing: ['profiler denied']
      },
      annotations: {}
    })
    assert.deepEqual(errorsOf(report), [])
  })

  const wrong: [string, unknown][] = [
    ['version', 2],
    ['kind', 'span'],
    ['id', ''],
    ['extra', 1],
    ['verdict.extra', 1],
    ['operations.0.extra', 1],
    ['service.name', undefined],
    ['traceId', 'ABC'],
    ['spanId', null],
    ['at', '2026-11-22T19:31:00+01:00'],
    ['durationMs', -1],
    ['durationMs', '812'],
    ['status', 'done'],
    ['verdict.cause', 'db.slow'],
    ['verdict.share', 1.2],
    ['verdict.culprit.who', 'x'],
    ['breakdown.0.cause', 'x'],
    ['operations.0.kind', 'sql'],
    ['operations.0.count', 0],
    ['operations.2.phases.dns', 1],
    ['evidence.gc', null],
    ['evidence.missing', 'cpu'],
    ['evidence.kernel', { runQueueMs: 3 }],
    ['evidence.kernel', { coverageShare: 2 }],
    ['annotations.list', []]
  ]
  for (const [place, value] of wrong) {
    it(`refuses ${place} = ${JSON.stringify(value)}`, () => assert.notDeepEqual(errorsOf(set(place, value)), []))
  }

  it('has the causes of lib/types/report.ts', () => assert.deepEqual(schema.$defs!['cause']!.enum, CAUSES))

  it('says of each field what it is, and leaves no object open', () => {
    const visit = (at: string, part: Schema): void => {
      if (part.properties) {
        assert.equal(part.additionalProperties, false, at)
        for (const [name, field] of Object.entries(part.properties)) {
          assert.ok(field.description || field.$ref, `${at}.${name} has no description`)
          visit(`${at}.${name}`, field)
        }
      }
      if (part.items) visit(`${at}[]`, part.items)
      for (const one of part.anyOf ?? []) visit(at, one)
    }
    visit('report', schema)
    for (const [name, part] of Object.entries(schema.$defs!)) visit(name, part)
  })
})
