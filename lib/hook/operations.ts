// How messages of channels become operations of the recorder: which message begins one, which ends it, what is told of it in between.
// Main thread, inside the application's stack; channels.ts subscribes and guards each handler.
//
// An operation is known by an object of the library's: the message of a tracing channel, which is the same in all five, or an object that
// several plain messages have in common (`key`). One that begins outside any request is not even described.

import { now } from '../process/clock.js'
import type { ChannelName, PlainSource, TracingSource } from './instrumentation.js'
import { leaveAlone } from './left-alone.js'
import type { Outside, OutsideCall, Recorder } from './recorder.js'
import { createStamp, Identity } from './stamp.js'
import type { UnsentMessage } from './unsent.js'

/** What a library publishes is typed `never`: only its own file knows what it is. */
export type Message = never
export type Handler = (message: Message) => void
/** Has the handler called with each message of that channel. */
export type On = (name: ChannelName, handler: Handler) => unknown
/** Has callbacks of that tracing channel run in the context of the request that `requestOf` finds. */
export type Bind = (name: string, requestOf: (message: Message) => object | undefined) => void

/** Whether wrap.ts alone publishes that channel, and no library. */
export const isOwn = (name: string): boolean => name.startsWith('perfagent:')

/**
 * The operation that a message, or the key of several, stands for. One stamp serves all libraries, because no two have an object in
 * common. It is read several times for each operation: stamps that share their code (createStamp) have V8 look up the field by its name
 * each time, one that has its own code does not.
 */
class OperationStamp extends Identity {
  #operation: object | undefined

  constructor(key: object, operation: object) {
    super(key)
    this.#operation = operation
  }

  static of(key: object): object | undefined {
    return #operation in key ? key.#operation : undefined
  }

