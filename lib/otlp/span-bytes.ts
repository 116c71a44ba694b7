// Spans of requests that were not slow, from a batch's rows straight to protobuf, without an object for a request or a span. Pure, but
// for what it remembers (span-kinds.ts). They are many, and alike: of a route's spans all is equal but ids, times and the path, so the
// rest is encoded once and copied from then on. What is rare (an error, a span that the application told of, notes of its own)
// is told by toTrace, spans.ts and encode.ts, as slow requests are.
//
// Kept true: a reader finds what spans.ts makes of the same requests, the order of attributes aside (span-bytes.test.ts).
// Price: benchmarks/encode.mjs.

import { PbfWriter } from 'pbf'
import { type Batch, OPERATION, REQUEST, REQUEST_LENGTH } from '../batch/format.js'
import { readRequest } from '../batch/reader.js'
import { memo } from '../scrub/memo.js'
import { resourceOf, scopeOf } from './attributes.js'
import { toProtobuf } from './encode.js'
import { MESSAGES } from './messages.js'
import { createKinds, type Teller } from './span-kinds.js'
import { createRowWriter } from './span-rows.js'
import { spans } from './spans.js'

/** A piece is closed beyond it: a queue drops and joins whole pieces. */
const MAX_PIECE_BYTES = 256 * 1024
/** As many as leave of a request; toTrace chooses which. */
const MAX_OPERATIONS = 500

const BYTES = 2

/** Bytes of one ExportTraceServiceRequest or a part of one: parts that are joined are one again. */
export interface SpanPiece {
  bytes: Buffer
  requests: number
  /** Of the slowest of them. */
  durationMs: number
}

/** For batches of one service: this process's. Whether the spans are wanted is decided before. */
export function createSpanEncoder(agentVersion: string): (batch: Batch, teller: Teller) => SpanPiece[] {
  const remembered = memo<Uint8Array>()
  const scope = toProtobuf('ScopeSpans', { scope: scopeOf(agentVersion) })
  const writer = new PbfWriter(new Uint8Array(64 * 1024))
  let resource: Uint8Array | undefined

  return (batch, teller) => {
    resource ??= toProtobuf('ResourceSpans', { resource: resourceOf(teller.service, agentVersion) })
    const { numbers } = batch
    const writeRow = createRowWriter(writer, batch, createKinds(batch, teller, remembered))
    const pieces: SpanPiece[] = []
    let requests = 0
    let durationMs = 0
    writer.pos = 0

    function close(resource: Uint8Array): void {
      if (requests > 0) {
        const bytes = framed(resource, scope, writer.buf.subarray(0, writer.pos))
        pieces.push({ bytes, requests, durationMs })
      }
      writer.pos = requests = durationMs = 0
    }

    for (let at = 0; at < numbers.length; at += numbers[at + REQUEST.length]!) {
      if (isPlain(numbers, at)) {
        durationMs = Math.max(durationMs, writeRow(at))
        requests++
        if (writer.pos > MAX_PIECE_BYTES) close(resource)
      } else {
        const trace = teller.traceOf(readRequest(batch, at))
        const message = spans([trace], agentVersion) ?? {}
        const bytes = Buffer.from(toProtobuf('ExportTraceServiceRequest', message))
        pieces.push({ bytes, requests: 1, durationMs: trace.durationMs })
      }
    }
    close(resource)
    return pieces
  }
}

function isPlain(numbers: Float64Array, at: number): boolean {
  const operations = numbers[at + REQUEST.operations]!
  if (numbers[at + REQUEST.rest] !== 0 || operations > MAX_OPERATIONS) return false
  let row = at + REQUEST_LENGTH
  for (let i = 0; i < operations; i++) {
    if (numbers[row + OPERATION.rest] !== 0 || numbers[row + OPERATION.count] !== 1) return false
    row += numbers[row + OPERATION.length]!
  }
  return true
}

/** Around spans that are written already: who sends them. */
function framed(resource: Uint8Array, scope: Uint8Array, written: Uint8Array): Buffer {
  const innerHead = headOf(MESSAGES.ResourceSpans.scopeSpans.number, scope.length + written.length)
  const inner = innerHead.length + scope.length + written.length
  const outerHead = headOf(MESSAGES.ExportTraceServiceRequest.resourceSpans.number, resource.length + inner)
  // Not of the pool, of which the last one that waits keeps all.
  const bytes = Buffer.allocUnsafeSlow(outerHead.length + resource.length + inner)
  let at = 0
  for (const part of [outerHead, resource, innerHead, scope, written]) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function headOf(field: number, length: number): Uint8Array {
  const writer = new PbfWriter(new Uint8Array(16))
  writer.writeTag(field, BYTES)
  writer.writeVarint(length)
  return writer.finish()
}
