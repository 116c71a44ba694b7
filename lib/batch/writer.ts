// Writes requests that have ended into a batch (format.ts). Main thread, once for each request whose spans leave: it makes no
// object and copies no text but paths.

import { toEpochMs } from '../process/clock.js'
import type { Ids, OwnIds } from '../record/ids.js'
import type { Operation, SpanDetail, Timeline } from '../types.js'
import {
  type Batch,
  KINDS,
  MARKS,
  MAX_PATH_CHARS,
  MAX_TEXT_CHARS,
  NONE,
  OPERATION,
  OPERATION_FLAGS,
  OPERATION_LENGTH,
  type OperationRest,
  POOL_LENGTH,
  REQUEST,
  REQUEST_FLAGS,
  REQUEST_LENGTH,
  type RequestRest,
  type Room
} from './format.js'

/** A request at its end, as lib/record has it. */
export interface Leaving {
  readonly facts: { method: string; path: string }
  readonly route: string
  readonly status: Timeline['status']
  readonly statusCode: number | null
  readonly start: number
  readonly end: number
  readonly sampled: boolean
  /** Undefined where neither a caller nor anybody here knows of the trace: then it is `ownIds`, which nobody has written as text. */
  readonly knownIds: Pick<Ids, 'traceId' | 'spanId' | 'parentSpanId' | 'state' | 'caller'> | undefined
  readonly ownIds: OwnIds
  readonly operations: readonly Operation[] | undefined
  readonly droppedOperations: number
  readonly span: SpanDetail | undefined
  readonly annotations: Readonly<Timeline['annotations']> | undefined
}

export interface BatchWriter {
  /** Requests, and operations of them, since the last `take`. */
  readonly weight: number
  readonly count: number
  add(request: Leaving): void
  /** What was added; the next is empty. */
  take(): Batch
  /** Room for a batch to come. */
  reuse(room: Room): void
}

const LEAST_NUMBERS = 1024
const LEAST_PATHS = 1024
/** A full batch is half of it. What a larger one once grew to is not kept. */
const MAX_ROOM_BYTES = 1024 * 1024
const MAX_OPERATION_LENGTH = OPERATION_LENGTH + POOL_LENGTH + 2 * MARKS.length

