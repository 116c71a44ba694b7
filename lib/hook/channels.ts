// Turns what instrumentations name into calls of the recorder. Main thread, inside the application's stack:
// every handler is guarded, and all handlers of one instrumentation share a fuse.
//
// An operation that begins outside any request is not even described.

import type { AsyncLocalStorage } from 'node:async_hooks'
import { type Channel, channel } from 'node:diagnostics_channel'
import { carryIn } from './carrier.js'
import { createFuse, type Fuse, fail, guard } from './guard.js'
import type {
  ChannelName,
  Instrumentation,
  PartChannel,
  PlainSource,
  RouteChannel,
  TracingSource
} from './instrumentation.js'
import { leaveAlone } from './left-alone.js'
import type { Context, Outside, Recorder, RouteOf } from './recorder.js'
import { returnTo } from './return.js'
import { createStamp, Identity } from './stamp.js'
import type { UnsentMessage } from './unsent.js'

type Handler = (message: never) => void
/** Describers are typed `never`: what they are given is known to the library alone. */
type Message = never

export interface Subscription {
  /** False: nothing begins any more, and what has begun still ends. */
  listen(on: boolean): void
  stop(): void
}

/** Connects, and returns the undo. */
type Connect = () => () => void

/** Subscribes everything that an instrumentation names. */
export function subscribe(instrumentation: Instrumentation, recorder: Recorder): Subscription {
  const fuse = createFuse(instrumentation.name)
  const parts: { connect: Connect; begins: boolean; undo?: (() => void) | undefined }[] = []
  const connect = (name: ChannelName, handler: Handler): Connect => {
    const guarded = guardHandler(fuse, handler)
    const target = channel(name)
    return () => {
      target.subscribe(guarded)
      return () => target.unsubscribe(guarded)
    }
  }
  const part = (begins: boolean, connect: Connect): unknown => parts.push({ connect, begins })
  const begin: On = (name, handler) => part(true, connect(name, handler))
  const on: On = (name, handler) => part(false, connect(name, handler))
  const bind: Bind = (name, store) => {
    const requestOf = guardHandler(fuse, store)
    part(false, () => returnTo(name, recorder.context, requestOf))
    if (name.startsWith(OWN)) return
    const target = channel(`tracing:${name}:asyncStart`) as Channel<object | undefined, Message>
    // Of a store a channel calls `run` alone (Node 20 to 26).
    const context = recorder.context as AsyncLocalStorage<object | undefined>
    part(false, () => {
      // What cannot be told stays what it was, so that a failure of ours does not lose the request.
      target.bindStore(context, message => requestOf(message) ?? context.getStore())
      return () => target.unbindStore(context)
    })
  }

  for (const door of instrumentation.requests ?? []) part(true, () => door.open(recorder))
  for (const name of instrumentation.carries ?? []) {
    part(false, () => carryIn(name, recorder.context as Context<object | undefined>))
  }
  for (const { channel: name, note } of instrumentation.notes ?? []) on(name, note)
  for (const source of instrumentation.operations ?? []) {
    if ('channel' in source) subscribeTracing(source, recorder, begin, on, bind)
    else subscribePlain(source, recorder, begin, on)
  }
  if (instrumentation.unsent) {
    on(instrumentation.unsent, (message: never) => {
      const { call, bytes } = message as UnsentMessage
      const operation = Begun.of(call)
      if (operation) recorder.unsent(operation, bytes)
    })
  }
  for (const { channel: name, describe } of instrumentation.sockets ?? []) {
    begin(name, (message: Message) => {
      const facts = describe(message)
      if (facts) recorder.watchSockets(facts)
    })
  }
  for (const { channel: name, add } of instrumentation.logs ?? []) {
    begin(name, (message: Message) => {
      const request = recorder.context.getStore()
      if (request) add(message, recorder.traceIds(request))
    })
  }
  for (const source of instrumentation.routes ?? []) {
    if ('within' in source) subscribeParts(source, recorder, begin)
    else if ('channel' in source) subscribeRoutes(source, recorder, begin)
    else part(true, () => addRoutes(recorder, guard(fuse, source.ofRequest as RouteOf)))
  }
  const leave = (all: boolean): void => {
    for (const each of parts) {
      if (!all && !each.begins) continue
      each.undo?.()
      each.undo = undefined
    }
  }
  // In the order in which they were named: a channel may be a beginning and a mark.
  const listen = (on: boolean): void => {
    leave(on)
    if (on) for (const each of parts) each.undo = each.connect()
  }
  listen(true)
  return { listen, stop: () => leave(true) }
}

type On = (name: ChannelName, handler: Handler) => unknown
/** What is called back runs in the context of the request that the message stands for. */
type Bind = (name: string, store: (message: Message) => object | undefined) => void

/** Of channels that no library publishes, but wrap.ts alone. */
const OWN = 'perfagent:'

/** `guard` for one argument, without its rest array. */
function guardHandler<Result>(fuse: Fuse, handler: (message: never) => Result) {
  return (message: unknown): Result | undefined => {
    if (fuse.blown) return undefined
    try {
      return handler(message as never)
    } catch (error) {
      fail(fuse, error)
      return undefined
    }
  }
}

/**
 * The operation that a message, or the key of several, stands for: one stamp for all libraries, because no two have an object in
 * common. It is asked several times of each operation; stamps that share their code with others (createStamp) are looked up by
 * name each time.
 */
class Begun extends Identity {
  #operation: object | undefined

  constructor(key: object, operation: object) {
    super(key)
    this.#operation = operation
  }

  static of(key: object): object | undefined {
    return #operation in key ? key.#operation : undefined
  }

