// `npm run fleet:scale [INSTANCES] [ROUTES] [MINUTES]`: metrics of so many simulated instances in VictoriaMetrics, five minutes at one
// collection a minute, and how long it takes for each question of `perfagent fleet --last 5m`: of the series themselves, for each
// recording rule, and of a quarter of an hour of what the rules have recorded. Writing stops after MINUTES, so that a small
// machine says how far it came.

import { spawnSync } from 'node:child_process'
import { totalmem } from 'node:os'
import path from 'node:path'
import { QUERIES, RULES, UNRECORDED } from '../dist/lib/fleet/questions.js'
import { startVictoria } from '../dist/test/backends/victoria.js'
import { ROOT } from './prepare.mjs'
import { unpacked } from './services/debian.mjs'

const [instances = 10_000, routes = 50, minutes = 30] = process.argv.slice(2).map(Number)
const SERVICES = 50
/** Services that others call are called by one of the row before. */
const ENTRIES = 5
const COLLECTIONS = 6
const RECORDED_MINUTES = 15
const QUERY_AT_MOST_S = 300
const [WRITERS, AT_ONCE] = [2, 10]
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, '+Inf']

const templates = []
const end = Date.now()
const stamps = Array.from({ length: COLLECTIONS }, (_, i) => end - (COLLECTIONS - 1 - i) * 60_000)

process.env.PERFAGENT_TEST_VICTORIA_METRICS ||= path.join(
  await unpacked('victoria-metrics', { suite: 'trixie', atLeast: '1.112' }),
  'usr/bin/victoria-metrics'
)
const engine = await startVictoria(
  `-search.maxQueryDuration=${QUERY_AT_MOST_S}s`,
  '-search.maxUniqueTimeseries=100000000',
  '-search.disableCache'
)
try {
  const began = Date.now()
  let written = 0
  while (written < instances && Date.now() - began < minutes * 60_000) {
    const batches = Array.from({ length: WRITERS }, () => {
      const length = Math.max(0, Math.min(AT_ONCE, instances - written))
      written += length
      return Array.from({ length }, (_, i) => linesOf(written - length + i)).join('\n')
    })
    await Promise.all(batches.map(write))
  }
  await fetch(`${engine.url}/internal/force_flush`)
  const seconds = (Date.now() - began) / 1000
  const memory = Math.round(totalmem() / 2 ** 30)
  console.log(
    `${written} instances × ${routes} routes of ${SERVICES} services: ${written * linesOf(0).split('\n').length} series, ${COLLECTIONS} samples each, ` +
      `written in ${Math.round(seconds)} s; ${memory} GiB`
  )

  const asking = { by: 'service_name', matching: '' }
  const all = []
  for (const [name, query] of Object.entries(QUERIES)) {
    const { ms, rows, problem } = await timed(
      query({ ...asking, windowSeconds: (COLLECTIONS - 1) * 60, recorded: false }),
      end
    )
    all.push({ name, ms, rows, problem })
    console.log(`  series    ${name.padEnd(16)} ${said(ms, rows, problem)}`)
  }
  const recordedLines = []
  // What is asked of them is asked as of now, and the series may have taken long to write.
  const asOf = Date.now()
  for (const { record, expr, everySeconds } of RULES) {
    const rounds = (RECORDED_MINUTES * 60) / everySeconds
    const recordedAt = Array.from({ length: rounds }, (_, ago) => asOf - ago * everySeconds * 1000)
    const { ms, rows, problem } = await timed(expr, end)
    console.log(`  rule      ${record.padEnd(48)} ${said(ms, rows, problem)}`)
    for (const { labels, value } of rows) {
      const told = Object.entries(labels).map(([name, text]) => `${name}="${text}"`)
      for (const at of recordedAt) recordedLines.push(`${record}{${told.join(',')}} ${value} ${at}`)
    }
  }
  await engine.add(recordedLines.join('\n'))
  await fetch(`${engine.url}/internal/force_flush`)
  for (const { name, ms: before } of all.filter(({ name }) => !UNRECORDED.includes(name))) {
    const { ms, rows, problem } = await timed(
      QUERIES[name]({ ...asking, windowSeconds: RECORDED_MINUTES * 60, recorded: true })
    )
    console.log(`  recorded  ${name.padEnd(16)} ${said(ms, rows, problem)}, ${Math.round(before / ms)} times as fast`)
  }
  const from = Date.now()
  const cli = [path.join(ROOT, 'dist/cli.js'), 'fleet', '--prometheus', engine.url]
  const { stdout, stderr } = spawnSync(process.execPath, cli, { encoding: 'utf8' })
  console.log(`perfagent fleet, with the rules: ${Date.now() - from} ms\n${stdout.slice(0, 1500)}${stderr}`)
} finally {
  await engine.stop()
}

