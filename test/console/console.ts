// A console in the test's own process, with what its users and its enemies would send.

import http from 'node:http'
import type { ReportRow } from '../../lib/console/rows.js'
import { type Console, startConsole } from '../../lib/console/server.js'
import { createStore, type Store } from '../../lib/console/store.js'
import type { Sums } from '../../lib/fleet/sums.js'
import { toJson, toProtobuf } from '../../lib/otlp/encode.js'
import { logRecords } from '../../lib/otlp/logs.js'
import type { Message, MessageName } from '../../lib/otlp/messages.js'
import { spans } from '../../lib/otlp/spans.js'
import type { Report } from '../../lib/types.js'
import { sampleReport } from '../sample-report.js'

const MIB = 1024 * 1024

export interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  body: Buffer
}

type Encoding = 'json' | 'protobuf'

export interface Subject extends Console {
  store: Store
  heard: ReportRow[]
  ask(path: string, options?: http.RequestOptions & { body?: string | Uint8Array }): Promise<Answer>
  view<View>(path: string): Promise<View>
  sendReports(reports: Report[], type?: Encoding): Promise<void>
  /** Reports and their spans, as an agent sends them. */
  send(reports: Report[], type?: Encoding): Promise<void>
}

export async function openConsole({
  maxBytes = 64 * MIB,
  token,
  askFleet
}: {
  maxBytes?: number
  token?: string
  askFleet?: () => Promise<Sums>
} = {}): Promise<Subject> {
  const store = createStore(maxBytes)
  const heard: ReportRow[] = []
  const login: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  const opened = await startConsole({
    store,
    host: '127.0.0.1',
    port: 0,
    token,
    onReport: row => heard.push(row),
    ...(askFleet && { askFleet })
  })
  const ask: Subject['ask'] = (path, { body, ...options } = {}) =>
    new Promise((resolve, reject) => {
      const request = http.request(`${opened.url}${path}`, { agent: false, ...options }, response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) })
        })
      })
      request.on('error', reject)
      request.end(body)
    })
  const encode = <Name extends MessageName>(name: Name, message: Message<Name>, type: Encoding): string | Uint8Array =>
    type === 'json' ? toJson(name, message) : toProtobuf(name, message)
  const post = async (path: string, type: Encoding, body: string | Uint8Array): Promise<void> => {
    const contentType = type === 'json' ? 'application/json' : 'application/x-protobuf'
    const { status } = await ask(path, { method: 'POST', headers: { 'content-type': contentType, ...login }, body })
    if (status !== 200) throw new Error(`${path} answered ${status}`)
  }
  const sendReports: Subject['sendReports'] = async (reports, type = 'protobuf') => {
    const logs = logRecords(reports, '1')
    if (logs) await post('/v1/logs', type, encode('ExportLogsServiceRequest', logs, type))
  }
  return {
    ...opened,
    store,
    heard,
    ask,
    async view(path) {
      const { status, body } = await ask(path)
      if (status !== 200) throw new Error(`${path} answered ${status}`)
      return JSON.parse(body.toString())
    },
    sendReports,
    async send(reports, type = 'protobuf') {
      await sendReports(reports, type)
      const trace = spans(reports, '1')
      if (trace) await post('/v1/traces', type, encode('ExportTraceServiceRequest', trace, type))
    }
  }
}

let numbered = 0

/** A report of a request of its own. */
export function anyReport(part: Partial<Report> = {}): Report {
  numbered++
  return sampleReport({
    id: `report-${numbered}`,
    traceId: numbered.toString(16).padStart(32, 'a'),
    spanId: numbered.toString(16).padStart(16, 'b'),
    parentSpanId: null,
    ...part
  })
}
