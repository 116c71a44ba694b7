// What a metrics engine is asked, as PromQL. Pure. Each question is a sum by service over the stretch, so that an answer has as many
// rows as there are services (times causes, callers or resources), however many instances they run on. Where the recording rules of
// docs/fleet are loaded, it is asked of what these have summed already: an engine cannot add up millions of series while one waits.

import { REACH_OF_ALL, REQUESTS_OF_EACH } from './one-name.js'
import { FASTEST_SHARE } from './way.js'

export const REQUESTS_METRIC = 'http_server_request_duration_seconds'
const CLIENT_METRIC = 'http_client_request_duration_seconds'
const DATABASE_METRIC = 'db_client_operation_duration_seconds'
const UPTIME_METRIC = 'process_uptime_seconds'

export const CAUSE = 'perfagent_cause'
export const PART = 'perfagent_part'
export const CALLER = 'perfagent_caller'
export const RESOURCE = 'perfagent_resource'
export const MAIN = 'process_command'
export const ROUTE = 'http_route'
export const ADDRESS = ['server_address', 'server_port'] as const
export const DATABASE = 'db_system_name'

/** The label that names a service, most telling first: which of them there is depends on the engine's set-up. */
export const SERVICE_LABELS = ['service_name', 'service', 'job'] as const
/** The one that rules sum by. */
export const RULES_BY = SERVICE_LABELS[0]

interface Summed {
  metric: string
  /** Summed by these besides the service. */
  labels?: readonly string[]
  failed?: boolean
  /** Of the instance that has most, not of all together. */
  most?: boolean
  /** Over the stretch a counter has grown; of a gauge it is the mean, or what the gauges say now. */
  kind?: 'grown' | 'mean' | 'now' | 'number'
  /** Its rule runs once in that time (RULES_EVERY_SECONDS). */
  everySeconds?: number
}

/** Rules run once in that time, over a stretch that has some collections in it. */
const RULES_EVERY_SECONDS = 60
/** Buckets are three quarters of all series: 10,000 instances of 50 routes take two busy cores more than a minute to add up. */
const BUCKETS_EVERY_SECONDS = 120
const RULES_WINDOW = '5m'
const RULES_WINDOW_SECONDS = 300

const SUMMED = {
  requests: { metric: `${REQUESTS_METRIC}_count` },
  failed: { metric: `${REQUESTS_METRIC}_count`, failed: true },
  seconds: { metric: `${REQUESTS_METRIC}_sum` },
  buckets: { metric: `${REQUESTS_METRIC}_bucket`, labels: ['le'], everySeconds: BUCKETS_EVERY_SECONDS },
  instances: { metric: UPTIME_METRIC, kind: 'number' },
  parts: { metric: 'perfagent_request_time_seconds_total', labels: [PART] },
  causes: { metric: 'perfagent_slow_request_time_seconds_total', labels: [CAUSE] },
  slow: { metric: 'perfagent_slow_requests_total' },
  reports: { metric: 'perfagent_slow_request_reports_total' },
  calls: { metric: 'perfagent_calls_total', labels: [CALLER] },
  failedCalls: { metric: 'perfagent_calls_total', labels: [CALLER], failed: true },
  callSeconds: { metric: 'perfagent_call_time_seconds_total', labels: [CALLER] },
  made: { metric: `${CLIENT_METRIC}_count`, labels: ADDRESS },
  failedMade: { metric: `${CLIENT_METRIC}_count`, labels: ADDRESS, failed: true },
  madeSeconds: { metric: `${CLIENT_METRIC}_sum`, labels: ADDRESS },
  queried: { metric: `${DATABASE_METRIC}_count`, labels: [DATABASE] },
  failedQueried: { metric: `${DATABASE_METRIC}_count`, labels: [DATABASE], failed: true },
  queriedSeconds: { metric: `${DATABASE_METRIC}_sum`, labels: [DATABASE] },
  loopWait: { metric: 'perfagent_eventloop_wait_seconds', kind: 'mean' },
  busy: { metric: 'perfagent_resource_busy_time_seconds_total', labels: [RESOURCE] },
  busiest: { metric: 'perfagent_resource_busy_time_seconds_total', labels: [RESOURCE], most: true },
  capacity: { metric: 'perfagent_resource_capacity', labels: [RESOURCE], kind: 'now' },
  cpu: { metric: 'process_cpu_time_seconds_total' }
} as const satisfies Record<string, Summed>

