// The OTLP messages that we speak, as a table: field name → number and type, from opentelemetry-proto 1.7. The writers
// (encode.ts) and whoever reads OTLP go by it; what is not here is not sent and is skipped when read. Data and types only.
//
// Values in memory are those of OTLP/JSON except for time: `id` is hex, an enum is its number, `int64` and `fixed64` (with its
// sign, which OTLP's counts do not need and its values do) are safe integers, `nanos` is epoch milliseconds (a double holds them
// to 0.25 µs; as nanoseconds it would round to 256 ns and need 64 bits).

const one = <const Type extends string>(number: number, type: Type) => ({ number, type, repeated: false as const })
const many = <const Type extends string>(number: number, type: Type) => ({ number, type, repeated: true as const })

export const MESSAGES = {
  ExportTraceServiceRequest: { resourceSpans: many(1, 'ResourceSpans') },
  ResourceSpans: { resource: one(1, 'Resource'), scopeSpans: many(2, 'ScopeSpans'), schemaUrl: one(3, 'string') },
  ScopeSpans: { scope: one(1, 'InstrumentationScope'), spans: many(2, 'Span'), schemaUrl: one(3, 'string') },
  Span: {
    traceId: one(1, 'id'),
    spanId: one(2, 'id'),
    traceState: one(3, 'string'),
    parentSpanId: one(4, 'id'),
    name: one(5, 'string'),
    kind: one(6, 'enum'),
    startTimeUnixNano: one(7, 'nanos'),
    endTimeUnixNano: one(8, 'nanos'),
    attributes: many(9, 'KeyValue'),
    droppedAttributesCount: one(10, 'uint32'),
    events: many(11, 'Event'),
    droppedEventsCount: one(12, 'uint32'),
    links: many(13, 'Link'),
    droppedLinksCount: one(14, 'uint32'),
    status: one(15, 'Status'),
    flags: one(16, 'fixed32')
  },
  Event: {
    timeUnixNano: one(1, 'nanos'),
    name: one(2, 'string'),
    attributes: many(3, 'KeyValue'),
    droppedAttributesCount: one(4, 'uint32')
  },
  Link: {
    traceId: one(1, 'id'),
    spanId: one(2, 'id'),
    traceState: one(3, 'string'),
    attributes: many(4, 'KeyValue'),
    droppedAttributesCount: one(5, 'uint32'),
    flags: one(6, 'fixed32')
  },
  Status: { message: one(2, 'string'), code: one(3, 'enum') },

  ExportTraceServiceResponse: { partialSuccess: one(1, 'ExportTracePartialSuccess') },
  ExportTracePartialSuccess: { rejectedSpans: one(1, 'int64'), errorMessage: one(2, 'string') },

  ExportLogsServiceRequest: { resourceLogs: many(1, 'ResourceLogs') },
  ResourceLogs: { resource: one(1, 'Resource'), scopeLogs: many(2, 'ScopeLogs'), schemaUrl: one(3, 'string') },
  ScopeLogs: { scope: one(1, 'InstrumentationScope'), logRecords: many(2, 'LogRecord'), schemaUrl: one(3, 'string') },
  LogRecord: {
    timeUnixNano: one(1, 'nanos'),
    severityNumber: one(2, 'enum'),
    severityText: one(3, 'string'),
    body: one(5, 'AnyValue'),
    attributes: many(6, 'KeyValue'),
    droppedAttributesCount: one(7, 'uint32'),
    flags: one(8, 'fixed32'),
    traceId: one(9, 'id'),
    spanId: one(10, 'id'),
    observedTimeUnixNano: one(11, 'nanos'),
    eventName: one(12, 'string')
  },
  ExportLogsServiceResponse: { partialSuccess: one(1, 'ExportLogsPartialSuccess') },
  ExportLogsPartialSuccess: { rejectedLogRecords: one(1, 'int64'), errorMessage: one(2, 'string') },

  ExportMetricsServiceRequest: { resourceMetrics: many(1, 'ResourceMetrics') },
  ResourceMetrics: {
    resource: one(1, 'Resource'),
    scopeMetrics: many(2, 'ScopeMetrics'),
    schemaUrl: one(3, 'string')
  },
  ScopeMetrics: { scope: one(1, 'InstrumentationScope'), metrics: many(2, 'Metric'), schemaUrl: one(3, 'string') },
  /** Exactly one of the kinds is set. */
  Metric: {
    name: one(1, 'string'),
    description: one(2, 'string'),
    unit: one(3, 'string'),
    gauge: one(5, 'Gauge'),
    sum: one(7, 'Sum'),
    histogram: one(9, 'Histogram'),
    exponentialHistogram: one(10, 'ExponentialHistogram')
  },
  Gauge: { dataPoints: many(1, 'NumberDataPoint') },
  /** `aggregationTemporality`: 1 delta, 2 cumulative. */
  Sum: {
    dataPoints: many(1, 'NumberDataPoint'),
    aggregationTemporality: one(2, 'enum'),
    isMonotonic: one(3, 'bool')
  },
  Histogram: { dataPoints: many(1, 'HistogramDataPoint'), aggregationTemporality: one(2, 'enum') },
  ExponentialHistogram: {
    dataPoints: many(1, 'ExponentialHistogramDataPoint'),
    aggregationTemporality: one(2, 'enum')
  },
  NumberDataPoint: {
    startTimeUnixNano: one(2, 'nanos'),
    timeUnixNano: one(3, 'nanos'),
    asDouble: one(4, 'double'),
    asInt: one(6, 'fixed64'),
    exemplars: many(5, 'Exemplar'),
    attributes: many(7, 'KeyValue'),
    flags: one(8, 'uint32')
  },
  HistogramDataPoint: {
    startTimeUnixNano: one(2, 'nanos'),
    timeUnixNano: one(3, 'nanos'),
    count: one(4, 'fixed64'),
    sum: one(5, 'double'),
    bucketCounts: many(6, 'fixed64'),
    explicitBounds: many(7, 'double'),
    exemplars: many(8, 'Exemplar'),
    attributes: many(9, 'KeyValue'),
    flags: one(10, 'uint32'),
    min: one(11, 'double'),
    max: one(12, 'double')
  },
  ExponentialHistogramDataPoint: {
    attributes: many(1, 'KeyValue'),
    startTimeUnixNano: one(2, 'nanos'),
    timeUnixNano: one(3, 'nanos'),
    count: one(4, 'fixed64'),
    sum: one(5, 'double'),
    scale: one(6, 'sint32'),
    zeroCount: one(7, 'fixed64'),
    positive: one(8, 'Buckets'),
    negative: one(9, 'Buckets'),
    flags: one(10, 'uint32'),
    exemplars: many(11, 'Exemplar'),
    min: one(12, 'double'),
    max: one(13, 'double'),
    zeroThreshold: one(14, 'double')
  },
  Exemplar: {
    timeUnixNano: one(2, 'nanos'),
    asDouble: one(3, 'double'),
    asInt: one(6, 'fixed64'),
    spanId: one(4, 'id'),
    traceId: one(5, 'id'),
    filteredAttributes: many(7, 'KeyValue')
  },
  Buckets: { offset: one(1, 'sint32'), bucketCounts: many(2, 'int64') },

  ExportProfilesServiceRequest: {
    resourceProfiles: many(1, 'ResourceProfiles'),
    dictionary: one(2, 'ProfilesDictionary')
  },
  ResourceProfiles: { resource: one(1, 'Resource'), scopeProfiles: many(2, 'ScopeProfiles') },
  ScopeProfiles: { scope: one(1, 'InstrumentationScope'), profiles: many(2, 'Profile') },
  ProfilesDictionary: {
    mappingTable: many(1, 'Mapping'),
    locationTable: many(2, 'Location'),
    functionTable: many(3, 'Function'),
    linkTable: many(4, 'ProfileLink'),
    stringTable: many(5, 'string'),
    attributeTable: many(6, 'KeyValueAndUnit'),
    stackTable: many(7, 'Stack')
  },
  Profile: {
    sampleType: one(1, 'ValueType'),
    samples: many(2, 'Sample'),
    timeUnixNano: one(3, 'nanos'),
    durationNano: one(4, 'int64'),
    periodType: one(5, 'ValueType'),
    period: one(6, 'int64'),
    profileId: one(7, 'id')
  },
  ValueType: { typeStrindex: one(1, 'uint32'), unitStrindex: one(2, 'uint32') },
  Sample: { stackIndex: one(1, 'uint32'), linkIndex: one(3, 'uint32'), values: many(4, 'int64') },
  /** Always empty: JavaScript has no mapped files. */
  Mapping: { filenameStrindex: one(4, 'uint32') },
  Stack: { locationIndices: many(1, 'uint32') },
  Location: { mappingIndex: one(1, 'uint32'), lines: many(3, 'Line'), attributeIndices: many(4, 'uint32') },
  Line: { functionIndex: one(1, 'uint32'), line: one(2, 'int64'), column: one(3, 'int64') },
  Function: { nameStrindex: one(1, 'uint32'), filenameStrindex: one(3, 'uint32') },
  ProfileLink: { traceId: one(1, 'id'), spanId: one(2, 'id') },
  KeyValueAndUnit: { keyStrindex: one(1, 'uint32'), value: one(2, 'AnyValue') },

  Resource: { attributes: many(1, 'KeyValue'), droppedAttributesCount: one(2, 'uint32') },
  InstrumentationScope: { name: one(1, 'string'), version: one(2, 'string') },
  KeyValue: { key: one(1, 'string'), value: one(2, 'AnyValue') },
  /** Exactly one of them is set. */
  AnyValue: {
    stringValue: one(1, 'string'),
    boolValue: one(2, 'bool'),
    intValue: one(3, 'int64'),
    doubleValue: one(4, 'double'),
    arrayValue: one(5, 'ArrayValue'),
    kvlistValue: one(6, 'KeyValueList')
  },
  ArrayValue: { values: many(1, 'AnyValue') },
  KeyValueList: { values: many(1, 'KeyValue') }
} as const

