// A report, or a collection of metrics, as it waits: its JSON as bytes, outside V8's heap, one copy for all destinations. What
// waits then costs what the queue counts (as objects reports took 2 to 3 times their JSON, of a heap that a worker's limits bound).

import type { Collection } from '../otlp/metrics.js'
import type { Report, Trace } from '../types.js'

export interface Packed {
  id: string
  durationMs: number
  json: Buffer
}

export const pack = (report: Trace): Packed => ({
  id: report.id,
  durationMs: report.durationMs,
  json: ownBuffer(JSON.stringify(report))
})

/** None is worth more than another: of those that have no room the oldest goes. */
export const packMetrics = (collection: Collection): Packed => ({
  id: '',
  durationMs: 0,
  json: ownBuffer(JSON.stringify(collection))
})

/** Not Buffer.from: a small one would be part of a shared slab, of which the last one that waits keeps all. */
function ownBuffer(text: string): Buffer {
  const buffer = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  buffer.write(text)
  return buffer
}

export const unpack = (packed: Packed): Report => unpackSpans(packed) as Report

/** Where spans of requests come that were not slow. */
export const unpackSpans = ({ json }: Packed): Trace => JSON.parse(json.toString()) as Trace

export const unpackMetrics = ({ json }: Packed): Collection => JSON.parse(json.toString()) as Collection