type SummedName = keyof typeof SUMMED

export interface Asking {
  /** The label that names a service. */
  by: string
  windowSeconds: number
  /** Further matchers: `deployment_environment_name="production"`. */
  matching: string
  /** Of what the rules have recorded; they sum by RULES_BY, and know of no matchers. */
  recorded: boolean
}

type Query = (asking: Asking) => string

const summed =
  (name: SummedName): Query =>
  asking =>
    asking.recorded ? ofRecorded(name, asking.windowSeconds) : ofSeries(name, asking)

function ofSeries(name: SummedName, { by, windowSeconds, matching }: Omit<Asking, 'recorded'>): string {
  return sumOf(SUMMED[name], by, matching, grown => `increase(${grown}[${windowSeconds}s])`, windowSeconds)
}

function sumOf(
  { metric, labels = [], failed, most, kind = 'grown' }: Summed,
  by: string,
  matching: string,
  grow: (selected: string) => string,
  windowSeconds: number
): string {
  const selected = select(metric, [failed ? 'error_type!=""' : '', matching])
  const grouped = `by (${[by, ...labels].join(', ')})`
  if (kind === 'number') return `count ${grouped} (${present(selected, by, windowSeconds)})`
  if (kind === 'now') return `sum ${grouped} (${present(selected, by, windowSeconds)})`
  if (kind === 'mean') return `avg ${grouped} (avg_over_time(${selected}[${windowSeconds}s]))`
  return `${most ? 'max' : 'sum'} ${grouped} (${grow(selected)})`
}

function select(metric: string, matchers: string[]): string {
  const given = matchers.filter(Boolean)
  return given.length > 0 ? `${metric}{${given.join(',')}}` : metric
}

/** An instance that is late with one is still there. */
const SILENT_COLLECTIONS = 2

/**
 * Without instances that are gone: an engine goes on telling of them for some minutes, in which a service that was started again
 * would have twice of everything. The one that has told most in the stretch shows how often all do.
 */
function present(selected: string, by: string, windowSeconds: number): string {
  const secondsOf = (each: string): string => `max by (${by}) (${each})`
  const collections = secondsOf(`count_over_time(${selected}[${windowSeconds}s])`)
  const since = `${secondsOf(`timestamp(${selected})`)} - ${SILENT_COLLECTIONS * windowSeconds} / ${collections}`
  return `${selected} and timestamp(${selected}) >= on (${by}) group_left () (${since})`
}

function ofRecorded(name: SummedName, windowSeconds: number): string {
  const { kind = 'grown', everySeconds = RULES_EVERY_SECONDS }: Summed = SUMMED[name]
  const record = recordOf(name)
  if (kind === 'grown') return `sum_over_time(${record}[${windowSeconds}s]) * ${everySeconds}`
  return kind === 'mean' ? `avg_over_time(${record}[${windowSeconds}s])` : record
}

/** `failedCalls` → `service_name:perfagent_failed_calls:rate5m`, as Prometheus's guide names them: by what, of what, how. */
function recordOf(name: SummedName): string {
  const { kind = 'grown' }: Summed = SUMMED[name]
  const how = { grown: `rate${RULES_WINDOW}`, mean: `avg${RULES_WINDOW}`, now: 'sum', number: 'count' }[kind]
  return `${RULES_BY}:perfagent_${name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)}:${how}`
}

export const RULES = (Object.keys(SUMMED) as SummedName[]).map(name => ({
  record: recordOf(name),
  everySeconds: (SUMMED[name] as Summed).everySeconds ?? RULES_EVERY_SECONDS,
  expr: sumOf(SUMMED[name], RULES_BY, '', selected => `rate(${selected}[${RULES_WINDOW}])`, RULES_WINDOW_SECONDS)
}))

/** Has a value when the rules are loaded. */
export const RULES_THERE = `count(${recordOf('requests')})`

const quantile =
  (share: number): Query =>
  asking =>
    `histogram_quantile(${share}, ${summed('buckets')(asking)})`

/** What tells instances apart: VictoriaMetrics's label, Prometheus's. */
export const INSTANCE = ['service_instance_id', 'instance'] as const