  /**
   * It ends, and nothing that comes later changes it. A library's object may live on: collections of the young generation take what a
   * WeakRef or a FinalizationRegistry of undici leads to for alive, until the old one is collected (Node 24).
   */
  static take(key: object): object | undefined {
    if (!(#operation in key)) return undefined
    const operation = key.#operation
    key.#operation = undefined
    return operation
  }

  /** Not by `in`, as in requests.ts: nearly all keys are new. */
  static put(key: object, operation: object): void {
    try {
      new Begun(key, operation)
    } catch {
      ;(key as Begun).#operation = operation
    }
  }
}

/** Of calls that no request has, or that were given up, on connections that answer in order. */
const places = createStamp<object>()
/** Ends of look-ups. */
const lookUps = createStamp<() => void>()

function subscribeTracing(source: TracingSource, recorder: Recorder, begin: On, on: On, bind: Bind): void {
  const isOver: (message: Message) => boolean = source.channel.startsWith(OWN) ? hasThrown : isSettled
  /** Who had such a connection before must not be told as its holder. */
  const outside = new WeakMap<object, Outside>()
  const end = (message: Message): void => {
    const operation = Begun.of(message)
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
    if (!source.acquires) return
    const taker = operation ?? outside.get(message)
    const connection = resultOf(message)
    if (taker && typeof connection === 'object' && connection !== null) recorder.acquired(taker, connection)
  }

  begin(`tracing:${source.channel}:start`, (message: Message) => {
    const request = recorder.context.getStore()
    const facts = request && source.describe(message)
    const operation = facts && recorder.beginOperation(request, facts)
    const connection = source.inOrder?.(message)
    const wanted = source.looksUp?.(message) ? (facts ?? source.describe(message)) : undefined
    if (wanted) lookUps.put(message, recorder.lookUp(operation, request, wanted))
    if (!operation) {
      if (source.acquires) outside.set(message, recorder.askOutside())
      if (connection)
        places.put(
          message,
          recorder.standOutside(connection, request, () => source.describe(message))
        )
      return
    }
    // A callback is still called in the context of its request, and who got a connection is its holder.
    Begun.put(message, operation)
    if (recorder.isFollowed(operation)) {
      if (connection) recorder.stand(operation, connection)
    } else if (!source.acquires) leaveAlone(message)
  })
  on(`tracing:${source.channel}:end`, (message: Message) => {
    if (isOver(message)) return end(message)
    const connection = source.opening?.(message)
    const taker = connection && (Begun.of(message) ?? outside.get(message))
    if (taker) recorder.acquired(taker, connection)
  })
  bind(source.channel, message => {
    const operation = Begun.of(message)
    return operation && recorder.requestOf(operation)
  })
  on(`tracing:${source.channel}:asyncStart`, end)
  if (source.answered) {
    on(source.answered, (message: Message) => {
      const place = places.of(message)
      if (place) recorder.leave(place, undefined)
    })
  }
  for (const [name, mark] of Object.entries(source.marks ?? {})) {
    on(name, (message: Message) => {
      const operation = Begun.of(message)
      if (operation) recorder.mark(operation, mark, undefined, undefined)
    })
  }
  if (source.unread) {
    on(source.unread, ({ call, since }: { call: object; since: number }) => {
      const operation = Begun.of(call)
      if (operation) recorder.leftUnread(operation, since)
    })
  }
}

function subscribePlain(source: PlainSource, recorder: Recorder, begin: On, on: On): void {
  const statusCode = (message: Message): number | undefined => source.statusCode?.(message)

  begin(source.start, (message: Message) => {
    const request = recorder.context.getStore()
    const facts = request && source.describe(message)
    const operation = facts && recorder.beginOperation(request, facts)
    if (!operation) return
    Begun.put(source.key(message), operation)
    source.inject?.(message, recorder.propagation(operation))
  })
  for (const [name, mark] of Object.entries(source.marks ?? {})) {
    on(name, (message: Message) => {
      const operation = Begun.of(source.key(message))
      if (operation) recorder.mark(operation, mark, statusCode(message), source.earlier?.(message))
    })
  }
  if (source.unread) {
    on(source.unread, (message: never) => {
      const operation = Begun.of(source.key(message))
      if (operation) recorder.leftUnread(operation, (message as { since: number }).since)
    })
  }
  for (const name of [...source.end, ...(source.error ? [source.error] : [])]) {
    on(name, (message: Message) => {
      const operation = Begun.take(source.key(message))
      if (operation) recorder.endOperation(operation, errorOf(message), statusCode(message))
    })
  }
}

function subscribeRoutes(source: RouteChannel, recorder: Recorder, begin: On): void {
  begin(source.channel, (message: Message) => {
    const request = recorder.context.getStore()
    const route = request && source.describe(message)
    if (route) recorder.setRoute(request, route)
  })
}

function subscribeParts(source: PartChannel, recorder: Recorder, begin: On): void {
  begin(source.channel, (message: Message) => {
    const request = recorder.context.getStore()
    const part = request && source.within(message)
    if (part) recorder.setPart(request, part)
  })
}

function addRoutes({ routes }: Recorder, routeOf: RouteOf): () => void {
  routes.add(routeOf)
  return () => routes.delete(routeOf)
}

/** At `end`: the call threw, or was synchronous. */
const isSettled = (message: Message): boolean => 'error' in message || 'result' in message

/** Of a call by wrap.ts: it threw. To ask by `in` for what is not there takes four times as long where messages have many shapes. */
const hasThrown = (message: { error?: unknown }): boolean => message.error !== undefined

const errorOf = (message: { error?: unknown }): unknown => message.error
const resultOf = (message: { result?: unknown }): unknown => message.result
