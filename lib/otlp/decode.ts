// Reads OTLP bodies by the table: protobuf and OTLP/JSON become the same messages. Pure. A body comes from anywhere, so each
// of these ends in BadBody and nothing else: a length that leaves its message, a value of another type, nesting without end,
// and more messages than a sender has reason for (two bytes can ask for an object each). What the table lacks is skipped.

import { PbfReader } from 'pbf'
import { FIELDS, type Field, isMessage, type Message, type MessageName, type ScalarType } from './messages.js'

/** The body is not what its content type says. The message is for the sender. */
export class BadBody extends Error {}

/** AnyValue holds lists of itself. OpenTelemetry's own decoders stop at 100, which no honest sender comes near. */
const MAX_DEPTH = 64
/** About 100 bytes of memory each. A batch of 10,000 spans with 20 attributes has 430,000. */
const MAX_MESSAGES = 2_000_000

type Fields = Record<string, unknown>
interface Budget {
  messages: number
}

// Wire types of protobuf.
const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

const BY_NUMBER = Object.fromEntries(
  Object.entries(FIELDS).map(([message, fields]) => [message, new Map(fields.map(field => [field.number, field]))])
) as Record<MessageName, Map<number, Field>>

export function fromProtobuf<Name extends MessageName>(name: Name, body: Uint8Array): Message<Name> {
  try {
    const reader = new PbfReader(body)
    return readFields(reader, name, body.length, 0, { messages: 0 }) as Message<Name>
  } catch (error) {
    if (error instanceof BadBody) throw error
    // What the reader itself throws: a wire type that does not exist, a number that ends nowhere, a read past the end.
    throw new BadBody(`no protobuf: ${(error as Error).message}`)
  }
}

function readFields(reader: PbfReader, message: MessageName, end: number, depth: number, budget: Budget): Fields {
  spend(budget, depth)
  const fields = BY_NUMBER[message]
  const values: Fields = {}
  while (reader.pos < end) {
    const tag = reader.readVarint()
    const field = fields.get(tag >>> 3)
    // For PbfReader.skip.
    reader.type = tag & 7
    if (tag >>> 3 === 0) throw new BadBody('a field has no number')
    if (!field || !accepts(field, reader.type)) reader.skip(reader.type)
    else readField(reader, field, values, end, depth, budget)
    if (reader.pos > end) throw new BadBody(`a field of ${message} leaves its message`)
  }
  return values
}

/** A list of numbers may come packed into one field. */
function accepts({ type, repeated }: Field, wireType: number): boolean {
  if (isMessage(type)) return wireType === BYTES
  return wireType === WIRE_TYPES[type] || (repeated && wireType === BYTES)
}

function readField(reader: PbfReader, field: Field, values: Fields, end: number, depth: number, budget: Budget): void {
  const { name, type, repeated } = field
  if (repeated) values[name] ??= []
  const list = repeated ? (values[name] as unknown[]) : undefined
  if (isMessage(type)) {
    const value = readFields(reader, type, endOf(reader, end), depth + 1, budget)
    if (list) list.push(value)
    else values[name] = value
  } else if (list && reader.type === BYTES && WIRE_TYPES[type] !== BYTES) {
    const listEnd = endOf(reader, end)
    while (reader.pos < listEnd) list.push(readScalar(reader, type, listEnd))
  } else if (list) list.push(readScalar(reader, type, end))
  else values[name] = readScalar(reader, type, end)
}

function endOf(reader: PbfReader, limit: number): number {
  const length = reader.readVarint()
  const end = reader.pos + length
  if (!(end <= limit)) throw new BadBody('a length leaves its message')
  return end
}

const WIRE_TYPES: Record<ScalarType, number> = {
  string: BYTES,
  id: BYTES,
  bool: VARINT,
  enum: VARINT,
  uint32: VARINT,
  int64: VARINT,
  sint32: VARINT,
  fixed32: FIXED32,
  double: FIXED64,
  fixed64: FIXED64,
  nanos: FIXED64
}

function readScalar(reader: PbfReader, type: ScalarType, end: number): unknown {
  switch (type) {
    case 'string':
      return textOf(readBytes(reader, end)).toString()
    case 'id':
      return textOf(readBytes(reader, end)).toString('hex')
    case 'bool':
      return reader.readBoolean()
    case 'enum':
    case 'uint32':
      return reader.readVarint()
    case 'int64':
      return reader.readVarint(true)
    case 'sint32':
      return reader.readSVarint()
    case 'fixed64':
      return reader.readSFixed64()
    case 'fixed32':
      return reader.readFixed32()
    case 'double':
      return reader.readDouble()
    case 'nanos': {
      const low = reader.readFixed32()
      return toMs(low, reader.readFixed32())
    }
  }
}

function readBytes(reader: PbfReader, limit: number): Uint8Array {
  const end = endOf(reader, limit)
  const bytes = reader.buf.subarray(reader.pos, end)
  reader.pos = end
  return bytes
}

const textOf = ({ buffer, byteOffset, length }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length)

/** Exact to the 0.25 µs that a double holds of a moment of today. */
const toMs = (low: number, high: number): number => high * (2 ** 32 / 1e6) + low / 1e6

export function fromJson<Name extends MessageName>(name: Name, body: string): Message<Name> {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (error) {
    throw new BadBody(`no JSON: ${(error as Error).message}`)
  }
  return messageOf(value, name, 0, { messages: 0 }) as Message<Name>
}

function messageOf(value: unknown, message: MessageName, depth: number, budget: Budget): Fields {
  spend(budget, depth)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadBody(`${message} is no object`)
  const values: Fields = {}
  for (const { name, type, repeated } of FIELDS[message]) {
    const given = (value as Fields)[name]
    // Protobuf's JSON allows null for "not set".
    if (given === undefined || given === null) continue
    const read = (each: unknown): unknown =>
      isMessage(type) ? messageOf(each, type, depth + 1, budget) : scalarOf(each, type, name)
    if (repeated && !Array.isArray(given)) throw new BadBody(`${message}.${name} is no list`)
    values[name] = repeated ? (given as unknown[]).map(read) : read(given)
  }
  return values
}

function scalarOf(value: unknown, type: ScalarType, name: string): unknown {
  switch (type) {
    case 'string':
      if (typeof value === 'string') return value
      break
    case 'id':
      // Hex, unlike protobuf's own JSON.
      if (typeof value === 'string' && /^(?:[0-9a-f]{2})*$/i.test(value)) return value.toLowerCase()
      break
    case 'bool':
      if (typeof value === 'boolean') return value
      break
    case 'nanos':
      if ((typeof value === 'string' && /^\d{1,20}$/.test(value)) || typeof value === 'number')
        return Number(value) / 1e6
      break
    case 'double':
      // The only texts that protobuf's JSON has for a double, besides numbers.
      if (typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity') {
        return Number(value)
      }
      if (typeof value === 'string' && value !== '' && Number.isFinite(Number(value))) return Number(value)
      break
    case 'enum':
    case 'uint32':
    case 'fixed32':
    case 'fixed64':
    case 'sint32':
    case 'int64':
      if ((typeof value === 'string' && /^-?\d{1,20}$/.test(value)) || Number.isInteger(value)) return Number(value)
  }
  throw new BadBody(`${name} is no ${type}`)
}

function spend(budget: Budget, depth: number): void {
  if (depth > MAX_DEPTH) throw new BadBody(`nested deeper than ${MAX_DEPTH}`)
  if (++budget.messages > MAX_MESSAGES) throw new BadBody(`more than ${MAX_MESSAGES} messages`)
}
