// Reads OTLP bodies, protobuf and JSON, into flat records that are easy to assert on. The protobuf is decoded by
// OpenTelemetry's own generated code, not by ours. All versions of it write their messages to one place of protobufjs: two of
// them in one process would decode with whichever was loaded last, so there is one, the one of the exporters under test.

import root from '@opentelemetry/otlp-transformer/build/src/generated/root.js'

export type Attributes = Record<string, unknown>

export interface OtlpSpan {
  name: string
  /** 1 internal, 2 server, 3 client. */
  kind: number
  traceId: string
  spanId: string
  parentSpanId: string
  traceState: string
  startTimeUnixNano: bigint
  endTimeUnixNano: bigint
  attributes: Attributes
  events: { name: string; timeUnixNano: bigint; attributes: Attributes }[]
  links: { traceId: string; spanId: string; attributes: Attributes }[]
  /** What the sender counted instead of sending it. */
  dropped: { attributes: number; events: number; links: number }
  /** 0 unset, 1 ok, 2 error. */
  status: { code: number; message: string }
  /** 1 sampled, 0x100 it is known whether the parent is in another process, 0x200 it is. */
  flags: number
  resource: Attributes
  scope: string
  scopeVersion: string
}

export interface OtlpLog {
  eventName: string
  body: unknown
  attributes: Attributes
  severityNumber: number
  severityText: string
  timeUnixNano: bigint
  observedTimeUnixNano: bigint
  traceId: string
  spanId: string
  /** 1 sampled. */
  flags: number
  resource: Attributes
  scope: string
}

/** What both encodings have in common: the same camelCase names. Bytes and 64-bit numbers differ. */
interface AnyValue {
  stringValue?: string | null
  boolValue?: boolean | null
  intValue?: { toString(): string } | null
  doubleValue?: number | null
  arrayValue?: { values?: AnyValue[] } | null
  kvlistValue?: { values?: KeyValue[] } | null
  bytesValue?: Uint8Array | string | null
}
interface KeyValue {
  key: string
  value?: AnyValue | null
}
type Id = Uint8Array | string | null | undefined
type Long = { toString(): string } | null | undefined
interface RawSpan {
  name?: string
  kind?: number
  traceId?: Id
  spanId?: Id
  parentSpanId?: Id
  traceState?: string
  startTimeUnixNano?: Long
  endTimeUnixNano?: Long
  attributes?: KeyValue[]
  events?: { name?: string; timeUnixNano?: Long; attributes?: KeyValue[] }[]
  links?: { traceId?: Id; spanId?: Id; attributes?: KeyValue[] }[]
  droppedAttributesCount?: number
  droppedEventsCount?: number
  droppedLinksCount?: number
  status?: { code?: number; message?: string } | null
  flags?: number | null
}
interface RawLog {
  eventName?: string
  body?: AnyValue | null
  attributes?: KeyValue[]
  severityNumber?: number
  severityText?: string
  timeUnixNano?: Long
  observedTimeUnixNano?: Long
  traceId?: Id
  spanId?: Id
  flags?: number | null
}
interface Scoped {
  scope?: { name?: string; version?: string } | null
}
interface TraceRequest {
  resourceSpans?: { resource?: { attributes?: KeyValue[] } | null; scopeSpans?: (Scoped & { spans?: RawSpan[] })[] }[]
}
interface LogsRequest {
  resourceLogs?: { resource?: { attributes?: KeyValue[] } | null; scopeLogs?: (Scoped & { logRecords?: RawLog[] })[] }[]
}

export interface OtlpExemplar {
  value: number
  traceId: string
  spanId: string
}

/** One data point with its metric. */
export interface OtlpPoint {
  name: string
  unit: string
  kind: 'gauge' | 'sum' | 'histogram' | 'exponential'
  /** 1 delta, 2 cumulative; 0 of a gauge. */
  temporality: number
  monotonic: boolean
  attributes: Attributes
  startTimeUnixNano: bigint
  timeUnixNano: bigint
  /** Of a histogram its sum. */
  value: number
  count: number
  bounds: number[]
  buckets: number[]
  scale: number
  offset: number
  zeroCount: number
  exemplars: OtlpExemplar[]
  resource: Attributes
  scope: string
  scopeVersion: string
  description: string
}

