// What leaves of a request whether or not it was slow: who it was and what it did, with names and masked texts. Pure. Everything
// in it is bounded, and what was left out is counted.

import { createRedact, type Redact, secretNames } from '../scrub/secrets.js'
import { maskUrl } from '../scrub/url.js'
import type { Operation, ReportOperation, Service, Thread, Timeline, Trace } from '../types.js'
import { blame, relativeFrame } from './frames.js'
import { createNameOf, type NameOf, targetOf } from './names.js'
import { phasesOf, sumPhases } from './phases.js'
import { type Scrub, toReportSpan } from './span.js'
import { requestName, roundMs } from './words.js'

const MAX_OPERATIONS = 500
const MAX_NAME_CHARS = 255
const MAX_ERROR_CHARS = 500

/** Of a timeline what spans tell. */
export type Traced = Omit<
  Timeline,
  | 'id'
  | 'isLast'
  | 'thresholdMs'
  | 'gotAtOnce'
  | 'ownTurns'
  | 'turns'
  | 'silences'
  | 'upload'
  | 'download'
  | 'concurrency'
  | 'endedOutside'
  | 'tracedElsewhere'
  | 'heap'
>

export interface TraceConfig {
  sqlText: 'masked' | 'off'
  redact: readonly string[]
}

export interface TraceInput {
  id: string
  timeline: Traced
  /** Undefined: the main thread. */
  thread?: Thread | undefined
  service: Service
  /** The service's folder: paths are shown from here on. */
  root: string
  config: TraceConfig
}

export function toTrace({ id, timeline, thread, service, root, config }: TraceInput): Trace {
  const scrubber = scrubberOf(config)
  const { redact, isSecret } = scrubber
  const operations = longest(timeline)
  return {
    id,
    service,
    traceId: timeline.traceId,
    spanId: timeline.spanId,
    parentSpanId: timeline.parentSpanId,
    traceState: timeline.traceState || null,
    sampled: timeline.sampled,
    caller: timeline.caller ?? null,
    at: new Date(timeline.at).toISOString(),
    durationMs: roundMs(Math.max(0, timeline.end - timeline.start)),
    status: timeline.status,
    request: {
      method: timeline.method.slice(0, MAX_NAME_CHARS),
      route: timeline.route.slice(0, MAX_NAME_CHARS),
      path: maskUrl(timeline.path),
      statusCode: timeline.statusCode
    },
    ...(thread && { thread: { id: thread.id, name: redact(thread.name).slice(0, MAX_NAME_CHARS) } }),
    operations: operations.map(operation => toReportOperation(operation, timeline, root, scrubber)),
    ...(timeline.span && { span: toReportSpan(timeline.span, timeline.start, scrubber) }),
    verdict: null,
    annotations: redactValues(timeline.annotations, isSecret, redact),
    dropped: {
      operations: timeline.dropped.operations + timeline.operations.length - operations.length,
      reports: timeline.dropped.reports
    }
  }
}

/** What an operation is called, and its texts, as they may leave. */
export function namedBy(config: TraceConfig, operation: Operation): Pick<ReportOperation, 'name' | 'text' | 'target'> {
  const { name, text } = scrubberOf(config).nameOf(operation)
  return { name, text, target: targetOf(operation) }
}

interface Scrubber extends Scrub {
  nameOf: NameOf
}

/** Kept with the options, because it remembers the texts that it has masked. */
const scrubbers = new WeakMap<TraceConfig, Scrubber>()

export function scrubberOf(config: TraceConfig): Scrubber {
  let scrubber = scrubbers.get(config)
  if (!scrubber) {
    const redact = createRedact(config.redact)
    scrubber = {
      redact,
      nameOf: createNameOf(redact, config.sqlText),
      isSecret: secretNames(config.redact),
      sqlText: config.sqlText
    }
    scrubbers.set(config, scrubber)
  }
  return scrubber
}

/** The longest operations, in the order of their start. */
function longest({ operations, end }: Traced): Operation[] {
  if (operations.length <= MAX_OPERATIONS) return operations
  const durationOf = (operation: Operation): number => (operation.end || end) - operation.start
  const kept = new Set(operations.toSorted((a, b) => durationOf(b) - durationOf(a)).slice(0, MAX_OPERATIONS))
  return operations.filter(operation => kept.has(operation))
}

function toReportOperation(
  operation: Operation,
  { start, end }: Traced,
  root: string,
  scrubber: Scrubber
): ReportOperation {
  const { nameOf, redact } = scrubber
  const { name, text } = nameOf(operation)
  const open = Number.isNaN(operation.end)
  return {
    kind: operation.kind,
    system: operation.system,
    name,
    text,
    target: targetOf(operation),
    startMs: roundMs(operation.start - start),
    durationMs: open ? null : roundMs(operation.end - operation.start),
    count: operation.count,
    error: operation.error === undefined ? null : redact(operation.error).slice(0, MAX_ERROR_CHARS),
    spanId: operation.spanId ?? null,
    statusCode: operation.statusCode ?? null,
    phases: operation.marks ? toReportPhases(operation, open ? end : operation.end) : null,
    pool: operation.pool ? toReportPool(operation.pool, root, nameOf) : null,
    ...(operation.parentSpanId === undefined ? {} : { parentSpanId: operation.parentSpanId }),
    ...(operation.span && { span: toReportSpan(operation.span, start, scrubber) })
  }
}

const toReportPhases = (operation: Operation, end: number): Record<string, number> =>
  Object.fromEntries([...sumPhases(phasesOf(operation, end))].map(([name, ms]) => [`${name}Ms`, roundMs(ms)]))

const toReportPool = (pool: NonNullable<Operation['pool']>, root: string, nameOf: NameOf): ReportOperation['pool'] => ({
  size: pool.size,
  inUse: pool.inUse,
  waiting: pool.waiting,
  holders: pool.holders.flatMap(({ request, heldMs, takenAt, call }) => {
    const frame = Array.isArray(takenAt) ? blame(takenAt)?.frame : undefined
    return request
      ? [
          {
            route: requestName(request),
            traceId: request.traceId,
            heldMs: roundMs(heldMs),
            ...(frame && { frame: relativeFrame(frame, root) }),
            ...(call && { call: nameOf(call).text })
          }
        ]
      : []
  })
})

function redactValues(
  annotations: Traced['annotations'],
  isSecret: (name: string) => boolean,
  redact: Redact
): Traced['annotations'] {
  return Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => {
      if (isSecret(name)) return [name, '?']
      return [name, typeof value === 'string' ? redact(value) : value]
    })
  )
}
