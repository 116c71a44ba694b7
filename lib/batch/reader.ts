// Reads a batch (format.ts) back as objects. Agent thread. Kept true: they are what was written, but for what no span tells: who holds
// a pool's connections, marks that are no part of a phase, and when an answer lay unread.

import type { Operation } from '../types.js'
import type { Traced } from '../verdict/trace.js'
import {
  type Batch,
  KINDS,
  MARKS,
  NONE,
  OPERATION,
  OPERATION_FLAGS,
  OPERATION_LENGTH,
  type OperationRest,
  POOL_LENGTH,
  REQUEST,
  REQUEST_FLAGS,
  REQUEST_LENGTH,
  type RequestRest
} from './format.js'

/** Every field: one that comes to the types is missed here by the compiler. */
type Whole<Type> = { [Key in keyof Required<Type>]: Type[Key] }

/** One after the other, so that each is garbage before it is old: a whole batch would be copied by the collector. */
export function* readRequests(batch: Batch): Generator<Traced, void> {
  for (let at = 0; at < batch.numbers.length; at += batch.numbers[at + REQUEST.length]!) yield readRequest(batch, at)
}

/** The request whose row begins there, with its operations. */
export function readRequest(batch: Batch, at: number): Traced {
  const { numbers, names, rest } = batch
  const flags = numbers[at + REQUEST.flags]!
  const start = numbers[at + REQUEST.start]!
  const statusCode = numbers[at + REQUEST.statusCode]!
  const { span, annotations = {} } = (rest[numbers[at + REQUEST.rest]!] ?? {}) as Partial<RequestRest>
  const request: Whole<Traced> = {
    status: flags & REQUEST_FLAGS.aborted ? 'aborted' : 'finished',
    traceId: hexOf(numbers, at + REQUEST.traceId, 4),
    spanId: hexOf(numbers, at + REQUEST.spanId, 2),
    parentSpanId: flags & REQUEST_FLAGS.hasParent ? hexOf(numbers, at + REQUEST.parentSpanId, 2) : null,
    traceState: names[numbers[at + REQUEST.traceState]!]!,
    sampled: (flags & REQUEST_FLAGS.sampled) !== 0,
    caller: nameOrNone(batch, at + REQUEST.caller),
    at: batch.epochMs + start,
    start,
    end: numbers[at + REQUEST.end]!,
    method: names[numbers[at + REQUEST.method]!]!,
    path: readPath(batch, at),
    route: names[numbers[at + REQUEST.route]!]!,
    statusCode: statusCode === NONE ? null : statusCode,
    operations: [],
    span,
    annotations,
    dropped: { operations: numbers[at + REQUEST.droppedOperations]!, reports: 0 }
  }
  let row = at + REQUEST_LENGTH
  for (let i = 0; i < numbers[at + REQUEST.operations]!; i++) {
    request.operations.push(readOperation(batch, row))
    row += numbers[row + OPERATION.length]!
  }
  return request
}

export function readPath({ numbers, paths, names }: Batch, at: number): string {
  const from = numbers[at + REQUEST.path]!
  const length = numbers[at + REQUEST.pathLength]!
  if (length === NONE) return names[from]!
  return Buffer.from(paths.buffer, paths.byteOffset + from, length).toString('latin1')
}

/** The operation whose row begins there. */
export function readOperation(batch: Batch, at: number): Operation {
  const { numbers, names, rest } = batch
  const flags = numbers[at + OPERATION.flags]!
  const statusCode = numbers[at + OPERATION.statusCode]!
  const { error, span, parentSpanId } = (rest[numbers[at + OPERATION.rest]!] ?? {}) as OperationRest
  const operation: Omit<Whole<Operation>, 'unread' | 'unsent' | 'ahead' | 'pooled' | 'atOnce'> = {
    kind: KINDS[numbers[at + OPERATION.kind]!]!,
    system: names[numbers[at + OPERATION.system]!]!,
    text: nameOrNone(batch, at + OPERATION.text),
    target: nameOrNone(batch, at + OPERATION.target),
    start: numbers[at + OPERATION.start]!,
    end: numbers[at + OPERATION.end]!,
    error,
    count: numbers[at + OPERATION.count]!,
    busyMs: numbers[at + OPERATION.busyMs]!,
    blocking: (flags & OPERATION_FLAGS.blocking) !== 0,
    statusCode: statusCode === NONE ? undefined : statusCode,
    spanId: flags & OPERATION_FLAGS.hasId ? hexOf(numbers, at + OPERATION.spanId, 2) : undefined,
    parentSpanId,
    pool: flags & OPERATION_FLAGS.hasPool ? readPool(numbers, at + OPERATION_LENGTH) : undefined,
    span,
    marks: readMarks(numbers, at)
  }
  return operation
}

const readPool = (numbers: Float64Array, at: number): NonNullable<Operation['pool']> => ({
  size: numbers[at]!,
  inUse: numbers[at + 1]!,
  waiting: numbers[at + 2]!,
  holders: []
})

export function readMarks(numbers: Float64Array, at: number): Operation['marks'] {
  const flags = numbers[at + OPERATION.flags]!
  if (!(flags & OPERATION_FLAGS.hasMarks)) return undefined
  const first = at + OPERATION_LENGTH + (flags & OPERATION_FLAGS.hasPool ? POOL_LENGTH : 0)
  const end = at + numbers[at + OPERATION.length]!
  const marks: Record<string, number> = {}
  for (let i = first; i < end; i += 2) marks[MARKS[numbers[i]!]!] = numbers[i + 1]!
  return marks
}

function nameOrNone({ numbers, names }: Batch, at: number): string | undefined {
  const place = numbers[at]!
  return place === NONE ? undefined : names[place]
}

function hexOf(numbers: Float64Array, at: number, words: number): string {
  let hex = ''
  for (let i = 0; i < words; i++) hex += (numbers[at + i]! >>> 0).toString(16).padStart(8, '0')
  return hex
}
