// Requests whose spans leave, on their way from the main thread to the agent thread: the format. Both threads.
//
// A batch is rows of numbers in one array, which is handed over and not copied: the row of each request, and behind it those of
// its operations. REQUEST and OPERATION say what stands where in a row. In it are
//   ids      32-bit words, the first digits in the first; they are text only where somebody asks for text
//   moments  as lib/process/clock.ts has them; with `epochMs` they are epoch milliseconds
//   texts    places in `names`, where each stands once: methods, routes, statements; NONE for none
//   paths    which seldom come again: bytes in `paths`, one for each character; of one with others than Latin-1 has, a name
//   rest     a place in `rest`, for what is rare, by structured clone; 0 for none
// The arrays go back to be written again, so two of each are in use and none is garbage.
//
// A structured clone of the same as objects takes ten times as long on either side (benchmarks/parts.mjs).

import type { Operation, OperationKind } from '../types.js'
import type { Traced } from '../verdict/trace.js'

export interface Batch {
  count: number
  numbers: Float64Array<ArrayBuffer>
  paths: Uint8Array<ArrayBuffer>
  /** The first is ''. */
  names: string[]
  /** The first is none. */
  rest: (RequestRest | OperationRest | undefined)[]
  /** Of the clock's zero, right as of the first request: a step of the wall clock moves no span against another. */
  epochMs: number
}

/** The arrays of a batch that was worked off. */
export type Room = Pick<Batch, 'numbers' | 'paths'>

export const roomOf = ({ numbers, paths }: Batch): Room => ({ numbers, paths })

/** What crosses a port without a copy. */
export const buffersOf = ({ numbers, paths }: Room): ArrayBuffer[] => [numbers.buffer, paths.buffer]

export type RequestRest = Pick<Traced, 'span' | 'annotations'>
export type OperationRest = Pick<Operation, 'error' | 'span' | 'parentSpanId'>

export const NONE = -1

/** Places in a request's row. */
export const REQUEST = {
  /** Of the row and its operations' rows. */
  length: 0,
  /** Bits of REQUEST_FLAGS. */
  flags: 1,
  /** Four words. */
  traceId: 2,
  /** Two words. */
  spanId: 6,
  /** Two words, of those that have one. */
  parentSpanId: 8,
  start: 10,
  end: 11,
  /** Or NONE. */
  statusCode: 12,
  method: 13,
  route: 14,
  /** Or NONE. */
  caller: 15,
  traceState: 16,
  /** Where it begins in `paths`, or which name it is. */
  path: 17,
  /** NONE: it is a name. */
  pathLength: 18,
  droppedOperations: 19,
  rest: 20,
  operations: 21
} as const
export const REQUEST_LENGTH = 22
export const REQUEST_FLAGS = { aborted: 1, sampled: 2, hasParent: 4 } as const

/** Places in an operation's row. Behind them: three numbers of its pool, and its marks in pairs, which of MARKS and when. */
export const OPERATION = {
  length: 0,
  /** Bits of OPERATION_FLAGS. */
  flags: 1,
  /** Of KINDS. */
  kind: 2,
  /** Two words, of those that have one. */
  spanId: 3,
  start: 5,
  /** NaN: it never ended. */
  end: 6,
  system: 7,
  /** Or NONE. */
  text: 8,
  /** Or NONE. */
  target: 9,
  /** Or NONE. */
  statusCode: 10,
  count: 11,
  busyMs: 12,
  rest: 13
} as const
export const OPERATION_LENGTH = 14
export const OPERATION_FLAGS = { blocking: 1, hasId: 2, hasPool: 4, hasMarks: 8 } as const
export const POOL_LENGTH = 3

export const KINDS: OperationKind[] = ['db', 'cache', 'http', 'pool', 'custom', 'message', 'dns', 'process']
/** Those that phases are made of. The others (lib/types.ts) are read by verdicts alone, and no request in a batch gets one. */
export const MARKS = [
  'socket',
  'connecting',
  'resolving',
  'dns',
  'connect',
  'securing',
  'tls',
  'sent',
  'headers',
  'full',
  'stream',
  'lost',
  'resent'
]

/** What is longer is cut before it is handed over; statements are told apart by their beginning. */
export const MAX_TEXT_CHARS = 8192
export const MAX_PATH_CHARS = 2048
