// What is generated from the table of metrics is as it would be written now, and names no metric that is not in it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { labelName, prometheusName } from '../../lib/fleet/prometheus-names.js'
import { QUERIES } from '../../lib/fleet/questions.js'
import { METRICS } from '../../lib/metrics/table.js'
import { loadDashboards } from '../harness/dashboards.js'
import { ROOT } from '../harness/program.js'

const NAMES = new Set(
  Object.values(METRICS).flatMap(row => {
    const name = prometheusName(row)
    return row.kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
  })
)
const LABELS = new Set(Object.values(METRICS).flatMap(({ attributes }) => attributes.map(labelName)))
/** Metric names stand before a brace or a range, or end a bracket. */
const namesIn = (promql: string): string[] =>
  promql.match(/\b(?:http|db|perfagent|nodejs|v8js|process)_[a-z0-9_]+(?=[{[)])/g) ?? []

describe('dashboards, rules and questions', () => {
  it('are as the table of metrics says', async () => {
    for (const [name, text] of Object.entries((await loadDashboards()).files())) {
      const written = readFileSync(path.join(ROOT, 'docs/fleet', name), 'utf8')
      assert.equal(written, text, `docs/fleet/${name} is old: npm run dashboards`)
    }
  })

  it('name metrics of the table alone', async () => {
    const { dashboard, ALERTS, RECORDED } = await loadDashboards()
    const asked = Object.values(QUERIES).map(query =>
      query({ by: 'service_name', windowSeconds: 300, matching: '', recorded: false })
    )
    const shown = dashboard().panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    const watched = [...ALERTS, ...RECORDED].map(({ expr }) => expr)
    for (const promql of [...asked, ...shown, ...watched]) {
      const names = namesIn(promql).filter(name => !LABELS.has(name))
      assert.ok(names.length > 0, `${promql} asks of nothing`)
      for (const name of names) assert.ok(NAMES.has(name), `${name} in ${promql} is no metric of ours`)
    }
  })
})
