// Requests as spans: the request as SERVER, its operations as its children. Pure: the same report always gives the same
// spans with the same ids, so that a backend which gets it twice shows it once.

import { failedToServe } from '../process/http-status.js'
import {
  type OperationKind,
  type ReportOperation,
  type ReportSpan,
  type SpanAttributes,
  STATUS,
  type Trace
} from '../types.js'
import { type Attributes, anyAttributes, attributes, byService, resourceOf, scopeOf, threadOf } from './attributes.js'
import type { Message } from './messages.js'
import { endOf, isFailed, methodAttributes, methodInName, operationAttributes, operationName } from './operation.js'

const KIND = { internal: 1, server: 2, client: 3, producer: 4 }
/** Of operations; the others are calls of a client. */
const SPAN_KINDS: Partial<Record<OperationKind, number>> = {
  pool: KIND.internal,
  process: KIND.internal,
  custom: KIND.internal,
  message: KIND.producer
}
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
      scopeSpans: byScope(group.flatMap(spansOf), agentVersion)
    }))
  }
}

interface Scoped {
  span: Message<'Span'>
  /** Absent: perfagent saw it by itself. */
  scope: ReportSpan['scope'] | undefined
}

function byScope(all: Scoped[], agentVersion: string): Message<'ScopeSpans'>[] {
  const groups = new Map<string, Message<'ScopeSpans'>>()
  for (const { span, scope } of all) {
    const key = scope ? `${scope.name}\n${scope.version}` : ''
    const group = groups.get(key) ?? { scope: scope ?? scopeOf(agentVersion), spans: [] }
    group.spans!.push(span)
    groups.set(key, group)
  }
  return [...groups.values()]
}

function spansOf(report: Trace): Scoped[] {
  const { operations, span } = report
  const known = new Set(operations.map(({ spanId }) => spanId))
  return [
    // A request that came to no server of ours is the span that stands for it.
    span && isWork(report)
      ? { span: workSpan(report, span), scope: span.scope }
      : { span: serverSpan(report), scope: undefined },
    ...operations.map((operation, index) => ({
      span: operationSpan(report, operation, index, known),
      scope: operation.span?.scope
    }))
  ]
}

const isWork = ({ request }: Trace): boolean => request.path === ''

function workSpan(report: Trace, span: ReportSpan): Message<'Span'> {
  const at = Date.parse(report.at)
  return {
    ...inTrace(report, at),
    ...told(span, at),
    attributes: [...attributes({ ...report.annotations, ...explanationOf(report) }), ...anyAttributes(span.attributes)],
    flags: flagsOf(report, Boolean(report.parentSpanId))
  }
}

/** Where a request stands in its trace, and when it was. */
const inTrace = ({ traceId, spanId, parentSpanId, durationMs, traceState }: Trace, at: number): Message<'Span'> => ({
  traceId,
  spanId,
  ...(traceState ? { traceState } : {}),
  ...(parentSpanId ? { parentSpanId } : {}),
  startTimeUnixNano: at,
  endTimeUnixNano: at + durationMs
})

/** What somebody told OpenTelemetry's API, besides attributes. */
function told({ name, kind, status, events, links, dropped }: ReportSpan, at: number): Message<'Span'> {
  return {
    name,
    kind,
    events: events.map(event => ({
      timeUnixNano: at + event.startMs,
      name: event.name,
      attributes: anyAttributes(event.attributes),
      ...count('droppedAttributesCount', event.droppedAttributes)
    })),
    links: links.map(link => ({
      traceId: link.traceId,
      spanId: link.spanId,
      ...(link.traceState ? { traceState: link.traceState } : {}),
      attributes: anyAttributes(link.attributes),
      ...count('droppedAttributesCount', link.droppedAttributes),
      flags: link.flags
    })),
    ...count('droppedAttributesCount', dropped.attributes),
    ...count('droppedEventsCount', dropped.events),
    ...count('droppedLinksCount', dropped.links),
    ...(status.code === STATUS.unset
      ? {}
      : { status: { ...(status.message ? { message: status.message } : {}), code: status.code } })
  }
}

