// What the console keeps: a row for each span, report and metric point that came, small enough to hold 100,000 of them and with
// everything in it that lists, sums and filters need. A report's whole document stays beside its row as the bytes of its JSON
// (off V8's heap, and easy to count) and is read again when somebody opens it.

import type { Frame, Report } from '../types.js'

export type Plain = string | number | boolean

export interface Origin {
  service: string
  version: string
  instance: string
  /** The file that the process was started with, where that is told. */
  main?: string
  /** Spans of an agent of ours are those of slow requests; other SDKs send what they sample. */
  ours: boolean
}

export interface SpanRow {
  traceId: string
  spanId: string
  /** '' for a root. */
  parentSpanId: string
  origin: Origin
  name: string
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  startMs: number
  endMs: number
  failed: boolean
  attributes: Record<string, Plain>
}

export interface ReportRow {
  /** In addresses: trace and span of the request. The report of a running request gives way to that of its end. */
  key: string
  traceId: string
  spanId: string
  service: string
  version: string
  instance: string
  /** Epoch milliseconds. */
  at: number
  durationMs: number
  status: Report['status']
  /** `GET /orders/:id`. */
  route: string
  statusCode: number | null
  cause: string
  confidence: string
  summary: string
  slices: { cause: string; ms: number }[]
  /** Where its own thread's time went: the running function of each stack. */
  hot: { frame: Frame; ms: number }[]
  json: Buffer
  /** What `perfagent kernel` saw of it, as JSON. */
  kernel?: Buffer
}

const intern = new Map<string, string>()
const MAX_INTERNED = 20_000
const MAX_SHARED_CHARS = 255

/** One copy of a text that comes with every row. */
function shared(text: string): string {
  if (text.length > MAX_SHARED_CHARS) return text
  const known = intern.get(text)
  if (known !== undefined) return known
  if (intern.size >= MAX_INTERNED) intern.clear()
  intern.set(text, text)
  return text
}

export function toRow(report: Report, json: string): ReportRow {
  const { service, request, verdict, traceId, spanId } = report
  return {
    key: `${traceId}-${spanId}`,
    traceId,
    spanId,
    service: shared(service.name),
    version: shared(service.version),
    instance: shared(service.instance),
    at: Date.parse(report.at),
    durationMs: report.durationMs,
    status: report.status,
    route: shared(`${request.method} ${request.route}`),
    statusCode: request.statusCode,
    cause: shared(verdict.cause),
    confidence: shared(verdict.confidence),
    summary: verdict.summary,
    slices: report.breakdown.map(({ cause, ms }) => ({ cause: shared(cause), ms })),
    hot: hotOf(report),
    json: Buffer.from(json)
  }
}

function hotOf({ evidence }: Report): ReportRow['hot'] {
  const sums = new Map<string, { frame: Frame; ms: number }>()
  for (const { frames, ms } of evidence.cpu?.stacks ?? []) {
    // Native code is shown at the line of ours that called it: that is where it can be changed.
    const frame = frames.find(({ file }) => file !== '' && !file.startsWith('node:')) ?? frames[0]
    if (!frame) continue
    const key = `${frame.file}:${frame.line}:${frame.function}`
    const known = sums.get(key)
    if (known) known.ms += ms
    else sums.set(key, { frame: { ...frame, function: shared(frame.function), file: shared(frame.file) }, ms })
  }
  return [...sums.values()]
}

/** An estimate, to within a half: what counts is that twice as much counts twice. */
export const sizeOf = (row: SpanRow | ReportRow): number =>
  'json' in row
    ? 700 +
      row.json.length +
      (row.kernel?.length ?? 0) +
      row.summary.length +
      row.slices.length * 60 +
      row.hot.length * 150
    : 350 + row.name.length + sizeOfAttributes(row.attributes)

const sizeOfAttributes = (attributes: Record<string, Plain>): number =>
  Object.values(attributes).reduce<number>((sum, value) => sum + 40 + (typeof value === 'string' ? value.length : 8), 0)
