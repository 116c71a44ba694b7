// Requests whose spans leave, on their way from the main thread to the agent thread: numbers in one array, which is handed over
// and not copied; ids and paths in one text; each other text once. Both threads. A structured clone of the same timelines takes
// five times as long on either side (benchmarks/parts.mjs).
//
// Kept true: what `unpack` returns is deeply equal to what was added.

import type { Operation, OperationKind } from '../types.js'
import type { Traced } from '../verdict/trace.js'

export interface Batch {
  count: number
  numbers: Float64Array<ArrayBuffer>
  /** Ids and paths, one behind the other. */
  text: string
  /** What comes again and again: methods, routes, statements; the first is ''. */
  names: string[]
  /** What is rare, by structured clone; the first is none. */
  rest: (RequestRest | OperationRest | undefined)[]
}

type RequestRest = Pick<Traced, 'span' | 'annotations'>
type OperationRest = Pick<Operation, 'pool' | 'span'>

export interface BatchWriter {
  /** Requests, and operations of them, since the last `take`. */
  readonly weight: number
  readonly count: number
  add(timeline: Traced): void
  /** What was added; the next is empty. */
  take(): Batch
}

const KINDS: OperationKind[] = ['db', 'cache', 'http', 'pool', 'custom', 'message', 'dns', 'process']
const STATUSES = ['finished', 'running', 'aborted'] as const
const MARKS = ['socket', 'connecting', 'dns', 'connect', 'securing', 'tls', 'sent', 'headers']
const SAMPLED = 1
const BLOCKING = 1
const NUMBERS_AT_FIRST = 4096
const NUMBERS_OF_REQUEST = 18
const NUMBERS_OF_OPERATION = 15
const NONE = -1

export function createBatchWriter(): BatchWriter {
  let numbers = new Float64Array(0)
  let used = 0
  let count = 0
  let weight = 0
  let text = ''
  let names: string[] = ['']
  let places = new Map<string, number>([['', 0]])
  let rest: Batch['rest'] = [undefined]

  function reserve(length: number): void {
    if (used + length <= numbers.length) return
    const larger = new Float64Array(Math.max(NUMBERS_AT_FIRST, numbers.length * 2, used + length))
    larger.set(numbers.subarray(0, used))
    numbers = larger
  }

  function put(value: number): void {
    numbers[used++] = value
  }

  function putName(name: string): void {
    let place = places.get(name)
    if (place === undefined) {
      place = names.push(name) - 1
      places.set(name, place)
    }
    put(place)
  }

  const putNameOrNone = (name: string | undefined): void => (name === undefined ? put(NONE) : putName(name))

  function putText(value: string | null | undefined): void {
    put(value === undefined || value === null ? NONE : value.length)
    if (value) text += value
  }

  function putRest(value: RequestRest | OperationRest | undefined): void {
    put(value === undefined ? 0 : rest.push(value) - 1)
  }

  function putOperation(operation: Operation): void {
    const { pool, span, marks } = operation
    put(KINDS.indexOf(operation.kind))
    putName(operation.system)
    putNameOrNone(operation.text)
    putNameOrNone(operation.target)
    put(operation.start)
    put(operation.end)
    putNameOrNone(operation.error)
    put(operation.count)
    put(operation.busyMs)
    put(operation.blocking ? BLOCKING : 0)
    put(operation.statusCode ?? NONE)
    putText(operation.spanId)
    putText(operation.parentSpanId)
    putRest(pool || span ? { pool, span } : undefined)
    putMarks(marks)
  }

  function putMarks(marks: Operation['marks']): void {
    const at = used++
    let which = marks ? 1 : 0
    for (const mark in marks) {
      const bit = MARKS.indexOf(mark) + 1
      if (bit === 0) continue
      which |= 1 << bit
    }
    numbers[at] = which
    if (which <= 1) return
    for (let i = 0; i < MARKS.length; i++) if (which & (1 << (i + 1))) put(marks![MARKS[i]!]!)
  }

  return {
    get weight() {
      return weight
    },
    get count() {
      return count
    },
    add(timeline) {
      const { operations, annotations, span, dropped } = timeline
      reserve(NUMBERS_OF_REQUEST + operations.length * (NUMBERS_OF_OPERATION + MARKS.length))
      count++
      weight += 1 + operations.length
      put(STATUSES.indexOf(timeline.status))
      putText(timeline.traceId)
      putText(timeline.spanId)
      putText(timeline.parentSpanId)
      putName(timeline.traceState)
      put(timeline.sampled ? SAMPLED : 0)
      putNameOrNone(timeline.caller)
      put(timeline.at)
      put(timeline.start)
      put(timeline.end)
      putName(timeline.method)
      putText(timeline.path)
      putName(timeline.route)
      put(timeline.statusCode ?? NONE)
      putRest(span || hasEntries(annotations) ? { span, annotations } : undefined)
      put(dropped.operations)
      put(dropped.reports)
      put(operations.length)
      for (let i = 0; i < operations.length; i++) putOperation(operations[i]!)
    },
    take() {
      const batch: Batch = { count, numbers: numbers.subarray(0, used), text, names, rest }
      numbers = new Float64Array(0)
      used = count = weight = 0
      text = ''
      names = ['']
      places = new Map([['', 0]])
      rest = [undefined]
      return batch
    }
  }
}

