// What an application tells OpenTelemetry's API of a span, as recorded and as reported. Any thread.

export type AttributeValue = string | number | boolean | (string | number | boolean | null)[]
export type SpanAttributes = Record<string, AttributeValue>

/** Of a span: the API's numbers, and OTLP's. */
export const STATUS = { unset: 0, ok: 1, error: 2 } as const

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
  /** `code`: of STATUS. */
  status: { code: number; message: string }
  /** Beyond the limits. */
  dropped: { attributes: number; events: number; links: number }
}

/** The same in a report, masked. */
export type ReportSpan = Omit<SpanDetail, 'events'> & {
  events: { name: string; startMs: number; attributes: SpanAttributes; droppedAttributes: number }[]
}
