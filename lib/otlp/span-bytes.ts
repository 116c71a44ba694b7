// Spans of requests that were not slow, straight to protobuf. Pure, but for a memory of pieces that were encoded before. They are
// many, and alike: of a route's spans all is equal but ids, times and the path, so the rest is encoded once and copied. What
// is rare (an error, a span that the application told of, notes of its own) goes by spans.ts and encode.ts.
//
// Kept true: a reader finds what spans.ts makes of the same requests, the order of attributes aside (span-bytes.test.ts).
// Price: benchmarks/encode.mjs.

import { PbfWriter } from 'pbf'
import type { ReportOperation, Trace } from '../types.js'
import { resourceOf, scopeOf } from './attributes.js'
import { toProtobuf } from './encode.js'
import { MESSAGES, type Message } from './messages.js'
import { endOf, phaseAttribute } from './operation.js'
import {
  append,
  beginSpan,
  endSpan,
  type Key,
  keyOf,
  writeDerivedId,
  writeFlags,
  writeIds,
  writeNumber,
  writeSpanId,
  writeText,
  writeTimes
} from './span-fields.js'
import { derivedWords, flagsOf, operationSpan, serverSpan, spans } from './spans.js'

const REQUEST = 'ExportTraceServiceRequest'
/** A piece is closed beyond it: a queue drops and joins whole pieces. */
const MAX_PIECE_BYTES = 256 * 1024
const MAX_REMEMBERED = 1000

const BYTES = 2

const URL_PATH = keyOf('url.path')
const URL_QUERY = keyOf('url.query')
const URL_FULL = keyOf('url.full')
/** There are few: those of lib/verdict/phases.ts. */
const phaseKeys = new Map<string, Key>()

function phaseKey(name: string): Key {
  let key = phaseKeys.get(name)
  if (!key) {
    key = keyOf(phaseAttribute(name))
    phaseKeys.set(name, key)
  }
  return key
}

/** Bytes of one ExportTraceServiceRequest or a part of one: parts that are joined are one again. */
export interface SpanPiece {
  bytes: Buffer
  requests: number
  /** Of the slowest of them. */
  durationMs: number
}

export function createSpanEncoder(agentVersion: string): (traces: Iterable<Trace>) => SpanPiece[] {
  const requests = new Map<string, Uint8Array>()
  const operations = new Map<string, Uint8Array>()
  let resource: Uint8Array | undefined
  const scope = toProtobuf('ScopeSpans', { scope: scopeOf(agentVersion) })

  function writeRequest(writer: PbfWriter, trace: Trace): void {
    const { request, durationMs } = trace
    const at = Date.parse(trace.at)
    const begun = beginSpan(writer)
    writeIds(writer, trace, trace.parentSpanId)
    writeSpanId(writer, trace.spanId)
    if (trace.traceState) append(writer, toProtobuf('Span', { traceState: trace.traceState }))
    writeTimes(writer, at, at + durationMs)
    append(
      writer,
      remembered(requests, requestKey(trace), () => requestPiece(trace))
    )
    const query = request.path.indexOf('?')
    writeText(writer, URL_PATH, query < 0 ? request.path : request.path.slice(0, query))
    if (query >= 0) writeText(writer, URL_QUERY, request.path.slice(query + 1))
    writeFlags(writer, flagsOf(trace, Boolean(trace.parentSpanId)))
    endSpan(writer, begun)
    for (let i = 0; i < trace.operations.length; i++) writeOperation(writer, trace, trace.operations[i]!, i, at)
  }

  function writeOperation(writer: PbfWriter, trace: Trace, operation: ReportOperation, i: number, at: number): void {
    const { kind, text, phases } = operation
    const begun = beginSpan(writer)
    writeIds(writer, trace, trace.spanId)
    if (operation.spanId !== null) writeSpanId(writer, operation.spanId)
    else writeDerivedId(writer, derivedWords(trace.spanId, i))
    writeTimes(writer, at + operation.startMs, at + endOf(operation, trace))
    append(
      writer,
      remembered(operations, operationKey(operation), () => operationPiece(trace, operation))
    )
    if (kind === 'http') writeText(writer, URL_FULL, urlOf(text))
    for (const name in phases) writeNumber(writer, phaseKey(name), phases[name]!)
    writeFlags(writer, flagsOf(trace, false))
    endSpan(writer, begun)
  }

  /** Around spans that are written already: who sends them. */
  function framed(of: Trace, written: Uint8Array): Buffer {
    resource ??= toProtobuf('ResourceSpans', { resource: resourceOf(of.service, agentVersion) })
    const writer = new PbfWriter(new Uint8Array(16))
    const inner = scope.length + written.length
    writer.writeTag(MESSAGES.ResourceSpans.scopeSpans.number, BYTES)
    writer.writeVarint(inner)
    const innerHead = Buffer.from(writer.finish())
    const outer = new PbfWriter(new Uint8Array(16))
    outer.writeTag(MESSAGES.ExportTraceServiceRequest.resourceSpans.number, BYTES)
    outer.writeVarint(resource.length + innerHead.length + inner)
    const parts = [outer.finish(), resource, innerHead, scope, written]
    // Not of the pool, of which the last one that waits keeps all.
    const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }

  /** All of one service: this process's. Whether they are wanted is decided before. */
  return traces => {
    const pieces: SpanPiece[] = []
    const writer = new PbfWriter(new Uint8Array(64 * 1024))
    let open: SpanPiece | undefined
    const close = (of: Trace): void => {
      if (!open) return
      pieces.push({ ...open, bytes: framed(of, writer.buf.subarray(0, writer.pos)) })
      writer.pos = 0
      open = undefined
    }
    let last: Trace | undefined
    for (const trace of traces) {
      last = trace
      if (!isPlain(trace)) {
        const bytes = Buffer.from(toProtobuf(REQUEST, spans([trace], agentVersion) ?? {}))
        pieces.push({ bytes, requests: 1, durationMs: trace.durationMs })
        continue
      }
      writeRequest(writer, trace)
      open ??= { bytes: NOTHING, requests: 0, durationMs: 0 }
      open.requests++
      open.durationMs = Math.max(open.durationMs, trace.durationMs)
      if (writer.pos > MAX_PIECE_BYTES) close(trace)
    }
    if (last) close(last)
    return pieces
  }
}

