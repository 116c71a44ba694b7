// Asks an engine that speaks Prometheus's HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics. What goes wrong is said so that a
// person can act.

import { type Results, type Row, sumsOf } from '../fleet/promql.js'
import { QUERIES, type QueryName, REQUESTS_METRIC, RULES_BY, RULES_THERE, SERVICE_LABELS } from '../fleet/questions.js'
import type { Sums } from '../fleet/sums.js'
import { CommandError } from './command.js'

export interface Engine {
  /** Its base: `/api/v1/query` is appended. */
  url: string
  /** As `name: value`. */
  headers: Record<string, string>
  timeoutMs: number
}

export interface Asked {
  windowSeconds: number
  /** Found out when it is not told. */
  serviceLabel: string | undefined
  /** Further matchers of all series. */
  matching: string
}

interface Answer {
  status?: string
  error?: string
  data?: { resultType?: string; result?: unknown[] }
}

export async function askSums(engine: Engine, { windowSeconds, serviceLabel, matching }: Asked): Promise<Sums> {
  const toMs = Date.now()
  const recorded = await hasRules(engine, serviceLabel, matching)
  const by = recorded ? RULES_BY : (serviceLabel ?? (await findServiceLabel(engine, matching)))
  const asking = { by, windowSeconds, matching, recorded }
  const names = Object.keys(QUERIES) as QueryName[]
  const answers = await Promise.all(names.map(async name => [name, await query(engine, QUERIES[name](asking))]))
  return sumsOf(Object.fromEntries(answers) as Results, by, toMs - windowSeconds * 1000, toMs)
}

/** What rules have summed knows neither of other labels nor of matchers. */
async function hasRules(engine: Engine, serviceLabel: string | undefined, matching: string): Promise<boolean> {
  if (matching !== '' || (serviceLabel ?? RULES_BY) !== RULES_BY) return false
  return (await query(engine, RULES_THERE)).length > 0
}

async function findServiceLabel(engine: Engine, matching: string): Promise<string> {
  const counted = `${REQUESTS_METRIC}_count{${matching}}`
  const found = await query(engine, `count(${counted})`)
  if (found.length === 0) {
    throw new CommandError(
      `${printed(engine.url)} knows no ${counted}: have the services sent OTLP metrics to it, with Prometheus's names ` +
        '(VictoriaMetrics: -opentelemetry.usePrometheusNaming)?'
    )
  }
  for (const label of SERVICE_LABELS) {
    const matchers = [`${label}!=""`, matching].filter(Boolean).join(',')
    if ((await query(engine, `count(${REQUESTS_METRIC}_count{${matchers}})`)).length > 0) return label
  }
  throw new CommandError(
    `no label names the services (looked for ${SERVICE_LABELS.join(', ')}): say which, --service-label`
  )
}

async function query(engine: Engine, promql: string): Promise<Row[]> {
  const address = new URL(engine.url)
  address.pathname = `${address.pathname.replace(/\/$/, '')}/api/v1/query`
  const body = new URLSearchParams({ query: promql })
  let response: Response
  let text: string
  try {
    const headers = { ...engine.headers, 'content-type': 'application/x-www-form-urlencoded' }
    response = await fetch(address, { method: 'POST', body, headers, signal: AbortSignal.timeout(engine.timeoutMs) })
    text = await response.text()
  } catch (error) {
    throw new CommandError(`${printed(engine.url)} gives no answer: ${reasonOf(error as Error, engine.timeoutMs)}`)
  }
  const answer = read(text)
  if (answer?.status === 'error') throw new CommandError(`${printed(engine.url)} refuses ${promql}: ${answer.error}`)
  if (!response.ok) throw new CommandError(`${printed(engine.url)} answers ${response.status}${hint(response.status)}`)
  if (answer?.data?.resultType !== 'vector') {
    throw new CommandError(`${printed(engine.url)} is no Prometheus: its answer to /api/v1/query is something else`)
  }
  return (answer.data.result ?? []).map(toRow)
}

function toRow(sample: unknown): Row {
  const { metric, value } = sample as { metric?: Record<string, string>; value?: [number, string] }
  return { labels: metric ?? {}, value: Number(value?.[1]) }
}

function read(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer
  } catch {
    return undefined
  }
}

const hint = (status: number): string =>
  status === 401 || status === 403 ? ': it wants to know who asks, --header "authorization: Bearer …"' : ''

function reasonOf(error: Error, timeoutMs: number): string {
  if (error.name === 'TimeoutError') return `none within ${timeoutMs / 1000} s; a shorter --last is less work for it`
  const { cause } = error as { cause?: { message?: string; code?: string } }
  return cause?.message || cause?.code || error.message
}

/** Without user and password. */
const printed = (url: string): string => new URL(url).origin + new URL(url).pathname.replace(/\/$/, '')
