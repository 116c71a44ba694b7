// An OTLP request into rows of the store, and what its sender is told. Traces and logs of any OpenTelemetry SDK; a log record
// named `perfagent.slow_request` carries a report. What is well-formed OTLP but cannot be kept (a span without ids, a report of
// another shape) is a partial success, as the specification wants; the rest of its batch is kept.

import { BadBody, fromJson, fromProtobuf } from '../otlp/decode.js'
import { toJson, toProtobuf } from '../otlp/encode.js'
import type { Message, MessageName } from '../otlp/messages.js'
import { cut } from '../process/cut.js'
import { Refused } from './body.js'
import { readKernelTold } from './kernel-told.js'
import { originOf, plainAttributes, UNTOLD } from './origin.js'
import { takeMetrics } from './receive-metrics.js'
import { readReport } from './report.js'
import { type Origin, type ReportRow, type SpanRow, toRow } from './rows.js'
import type { Store } from './store.js'

export type Signal = 'traces' | 'logs' | 'metrics' | 'profiles'

/** Paths of OTLP/HTTP; profiles are in development there. */
export const SIGNALS: Record<string, Signal> = {
  '/v1/traces': 'traces',
  '/v1/logs': 'logs',
  '/v1/metrics': 'metrics',
  '/v1development/profiles': 'profiles'
}

const PROTOBUF = 'application/x-protobuf'
const JSON_TYPE = 'application/json'

export interface Answer {
  type: string
  body: string | Uint8Array
}

interface Taken {
  rejected: number
  reports: ReportRow[]
}

/** Throws Refused. `onReport` hears of each report that was kept. `arrivedMs`: undefined when it came at another time. */
export function receive(
  store: Store,
  signal: Signal,
  contentType: string,
  body: Buffer,
  onReport: (row: ReportRow) => void,
  arrivedMs?: number
): Answer {
  const type = contentType.split(';')[0]!.trim().toLowerCase()
  if (type !== PROTOBUF && type !== JSON_TYPE) {
    throw new Refused(
      415,
      `content type ${JSON.stringify(contentType.slice(0, 100))} is not ${PROTOBUF} or ${JSON_TYPE}`
    )
  }
  const decode = <Name extends MessageName>(name: Name): Message<Name> =>
    type === JSON_TYPE ? fromJson(name, body.toString()) : fromProtobuf(name, body)
  try {
    const { rejected, reports } = take(store, signal, decode, hearing(store, arrivedMs))
    for (const report of reports) onReport(report)
    return answer(signal, type, rejected)
  } catch (error) {
    if (error instanceof BadBody) throw new Refused(400, error.message)
    throw error
  }
}

/** Of each sender in a delivery the newest moment that it tells of. */
type Hear = (sender: Pick<Origin, 'service' | 'instance'>, toldMs: number) => void

function hearing({ clocks }: Store, arrivedMs: number | undefined): Hear {
  return ({ service, instance }, toldMs) => {
    // Without a name of their own instances of a service cannot be told apart.
    if (arrivedMs !== undefined && toldMs > 0 && instance !== UNTOLD) clocks.heard(service, instance, toldMs, arrivedMs)
  }
}

function take(
  store: Store,
  signal: Signal,
  decode: <Name extends MessageName>(name: Name) => Message<Name>,
  hear: Hear
): Taken {
  switch (signal) {
    case 'traces':
      return { rejected: takeSpans(store, decode('ExportTraceServiceRequest'), hear), reports: [] }
    case 'logs':
      return takeLogs(store, decode('ExportLogsServiceRequest'))
    case 'metrics':
      takeMetrics(store, decode('ExportMetricsServiceRequest'), hear)
      return { rejected: 0, reports: [] }
    case 'profiles':
      store.ignore(signal)
      return { rejected: 0, reports: [] }
  }
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const
const ERROR = 2

function takeSpans(store: Store, { resourceSpans = [] }: Message<'ExportTraceServiceRequest'>, hear: Hear): number {
  let rejected = 0
  for (const { resource, scopeSpans = [] } of resourceSpans) {
    const origin = originOf(resource)
    let newestMs = 0
    for (const { spans = [] } of scopeSpans) {
      for (const span of spans) {
        const row = toSpanRow(span, origin)
        if (row) {
          store.addSpan(row)
          newestMs = Math.max(newestMs, row.endMs)
        } else rejected++
      }
    }
    // An agent of ours says when its metrics are of; reports and their spans may have waited for their turn.
    if (!origin.ours) hear(origin, newestMs)
  }
  return rejected
}

function toSpanRow(span: Message<'Span'>, origin: Origin): SpanRow | undefined {
  const { traceId = '', spanId = '', parentSpanId = '', startTimeUnixNano: startMs = 0, endTimeUnixNano = 0 } = span
  if (!isId(traceId, 32) || !isId(spanId, 16) || !(startMs > 0)) return undefined
  return {
    traceId,
    spanId,
    parentSpanId: isId(parentSpanId, 16) ? parentSpanId : '',
    origin,
    name: cut(span.name ?? '', MAX_NAME),
    kind: KINDS[span.kind ?? 0] ?? 'internal',
    startMs,
    endMs: Math.max(startMs, endTimeUnixNano),
    failed: span.status?.code === ERROR,
    attributes: plainAttributes(span.attributes)
  }
}

const REPORT = 'perfagent.report'
const KERNEL = 'perfagent.kernel'

function takeLogs(store: Store, { resourceLogs = [] }: Message<'ExportLogsServiceRequest'>): Taken {
  const reports: ReportRow[] = []
  let rejected = 0
  for (const { scopeLogs = [] } of resourceLogs) {
    for (const { attributes = [], traceId, spanId } of scopeLogs.flatMap(({ logRecords = [] }) => logRecords)) {
      const kernel = attributes.find(({ key }) => key === KERNEL)?.value?.stringValue
      if (kernel !== undefined) {
        if (readKernelTold(kernel)) store.addKernel(`${traceId}-${spanId}`, kernel)
        else rejected++
        continue
      }
      const json = attributes.find(({ key }) => key === REPORT)?.value?.stringValue
      const report = json === undefined ? undefined : readReport(json)
      if (report) {
        const row = toRow(report, json!)
        store.addReport(row)
        reports.push(row)
      } else if (json !== undefined) rejected++
      else store.ignore('log')
    }
  }
  return { rejected, reports }
}

/** Without anything rejected the answers of all signals are empty. */
function answer(signal: Signal, type: string, rejected: number): Answer {
  if (rejected === 0) return written(type, 'ExportTraceServiceResponse', {})
  const errorMessage = 'spans need ids and a start, reports the shape of report.schema.json'
  return signal === 'traces'
    ? written(type, 'ExportTraceServiceResponse', { partialSuccess: { rejectedSpans: rejected, errorMessage } })
    : written(type, 'ExportLogsServiceResponse', { partialSuccess: { rejectedLogRecords: rejected, errorMessage } })
}

/** google.rpc.Status, which has message = 2 as OTLP's own Status does; its code would only repeat that of HTTP. */
export const failure = (contentType: string, message: string): Answer =>
  written(contentType.startsWith(PROTOBUF) ? PROTOBUF : JSON_TYPE, 'Status', { message })

const written = <Name extends MessageName>(type: string, name: Name, message: Message<Name>): Answer => ({
  type,
  body: type === PROTOBUF ? toProtobuf(name, message) : toJson(name, message)
})

const MAX_NAME = 4_000

const isId = (id: string, length: number): boolean => id.length === length && !/^0*$/.test(id)
