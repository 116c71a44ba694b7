// A backend for tests, on a free loopback port: takes reports (POST of JSON), OTLP traces, logs and metrics, keeps what came, answers
// as told, and lets a test wait for what it expects:
//
//   const report = await backend.report(({ request }) => request.route === '/slow')

import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import type { Report } from '../../lib/types.js'
import { decodeLogs, decodeMetrics, decodeSpans, type OtlpLog, type OtlpPoint, type OtlpSpan } from './otlp.js'
import { schemaErrors } from './schema.js'

/** Long enough for a loaded machine: what is expected ends the wait, so only a failing test takes it. */
const WITHIN_MS = 15_000

/** One request as it came; `body` is inflated. */
export interface Received {
  method: string
  path: string
  headers: http.IncomingHttpHeaders
  body: Buffer
}

/** `hang` accepts and never answers, `reset` closes the connection without an answer. */
export type Answer = { status?: number; headers?: http.OutgoingHttpHeaders; body?: string | Buffer } | 'hang' | 'reset'

export interface Backend {
  url: string
  /** All requests, also those that were answered with an error. */
  received: Received[]
  /** What was accepted: the contents of requests that were answered with a status below 300. */
  reports: Report[]
  spans: OtlpSpan[]
  logs: OtlpLog[]
  /** One list for each collection. */
  metrics: OtlpPoint[][]
  /** What the next requests are answered; may be changed at any time. */
  answer: Answer | ((request: Received) => Answer)
  report(matches?: (report: Report) => boolean, withinMs?: number): Promise<Report>
  span(matches?: (span: OtlpSpan) => boolean, withinMs?: number): Promise<OtlpSpan>
  collection(matches?: (points: OtlpPoint[]) => boolean, withinMs?: number): Promise<OtlpPoint[]>
  log(matches?: (log: OtlpLog) => boolean, withinMs?: number): Promise<OtlpLog>
  /** Resolves with the request as soon as one matches, accepted or not. */
  request(matches?: (request: Received) => boolean, withinMs?: number): Promise<Received>
  close(): Promise<unknown>
}

export async function startBackend(answer: Backend['answer'] = {}): Promise<Backend> {
  const received = inbox<Received>('request', ({ method, path, body }) => `${method} ${path} of ${body.length} bytes`)
  const reports = inbox<Report>(
    'report',
    ({ request, status, verdict, durationMs }) =>
      `${request.method} ${request.route} ${status}, ${verdict.cause}, ${durationMs.toFixed(0)} ms`
  )
  const spans = inbox<OtlpSpan>('span', ({ name, traceId }) => `${name} of trace ${traceId}`)
  const metrics = inbox<OtlpPoint[]>('collection', points => `${points.length} points`)
  const logs = inbox<OtlpLog>('log record', ({ eventName, body }) => `${eventName}: ${String(body).slice(0, 80)}`)

  const server = http.createServer(async (req, res) => {
    const request = await read(req).catch(() => undefined)
    if (!request) return
    const chosen = typeof backend.answer === 'function' ? backend.answer(request) : backend.answer
    if (chosen === 'reset') req.socket.resetAndDestroy()
    else if (chosen !== 'hang') res.writeHead(chosen.status ?? 200, chosen.headers).end(chosen.body)
    if (typeof chosen === 'object' && (chosen.status ?? 200) < 300) accept(request)
    received.add(request)
  })

  function accept({ path, headers, body }: Received): void {
    const type = headers['content-type'] ?? ''
    if (path === '/v1/traces') for (const span of decodeSpans(body, type)) spans.add(span)
    else if (path === '/v1/metrics') for (const points of decodeMetrics(body, type)) metrics.add(points)
    else if (path === '/v1/logs') for (const log of decodeLogs(body, type)) logs.add(log)
    else if (path === '/reports') reports.add(readReport(body))
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  let closed: Promise<unknown> | undefined
  const backend: Backend = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: received.items,
    reports: reports.items,
    spans: spans.items,
    logs: logs.items,
    metrics: metrics.items,
    answer,
    report: reports.next,
    span: spans.next,
    log: logs.next,
    collection: metrics.next,
    request: received.next,
    close() {
      closed ??= new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      return closed
    }
  }
  return backend
}

/** Thrown where nobody catches it: whatever the test looks at, it fails. */
function readReport(body: Buffer): Report {
  const report = JSON.parse(body.toString())
  const errors = schemaErrors(report)
  if (errors.length > 0) throw new Error(`a report breaks report.schema.json: ${errors.join('; ')}\n${body}`)
  return report
}

async function read(req: http.IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  return {
    method: req.method!,
    path: req.url!,
    headers: req.headers,
    body: req.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
  }
}

/** A list that somebody can wait on. */
function inbox<Item>(noun: string, describe: (item: Item) => string) {
  const items: Item[] = []
  const waiting = new Set<(item: Item) => void>()
  return {
    items,
    add(item: Item): void {
      items.push(item)
      for (const look of waiting) look(item)
    },
    next(matches: (item: Item) => boolean = () => true, withinMs = WITHIN_MS): Promise<Item> {
      const found = items.find(matches)
      if (found) return Promise.resolve(found)
      return new Promise((resolve, reject) => {
        const look = (item: Item): void => {
          if (!matches(item)) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve(item)
        }
        const timer = setTimeout(() => {
          waiting.delete(look)
          const came =
            items.length === 0 ? 'none came' : `these came:\n${items.map(i => `  ${describe(i)}`).join('\n')}`
          reject(new Error(`no ${noun} matched within ${withinMs} ms; ${came}`))
        }, withinMs)
        waiting.add(look)
      })
    }
  }
}
