// Beside an OpenTelemetry SDK: says why its slow spans were slow. Main thread.
//
// The SDK's server span and the request that perfagent saw are one: they share trace and span id, so reports, logs and samples
// lead to the SDK's trace. Explaining takes longer than the span lives, and what has ended cannot be changed; so the explanation is
// a span of its own, a child of the slow one with the same times, which leaves the way that all spans of the SDK leave. In a trace
// that the SDK does not sample there is none, but a report all the same.

import type { Context, Span, SpanContext, Tracer } from '@opentelemetry/api'
import type { Agent } from '../agent.js'
import type { Report } from '../types.js'
import { ROOT, SPAN_KEY } from './context.js'
import { registered } from './global.js'
import { harden } from './harden.js'
import { PassingSpan } from './span.js'

const agent = (): Agent | undefined => (globalThis as { [key: symbol]: Agent | undefined })[Symbol.for('perfagent')]

const SERVER = 1
const SAMPLED = 1
const NAME = 'perfagent.slow_request'

/** What is read of the SDK's spans, whatever version it has. */
export interface StartedSpan {
  kind: number
  spanContext(): { traceId: string; spanId: string; traceFlags: number }
  parentSpanContext?: { spanId: string; isRemote?: boolean } | undefined
  /** Of SDK 1. */
  parentSpanId?: string | undefined
}
export type EndedSpan = StartedSpan

/** For `spanProcessors` of the SDK, in any place of the list. Without perfagent in the process it does nothing. */
export class PerfagentSpanProcessor {
  #agent: Agent | undefined
  #undo: (() => void) | undefined

  onStart(span: StartedSpan, _context?: unknown): void {
    // Not in a constructor: the SDK may have been set up before perfagent, and a stopped agent may have a successor.
    if (agent() !== this.#agent) this.#follow(agent())
    if (span.kind !== SERVER) return
    const { traceId, spanId, traceFlags } = span.spanContext()
    const parentSpanId = span.parentSpanContext?.spanId ?? span.parentSpanId ?? null
    const sampled = (traceFlags & SAMPLED) !== 0
    agent()?.recorder.adoptSpan({ traceId, spanId, parentSpanId, sampled })
  }

  #follow(agent: Agent | undefined): void {
    this.#undo?.()
    this.#agent = agent
    this.#undo = agent?.onSlowRequest(explain, false)
  }

  onEnd(_span: EndedSpan): void {}

  async forceFlush(): Promise<void> {
    await agent()?.flush()
  }

  async shutdown(): Promise<void> {
    await this.forceFlush()
    this.#undo?.()
  }
}

harden(PerfagentSpanProcessor.prototype, { onStart() {} })

interface Provider {
  getTracer(name: string): Tracer
}

function explain(report: Report): void {
  const provider = registered('trace') as Provider | undefined
  const { request, verdict, breakdown, evidence } = report
  const at = Date.parse(report.at)
  const slow: SpanContext = {
    traceId: report.traceId,
    spanId: report.spanId,
    traceFlags: report.sampled ? SAMPLED : 0
  }
  const context: Context = ROOT.setValue(SPAN_KEY, new PassingSpan(undefined, slow))
  const { culprit } = verdict
  const span: Span | undefined = provider?.getTracer('perfagent').startSpan(
    NAME,
    {
      startTime: at,
      attributes: {
        'http.request.method': request.method,
        'http.route': request.route,
        'perfagent.cause': verdict.cause,
        'perfagent.summary': verdict.summary,
        'perfagent.confidence': verdict.confidence,
        'perfagent.advice': verdict.advice,
        'perfagent.duration_ms': report.durationMs,
        'perfagent.threshold_ms': report.thresholdMs,
        'perfagent.report_id': report.id,
        ...Object.fromEntries(breakdown.map(({ cause, ms }) => [`perfagent.breakdown.${cause}`, ms])),
        ...(culprit?.frame && {
          'code.function.name': culprit.frame.function,
          'code.file.path': culprit.frame.file,
          'code.line.number': culprit.frame.line
        }),
        ...(culprit?.statement ? { 'db.query.text': culprit.statement } : {})
      }
    },
    context
  )
  for (const block of evidence.blocks) {
    span?.addEvent(
      'perfagent.block',
      { 'perfagent.duration_ms': block.durationMs, ...(block.route ? { 'http.route': block.route } : {}) },
      at + block.startMs
    )
  }
  span?.end(at + report.durationMs)
}
