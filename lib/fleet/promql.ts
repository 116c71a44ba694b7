// The three questions as PromQL, and its answers as sums. Pure. Names are those that OTLP metrics get in Prometheus, and in
// whatever speaks like it: dots are underscores, the unit and `_total` are appended.
//
// Each query is a sum by service over the stretch, so that an answer has as many rows as there are services (times causes,
// callers or resources), however many instances they run on.

import { type Counted, type Measured, measuredCalls, NOTHING_SHOWN, withOwnTime } from './measured.js'
import type { ServiceSums, Sums } from './sums.js'

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
const ADDRESS = ['server_address', 'server_port'] as const
const DATABASE = 'db_system_name'

const CLIENT_METRIC = 'http_client_request_duration_seconds'
const DATABASE_METRIC = 'db_client_operation_duration_seconds'

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
  made: increased(`${CLIENT_METRIC}_count`, ADDRESS),
  failedMade: increased(`${CLIENT_METRIC}_count`, ADDRESS, ['error_type!=""']),
  madeSeconds: increased(`${CLIENT_METRIC}_sum`, ADDRESS),
  queried: increased(`${DATABASE_METRIC}_count`, [DATABASE]),
  failedQueried: increased(`${DATABASE_METRIC}_count`, [DATABASE], ['error_type!=""']),
  queriedSeconds: increased(`${DATABASE_METRIC}_sum`, [DATABASE]),
  loopDelay: ({ by, window, matching }) =>
    `avg by (${by}) (avg_over_time(nodejs_eventloop_delay_mean_seconds{${matching}}[${window}]))`,
  busy: increased('perfagent_resource_busy_time_seconds_total', [RESOURCE]),
  capacity: ({ by, matching }) => `sum by (${by}, ${RESOURCE}) (perfagent_resource_capacity{${matching}})`,
  cpu: increased('process_cpu_time_seconds_total')
} as const satisfies Record<string, Query>

export type QueryName = keyof typeof QUERIES
export type Results = Record<QueryName, Row[]>

const MS_PER_S = 1000

export function sumsOf(results: Results, by: string, fromMs: number, toMs: number): Sums {
  const rows = new Map(Object.entries(results).map(([name, rows]) => [name, byService(rows, by)]))
  const rowsOf = (name: QueryName, service: string): Row[] => rows.get(name)?.get(service) ?? []
  const one = (name: QueryName, service: string): number | undefined => rowsOf(name, service)[0]?.value
  const byLabel = (name: QueryName, service: string, ...names: string[]): Record<string, number> =>
    Object.fromEntries(rowsOf(name, service).map(({ labels, value }) => [keyOf(labels, names), value]))

  const names = results.requests.flatMap(({ labels, value }) => (labels[by] && value > 0 ? [labels[by]] : []))
  const measured = new Map(names.map(service => [service, measuredOf(service)]))
  const calls = measuredCalls(measured, NOTHING_SHOWN)
  return { fromMs, toMs, services: withOwnTime(names.map(serviceSums), calls, measured, NOTHING_SHOWN), calls }

  function measuredOf(service: string): Measured {
    const parts = byLabel('parts', service, PART)
    const counted = (
      [count, failed, seconds]: readonly [QueryName, QueryName, QueryName],
      ...names: string[]
    ): [string, Counted][] => {
      const [allFailed, allSeconds] = [byLabel(failed, service, ...names), byLabel(seconds, service, ...names)]
      return Object.entries(byLabel(count, service, ...names)).map(([key, count]) => {
        const sums = { count, failed: allFailed[key] ?? 0, seconds: allSeconds[key] ?? 0 }
        return [key, { ...sums, p50Ms: undefined, p99Ms: undefined }]
      })
    }
    const callers = counted(['calls', 'failedCalls', 'callSeconds'], CALLER)
    const called = counted(['made', 'failedMade', 'madeSeconds'], ...ADDRESS)
    const databases = counted(['queried', 'failedQueried', 'queriedSeconds'], DATABASE)
    return {
      waitedSeconds: results.parts.length > 0 ? (parts['http'] ?? 0) : undefined,
      callers: new Map(callers.filter(([from]) => from !== service && names.includes(from))),
      peers: new Map([
        ...called.map(([to, counts]) => [to, { ...counts, system: 'http' }] as const),
        ...databases.map(([to, counts]) => [to, { ...counts, system: to }] as const)
      ]),
      loopDelaySeconds: one('loopDelay', service)
    }
  }

  function serviceSums(service: string): ServiceSums {
    const requests = one('requests', service)!
    const seconds = one('seconds', service) ?? 0
    const received = [...measured.get(service)!.callers.values()].reduce((sum, { count }) => sum + count, 0)
    const capacity = byLabel('capacity', service, RESOURCE)
    const cpu = one('cpu', service)
    return {
      service,
      instances: one('instances', service) ?? 0,
      requests,
      failed: one('failed', service) ?? 0,
      seconds,
      ownSeconds: seconds,
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

function byService(rows: Row[], by: string): Map<string, Row[]> {
  const services = new Map<string, Row[]>()
  for (const row of rows) {
    const service = row.labels[by]
    if (service === undefined || !Number.isFinite(row.value)) continue
    const own = services.get(service)
    if (own) own.push(row)
    else services.set(service, [row])
  }
  return services
}

/** `orders:8080`, `postgresql`, `web`: what is not told is left out. */
const keyOf = (labels: Record<string, string>, names: string[]): string =>
  names.flatMap(name => labels[name] || []).join(':')

const toMsOf = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * MS_PER_S
