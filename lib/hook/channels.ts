// Turns the channels that instrumentations name into calls of the recorder. Main thread, inside the application's stack:
// every handler is guarded, and all handlers of one instrumentation share a fuse.
//
// An operation that begins outside any request is not recorded: the recorder returns undefined and nothing is kept.

import type { AsyncLocalStorage } from 'node:async_hooks'
import { type Channel, channel } from 'node:diagnostics_channel'
import type { OperationFacts } from '../types.js'
import { createFuse, type Fuse, guard } from './guard.js'
import type {
  Instrumentation,
  PlainSource,
  RequestFacts,
  RequestOutcome,
  RequestSource,
  RouteSource,
  TracingSource
} from './instrumentation.js'

/** What the hooks tell; lib/record implements it. `Request` and `Operation` are opaque here. */
export interface Recorder<Request extends object = object, Operation extends object = object> {
  context: AsyncLocalStorage<Request>
  /** `key` is the object by which later messages name it. */
  beginRequest(key: object, facts: RequestFacts): Request
  requestBy(key: object): Request | undefined
  /** The handlers have returned: the request's first turn is over. */
  endFirstTurn(request: Request): void
  endRequest(request: Request, outcome: RequestOutcome): void
  setRoute(request: Request, route: string): void
  /** Undefined outside a request. */
  beginOperation(facts: OperationFacts): Operation | undefined
  mark(operation: Operation, name: string, statusCode: number | undefined): void
  endOperation(operation: Operation, error: unknown, statusCode: number | undefined): void
  requestOf(operation: Operation): Request
  /** The request of this pool wait holds the connection from now on. */
  acquired(operation: Operation, connection: object): void
  /** Headers by which a peer joins the trace; [] for none. */
  propagation(operation: Operation): [header: string, value: string][]
}

type Handler = (message: never) => void
/** Describers are typed `never`: what they are given is known to the library alone. */
type Message = never

/** Subscribes everything that an instrumentation names; returns the undo. */
export function subscribe(instrumentation: Instrumentation, recorder: Recorder): () => void {
  const fuse = createFuse(instrumentation.name)
  const undo: (() => void)[] = []
  const on = (name: string, handler: Handler): void => {
    const guarded = guard(fuse, handler as (message: unknown) => void)
    const target = channel(name)
    target.subscribe(guarded)
    undo.push(() => target.unsubscribe(guarded))
  }
  const bind = (name: string, store: (message: Message) => object | undefined): void => {
    const target = channel(name) as Channel<object, Message>
    target.bindStore(recorder.context, guardedStore(fuse, recorder, store) as (message: Message) => object)
    undo.push(() => target.unbindStore(recorder.context))
  }

  for (const source of instrumentation.requests ?? []) subscribeRequests(source, recorder, on, bind)
  for (const source of instrumentation.operations ?? []) {
    if ('channel' in source) subscribeTracing(source, recorder, on, bind)
    else subscribePlain(source, recorder, on)
  }
  for (const source of instrumentation.routes ?? []) subscribeRoutes(source, recorder, on)
  return () => {
    for (const step of undo) step()
  }
}

type On = (name: string, handler: Handler) => void
type Bind = (name: string, store: (message: Message) => object | undefined) => void

/** A store that cannot be told stays what it was, so that a failure of ours does not lose the request. */
function guardedStore(fuse: Fuse, recorder: Recorder, store: (message: Message) => object | undefined) {
  const guarded = guard(fuse, store)
  return (message: Message): object | undefined => guarded(message) ?? recorder.context.getStore()
}

function subscribeRequests(source: RequestSource, recorder: Recorder, on: On, bind: Bind): void {
  bind(source.start, message => {
    const key = source.key(message)
    const known = recorder.requestBy(key)
    if (known) return known
    const facts = source.describe(message)
    return facts && recorder.beginRequest(key, facts)
  })
  if (source.returned) {
    on(source.returned, message => {
      const request = recorder.requestBy(source.key(message))
      if (request) recorder.endFirstTurn(request)
    })
  }
  for (const name of source.end) {
    on(name, message => {
      const request = recorder.requestBy(source.key(message))
      if (request) recorder.endRequest(request, source.outcome(message))
    })
  }
}

function subscribeTracing(source: TracingSource, recorder: Recorder, on: On, bind: Bind): void {
  const operations = new WeakMap<object, object>()
  const end = (message: Message): void => {
    const operation = operations.get(message)
    if (!operation) return
    recorder.endOperation(operation, errorOf(message), undefined)
    const connection = source.acquired?.(message)
    if (connection) recorder.acquired(operation, connection)
  }

  on(`tracing:${source.channel}:start`, (message: Message) => {
    if (!recorder.context.getStore()) return
    const facts = source.describe(message)
    const operation = facts && recorder.beginOperation(facts)
    if (operation) operations.set(message, operation)
  })
  on(`tracing:${source.channel}:end`, (message: Message) => {
    if ('error' in message || 'result' in message) end(message)
  })
  bind(`tracing:${source.channel}:asyncStart`, message => {
    const operation = operations.get(message)
    return operation && recorder.requestOf(operation)
  })
  on(`tracing:${source.channel}:asyncStart`, end)
}

function subscribePlain(source: PlainSource, recorder: Recorder, on: On): void {
  const operations = new WeakMap<object, object>()
  const statusCode = (message: Message): number | undefined => source.statusCode?.(message)

  on(source.start, (message: Message) => {
    if (!recorder.context.getStore()) return
    const facts = source.describe(message)
    const operation = facts && recorder.beginOperation(facts)
    if (!operation) return
    operations.set(source.key(message), operation)
    source.inject?.(message, recorder.propagation(operation))
  })
  for (const [name, mark] of Object.entries(source.marks ?? {})) {
    on(name, (message: Message) => {
      const operation = operations.get(source.key(message))
      if (operation) recorder.mark(operation, mark, statusCode(message))
    })
  }
  for (const name of [...source.end, ...(source.error ? [source.error] : [])]) {
    on(name, (message: Message) => {
      const operation = operations.get(source.key(message))
      if (operation) recorder.endOperation(operation, errorOf(message), statusCode(message))
    })
  }
}

function subscribeRoutes(source: RouteSource, recorder: Recorder, on: On): void {
  on(source.channel, (message: Message) => {
    const request = source.key ? recorder.requestBy(source.key(message)) : recorder.context.getStore()
    const route = request && source.describe(message)
    if (route) recorder.setRoute(request, route)
  })
}

const errorOf = (message: { error?: unknown }): unknown => message.error
