// The names of the metrics are OpenTelemetry's, as its package has them; what is not in it carries our name.

import assert from 'node:assert/strict'
import * as conventions from '@opentelemetry/semantic-conventions'
import * as incubating from '@opentelemetry/semantic-conventions/incubating'
import type { MetricRow } from '../../lib/metrics/row.js'
import { METRICS } from '../../lib/metrics/table.js'

const named = (from: object, prefix: string): Set<unknown> =>
  new Set(Object.entries(from).flatMap(([name, value]) => (name.startsWith(prefix) ? [value] : [])))

const STABLE = named(conventions, 'METRIC_')
const ALL = named(incubating, 'METRIC_')
const ATTRIBUTES = named(incubating, 'ATTR_')
const rows: MetricRow[] = Object.values(METRICS)

describe('the table of metrics', () => {
  it('names each metric once', () => {
    const names = rows.map(({ name }) => name)
    assert.deepEqual(names, [...new Set(names)])
  })

  for (const { name, status, attributes, kind, bounds, meaning } of rows) {
    it(`${name} is ${status === 'own' ? 'ours' : `${status} in the conventions`}`, () => {
      assert.equal(STABLE.has(name) ? 'stable' : ALL.has(name) ? 'development' : 'own', status)
      assert.equal(name.startsWith('perfagent.'), status === 'own')
      for (const attribute of attributes) {
        assert.ok(ATTRIBUTES.has(attribute) !== attribute.startsWith('perfagent.'), `${attribute} is nobody's`)
      }
      assert.equal(kind === 'histogram', bounds !== undefined)
      assert.deepEqual(bounds, bounds && [...bounds].sort((a, b) => a - b))
      assert.match(meaning, /^[A-Z\d].*\.$/)
    })
  }
})