/** Every field: one that comes to the types is missed here by the compiler. */
type Whole<Type> = { [Key in keyof Required<Type>]: Type[Key] }

function hasEntries(values: object): boolean {
  for (const _ in values) return true
  return false
}

/** One after the other, so that each is garbage before it is old: a whole batch would be copied by the collector. */
export function* unpack({ count, numbers, text, names, rest }: Batch): Generator<Traced, void> {
  let at = 0
  let textAt = 0

  const take = (): number => numbers[at++]!
  const takeName = (): string => names[take()]!
  function takeNameOrNone(): string | undefined {
    const place = take()
    return place === NONE ? undefined : names[place]
  }
  function takeText(): string | undefined {
    const length = take()
    if (length === NONE) return undefined
    textAt += length
    return text.slice(textAt - length, textAt)
  }
  function takeCode(): number | undefined {
    const code = take()
    return code === NONE ? undefined : code
  }

  function takeMarks(): Operation['marks'] {
    const which = take()
    if (which === 0) return undefined
    const marks: Record<string, number> = {}
    for (let i = 0; i < MARKS.length; i++) if (which & (1 << (i + 1))) marks[MARKS[i]!] = take()
    return marks
  }

  function takeOperation(): Operation {
    const operation: Whole<Operation> = {
      kind: KINDS[take()]!,
      system: takeName(),
      text: takeNameOrNone(),
      target: takeNameOrNone(),
      start: take(),
      end: take(),
      error: takeNameOrNone(),
      count: take(),
      busyMs: take(),
      blocking: take() === BLOCKING,
      statusCode: takeCode(),
      spanId: takeText(),
      parentSpanId: takeText(),
      pool: undefined,
      span: undefined,
      marks: undefined
    }
    const { pool, span } = (rest[take()] ?? {}) as OperationRest
    operation.pool = pool
    operation.span = span
    operation.marks = takeMarks()
    return operation
  }

  function takeRequest(): Traced {
    const request: Whole<Traced> = {
      status: STATUSES[take()]!,
      traceId: takeText()!,
      spanId: takeText()!,
      parentSpanId: takeText() ?? null,
      traceState: takeName(),
      sampled: take() === SAMPLED,
      caller: takeNameOrNone(),
      at: take(),
      start: take(),
      end: take(),
      method: takeName(),
      path: takeText()!,
      route: takeName(),
      statusCode: takeCode() ?? null,
      operations: [],
      span: undefined,
      annotations: {},
      dropped: { operations: 0, reports: 0 }
    }
    const { span, annotations = {} } = (rest[take()] ?? {}) as Partial<RequestRest>
    request.span = span
    request.annotations = annotations
    request.dropped = { operations: take(), reports: take() }
    const operations = take()
    for (let i = 0; i < operations; i++) request.operations.push(takeOperation())
    return request
  }

  for (let i = 0; i < count; i++) yield takeRequest()
}
