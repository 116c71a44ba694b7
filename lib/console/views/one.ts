// The view of one request: its report, and all spans of its trace in the order of their start, with the critical path marked.
// Pure. A request that has a report and no span yet (it still runs, or traces go elsewhere) gets its spans from the report.

import type { KernelTold, OperationKind, Report } from '../../types.js'
import type { ReportRow, SpanRow } from '../rows.js'
import type { Trace } from '../store.js'
import { within } from './within.js'

const MAX_SPANS = 2_000
/** Of the operations of a report; the others are calls of a client. */
const KINDS: Partial<Record<OperationKind, SpanRow['kind']>> = {
  pool: 'internal',
  process: 'internal',
  custom: 'internal',
  message: 'producer'
}

export interface OneView {
  /** Absent for a trace without a report. */
  report?: Report
  /** What `perfagent kernel` saw of it, where it did. */
  kernel?: KernelTold
  spans: ShownSpan[]
  /** All of the trace, also those beyond MAX_SPANS. */
  spanCount: number
  /** Other slow requests of the trace. */
  others: { key: string; service: string; route: string; durationMs: number; cause: string; summary: string }[]
}

export interface ShownSpan {
  id: string
  parentId: string
  depth: number
  service: string
  name: string
  kind: string
  /** Milliseconds from the start of the whole trace. */
  startMs: number
  durationMs: number
  failed: boolean
  /** The trace was waiting for this span, and for none below it, for so many milliseconds. */
  criticalMs: number
  /** `key` of its report, when it has one. */
  reportKey?: string
  attributes: Record<string, string | number | boolean>
}

export function oneView(row: ReportRow | undefined, trace: Trace | undefined, rows: readonly ReportRow[]): OneView {
  const report = row && (JSON.parse(row.json.toString()) as Report)
  const spans = new Map(trace?.spans)
  if (report && !spans.has(report.spanId)) for (const span of spansOf(report)) spans.set(span.spanId, span)
  const shown = tree([...spans.values()], rows)
  return {
    ...(report && { report }),
    ...(row?.kernel && { kernel: JSON.parse(row.kernel.toString()) as KernelTold }),
    spans: shown.slice(0, MAX_SPANS),
    spanCount: shown.length,
    others: rows
      .filter(({ key }) => key !== row?.key)
      .map(({ key, service, route, durationMs, cause, summary }) => {
        return { key, service, route, durationMs, cause, summary }
      })
  }
}

function tree(spans: SpanRow[], rows: readonly ReportRow[]): ShownSpan[] {
  if (spans.length === 0) return []
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const children = new Map<string, SpanRow[]>()
  const parentOf = ({ spanId, parentSpanId }: SpanRow): string =>
    ids.has(parentSpanId) && parentSpanId !== spanId ? parentSpanId : ''
  for (const span of spans) within(children, parentOf(span), (): SpanRow[] => []).push(span)
  for (const list of children.values()) list.sort((a, b) => a.startMs - b.startMs)
  const roots = children.get('') ?? []
  const begin = Math.min(...roots.map(({ startMs }) => startMs), spans[0]!.startMs)
  const critical = new Map<string, number>()
  for (const root of roots) criticalPath(root, children, critical, 0)
  const keys = new Map(rows.map(({ spanId, key }) => [spanId, key]))
  const shown: ShownSpan[] = []
  // A stack instead of recursion: a hostile trace is as deep as it likes. What hangs on itself in a circle is never reached.
  const open = roots.toReversed().map(span => ({ span, depth: 0 }))
  for (let next = open.pop(); next; next = open.pop()) {
    const { span, depth } = next
    const key = keys.get(span.spanId)
    shown.push({
      id: span.spanId,
      parentId: parentOf(span),
      depth,
      service: span.origin.service,
      name: span.name,
      kind: span.kind,
      startMs: span.startMs - begin,
      durationMs: span.endMs - span.startMs,
      failed: span.failed,
      criticalMs: critical.get(span.spanId) ?? 0,
      ...(key && { reportKey: key }),
      attributes: span.attributes
    })
    for (const child of (children.get(span.spanId) ?? []).toReversed()) open.push({ span: child, depth: depth + 1 })
  }
  return shown
}

const MAX_LEVELS = 100

/** From the end backwards: the child that ends last is what its parent waited for; before it began, the one before that. */
function criticalPath(
  span: SpanRow,
  children: Map<string, SpanRow[]>,
  critical: Map<string, number>,
  level: number,
  until = span.endMs
): void {
  let at = Math.min(until, span.endMs)
  let own = 0
  const inner = level < MAX_LEVELS ? (children.get(span.spanId) ?? []) : []
  for (const child of inner.toSorted((a, b) => b.endMs - a.endMs)) {
    const end = Math.min(child.endMs, at)
    const start = Math.max(child.startMs, span.startMs)
    if (end <= start) continue
    own += at - end
    criticalPath(child, children, critical, level + 1, end)
    at = start
  }
  critical.set(span.spanId, (critical.get(span.spanId) ?? 0) + own + Math.max(0, at - span.startMs))
}

function spansOf({ traceId, spanId, parentSpanId, at, durationMs, service, request, operations }: Report): SpanRow[] {
  const origin = { service: service.name, version: service.version, instance: service.instance, ours: true }
  const begin = Date.parse(at)
  const base = { traceId, origin, failed: false, attributes: {} }
  return [
    {
      ...base,
      spanId,
      parentSpanId: parentSpanId ?? '',
      name: `${request.method} ${request.route}`,
      kind: 'server',
      startMs: begin,
      endMs: begin + durationMs
    },
    ...operations.map((operation, index) => ({
      ...base,
      spanId: operation.spanId ?? `${spanId}/${index}`,
      parentSpanId: spanId,
      name: operation.name,
      kind: KINDS[operation.kind] ?? 'client',
      startMs: begin + operation.startMs,
      endMs: begin + operation.startMs + (operation.durationMs ?? durationMs - operation.startMs),
      failed: operation.error !== null
    }))
  ]
}