interface RawPoint {
  attributes?: KeyValue[]
  startTimeUnixNano?: Long
  timeUnixNano?: Long
  asDouble?: number | null
  asInt?: Long
  count?: Long
  sum?: number | null
  explicitBounds?: number[]
  bucketCounts?: Long[]
  scale?: number
  zeroCount?: Long
  positive?: { offset?: number; bucketCounts?: Long[] } | null
  exemplars?: { asDouble?: number; traceId?: Id; spanId?: Id }[]
}
interface RawPoints {
  dataPoints?: RawPoint[]
  aggregationTemporality?: number
  isMonotonic?: boolean
}
interface RawMetric {
  name?: string
  description?: string
  unit?: string
  gauge?: RawPoints | null
  sum?: RawPoints | null
  histogram?: RawPoints | null
  exponentialHistogram?: RawPoints | null
}
interface MetricsRequest {
  resourceMetrics?: {
    resource?: { attributes?: KeyValue[] } | null
    scopeMetrics?: (Scoped & { metrics?: RawMetric[] })[]
  }[]
}

interface Decoder<Message> {
  decode(bytes: Uint8Array): Message
}
export interface Encoder {
  encode(message: object): { finish(): Uint8Array }
}
interface Collector {
  trace: { v1: { ExportTraceServiceRequest: Decoder<TraceRequest>; ExportTraceServiceResponse: Encoder } }
  metrics: { v1: { ExportMetricsServiceRequest: Decoder<MetricsRequest>; ExportMetricsServiceResponse: Encoder } }
  logs: { v1: { ExportLogsServiceRequest: Decoder<LogsRequest>; ExportLogsServiceResponse: Encoder } }
}
/** The generated code's own types say nothing of what is in it. */
export const { collector } = (root as unknown as { opentelemetry: { proto: { collector: Collector } } }).opentelemetry
  .proto

export function decodeSpans(body: Buffer, contentType: string): OtlpSpan[] {
  const request = parse(body, contentType, collector.trace.v1.ExportTraceServiceRequest)
  return (request.resourceSpans ?? []).flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope, spans = [] }) =>
      spans.map(span => ({
        name: span.name ?? '',
        kind: span.kind ?? 0,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        traceState: span.traceState ?? '',
        startTimeUnixNano: nanos(span.startTimeUnixNano),
        endTimeUnixNano: nanos(span.endTimeUnixNano),
        attributes: attributesOf(span.attributes),
        events: (span.events ?? []).map(event => ({
          name: event.name ?? '',
          timeUnixNano: nanos(event.timeUnixNano),
          attributes: attributesOf(event.attributes)
        })),
        links: (span.links ?? []).map(link => ({
          traceId: hex(link.traceId),
          spanId: hex(link.spanId),
          attributes: attributesOf(link.attributes)
        })),
        dropped: {
          attributes: span.droppedAttributesCount ?? 0,
          events: span.droppedEventsCount ?? 0,
          links: span.droppedLinksCount ?? 0
        },
        status: { code: span.status?.code ?? 0, message: span.status?.message ?? '' },
        flags: span.flags ?? 0,
        resource: attributesOf(resource?.attributes),
        scope: scope?.name ?? '',
        scopeVersion: scope?.version ?? ''
      }))
    )
  )
}

