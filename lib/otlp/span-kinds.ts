// What the spans of like requests, and of like operations, have in common, as bytes: told and encoded once, by way of toTrace and
// spans.ts, then found again. Pure, but for the memory. Two levels: within a batch by numbers alone, since a text is one place
// in it; over batches by the texts, so that it is bounded by how many kinds there are and not by who asks.

import { type Batch, KINDS, NONE, OPERATION, REQUEST, REQUEST_FLAGS } from '../batch/format.js'
import { readOperation, readRequest } from '../batch/reader.js'
import type { Operation, ReportOperation, Service, Trace } from '../types.js'
import { toProtobuf } from './encode.js'
import type { Message } from './messages.js'
import { operationFields, serverSpan } from './spans.js'

/** How what is in a batch is told: by whoever knows the service and the options. */
export interface Teller {
  service: Service
  /** Which of the application's threads it comes from. */
  thread: string
  traceOf(request: ReturnType<typeof readRequest>): Trace
  named(operation: Operation): Named
}

/** What an operation is called, and its texts, as they may leave. */
type Named = Pick<ReportOperation, 'name' | 'text' | 'target'>

/** Bytes by the texts that they say. */
export type Memory = (key: string, make: () => Uint8Array) => Uint8Array

/** Of spans of a request: all but ids, times and the path. */
interface RequestKind {
  method: number
  statusCode: number
  aborted: number
  caller: number
  dropped: number
  bytes: Uint8Array
  /** Another of its route. */
  next: RequestKind | undefined
}

/** Of spans of an operation: all but ids, times, phases, and how full its pool was. */
export interface OperationKind {
  kind: number
  system: number
  target: number
  statusCode: number
  bytes: Uint8Array
  /** Of a call by HTTP, masked: there are too many to remember what has one in it. */
  url: string
  /** Another of its text. */
  next: OperationKind | undefined
}

export interface Kinds {
  /** Of the request, or the operation, whose row begins there. */
  bytesOf(at: number): Uint8Array
  operation(row: number): OperationKind
}

/** Nobody prints it: keys that are equal are those of equal parts. */
const SEPARATOR = '\0'

export function createKinds(batch: Batch, teller: Teller, remembered: Memory): Kinds {
  const { numbers, names } = batch
  /** By route; by text, where the first is that of none. */
  const ofRoutes: (RequestKind | undefined)[] = []
  const ofTexts: (OperationKind | undefined)[] = []

  return {
    bytesOf(at) {
      const method = numbers[at + REQUEST.method]!
      const route = numbers[at + REQUEST.route]!
      const statusCode = numbers[at + REQUEST.statusCode]!
      const aborted = numbers[at + REQUEST.flags]! & REQUEST_FLAGS.aborted
      const caller = numbers[at + REQUEST.caller]!
      const dropped = numbers[at + REQUEST.droppedOperations]!
      for (let known = ofRoutes[route]; known; known = known.next) {
        const isSame = known.method === method && known.statusCode === statusCode && known.caller === caller
        if (isSame && known.aborted === aborted && known.dropped === dropped) return known.bytes
      }
      const from = caller === NONE ? '' : names[caller]
      const key = [teller.thread, names[method], names[route], statusCode, aborted, dropped, from].join(SEPARATOR)
      const bytes = remembered(key, () => requestBytes(teller.traceOf(readRequest(batch, at))))
      ofRoutes[route] = { method, statusCode, aborted, caller, dropped, bytes, next: ofRoutes[route] }
      return bytes
    },

    operation(row) {
      const kind = numbers[row + OPERATION.kind]!
      const system = numbers[row + OPERATION.system]!
      const text = numbers[row + OPERATION.text]! + 1
      const target = numbers[row + OPERATION.target]!
      const statusCode = numbers[row + OPERATION.statusCode]!
      for (let known = ofTexts[text]; known; known = known.next) {
        const isSame = known.kind === kind && known.system === system
        if (isSame && known.target === target && known.statusCode === statusCode) return known
      }
      const operation = readOperation(batch, row)
      const { url, ...named } = withoutUrl(KINDS[kind] === 'http', teller.named(operation))
      const key = [kind, names[system], named.name, named.text, named.target, statusCode].join(SEPARATOR)
      const bytes = remembered(key, () => operationBytes(operation, named))
      const made = { kind, system, target, statusCode, bytes, url, next: ofTexts[text] }
      ofTexts[text] = made
      return made
    }
  }
}

function withoutUrl(isCall: boolean, named: Named): Named & { url: string } {
  if (!isCall) return { ...named, url: '' }
  const [method = '', url = ''] = named.text.split(' ', 2)
  return { ...named, text: `${method} `, url }
}

const requestBytes = (trace: Trace): Uint8Array =>
  bytesOf(serverSpan({ ...trace, request: { ...trace.request, path: '' } }))

const operationBytes = ({ kind, system, statusCode }: Operation, named: Named): Uint8Array =>
  bytesOf(
    operationFields({
      kind,
      system,
      ...named,
      statusCode: statusCode ?? null,
      startMs: 0,
      durationMs: 0,
      count: 1,
      error: null,
      spanId: null,
      phases: null,
      pool: null
    })
  )

const bytesOf = ({ name, kind, attributes, status }: Message<'Span'>): Uint8Array =>
  toProtobuf('Span', { name: name!, kind: kind!, attributes: attributes!, ...(status && { status }) })