/** Requests by the file that processes were started with, where the engine has it. */
const mains: Query = ({ by, windowSeconds, matching }) => {
  const requests = select(`${REQUESTS_METRIC}_count`, [`${MAIN}!=""`, matching])
  return `sum by (${MAIN}, ${by}) (increase(${requests}[${windowSeconds}s]))`
}

/**
 * Of routes that are asked for so often that each instance should have served them, but not all do: the part of all requests that is served
 * by those that do. Of ordinary replicas there is none, so that the answer is short.
 */
const reach: Query = asking => {
  const { by, all, ofRoute, ofInstance, serving } = served(asking)
  const share = `sum by (${by}, ${ROUTE}) (${serving}) / on (${by}) group_left () ${all}`
  const often = `${REQUESTS_OF_EACH} * count by (${by}) (${ofInstance} > 0)`
  const isOften = `${ofRoute} >= on (${by}) group_left () (${often})`
  return `(${share}) < ${REACH_OF_ALL} and on (${by}, ${ROUTE}) (${isOften})`
}

/** Of each such route the instance that serves most requests of those that serve it. */
const reachedMost: Query = asking => {
  const { by, serving } = served(asking)
  return `topk by (${by}, ${ROUTE}) (1, ${serving}) and on (${by}, ${ROUTE}) (${reach(asking)})`
}

function served({ by, windowSeconds, matching }: Asking) {
  const grown = (...matchers: string[]): string =>
    `increase(${select(`${REQUESTS_METRIC}_count`, [...matchers, matching])}[${windowSeconds}s])`
  const each = `${by}, ${INSTANCE.join(', ')}`
  const ofInstance = `sum by (${each}) (${grown()})`
  const routes = grown(`${ROUTE}!=""`)
  const serves = `sum by (${ROUTE}, ${each}) (${routes}) > bool 0`
  return {
    by,
    all: `sum by (${by}) (${grown()})`,
    ofRoute: `sum by (${by}, ${ROUTE}) (${routes})`,
    ofInstance,
    /** All requests of each instance that serves the route. */
    serving: `(${serves}) * on (${each}) group_left () ${ofInstance}`
  }
}

/** Of calls, by address: their buckets are recorded by no rule. */
const fastest: Query = ({ by, windowSeconds, matching }) => {
  const labels = [by, ...ADDRESS].join(', ')
  const buckets = `increase(${select(`${CLIENT_METRIC}_bucket`, [matching])}[${windowSeconds}s])`
  return `histogram_quantile(${FASTEST_SHARE}, sum by (le, ${labels}) (${buckets}))`
}

/** So often is looked whether somebody was there. */
const LOOKS = 60

/**
 * Seconds of the stretch in which there were instances, one row for all: what has run for two minutes served its requests in these.
 * Before its first collection an instance counted already, so it is its uptime at least.
 */
const covered: Query = ({ windowSeconds, matching, recorded }) => {
  if (recorded) return `max(count_over_time(${recordOf('instances')}[${windowSeconds}s])) * ${RULES_EVERY_SECONDS}`
  const uptime = select(UPTIME_METRIC, [matching])
  const step = Math.ceil(windowSeconds / LOOKS)
  const longest = `label_replace(max(max_over_time(${uptime}[${windowSeconds}s])), "of", "longest", "", "")`
  return `max(count_over_time((count(${uptime}))[${windowSeconds}s:${step}s]) * ${step} or ${longest})`
}

/** Of the series alone: what rules have recorded knows nothing of instances, and where rules are loaded there are too many series to ask. */
export const UNRECORDED = ['mains', 'reach', 'reachedMost', 'fastest'] as const

export type QueryName = Exclude<SummedName, 'buckets'> | 'p50' | 'p99' | 'covered' | (typeof UNRECORDED)[number]

export const QUERIES = Object.fromEntries([
  ...(Object.keys(SUMMED) as SummedName[]).filter(name => name !== 'buckets').map(name => [name, summed(name)]),
  ['p50', quantile(0.5)],
  ['p99', quantile(0.99)],
  ['covered', covered],
  ['mains', mains],
  ['reach', reach],
  ['reachedMost', reachedMost],
  ['fastest', fastest]
]) as Record<QueryName, Query>