  /**
   * For an operation that ends. It is taken off, because the library's object may live on: what a WeakRef or a FinalizationRegistry of
   * undici leads to counts as alive until the old generation is collected (Node 24).
   */
  static take(key: object): object | undefined {
    if (!(#operation in key)) return undefined
    const operation = key.#operation
    key.#operation = undefined
    return operation
  }

  /** Without asking by `in` first, as in requests.ts: nearly all keys are new. */
  static put(key: object, operation: object): void {
    try {
      new OperationStamp(key, operation)
    } catch {
      ;(key as OperationStamp).#operation = operation
    }
  }
}

/** Places in a connection's line of calls that are no operation, because no request made them, and of those that were given up. */
const places = createStamp<object>()
/** Calls that are no operation, which their client keeps back until it is connected: in whose context each began. */
const keptBack = new WeakMap<object, { request: object | undefined }>()
/** What is to be called at the end of a look-up. */
const lookUps = createStamp<() => void>()

export function subscribeTracing(source: TracingSource, recorder: Recorder, begin: On, on: On, bind: Bind): void {
  const isOver: (message: Message) => boolean = isOwn(source.channel) ? hasThrown : isSettled
  /** Waits for a connection outside any request: whoever had the connection before must not be told as its holder. */
  const outside = new WeakMap<object, Outside>()

  begin(`tracing:${source.channel}:start`, started)
  on(`tracing:${source.channel}:end`, returned)
  bind(source.channel, requestOf)
  on(`tracing:${source.channel}:asyncStart`, ended)
  if (source.answered) on(source.answered, answered)
  for (const [name, mark] of Object.entries(source.marks ?? {})) {
    on(name, (message: Message) => {
      const operation = OperationStamp.of(message)
      if (operation) recorder.mark(operation, mark, undefined, undefined)
      else if (mark === 'connecting') keptBack.set(message, { request: recorder.context.getStore() })
      if (mark === 'sent') sentLate(message, operation)
    })
  }
  if (source.unread) {
    on(source.unread, ({ call, since }: { call: object; since: number }) => {
      const operation = OperationStamp.of(call)
      if (operation) recorder.leftUnread(operation, since)
    })
  }

  function started(message: Message): void {
    const request = recorder.context.getStore()
    const facts = request && source.describe(message)
    const operation = facts && recorder.beginOperation(request, facts)
    const connection = source.inOrder?.(message)
    const looksUp = source.looksUp?.(message) ? (facts ?? source.describe(message)) : undefined
    if (looksUp) lookUps.put(message, recorder.lookUp(operation, request, looksUp))
    if (!operation) {
      if (source.acquires) outside.set(message, recorder.askOutside())
      if (connection) standOutside(message, connection, request)
      return
    }
    // Also where there is no room for it: its callback runs in its request all the same, and who got a connection is its holder.
    OperationStamp.put(message, operation)
    if (recorder.isFollowed(operation)) {
      if (connection) recorder.stand(operation, connection)
    } else if (!source.acquires) leaveAlone(message)
  }

  /** What its client kept back until it was connected: what is sent later stands behind it, and it behind what was sent before. */
  function sentLate(message: Message, operation: object | undefined): void {
    const kept = operation || places.of(message) ? undefined : keptBack.get(message)
    const isAwaited = operation ? recorder.isFollowed(operation) : kept !== undefined
    const connection = isAwaited ? source.inOrder?.(message) : undefined
    if (connection && operation) recorder.stand(operation, connection)
    else if (connection) standOutside(message, connection, kept?.request)
  }

  function standOutside(message: Message, connection: object, request: object | undefined): void {
    places.put(
      message,
      recorder.standOutside(connection, request, () => source.describe(message))
    )
  }

  function returned(message: Message): void {
    if (isOver(message)) {
      ended(message)
      return
    }
    const connection = source.opening?.(message)
    const holder = connection && (OperationStamp.of(message) ?? outside.get(message))
    if (holder) recorder.acquired(holder, connection)
  }

  function requestOf(message: Message): object | undefined {
    const operation = OperationStamp.of(message)
    return operation && recorder.requestOf(operation)
  }

  /** The answer has come, or the call has thrown. */
  function ended(message: Message): void {
    const operation = OperationStamp.of(message)
    const error = errorOf(message)
    if (source.looksUp) lookUps.of(message)?.()
    const gaveUp = error ? source.givesUp?.(error as never) : false
    const place = !operation && source.inOrder && places.of(message)
    if (operation && gaveUp) {
      const left = recorder.giveUp(operation)
      if (left) places.put(message, left)
    }
    if (operation) recorder.endOperation(operation, error, undefined)
    if (place && !gaveUp) recorder.leave(place, error)
    // It may have ended before it could be sent.
    if (!operation && source.inOrder && !place) keptBack.delete(message)
    if (!source.acquires) return
    const holder = operation ?? outside.get(message)
    const connection = resultOf(message)
    if (holder && typeof connection === 'object' && connection !== null) recorder.acquired(holder, connection)
  }

  /** The answer to what was given up has come after all. */
  function answered(message: Message): void {
    const place = places.of(message)
    if (place) recorder.leave(place, undefined)
  }
}

export function subscribePlain(source: PlainSource, recorder: Recorder, begin: On, on: On): void {
  const statusCode = (message: Message): number | undefined => source.statusCode?.(message)
  const { waits } = source

  begin(source.start, (message: Message) => {
    const request = recorder.context.getStore()
    const facts = request && source.describe(message)
    const operation = facts && recorder.beginOperation(request, facts)
    const taken = source.takes?.(message)
    if (taken) recorder.acquired(operation ?? OUTSIDE, taken)
    const connection = source.inOrder?.(message)
    if (!operation) {
      if (connection)
        places.put(
          source.key(message),
          recorder.standOutside(connection, request, () => source.describe(message))
        )
      return
    }
    OperationStamp.put(source.key(message), operation)
    const call = waits?.call(message)
    const looked = call && lookedAt.of(call)
    if (looked) recorder.waitsFor(operation, looked)
    if (connection && recorder.isFollowed(operation)) recorder.stand(operation, connection)
    source.inject?.(message, recorder.propagation(operation))
  })
  for (const [name, mark] of Object.entries(source.marks ?? {})) {
    on(name, (message: Message) => {
      const operation = OperationStamp.of(source.key(message))
      if (operation) recorder.mark(operation, mark, statusCode(message), source.earlier?.(message))
      else if (mark === waits?.since) outsideCalls.put(source.key(message), { request: undefined, since: now() })
    })
  }
  if (waits) {
    on(waits.channel, (message: Message) => {
      const call = waits.call(message)
      const taken = call && recorder.context.getStore() && waits.describe(message)
      if (!taken) return
      const looked = recorder.lookAt(taken, callOf)
      const operation = OperationStamp.of(call)
      if (operation) recorder.waitsFor(operation, looked)
      else lookedAt.put(call, looked)
    })
  }
  if (source.unread) {
    on(source.unread, (message: never) => {
      const operation = OperationStamp.of(source.key(message))
      if (operation) recorder.leftUnread(operation, (message as { since: number }).since)
    })
  }
  for (const name of [...source.end, ...(source.error ? [source.error] : [])]) {
    on(name, (message: Message) => {
      const operation = OperationStamp.take(source.key(message))
      if (operation) recorder.endOperation(operation, errorOf(message), statusCode(message))
      const place = !operation && source.inOrder && places.of(source.key(message))
      if (place) recorder.leave(place, errorOf(message))
    })
  }
}

/** Of calls that are not told yet, what they wait for. */
const lookedAt = createStamp<object>()
const outsideCalls = createStamp<OutsideCall>()

const callOf = (key: object): object | undefined => OperationStamp.of(key) ?? outsideCalls.of(key)

/** What is taken from a queue has no stack that tells anything. */
const OUTSIDE = { request: undefined, askedAt: undefined }

/** How much of a call waits in the process to be sent. */
export function subscribeUnsent(name: ChannelName, recorder: Recorder, on: On): void {
  on(name, (message: Message) => {
    const { call, bytes } = message as UnsentMessage
    const operation = OperationStamp.of(call)
    if (operation) recorder.unsent(operation, bytes)
  })
}

/** At `end`: the call threw, or was synchronous. */
const isSettled = (message: Message): boolean => 'error' in message || 'result' in message

/** The same for a call by wrap.ts. To ask by `in` for a field that is not there takes four times as long where messages have many shapes. */
const hasThrown = (message: { error?: unknown }): boolean => message.error !== undefined

const errorOf = (message: { error?: unknown }): unknown => message.error
const resultOf = (message: { result?: unknown }): unknown => message.result
