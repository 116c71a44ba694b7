// The three questions as PromQL, and its answers as sums. Pure. Names are those that OTLP metrics get in Prometheus, and in
// whatever speaks like it: dots are underscores, the unit and `_total` are appended.
//
// Each query is a sum by service over the stretch, so that an answer has as many rows as there are services (times causes,
// callers or resources), however many instances they run on.

import type { CallSums, ServiceSums, Sums } from './sums.js'

/** One row of an instant query's answer. */
export interface Row {
  labels: Record<string, string>
  value: number
}

/** The label that names a service, most telling first: which of them there is depends on the engine's set-up. */
export const SERVICE_LABELS = ['service_name', 'service', 'job'] as const

export const REQUESTS_METRIC = 'http_server_request_duration_seconds'

const CAUSE = 'perfagent_cause'
const PART = 'perfagent_part'
const CALLER = 'perfagent_caller'
const RESOURCE = 'perfagent_resource'

export interface QueryContext {
  /** The label that names a service. */
  by: string
  /** `5m`. */
  window: string
  /** Further matchers: `deployment_environment_name="production"`. */
  matching: string
}

type Query = (context: QueryContext) => string

const increased =
  (metric: string, labels: readonly string[] = [], matchers: readonly string[] = []): Query =>
  ({ by, window, matching }) => {
    const braces = [...matchers, matching].filter(Boolean).join(',')
    return `sum by (${[by, ...labels].join(', ')}) (increase(${metric}{${braces}}[${window}]))`
  }

const quantile =
  (share: number): Query =>
  context =>
    `histogram_quantile(${share}, ${increased(`${REQUESTS_METRIC}_bucket`, ['le'])(context)})`

export const QUERIES = {
  requests: increased(`${REQUESTS_METRIC}_count`),
  failed: increased(`${REQUESTS_METRIC}_count`, [], ['error_type!=""']),
  seconds: increased(`${REQUESTS_METRIC}_sum`),
  p50: quantile(0.5),
  p99: quantile(0.99),
  instances: ({ by, matching }) => `count by (${by}) (process_uptime_seconds{${matching}})`,
  parts: increased('perfagent_request_time_seconds_total', [PART]),
  causes: increased('perfagent_slow_request_time_seconds_total', [CAUSE]),
  calls: increased('perfagent_calls_total', [CALLER]),
  failedCalls: increased('perfagent_calls_total', [CALLER], ['error_type!=""']),
  callSeconds: increased('perfagent_call_time_seconds_total', [CALLER]),
  busy: increased('perfagent_resource_busy_time_seconds_total', [RESOURCE]),
  capacity: ({ by, matching }) => `sum by (${by}, ${RESOURCE}) (perfagent_resource_capacity{${matching}})`,
  cpu: increased('process_cpu_time_seconds_total')
} as const satisfies Record<string, Query>

export type QueryName = keyof typeof QUERIES
export type Results = Record<QueryName, Row[]>

const MS_PER_S = 1000

export function sumsOf(results: Results, by: string, fromMs: number, toMs: number): Sums {
  const rowsOf = (name: QueryName, service: string): Row[] =>
    results[name].filter(({ labels, value }) => labels[by] === service && Number.isFinite(value))
  const one = (name: QueryName, service: string): number | undefined => rowsOf(name, service)[0]?.value
  const byLabel = (name: QueryName, service: string, label: string): Record<string, number> =>
    Object.fromEntries(rowsOf(name, service).map(({ labels, value }) => [labels[label] ?? '', value]))

  const services = results.requests.flatMap(({ labels, value }) => (labels[by] && value > 0 ? [labels[by]] : []))
  const calls = callSums(results, by, services)
  return { fromMs, toMs, services: services.map(serviceSums), calls }

  function serviceSums(service: string): ServiceSums {
    const requests = one('requests', service)!
    const seconds = one('seconds', service) ?? 0
    const parts = byLabel('parts', service, PART)
    const callsServices = calls.some(({ from }) => from === service)
    const received = calls.filter(({ to }) => to === service).reduce((sum, call) => sum + call.requests, 0)
    const capacity = byLabel('capacity', service, RESOURCE)
    const cpu = one('cpu', service)
    return {
      service,
      instances: one('instances', service) ?? 0,
      requests,
      failed: one('failed', service) ?? 0,
      seconds,
      // Waiting for those who are no part of the system is its own affair.
      ownSeconds: Math.max(0, seconds - (callsServices ? (parts['http'] ?? 0) : 0)),
      entryRequests: Math.max(0, requests - received),
      p50Ms: toMsOf(one('p50', service)),
      p99Ms: toMsOf(one('p99', service)),
      slowOnly: false,
      byCause: byLabel('causes', service, CAUSE),
      resources: [
        ...rowsOf('busy', service).map(({ labels, value }) => {
          const resource = labels[RESOURCE] ?? ''
          return { resource, busySeconds: value, capacity: capacity[resource] ?? 0 }
        }),
        // Nobody says how many cores a process may use: it has use, and no bound.
        ...(cpu === undefined ? [] : [{ resource: 'CPU', busySeconds: cpu, capacity: 0 }])
      ],
      waited: []
    }
  }
}

const toMsOf = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * MS_PER_S

function callSums(results: Results, by: string, services: string[]): CallSums[] {
  const find = (rows: Row[], { labels }: Row): number =>
    rows.find(row => row.labels[by] === labels[by] && row.labels[CALLER] === labels[CALLER])?.value ?? 0
  return results.calls.flatMap(row => {
    const [from, to] = [row.labels[CALLER], row.labels[by]]
    if (!from || !to || from === to || !services.includes(from) || !(row.value > 0)) return []
    return [
      {
        from,
        to,
        system: 'service',
        requests: row.value,
        failed: find(results.failedCalls, row),
        seconds: find(results.callSeconds, row),
        p50Ms: undefined,
        p99Ms: undefined,
        sampled: false
      }
    ]
  })
}
