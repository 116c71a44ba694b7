// Requests as spans: the request as SERVER, its operations as its children. Pure: the same report always gives the same
// spans with the same ids, so that a backend which gets it twice shows it once.

import { createHash } from 'node:crypto'
import type { ReportOperation, Trace } from '../types.js'
import { attributes, byService, resourceOf, scopeOf } from './attributes.js'
import type { Message } from './messages.js'
import { endOf, isFailed, methodOf, operationAttributes } from './operation.js'

const KIND = { internal: 1, server: 2, client: 3 }
const STATUS_ERROR = 2
/** Bits of Span.flags: sampled; whether the parent is in another process is known; it is. */
const SAMPLED = 0x1
const REMOTE_KNOWN = 0x100
const REMOTE = 0x200

/** Undefined when there is nothing to send: a request that still runs has no span yet. */
export function spans(reports: Trace[], agentVersion: string): Message<'ExportTraceServiceRequest'> | undefined {
  const ended = reports.filter(({ status }) => status !== 'running')
  if (ended.length === 0) return undefined
  return {
    resourceSpans: byService(ended).map(group => ({
      resource: resourceOf(group[0]!.service, agentVersion),
      scopeSpans: [{ scope: scopeOf(agentVersion), spans: group.flatMap(spansOf) }]
    }))
  }
}

const spansOf = (report: Trace): Message<'Span'>[] => [
  serverSpan(report),
  ...report.operations.map((operation, index) => operationSpan(report, operation, index))
]

function serverSpan(report: Trace): Message<'Span'> {
  const { request, verdict, traceId, spanId, parentSpanId, durationMs, traceState, caller } = report
  const { statusCode, route } = request
  const at = Date.parse(report.at)
  const failed = statusCode !== null && statusCode >= 500
  const [path = '', query] = splitOnce(request.path, '?')
  return {
    traceId,
    spanId,
    ...(traceState ? { traceState } : {}),
    ...(parentSpanId ? { parentSpanId } : {}),
    name: `${request.method} ${route}`,
    kind: KIND.server,
    startTimeUnixNano: at,
    endTimeUnixNano: at + durationMs,
    attributes: attributes({
      // Last wins: what the application says takes no name of ours away.
      ...report.annotations,
      ...methodOf(request.method),
      'http.route': route,
      'http.response.status_code': statusCode,
      'url.path': path,
      'url.query': query,
      'error.type': failed ? String(statusCode) : undefined,
      'perfagent.caller': caller,
      'perfagent.cause': verdict?.cause,
      'perfagent.summary': verdict?.summary,
      'perfagent.confidence': verdict?.confidence,
      'perfagent.status': report.status,
      'perfagent.report_id': verdict && report.id,
      'perfagent.dropped_operations': report.dropped.operations || undefined
    }),
    ...(failed ? { status: { code: STATUS_ERROR } } : {}),
    flags: flagsOf(report) | (parentSpanId ? REMOTE : 0)
  }
}

function operationSpan(report: Trace, operation: ReportOperation, index: number): Message<'Span'> {
  const at = Date.parse(report.at)
  const inside = operation.kind === 'pool' || operation.kind === 'custom'
  return {
    traceId: report.traceId,
    spanId: operation.spanId ?? derivedSpanId(report.id, index),
    parentSpanId: report.spanId,
    name: operation.name,
    kind: inside ? KIND.internal : KIND.client,
    startTimeUnixNano: at + operation.startMs,
    endTimeUnixNano: at + endOf(operation, report),
    attributes: attributes(operationAttributes(operation)),
    ...(isFailed(operation)
      ? { status: { ...(operation.error ? { message: operation.error } : {}), code: STATUS_ERROR } }
      : {}),
    flags: flagsOf(report)
  }
}

/** Of a report from before there was a flag: the trace was always told to be sampled. */
const flagsOf = ({ sampled }: Trace): number => (sampled === false ? 0 : SAMPLED) | REMOTE_KNOWN

/** All zeros would be no id; with 64 bits of a hash that does not come. */
const derivedSpanId = (reportId: string, index: number): string =>
  createHash('sha256').update(`${reportId}:${index}`).digest('hex').slice(0, 16)

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