const NOTHING = Buffer.alloc(0)

const isPlain = ({ span, verdict, status, annotations, operations }: Trace): boolean =>
  span === undefined &&
  verdict === null &&
  status !== 'running' &&
  isEmpty(annotations) &&
  operations.every(isPlainCall)

const isPlainCall = (operation: ReportOperation): boolean =>
  operation.error === null &&
  operation.count === 1 &&
  operation.pool === null &&
  operation.span === undefined &&
  operation.parentSpanId === undefined

function isEmpty(values: object): boolean {
  for (const _ in values) return false
  return true
}

/** Nobody prints it: keys that are equal are those of equal parts. */
const SEPARATOR = '\0'

const requestKey = ({ request: { method, route, statusCode }, status, caller, thread, dropped }: Trace): string =>
  `${method}${SEPARATOR}${route}${SEPARATOR}${statusCode}${status}${dropped.operations}${SEPARATOR}${caller ?? ''}` +
  (thread ? `${SEPARATOR}${thread.id}${SEPARATOR}${thread.name}` : '')

const operationKey = ({ kind, system, name, text, target, statusCode }: ReportOperation): string =>
  [kind, statusCode, system, name, target, kind === 'http' ? methodOf(text) : text].join(SEPARATOR)

/** What is the same in all spans with this key. */
function requestPiece(trace: Trace): Uint8Array {
  const { name, kind, attributes, status } = serverSpan({ ...trace, request: { ...trace.request, path: '' } })
  return toProtobuf('Span', { name: name!, kind: kind!, attributes: attributes!, ...(status && { status }) })
}

function operationPiece(trace: Trace, operation: ReportOperation): Uint8Array {
  const text = operation.kind === 'http' ? `${methodOf(operation.text)} ` : operation.text
  const span: Message<'Span'> = operationSpan(trace, { ...operation, text, phases: null }, 0, new Set())
  const { name, kind, attributes, status } = span
  return toProtobuf('Span', { name: name!, kind: kind!, attributes: attributes!, ...(status && { status }) })
}

const methodOf = (text: string): string => text.split(' ', 1)[0] ?? ''
const urlOf = (text: string): string => text.split(' ', 2)[1] ?? ''

function remembered(known: Map<string, Uint8Array>, key: string, make: () => Uint8Array): Uint8Array {
  let piece = known.get(key)
  if (piece === undefined) {
    piece = make()
    if (known.size >= MAX_REMEMBERED) known.clear()
    known.set(key, piece)
  }
  return piece
}
