// What a report adds to the metrics of its service.

import assert from 'node:assert/strict'
import { createSeries } from '../../lib/metrics/series.js'
import type { TemporalReading } from '../../lib/metrics/temporality.js'
import { readConfig } from '../../lib/options/config.js'
import type { Report } from '../../lib/types.js'
import { startMetrics } from '../../lib/worker/metrics.js'
import { createShared } from '../../lib/worker/shared.js'
import { sampleReport } from '../sample-report.js'

const ANSWER = ['GET', '/orders/:id', 200, undefined]

/** What is collected after these reports. */
async function collected(env: Record<string, string>, ...reports: Report[]): Promise<TemporalReading[]> {
  let readings: TemporalReading[] = []
  const reader = startMetrics({
    config: readConfig({ env }).config,
    shared: createShared(),
    again: false,
    ask: () => reader.told({ loop: { activeMs: 1, idleMs: 1 }, heap: [], sources: [] }),
    push(all) {
      readings = all
    }
  })
  createSeries({
    histograms: 'explicit',
    startMs: 1,
    announce: each => reader.learn({ type: 'series', series: [each], again: false })
  }).cells('serverDuration', ANSWER)
  for (const report of reports) reader.slow(report)
  await reader.collect()
  reader.stop()
  return readings
}

const pointsOf = (readings: TemporalReading[], name: string) =>
  readings.find(reading => reading.name === name)?.points ?? []

describe('the metrics of slow requests', () => {
  const report = sampleReport()
  const { traceId, spanId, durationMs } = report

  it('count a report by the cause of its verdict, and none of a request that still runs', async () => {
    const readings = await collected({}, report, sampleReport({ status: 'running' }), report)
    const told = pointsOf(readings, 'perfagent.slow_request.reports')
    assert.deepEqual(
      told.map(({ attributes, value }) => [attributes['perfagent.cause'], value]),
      [[report.verdict.cause, 2]]
    )
    const seconds = pointsOf(readings, 'perfagent.slow_request.time').reduce((sum, { value }) => sum + Number(value), 0)
    const told2 = report.breakdown.reduce((sum, { ms }) => sum + ms, 0)
    assert.ok(Math.abs(seconds - (2 * told2) / 1000) < 1e-9)
  })

  const exemplar = { value: durationMs / 1000, atMs: Date.parse(report.at) + durationMs, traceId, spanId }
  for (const [filter, sampled, expected] of [
    ['trace_based', true, [exemplar]],
    ['trace_based', false, undefined],
    ['always_on', false, [exemplar]],
    ['always_off', true, undefined]
  ] as const) {
    it(`point to ${expected ? 'its trace' : 'no trace'} by ${filter} where it is ${sampled ? '' : 'not '}sampled`, async () => {
      const readings = await collected({ OTEL_METRICS_EXEMPLAR_FILTER: filter }, sampleReport({ sampled }))
      const [point] = pointsOf(readings, 'http.server.request.duration')
      assert.deepEqual(point!.exemplars, expected)
    })
  }
})
