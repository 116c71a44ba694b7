// The JSON read API: one address for each view, and the downloads of one request. A view is kept until something changed,
// so that pages which look at the same after the same change cost what one does.

import { type Answers, answer } from '../fleet/answers.js'
import type { Sums } from '../fleet/sums.js'
import { toCpuProfile } from '../otlp/cpuprofile.js'
import { toPprof } from '../otlp/pprof.js'
import type { Report } from '../types.js'
import { Refused } from './body.js'
import type { ReportRow } from './rows.js'
import type { Store } from './store.js'
import { codeView } from './views/code.js'
import { compareView } from './views/compare.js'
import { type Filter, filterOf } from './views/filter.js'
import { type Finding, findings } from './views/findings.js'
import { oneView } from './views/one.js'
import { type AtOneClock, atOneClock, clocksOff } from './views/one-clock.js'
import { requestsView } from './views/requests.js'
import { systemSums } from './views/system.js'

export interface Sent {
  type: string
  body: string | Uint8Array
  headers?: Record<string, string>
}

export interface SystemView {
  sums: Sums
  answers: Answers
  findings: Finding[]
}

const WINDOW_MS = 5 * 60_000
/** Of all views, with their addresses: pages that are open look at a few, and a view of 100,000 requests has a million. */
const MAX_KEPT_CHARS = 8_000_000
const JSON_TYPE = 'application/json; charset=utf-8'

export type Api = (pathname: string, query: URLSearchParams) => Sent | undefined | Promise<Sent>

/** With `askFleet` the first screen's sums are those. */
export function createApi(store: Store, askFleet?: () => Promise<Sums>): Api {
  const views: Record<string, (query: URLSearchParams) => unknown> = {
    '/api/counts': () => store.counts(),
    '/api/system': query => {
      const received = atOneClock(store)
      const sums = systemSums(received, Number(query.get('window')) || WINDOW_MS, Date.now())
      return systemView(received, { ...sums, clocksOff: clocksOff(received.off, sums) })
    },
    '/api/requests': query => requestsView(store.reports.values(), filterOf(query)),
    '/api/code': query => codeView(store.reports.values(), filterOf(query)),
    '/api/compare': query => compareView(store.reports.values(), ...sidesOf(query))
  }
  const fleet = askFleet && shared(askFleet)
  const kept = new Map<string, { version: number; body: string }>()
  let keptChars = 0

  return (pathname, query) => {
    if (fleet && pathname === '/api/system') return fleetView(store, fleet)
    const view = Object.hasOwn(views, pathname) ? views[pathname] : undefined
    if (!view) return one(store, pathname)
    const address = `${pathname}?${query}`
    const last = kept.get(address)
    if (last?.version === store.version()) return { type: JSON_TYPE, body: last.body }
    const version = store.version()
    const body = JSON.stringify(view(query))
    forget(address)
    kept.set(address, { version, body })
    keptChars += address.length + body.length
    for (const oldest of kept.keys()) {
      if (keptChars <= MAX_KEPT_CHARS) break
      forget(oldest)
    }
    return { type: JSON_TYPE, body }
  }

  function forget(address: string): void {
    const known = kept.get(address)
    if (known) keptChars -= address.length + known.body.length
    kept.delete(address)
  }
}

function systemView({ reports }: Pick<AtOneClock, 'reports'>, sums: Sums): SystemView {
  const { fromMs: from, toMs: to } = sums
  return { sums, answers: answer(sums), findings: findings(reports.values(), { from, to }) }
}

/** However many pages are open, the engine is asked one question at a time, and not again at once. */
const SHARED_FOR_MS = 5000

function shared<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asked: Promise<Answer> | undefined
  return () => {
    if (!asked) {
      const asking = ask()
      const forget = (): void => void setTimeout(() => (asked = undefined), SHARED_FOR_MS).unref()
      asking.then(forget, forget)
      asked = asking
    }
    return asked
  }
}

async function fleetView(store: Store, askFleet: () => Promise<Sums>): Promise<Sent> {
  const sums = await askFleet().catch(error => {
    throw new Refused(502, (error as Error).message)
  })
  return { type: JSON_TYPE, body: JSON.stringify(systemView(atOneClock(store), sums)) }
}

/** `…&before.to=1&after.version=2`: each side has the filters of the other views. */
function sidesOf(query: URLSearchParams): [Filter, Filter] {
  const side = (name: string): Filter => {
    const own = [...query].filter(([key]) => key.startsWith(`${name}.`))
    const renamed = own.map(([key, value]): [string, string] => [key.slice(name.length + 1), value])
    return { ...filterOf(query), ...filterOf(new URLSearchParams(renamed)) }
  }
  return [side('before'), side('after')]
}

const ADDRESS = /^\/api\/requests\/([0-9a-f]{32})(?:-([0-9a-f]{16}))?(?:\.(json|cpuprofile|pprof))?$/

function one(store: Store, pathname: string): Sent | undefined {
  const [, traceId, spanId, format] = ADDRESS.exec(pathname) ?? []
  if (!traceId) return undefined
  const rows = [...store.reports.values()].filter(each => each.traceId === traceId)
  const row = spanId ? rows.find(each => each.spanId === spanId) : cause(rows)
  if (format) return row && download(row, format)
  const trace = store.traces.get(traceId)
  if (!row && !trace) return undefined
  return { type: JSON_TYPE, body: JSON.stringify(oneView(row, trace, rows)) }
}

/** A trace's address leads to the request in it that the others waited for. */
const cause = (rows: ReportRow[]): ReportRow | undefined =>
  rows.find(({ cause }) => cause !== 'http.slow_peer') ?? rows[0]

function download(row: ReportRow, format: string): Sent | undefined {
  const named = (type: string, body: string | Uint8Array): Sent => ({
    type,
    body,
    headers: { 'content-disposition': `attachment; filename="${row.key}.${format}"` }
  })
  if (format === 'json') return named(JSON_TYPE, row.json)
  const { cpu } = (JSON.parse(row.json.toString()) as Report).evidence
  if (!cpu) return undefined
  if (format === 'pprof') return named('application/octet-stream', toPprof(cpu, row.at, row.durationMs, row))
  return named('application/json', JSON.stringify(toCpuProfile(cpu, row.durationMs)))
}
