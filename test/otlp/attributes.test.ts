// Every attribute of a span, log record or resource has a name of OpenTelemetry's conventions, or is in our table.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import * as incubating from '@opentelemetry/semantic-conventions/incubating'
import { FROM_ENVIRONMENT } from '../../lib/options/resource.js'
import { attributes } from '../../lib/otlp/attributes.js'
import { logRecords } from '../../lib/otlp/logs.js'
import { OWN_ATTRIBUTES } from '../../lib/otlp/own-attributes.js'
import { spans } from '../../lib/otlp/spans.js'
import type { Report } from '../../lib/types.js'
import { identify } from '../../lib/worker/service.js'
import { sampleReport } from '../sample-report.js'

const CONVENTIONS = new Set<unknown>(
  Object.entries(incubating).flatMap(([name, value]) => (name.startsWith('ATTR_') ? [value] : []))
)
const isKnown = (key: string): boolean => CONVENTIONS.has(key) || key in OWN_ATTRIBUTES

interface Attributed {
  attributes?: { key?: string; value?: Record<string, unknown> }[]
}
/** Of everything inside, however deep. */
function keysIn(message: unknown): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const { key = '', value: typed } of (value as Attributed).attributes ?? []) {
      found.set(key, Object.keys(typed ?? {})[0]!.replace('Value', ''))
    }
    Object.values(value).forEach(walk)
  }
  walk(message)
  return found
}

describe('the names of attributes', () => {
  const sample = sampleReport()
  const [first] = sample.operations
  const phases = { socketMs: 1.5, dnsMs: 1.5, connectMs: 1.5, tlsMs: 1.5, firstByteMs: 1.5, bodyMs: 1.5 }
  const report: Report = {
    ...sample,
    service: identify({ serviceName: '', serviceVersion: '', resourceAttributes: {} }, __filename).service,
    annotations: {},
    request: { ...sample.request, method: 'BREW', statusCode: 500 },
    operations: [
      ...sample.operations,
      { ...first!, kind: 'http', text: 'GET http://x/', phases, count: 3, error: 'ECONNRESET: x' },
      { ...first!, kind: 'cache', system: 'redis' }
    ],
    news: { since: '1.4.1' } as never,
    dropped: { operations: 3, reports: 0 }
  }
  const sent = new Map([
    ...keysIn(spans([report], '1.0.0')),
    ...keysIn(logRecords([report], '1.0.0', { lost: 5, profileOf: () => 'profile' }))
  ])

  it("are OpenTelemetry's, or are in our table", () => {
    assert.ok(sent.size > 50, `${sent.size}`)
    assert.deepEqual(
      [...sent.keys()].filter(key => !isKnown(key)),
      []
    )
    assert.deepEqual(
      Object.keys(FROM_ENVIRONMENT).filter(key => !CONVENTIONS.has(key)),
      []
    )
  })

  it('of ours have the type that the table says', () => {
    for (const [key, { type }] of Object.entries(OWN_ATTRIBUTES)) {
      const type_ = sent.get(key)
      if (type_ !== undefined) assert.ok(type_ === type || (type === 'double' && type_ === 'int'), `${key} is ${type_}`)
    }
  })

  it('in the table are all sent, none is a convention, each says what it is', () => {
    assert.deepEqual(
      Object.keys(OWN_ATTRIBUTES).filter(key => !sent.has(key)),
      []
    )
    for (const [key, { meaning }] of Object.entries(OWN_ATTRIBUTES)) {
      assert.ok(!CONVENTIONS.has(key), `${key} has become a convention`)
      assert.match(key, /^(?:perfagent|profiling|com\.splunk)\./)
      assert.match(meaning, /^[A-Z`].*\.$/)
    }
  })

  it('in the sources are in the table, also where no sample leads', () => {
    const folder = path.join(__dirname, '../../../lib/otlp')
    const named = readdirSync(folder)
      .filter(file => ['spans.ts', 'logs.ts', 'operation.ts', 'attributes.ts'].includes(file))
      .flatMap(file => readFileSync(path.join(folder, file), 'utf8').match(/'perfagent\.[a-z_.]+'(?=:)/g) ?? [])
      .map(name => name.slice(1, -1))
    assert.ok(named.length > 10)
    assert.deepEqual(
      named.filter(name => !(name in OWN_ATTRIBUTES)),
      []
    )
  })
})

it('an attribute that says nothing is none: no text, no number', () => {
  const values = {
    empty: '',
    none: null,
    unset: undefined,
    odd: Number.NaN,
    endless: Number.POSITIVE_INFINITY,
    zero: -0
  }
  assert.deepEqual(attributes(values), [{ key: 'zero', value: { intValue: 0 } }])
})
