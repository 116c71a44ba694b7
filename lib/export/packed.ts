// A report, or a collection of metrics, as it waits: its JSON as bytes, outside V8's heap, one copy for all destinations. What
// waits then costs what the queue counts (as objects reports took 2 to 3 times their JSON, of a heap that a worker's limits bound).
// Spans of requests that were not slow wait as they will leave, many in one piece.

import type { Collection } from '../otlp/metrics.js'
import type { SpanPiece } from '../otlp/span-bytes.js'
import type { Report, Trace } from '../types.js'

export interface Packed {
  id: string
  /** Of the slowest request in it. */
  durationMs: number
  /** Requests in it. */
  count: number
  /** Requests that it tells as dropped: lost with it, they are told by nobody. */
  dropped?: number
  bytes: Buffer
  /** Absent: JSON. */
  form?: 'span piece'
}

export const pack = (report: Trace): Packed => ({
  id: report.id,
  durationMs: report.durationMs,
  count: 1,
  dropped: report.dropped.reports,
  bytes: ownBuffer(JSON.stringify(report))
})

/** None is worth more than another: of those that have no room the oldest goes. */
export const packMetrics = (collection: Collection): Packed => ({
  id: '',
  durationMs: 0,
  count: 1,
  bytes: ownBuffer(JSON.stringify(collection))
})

export const packPiece = ({ bytes, requests, durationMs }: SpanPiece): Packed => ({
  id: '',
  durationMs,
  count: requests,
  bytes,
  form: 'span piece'
})

/** Not Buffer.from: a small one would be part of a shared slab, of which the last one that waits keeps all. */
function ownBuffer(text: string): Buffer {
  const buffer = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  buffer.write(text)
  return buffer
}

export const unpack = (packed: Packed): Report => unpackSpans(packed) as Report

/** Where spans of requests come that were not slow. */
export const unpackSpans = ({ bytes }: Packed): Trace => JSON.parse(bytes.toString()) as Trace

export const unpackMetrics = ({ bytes }: Packed): Collection => JSON.parse(bytes.toString()) as Collection
