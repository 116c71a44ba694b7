// Each query of the dashboard and of the rules is asked of a real engine that has the metrics of a service: it is PromQL, and
// what the service did shows. Run by `npm run check:backends`.

import assert from 'node:assert/strict'
import { runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { type Dashboards, loadDashboards } from '../harness/dashboards.js'
import { skip } from '../harness/skip.js'
import { program, startVictoria, type Victoria } from './victoria.js'

/** What a service without a database, a caller or a quota has no series of. */
const SILENT = /db_client|v8js_gc|otel_metric_overflow/

describe('dashboards and rules in VictoriaMetrics', function () {
  this.timeout(120_000)
  let engine: Victoria
  let dashboards: Dashboards

  before(async function () {
    if (!program()) skip(this, 'there is no VictoriaMetrics: npm run check:backends brings one')
    dashboards = await loadDashboards()
    engine = await startVictoria()
    const backend = await startBackend()
    const app = await runApp('metrics.js', {
      backend,
      env: {
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: engine.metrics,
        OTEL_SERVICE_NAME: 'orders',
        OTEL_METRIC_EXPORT_INTERVAL: '500',
        PERFAGENT_SLOW_MS: '100'
      }
    })
    // A rate needs two collections at least.
    for (let i = 0; i < 12; i++) for (const route of ['/calls', '/slow', '/fails', '/quick']) await app.get(route)
    await app.stop()
    await backend.close()
    await engine.until('sum(last_over_time(http_server_request_duration_seconds_count[10m]))', 12 * 5)
  })
  after(() => engine?.stop())

  const asked = (expr: string): string => expr.replaceAll('$service', '.*').replaceAll('$__rate_interval', '5m')

  it('each panel shows something', async () => {
    for (const { title, targets } of dashboards.dashboard().panels) {
      for (const { expr } of targets) {
        const rows = await engine.query(asked(expr))
        if (!SILENT.test(expr)) assert.ok(rows.length > 0, `${title} shows nothing: ${asked(expr)}`)
      }
    }
  })

  it('each recording rule has a value, and each alert is a question that can be answered', async () => {
    for (const { record, expr } of dashboards.RECORDED) {
      const rows = await engine.query(expr)
      if (!SILENT.test(expr) && !/_failed_/.test(record)) assert.ok(rows.length > 0, `${record} records nothing`)
    }
    for (const { alert, expr } of dashboards.ALERTS) {
      const rows = await engine.query(expr)
      assert.ok(Array.isArray(rows), alert)
    }
    const alert = dashboards.ALERTS.find(({ alert }) => alert === 'ManyFailedRequests')!
    const [fired] = await engine.query(alert.expr)
    assert.equal(fired?.labels['service_name'], 'orders')
    assert.ok(Math.abs(fired!.value - 12 / 60) < 0.1, `${fired?.value} of the requests failed`)
  })
})