const count = <Name extends string>(name: Name, value: number): { [Key in Name]?: number } =>
  value > 0 ? ({ [name]: value } as { [Key in Name]?: number }) : {}

const explanationOf = ({ verdict, status, id, dropped, caller, thread }: Trace): Attributes => ({
  ...threadOf(thread),
  'perfagent.caller': caller,
  'perfagent.cause': verdict?.cause,
  'perfagent.summary': verdict?.summary,
  'perfagent.confidence': verdict?.confidence,
  'perfagent.status': status,
  'perfagent.report_id': verdict && id,
  'perfagent.dropped_operations': dropped.operations || undefined
})

export function serverSpan(report: Trace): Message<'Span'> {
  const { request, span } = report
  const { statusCode, route } = request
  const at = Date.parse(report.at)
  const failed = failedToServe(statusCode)
  const [path = '', query] = splitOnce(request.path, '?')
  return {
    ...inTrace(report, at),
    ...(span && told(span, at)),
    name: span?.name || `${methodInName(request.method)} ${route}`,
    kind: KIND.server,
    attributes: merged(span?.attributes, {
      // Last wins: what the application says takes no name of ours away.
      ...report.annotations,
      ...methodAttributes(request.method),
      'http.route': route,
      'http.response.status_code': statusCode,
      'url.path': path,
      'url.query': query,
      'error.type': failed ? String(statusCode) : undefined,
      ...explanationOf(report)
    }),
    ...(failed && !span?.status.code ? { status: { code: STATUS.error } } : {}),
    flags: flagsOf(report, Boolean(report.parentSpanId))
  }
}

/** Last wins. */
function merged(theirs: SpanAttributes = {}, ours: Attributes): Message<'KeyValue'>[] {
  const own = attributes(ours)
  const names = new Set(own.map(({ key }) => key))
  return [...anyAttributes(theirs).filter(({ key }) => !names.has(key)), ...own]
}

function operationSpan(
  report: Trace,
  operation: ReportOperation,
  index: number,
  known: Set<string | null>
): Message<'Span'> {
  const { span, parentSpanId } = operation
  const at = Date.parse(report.at)
  return {
    traceId: report.traceId,
    spanId: operation.spanId ?? derivedSpanId(report.spanId, index),
    // Its parent may be among the operations that were left out.
    parentSpanId: parentSpanId && known.has(parentSpanId) ? parentSpanId : report.spanId,
    startTimeUnixNano: at + operation.startMs,
    endTimeUnixNano: at + endOf(operation, report),
    // Whoever made the span has said what it is.
    ...(span ? { ...told(span, at), attributes: anyAttributes(span.attributes) } : operationFields(operation)),
    flags: flagsOf(report, false)
  }
}

/** What does not depend on whose it is, and when it was. */
export const operationFields = (operation: ReportOperation): Message<'Span'> => ({
  name: operationName(operation),
  kind: SPAN_KINDS[operation.kind] ?? KIND.client,
  attributes: attributes(operationAttributes(operation)),
  ...(isFailed(operation)
    ? { status: { ...(operation.error ? { message: operation.error } : {}), code: STATUS.error } }
    : {})
})

/** Of a report from before there was a flag: the trace was always told to be sampled. */
export const flagsOf = ({ sampled }: Pick<Trace, 'sampled'>, hasCaller: boolean): number =>
  (sampled === false ? 0 : SAMPLED) | REMOTE_KNOWN | (hasCaller ? REMOTE : 0)

const derivedSpanId = (requestId: string, index: number): string => {
  const word = (from: number): number => Number.parseInt(requestId.slice(from, from + 8), 16)
  const { high, low } = derivedWords(word(0), word(8), index)
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}

/** The same for the same operation; all zeros would be no id: of 64 bits made of random ones that does not come. */
export const derivedWords = (high: number, low: number, index: number): { high: number; low: number } => ({
  high: mixed(high ^ Math.imul(index + 1, 0x9e3779b1)),
  low: mixed(low ^ Math.imul(index + 1, 0x85ebca6b))
})

/** The last step of MurmurHash3 (https://github.com/aappleby/smhasher): one to one. */
function mixed(word: number): number {
  let bits = word
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
