// Fields of a span, one after the other into pbf's writer: those that are other in each span. Pure. Kept true: they read as
// encode.ts would have written them. What is rare (text beyond ASCII, a number that is no small count) is written by encode.ts.

import type { PbfWriter } from 'pbf'
import { attributes } from './attributes.js'
import { toProtobuf } from './encode.js'
import { MESSAGES } from './messages.js'
import { toWords } from './nanos.js'

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5
const ASCII = 0x80

const { traceId, spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano, flags } = MESSAGES.Span
const { stringValue, intValue, doubleValue } = MESSAGES.AnyValue
const VALUE = MESSAGES.KeyValue.value
const ATTRIBUTE = MESSAGES.Span.attributes.number

/** A message whose length comes when it is known: most spans have 128 to 16,383 bytes, so room is left for two. */
export function beginSpan(writer: PbfWriter): number {
  writer.writeTag(MESSAGES.ScopeSpans.spans.number, BYTES)
  writer.realloc(2)
  writer.pos += 2
  return writer.pos
}

export function endSpan(writer: PbfWriter, begun: number): void {
  const length = writer.pos - begun
  if (length >= 0x80 && length < 0x4000) {
    writer.buf[begun - 2] = (length & 0x7f) | 0x80
    writer.buf[begun - 1] = length >> 7
    return
  }
  const bytes = length < 0x80 ? 1 : Math.ceil((32 - Math.clz32(length)) / 7)
  writer.realloc(bytes)
  writer.buf.copyWithin(begun - 2 + bytes, begun, begun + length)
  writer.pos = begun - 2
  writer.writeVarint(length)
  writer.pos += length
}

export function append(writer: PbfWriter, bytes: Uint8Array): void {
  writer.realloc(bytes.length)
  writer.buf.set(bytes, writer.pos)
  writer.pos += bytes.length
}

/** Ids are words in `numbers` from `at` on, the first digits in the first. */
export function writeTraceId(writer: PbfWriter, numbers: Float64Array, at: number): void {
  beginBytes(writer, traceId.number, 16)
  for (let i = 0; i < 4; i++) writeWord(writer, numbers[at + i]!)
}

export function writeSpanId(writer: PbfWriter, numbers: Float64Array, at: number): void {
  beginBytes(writer, spanId.number, 8)
  writeWord(writer, numbers[at]!)
  writeWord(writer, numbers[at + 1]!)
}

export function writeParentSpanId(writer: PbfWriter, numbers: Float64Array, at: number): void {
  beginBytes(writer, parentSpanId.number, 8)
  writeWord(writer, numbers[at]!)
  writeWord(writer, numbers[at + 1]!)
}

export function writeDerivedId(writer: PbfWriter, { high, low }: { high: number; low: number }): void {
  beginBytes(writer, spanId.number, 8)
  writeWord(writer, high)
  writeWord(writer, low)
}

/** There is room for them then. */
function beginBytes(writer: PbfWriter, number: number, length: number): void {
  writer.writeTag(number, BYTES)
  writer.writeVarint(length)
  writer.realloc(length)
}

function writeWord(writer: PbfWriter, word: number): void {
  writer.dataView.setInt32(writer.pos, word)
  writer.pos += 4
}

export function writeTimes(writer: PbfWriter, startMs: number, endMs: number): void {
  writeNanos(writer, startTimeUnixNano.number, startMs)
  writeNanos(writer, endTimeUnixNano.number, endMs)
}

function writeNanos(writer: PbfWriter, number: number, epochMs: number): void {
  const { low, high } = toWords(epochMs)
  writer.writeTag(number, FIXED64)
  writer.writeFixed32(low)
  writer.writeFixed32(high)
}

export function writeFlags(writer: PbfWriter, value: number): void {
  writer.writeTag(flags.number, FIXED32)
  writer.writeFixed32(value)
}

/** An attribute's key as its KeyValue begins with it. */
export interface Key {
  name: string
  bytes: Uint8Array
}

export const keyOf = (name: string): Key => ({ name, bytes: toProtobuf('KeyValue', { key: name }) })

const varintBytes = (value: number): number => (value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4)

export function writeText(writer: PbfWriter, key: Key, text: string): void {
  if (text === '') return
  const began = writer.pos
  const { length } = text
  const any = 1 + varintBytes(length) + length
  writeHead(writer, key, any)
  writer.writeTag(stringValue.number, BYTES)
  writer.writeVarint(length)
  writer.realloc(length)
  for (let i = 0; i < length; i++) {
    const char = text.charCodeAt(i)
    if (char >= ASCII) {
      writer.pos = began
      append(writer, toProtobuf('Span', { attributes: attributes({ [key.name]: text }) }))
      return
    }
    writer.buf[writer.pos++] = char
  }
}

/** Bytes that are ASCII. */
export function writeAscii(writer: PbfWriter, key: Key, bytes: Uint8Array, from: number, length: number): void {
  if (length === 0) return
  writeHead(writer, key, 1 + varintBytes(length) + length)
  beginBytes(writer, stringValue.number, length)
  for (let i = 0; i < length; i++) writer.buf[writer.pos++] = bytes[from + i]!
}

/** Milliseconds: what is no small count is a double, as in attributes.ts. */
export function writeNumber(writer: PbfWriter, key: Key, value: number): void {
  if (!Number.isFinite(value)) return
  const isCount = Number.isInteger(value) && value >= 0 && value < 0x200000
  if (!isCount && Number.isSafeInteger(value)) {
    append(writer, toProtobuf('Span', { attributes: attributes({ [key.name]: value }) }))
    return
  }
  writeHead(writer, key, 1 + (isCount ? varintBytes(value) : 8))
  writer.writeTag(isCount ? intValue.number : doubleValue.number, isCount ? VARINT : FIXED64)
  if (isCount) writer.writeVarint(value)
  else writer.writeDouble(value)
}

/** Of an attribute whose AnyValue has so many bytes. */
function writeHead(writer: PbfWriter, { bytes }: Key, any: number): void {
  writer.writeTag(ATTRIBUTE, BYTES)
  writer.writeVarint(bytes.length + 1 + varintBytes(any) + any)
  append(writer, bytes)
  writer.writeTag(VALUE.number, BYTES)
  writer.writeVarint(any)
}