interface Scalars {
  string: string
  bool: boolean
  enum: number
  uint32: number
  fixed32: number
  int64: number
  fixed64: number
  sint32: number
  double: number
  id: string
  nanos: number
}
export type ScalarType = keyof Scalars
export type MessageName = keyof typeof MESSAGES

type Fields = typeof MESSAGES
type Value<Type> = Type extends ScalarType ? Scalars[Type] : Type extends MessageName ? Message<Type> : never
/** A message in memory. What is undefined is not written; what is set is, also when it is a type's zero. */
export type Message<Name extends MessageName> = {
  -readonly [Field in keyof Fields[Name]]?: Fields[Name][Field] extends { type: infer Type; repeated: infer Repeated }
    ? Repeated extends true
      ? Value<Type>[]
      : Value<Type>
    : never
}

export interface Field {
  name: string
  number: number
  type: ScalarType | MessageName
  repeated: boolean
}

/** The table as the writers and readers walk it. */
export const FIELDS = Object.fromEntries(
  Object.entries(MESSAGES).map(([message, fields]) => [
    message,
    Object.entries(fields).map(([name, field]) => ({ name, ...field }))
  ])
) as Record<MessageName, Field[]>

const NAMES = new Set<string>(Object.keys(MESSAGES))

export const isMessage = (type: ScalarType | MessageName): type is MessageName => NAMES.has(type)