export function decodeLogs(body: Buffer, contentType: string): OtlpLog[] {
  const request = parse(body, contentType, collector.logs.v1.ExportLogsServiceRequest)
  return (request.resourceLogs ?? []).flatMap(({ resource, scopeLogs = [] }) =>
    scopeLogs.flatMap(({ scope, logRecords = [] }) =>
      logRecords.map(record => ({
        eventName: record.eventName ?? '',
        body: record.body ? plain(record.body) : null,
        attributes: attributesOf(record.attributes),
        severityNumber: record.severityNumber ?? 0,
        severityText: record.severityText ?? '',
        timeUnixNano: nanos(record.timeUnixNano),
        observedTimeUnixNano: nanos(record.observedTimeUnixNano),
        traceId: hex(record.traceId),
        spanId: hex(record.spanId),
        flags: record.flags ?? 0,
        resource: attributesOf(resource?.attributes),
        scope: scope?.name ?? ''
      }))
    )
  )
}

/** One list for each collection: several may come in one body. */
export function decodeMetrics(body: Buffer, contentType: string): OtlpPoint[][] {
  const request = parse(body, contentType, collector.metrics.v1.ExportMetricsServiceRequest)
  return (request.resourceMetrics ?? []).map(({ resource, scopeMetrics = [] }) =>
    scopeMetrics.flatMap(({ scope, metrics = [] }) =>
      metrics.flatMap(({ name = '', unit = '', description = '', ...metric }) => {
        const kind = metric.gauge ? 'gauge' : metric.sum ? 'sum' : metric.histogram ? 'histogram' : 'exponential'
        const points = metric.gauge ?? metric.sum ?? metric.histogram ?? metric.exponentialHistogram
        return (points?.dataPoints ?? []).map(
          (point): OtlpPoint => ({
            name,
            unit,
            kind,
            temporality: points?.aggregationTemporality ?? 0,
            monotonic: points?.isMonotonic ?? false,
            attributes: attributesOf(point.attributes),
            startTimeUnixNano: nanos(point.startTimeUnixNano),
            timeUnixNano: nanos(point.timeUnixNano),
            value: point.sum ?? (isInt(point) ? Number(point.asInt) : (point.asDouble ?? 0)),
            count: Number(point.count ?? 0),
            bounds: point.explicitBounds ?? [],
            buckets: (point.bucketCounts?.length ? point.bucketCounts : (point.positive?.bucketCounts ?? [])).map(
              Number
            ),
            scale: point.scale ?? 0,
            offset: point.positive?.offset ?? 0,
            zeroCount: Number(point.zeroCount ?? 0),
            exemplars: (point.exemplars ?? []).map(({ asDouble = 0, traceId, spanId }) => ({
              value: asDouble,
              traceId: hex(traceId),
              spanId: hex(spanId)
            })),
            resource: attributesOf(resource?.attributes),
            scope: scope?.name ?? '',
            scopeVersion: scope?.version ?? '',
            description
          })
        )
      })
    )
  )
}

/** Decoded protobuf has what is not set on its prototype. */
const isInt = (point: RawPoint): boolean => Object.hasOwn(point, 'asInt') && point.asInt != null

function parse<Message>(body: Buffer, contentType: string, decoder: Decoder<Message>): Message {
  if (contentType.startsWith('application/json')) return JSON.parse(body.toString()) as Message
  if (contentType.startsWith('application/x-protobuf')) return decoder.decode(body)
  throw new Error(`"${contentType}" is no content type of OTLP`)
}

const hex = (id: Id): string => (typeof id === 'string' ? id : id ? Buffer.from(id).toString('hex') : '')
const nanos = (value: Long): bigint => BigInt(value?.toString() ?? 0)
const attributesOf = (pairs: KeyValue[] = []): Attributes =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, value ? plain(value) : null]))

function plain(value: AnyValue): unknown {
  if (value.stringValue != null) return value.stringValue
  if (value.boolValue != null) return value.boolValue
  if (value.intValue != null) return Number(value.intValue.toString())
  if (value.doubleValue != null) return value.doubleValue
  if (value.arrayValue != null) return (value.arrayValue.values ?? []).map(plain)
  if (value.kvlistValue != null) return attributesOf(value.kvlistValue.values)
  if (value.bytesValue != null) return hex(value.bytesValue)
  return null
}