export function createBatchWriter(): BatchWriter {
  let numbers = new Float64Array(0)
  let used = 0
  let paths = new Uint8Array(0)
  let pathsUsed = 0
  let names: string[] = ['']
  let places = new Map<string, number>([['', 0]])
  let rest: Batch['rest'] = [undefined]
  let count = 0
  let weight = 0
  let epochMs = 0
  /** Of the last batch: the next will probably be like it. */
  let numbersAtFirst = LEAST_NUMBERS
  let pathsAtFirst = LEAST_PATHS
  let spare: Room | undefined

  function reserve(length: number, pathLength: number): void {
    if (used + length > numbers.length) {
      const larger = new Float64Array(Math.max(numbersAtFirst, numbers.length * 2, used + length))
      larger.set(numbers.subarray(0, used))
      numbers = larger
    }
    if (pathsUsed + pathLength > paths.length) {
      const larger = new Uint8Array(Math.max(pathsAtFirst, paths.length * 2, pathsUsed + pathLength))
      larger.set(paths.subarray(0, pathsUsed))
      paths = larger
    }
  }

  function placeOf(name: string): number {
    let place = places.get(name)
    if (place === undefined) {
      place = names.push(name) - 1
      places.set(name, place)
    }
    return place
  }

  const placeOrNone = (name: string | undefined): number => (name === undefined ? NONE : placeOf(name))

  function writeIds(at: number, request: Leaving): void {
    const ids = request.knownIds
    if (ids) {
      writeHex(numbers, at + REQUEST.traceId, ids.traceId, 4)
      writeHex(numbers, at + REQUEST.spanId, ids.spanId, 2)
      if (ids.parentSpanId !== null) writeHex(numbers, at + REQUEST.parentSpanId, ids.parentSpanId, 2)
      return
    }
    const { trace0, trace1, trace2, trace3, span0, span1 } = request.ownIds
    numbers[at + REQUEST.traceId] = trace0
    numbers[at + REQUEST.traceId + 1] = trace1
    numbers[at + REQUEST.traceId + 2] = trace2
    numbers[at + REQUEST.traceId + 3] = trace3
    numbers[at + REQUEST.spanId] = span0
    numbers[at + REQUEST.spanId + 1] = span1
  }

  function writePath(at: number, path: string): void {
    const length = Math.min(path.length, MAX_PATH_CHARS)
    for (let i = 0; i < length; i++) {
      const char = path.charCodeAt(i)
      if (char > 0xff) {
        numbers[at + REQUEST.path] = placeOf(path.slice(0, MAX_PATH_CHARS))
        numbers[at + REQUEST.pathLength] = NONE
        return
      }
      paths[pathsUsed + i] = char
    }
    numbers[at + REQUEST.path] = pathsUsed
    numbers[at + REQUEST.pathLength] = length
    pathsUsed += length
  }

  function placeOfRest(value: RequestRest | OperationRest | undefined): number {
    return value === undefined ? 0 : rest.push(value) - 1
  }

  function writeOperation(operation: Operation): void {
    const { text, pool, marks, error, span, parentSpanId, spanId } = operation
    const at = used
    let end = at + OPERATION_LENGTH
    let flags = operation.blocking ? OPERATION_FLAGS.blocking : 0
    numbers[at + OPERATION.kind] = KINDS.indexOf(operation.kind)
    if (spanId !== undefined) {
      flags |= OPERATION_FLAGS.hasId
      writeHex(numbers, at + OPERATION.spanId, spanId, 2)
    }
    numbers[at + OPERATION.start] = operation.start
    numbers[at + OPERATION.end] = operation.end
    numbers[at + OPERATION.system] = placeOf(operation.system)
    numbers[at + OPERATION.text] = placeOrNone(
      text !== undefined && text.length > MAX_TEXT_CHARS ? text.slice(0, MAX_TEXT_CHARS) : text
    )
    numbers[at + OPERATION.target] = placeOrNone(operation.target)
    numbers[at + OPERATION.statusCode] = operation.statusCode ?? NONE
    numbers[at + OPERATION.count] = operation.count
    numbers[at + OPERATION.busyMs] = operation.busyMs
    const isRare = error !== undefined || span !== undefined || parentSpanId !== undefined
    numbers[at + OPERATION.rest] = placeOfRest(isRare ? { error, span, parentSpanId } : undefined)
    if (pool) {
      flags |= OPERATION_FLAGS.hasPool
      numbers[end++] = pool.size
      numbers[end++] = pool.inUse
      numbers[end++] = pool.waiting
    }
    if (marks) {
      flags |= OPERATION_FLAGS.hasMarks
      for (const name in marks) {
        const which = MARKS.indexOf(name)
        if (which < 0) continue
        numbers[end++] = which
        numbers[end++] = marks[name]!
      }
    }
    numbers[at + OPERATION.flags] = flags
    numbers[at + OPERATION.length] = end - at
    used = end
  }

  return {
    get weight() {
      return weight
    },
    get count() {
      return count
    },
    add(request) {
      const { facts, span, annotations, operations, knownIds } = request
      const calls = operations?.length ?? 0
      reserve(REQUEST_LENGTH + calls * MAX_OPERATION_LENGTH, Math.min(facts.path.length, MAX_PATH_CHARS))
      if (count === 0) epochMs = toEpochMs(0)
      count++
      weight += 1 + calls
      const at = used
      used += REQUEST_LENGTH
      numbers[at + REQUEST.flags] =
        (request.status === 'aborted' ? REQUEST_FLAGS.aborted : 0) |
        (request.sampled ? REQUEST_FLAGS.sampled : 0) |
        (typeof knownIds?.parentSpanId === 'string' ? REQUEST_FLAGS.hasParent : 0)
      writeIds(at, request)
      numbers[at + REQUEST.start] = request.start
      numbers[at + REQUEST.end] = request.end
      numbers[at + REQUEST.statusCode] = request.statusCode ?? NONE
      numbers[at + REQUEST.method] = placeOf(facts.method)
      numbers[at + REQUEST.route] = placeOf(request.route)
      numbers[at + REQUEST.caller] = placeOrNone(knownIds?.caller)
      numbers[at + REQUEST.traceState] = placeOf(knownIds?.state ?? '')
      writePath(at, facts.path)
      numbers[at + REQUEST.droppedOperations] = request.droppedOperations
      numbers[at + REQUEST.rest] = placeOfRest(
        span || annotations ? { span, annotations: { ...annotations } } : undefined
      )
      numbers[at + REQUEST.operations] = calls
      for (let i = 0; i < calls; i++) writeOperation(operations![i]!)
      numbers[at + REQUEST.length] = used - at
    },
    take() {
      const batch: Batch = {
        count,
        numbers: numbers.subarray(0, used),
        paths: paths.subarray(0, pathsUsed),
        names,
        rest,
        epochMs
      }
      numbersAtFirst = Math.max(LEAST_NUMBERS, used)
      pathsAtFirst = Math.max(LEAST_PATHS, pathsUsed)
      numbers = spare?.numbers ?? new Float64Array(0)
      paths = spare?.paths ?? new Uint8Array(0)
      spare = undefined
      used = pathsUsed = count = weight = 0
      names = ['']
      places = new Map([['', 0]])
      rest = [undefined]
      return batch
    },
    reuse(room) {
      const [rows, bytes] = [room.numbers.buffer, room.paths.buffer]
      if (rows.byteLength + bytes.byteLength > MAX_ROOM_BYTES) return
      const whole = { numbers: new Float64Array(rows), paths: new Uint8Array(bytes) }
      if (numbers.length > 0) spare = whole
      else ({ numbers, paths } = whole)
    }
  }
}

/** Hexadecimal digits as words. What is too short has zeros in front, as where a specification fills ids up. */
function writeHex(numbers: Float64Array, at: number, hex: string, words: number): void {
  let digit = hex.length - words * 8
  for (let i = 0; i < words; i++) {
    let word = 0
    for (const end = digit + 8; digit < end; digit++)
      word = (word << 4) | (digit < 0 ? 0 : valueOfDigit(hex.charCodeAt(digit)))
    numbers[at + i] = word
  }
}

/** '0' to '9' have their value in the lower four bits, letters of either case theirs less 9. */
const valueOfDigit = (char: number): number => (char & 0xf) + (char > 0x40 ? 9 : 0)
