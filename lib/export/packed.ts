// A report, or a collection of metrics, as it waits: its JSON as bytes, outside V8's heap (blocks.ts), one copy for all destinations.
// What waits then costs what the queue counts (as objects reports took 2 to 3 times their JSON, of a heap that a worker's limits
// bound). When much waits, as while a backend is away, it is squeezed (squeeze.ts). Spans of requests that were not slow wait as they will
// leave, many in one piece. Agent thread.
//
// Kept true: its bytes can be read as long as somebody holds it, and take no room from then on: who reads them all the same finds
// nothing, not the report that has their place now.

import type { Collection } from '../otlp/metrics.js'
import type { SpanPiece } from '../otlp/span-bytes.js'
import type { Report, Trace } from '../types.js'
import { requestsTold } from '../verdict/words.js'
import { createBlocks } from './blocks.js'
import { createSqueezer, type Squeezer } from './squeeze.js'

export interface Packed {
  id: string
  /** In the order of coming. */
  nth: number
  /** Of the slowest request in it. */
  durationMs: number
  /** Requests in it. */
  count: number
  /** Requests that it tells as dropped: lost with it, they are told by nobody. */
  dropped: number
  /** Slow requests of this process that nothing else tells of. */
  tells: number
  /** Of what `bytesOf` returns. */
  size: number
  /** Of what lies in blocks: less where it was squeezed. */
  kept: number
  /** Its first block; or its own buffer: a span piece is large, and copying it into blocks and out took 2 to 5 ns a byte. */
  bytes: number | Buffer
  /** Who may still read it: destinations that have not settled it. */
  holders: number
  form: 'JSON' | 'span piece'
}

const GONE = Buffer.alloc(0)

/**
 * Where a report becomes bytes before they are copied into blocks. With a buffer for each an outage took 1.7 MB more on Node 20 and 2.8 on
 * Node 26: malloc does not give back what lay there.
 */
const DRAFT_BYTES = 64 * 1024
let draft: Buffer | undefined

/** Where backends take what comes less waits, and nothing is squeezed. */
const ROOMY_BYTES = 1024 * 1024
let squeezer: Squeezer | undefined

/** Of this thread's one export. */
const blocks = createBlocks()
let came = 0

export function pack(report: Trace, tells = requestsTold(report)): Packed {
  const json = jsonOf(report)
  squeezer ??= createSqueezer(json)
  const { id, durationMs } = report
  return packJson(json, { id, durationMs, dropped: report.dropped.reports, tells })
}

/** None is worth more than another: of those that have no room the oldest goes. */
export const packMetrics = (collection: Collection): Packed => packJson(jsonOf(collection), {})

export const packPiece = ({ bytes, requests, durationMs }: SpanPiece): Packed =>
  packed(bytes, bytes.length, { durationMs, count: requests, form: 'span piece' })

/** To be copied at once: the next one has its place, unless it is larger. */
function jsonOf(value: Trace | Collection): Buffer {
  const text = withoutHalves(JSON.stringify(value))
  if (Buffer.byteLength(text) > DRAFT_BYTES) return Buffer.from(text)
  draft ??= Buffer.allocUnsafeSlow(DRAFT_BYTES)
  return draft.subarray(0, draft.write(text))
}

/**
 * Half a surrogate pair, as it is left where a text is cut, JSON has as `\ud83d`, behind an even number of backslashes. Strict readers
 * (Rust's serde_json, PostgreSQL's jsonb) refuse the whole report for it.
 */
const withoutHalves = (json: string): string =>
  json.includes('\\ud') ? json.replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f][\da-f]{2}/g, '$1\ufffd') : json

export function packJson(json: Buffer, about: Partial<Packed>): Packed {
  const content = squeezer && blocks.used() >= ROOMY_BYTES ? squeezer.squeeze(json) : json
  return packed(blocks.keep(content), json.length, { ...about, kept: content.length })
}

function packed(bytes: Packed['bytes'], size: number, about: Partial<Packed>): Packed {
  const { id = '', durationMs = 0, count = 1, dropped = 0, tells = 0, form = 'JSON', kept = size } = about
  return { id, nth: came++, durationMs, count, dropped, tells, form, size, kept, bytes, holders: 0 }
}

/** By so many, of whom each lets it go once. */
export function hold(packed: Packed, holders: number): void {
  packed.holders += holders
}

/** The last holder gives the room back. */
export function letGo(packed: Packed): void {
  if (--packed.holders > 0) return
  if (typeof packed.bytes === 'number') blocks.free(packed.bytes, packed.kept)
  packed.bytes = GONE
}

export function bytesOf({ bytes, size, kept }: Packed): Buffer {
  if (typeof bytes !== 'number') return bytes
  const content = blocks.read(bytes, kept)
  return kept < size ? squeezer!.unsqueeze(content, size) : content
}

export const textOf = (packed: Packed): string => bytesOf(packed).toString()

export const unpack = (packed: Packed): Report => unpackSpans(packed) as Report

/** Where spans of requests come that were not slow. */
export const unpackSpans = (packed: Packed): Trace => JSON.parse(textOf(packed)) as Trace

export const unpackMetrics = (packed: Packed): Collection => JSON.parse(textOf(packed)) as Collection
