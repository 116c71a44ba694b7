// Asks an engine that speaks Prometheus's HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics. What goes wrong is said so that a
// person can act.

import { type Results, type Row, sumsOf } from '../fleet/promql.js'
import {
  QUERIES,
  type QueryName,
  REQUESTS_METRIC,
  RULES_BY,
  RULES_THERE,
  SERVICE_LABELS,
  UNRECORDED
} from '../fleet/questions.js'
import type { Sums } from '../fleet/sums.js'
import { CommandError } from './command.js'

export interface Engine {
  /** Its base, without user and password: `/api/v1/query` is appended. */
  url: string
  /** Of the URL, what may be shown. */
  printed: string
  headers: Record<string, string>
  timeoutMs: number
}

export interface Asked {
  windowSeconds: number
  /** Found out when it is not told. */
  serviceLabel: string | undefined
  /** Further matchers of all series. */
  matching: string
  /** The end of the stretch, in epoch milliseconds; undefined: now. */
  untilMs: number | undefined
}

interface Answer {
  status?: string
  error?: string
  data?: { resultType?: string; result?: unknown }
}

type Ask = (promql: string) => Promise<Row[]>

export async function askSums(engine: Engine, asked: Asked): Promise<Sums> {
  const leaving = new AbortController()
  try {
    return await askAll(engine, asked, promql => query(engine, promql, asked.untilMs, leaving.signal))
  } finally {
    // What else was asked holds the process until it is answered, and works for nobody.
    leaving.abort()
  }
}

async function askAll(engine: Engine, asked: Asked, ask: Ask): Promise<Sums> {
  const { windowSeconds, serviceLabel, matching, untilMs } = asked
  const toMs = untilMs ?? Date.now()
  const recorded = await hasRules(ask, serviceLabel, matching)
  const by = recorded ? RULES_BY : await findServiceLabel(ask, engine, asked)
  const asking = { by, windowSeconds, matching, recorded }
  const names = Object.keys(QUERIES) as QueryName[]
  const isAsked = (name: QueryName): boolean => !recorded || !(UNRECORDED as readonly QueryName[]).includes(name)
  const rowsOf = async (name: QueryName): Promise<Row[]> => (isAsked(name) ? ask(QUERIES[name](asking)) : [])
  const answers = await Promise.all(
    names.filter(name => name !== 'reachedMost').map(async name => [name, await rowsOf(name)])
  )
  const results = Object.fromEntries(answers) as Results
  // As long to answer as all requests by route, and of replicas there is nothing to ask it of.
  const reachedMost = results.reach.length > 0 ? await rowsOf('reachedMost') : []
  return sumsOf({ ...results, reachedMost }, by, toMs - windowSeconds * 1000, toMs)
}

/** What rules have summed knows neither of other labels nor of matchers. */
async function hasRules(ask: Ask, serviceLabel: string | undefined, matching: string): Promise<boolean> {
  if (matching !== '' || (serviceLabel ?? RULES_BY) !== RULES_BY) return false
  return (await ask(RULES_THERE)).length > 0
}

/** An engine looks back by some minutes: whether there is anything in the whole stretch is asked of all of it. */
async function findServiceLabel(ask: Ask, engine: Engine, asked: Asked): Promise<string> {
  const { matching, windowSeconds, serviceLabel, untilMs } = asked
  const counted = `${REQUESTS_METRIC}_count`
  const isThere = async (...matchers: string[]): Promise<boolean> => {
    const selected = `${counted}{${[...matchers, matching].filter(Boolean).join(',')}}`
    return (await ask(`count(last_over_time(${selected}[${windowSeconds}s]))`)).length > 0
  }
  if (!(await isThere())) {
    const why = untilMs === undefined ? NOTHING_NOW : ' in that stretch'
    throw new CommandError(`${engine.printed} knows no ${counted}{${matching}}${why}`)
  }
  const labels = serviceLabel === undefined ? SERVICE_LABELS : [serviceLabel]
  for (const label of labels) if (await isThere(`${label}!=""`)) return label
  throw new CommandError(`no label names the services (looked for ${labels.join(', ')}): say which, --service-label`)
}

const NOTHING_NOW =
  ": have the services sent OTLP metrics to it (they do after a minute), with Prometheus's names (VictoriaMetrics: " +
  '-opentelemetry.usePrometheusNaming; it shows nothing of the last 30 s)?'

async function query(engine: Engine, promql: string, atMs: number | undefined, leaving: AbortSignal): Promise<Row[]> {
  const address = new URL(engine.url)
  address.pathname = `${address.pathname.replace(/\/$/, '')}/api/v1/query`
  const body = new URLSearchParams({ query: promql, ...(atMs !== undefined && { time: String(atMs / 1000) }) })
  let response: Response
  let text: string
  try {
    const headers = { ...engine.headers, 'content-type': 'application/x-www-form-urlencoded' }
    const signal = AbortSignal.any([leaving, AbortSignal.timeout(engine.timeoutMs)])
    // Headers hold keys, of which fetch would take along all but `authorization`.
    response = await fetch(address, { method: 'POST', body, headers, redirect: 'manual', signal })
    text = await response.text()
  } catch (error) {
    throw new CommandError(`${engine.printed} gives no answer: ${reasonOf(error as Error, engine.timeoutMs)}`)
  }
  const answer = read(text)
  if (answer?.status === 'error') throw new CommandError(`${engine.printed} refuses ${promql}: ${answer.error}`)
  if (!response.ok) throw new CommandError(`${engine.printed} answers ${response.status}${hint(response.status)}`)
  const rows = answer?.data?.resultType === 'vector' && rowsIn(answer.data.result)
  if (!rows) throw new CommandError(`${engine.printed} is no Prometheus: its answer to /api/v1/query is something else`)
  return rows
}

/** Undefined when it is something else than samples. */
function rowsIn(result: unknown): Row[] | undefined {
  return Array.isArray(result) && result.every(isSample)
    ? result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }))
    : undefined
}

interface Sample {
  metric: Record<string, string>
  value: [seconds: number, value: string]
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function isSample(sample: unknown): sample is Sample {
  const { metric, value } = (isObject(sample) ? sample : {}) as Partial<Sample>
  return (
    isObject(metric) &&
    Object.values(metric).every(label => typeof label === 'string') &&
    typeof value?.[1] === 'string'
  )
}

function read(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer
  } catch {
    return undefined
  }
}

function hint(status: number): string {
  if (status >= 300 && status < 400) return ' and sends elsewhere: name that place instead'
  if (status === 401 || status === 403) return ': it wants to know who asks, --header "authorization: Bearer …"'
  return status === 400 || status === 404 ? ': is that its base, to which /api/v1/query is appended?' : ''
}

function reasonOf(error: Error, timeoutMs: number): string {
  if (error.name === 'TimeoutError') return `none within ${timeoutMs / 1000} s; a shorter --last is less work for it`
  const { cause } = error as { cause?: { message?: string; code?: string } }
  return cause?.message || cause?.code || error.message
}