async function write(lines) {
  if (lines === '') return
  const response = await fetch(`${engine.url}/api/v1/import`, { method: 'POST', body: lines })
  if (!response.ok) throw new Error(await response.text())
}

/** As of `at`, of the last sample of the series. */
async function timed(promql, at) {
  const from = performance.now()
  try {
    const rows = await engine.query(promql, at)
    return { ms: performance.now() - from, rows }
  } catch (error) {
    return { ms: performance.now() - from, rows: [], problem: error.message.slice(-150) }
  }
}

function said(ms, rows, problem) {
  return `${(ms / 1000).toFixed(2).padStart(7)} s, ${problem ?? `${rows.length} rows`}`
}

/** An instance differs from the others of its service by its name alone. */
function linesOf(i) {
  const service = i % SERVICES
  templates[service] ??= serviceLines(service).join('\n')
  return templates[service].replaceAll('@', String(i))
}

/** What an agent sends that is asked for, as lines of VictoriaMetrics's import: a series with its samples each. */
function serviceLines(index) {
  const service = `s${index}`
  const own = `"service_name":"${service}","service_instance_id":"${service}-@"`
  const at = stamps.join(',')
  const line = (name, labels, values) =>
    `{"metric":{"__name__":"${name}",${own}${labels}},"values":[${values}],"timestamps":[${at}]}`
  const counter = perMinute => stamps.map((_, minute) => perMinute * (minute + 1)).join(',')
  const gauge = value => stamps.map(() => value).join(',')
  const lines = []
  const histogram = (name, labels, perMinute, meanSeconds) => {
    const below = bound => (bound === '+Inf' ? 1 : 1 - Math.exp(-bound / meanSeconds))
    for (const le of BOUNDS) {
      lines.push(line(`${name}_bucket`, `${labels},"le":"${le}"`, counter(Math.round(perMinute * below(le)))))
    }
    lines.push(line(`${name}_count`, labels, counter(perMinute)))
    lines.push(line(`${name}_sum`, labels, counter(perMinute * meanSeconds)))
  }
  for (let route = 0; route < routes; route++) {
    const on = `,"http_route":"/r${route}"`
    histogram('http_server_request_duration_seconds', `${on},"http_request_method":"GET"`, 60, 0.04)
    for (const part of ['own', 'http', 'db']) {
      lines.push(line('perfagent_request_time_seconds_total', `${on},"perfagent_part":"${part}"`, counter(0.8)))
    }
    lines.push(
      line('perfagent_slow_request_time_seconds_total', `${on},"perfagent_cause":"db.slow_query"`, counter(0.1))
    )
  }
  histogram('http_client_request_duration_seconds', ',"server_address":"peer","server_port":"80"', 60 * routes, 0.02)
  histogram('db_client_operation_duration_seconds', ',"db_system_name":"postgresql"', 60 * routes, 0.01)
  if (index >= ENTRIES) {
    const caller = `,"perfagent_caller":"s${index - ENTRIES}"`
    lines.push(line('perfagent_calls_total', caller, counter(60 * routes)))
    lines.push(line('perfagent_call_time_seconds_total', caller, counter(2.4 * routes)))
  }
  for (const resource of ['event loop', 'CPU quota', 'pool db']) {
    lines.push(line('perfagent_resource_busy_time_seconds_total', `,"perfagent_resource":"${resource}"`, counter(20)))
    lines.push(line('perfagent_resource_capacity', `,"perfagent_resource":"${resource}"`, gauge(1)))
  }
  lines.push(line('process_cpu_time_seconds_total', ',"cpu_mode":"user"', counter(25)))
  lines.push(line('process_uptime_seconds', '', counter(60)))
  lines.push(line('perfagent_eventloop_wait_seconds', '', gauge(0.001)))
  return lines
}
