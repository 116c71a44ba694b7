// A report as it waits: its JSON as bytes, outside V8's heap, one copy for all destinations. Waiting reports then cost what
// the queue counts (as objects they took 2 to 3 times their JSON, of a heap that a worker's limits bound).

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

/** Not Buffer.from: a small one would be part of a shared slab, of which the last one that waits keeps all. */
function ownBuffer(text: string): Buffer {
  const buffer = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  buffer.write(text)
  return buffer
}

export const unpack = (packed: Packed): Report => unpackSpans(packed) as Report

/** Where spans of requests come that were not slow. */
export const unpackSpans = ({ json }: Packed): Trace => JSON.parse(json.toString()) as Trace
