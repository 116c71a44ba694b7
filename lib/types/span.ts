// What an application tells OpenTelemetry's API of a span, as recorded and as reported. Types only.

export type AttributeValue = string | number | boolean | (string | number | boolean | null)[]
export type SpanAttributes = Record<string, AttributeValue>

/** What OpenTelemetry's API was told of a span, besides its times. Numbers are OTLP's. */
export interface SpanDetail {
  name: string
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number
  scope: { name: string; version: string }
  attributes: SpanAttributes
  events: { name: string; at: number; attributes: SpanAttributes; droppedAttributes: number }[]
  links: {
    traceId: string
    spanId: string
    traceState: string
    flags: number
    attributes: SpanAttributes
    droppedAttributes: number
  }[]
  /** 0 unset, 1 ok, 2 error. */
  status: { code: number; message: string }
  /** Beyond the limits. */
  dropped: { attributes: number; events: number; links: number }
}

/** The same in a report, masked. */
export type ReportSpan = Omit<SpanDetail, 'events'> & {
  events: { name: string; startMs: number; attributes: SpanAttributes; droppedAttributes: number }[]
}
