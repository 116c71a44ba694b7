// Turns what instrumentations name into calls of the recorder. Main thread, inside the application's stack:
// every handler is guarded, and all handlers of one instrumentation share a fuse.
//
// An operation that begins outside any request is not even described.

import { type Channel, channel } from 'node:diagnostics_channel'
import { createFuse, type Fuse, fail, guard } from './guard.js'
import type { Instrumentation, PlainSource, RouteChannel, TracingSource } from './instrumentation.js'
import type { Recorder, RouteOf } from './recorder.js'
import { createStamp } from './stamp.js'

type Handler = (message: never) => void
/** Describers are typed `never`: what they are given is known to the library alone. */
type Message = never

/** Subscribes everything that an instrumentation names; returns the undo. */
export function subscribe(instrumentation: Instrumentation, recorder: Recorder): () => void {
  const fuse = createFuse(instrumentation.name)
  const undo: (() => void)[] = []
  const on = (name: string, handler: Handler): void => {
    const guarded = guardHandler(fuse, handler)
    const target = channel(name)
    target.subscribe(guarded)
    undo.push(() => target.unsubscribe(guarded))
  }
  const bind = (name: string, store: (message: Message) => object | undefined): void => {
    const target = channel(name) as Channel<object, Message>
    target.bindStore(recorder.context, guardedStore(fuse, recorder, store) as (message: Message) => object)
    undo.push(() => target.unbindStore(recorder.context))
  }

  for (const door of instrumentation.requests ?? []) undo.push(door.open(recorder))
  for (const source of instrumentation.operations ?? []) {
    if ('channel' in source) subscribeTracing(source, recorder, on, bind)
    else subscribePlain(source, recorder, on)
  }
  for (const { channel: name, add } of instrumentation.logs ?? []) {
    on(name, (message: Message) => {
      const request = recorder.context.getStore()
      if (request) add(message, recorder.traceIds(request))
    })
  }
  for (const source of instrumentation.routes ?? []) {
    if ('channel' in source) subscribeRoutes(source, recorder, on)
    else undo.push(addRoutes(recorder, guard(fuse, source.ofRequest as RouteOf)))
  }
  return () => {
    for (const step of undo) step()
  }
}

type On = (name: string, handler: Handler) => void
type Bind = (name: string, store: (message: Message) => object | undefined) => void

/** `guard` for one argument, without its rest array. */
function guardHandler(fuse: Fuse, handler: Handler): (message: unknown) => void {
  return message => {
    if (fuse.blown) return
    try {
      handler(message as never)
    } catch (error) {
      fail(fuse, error)
    }
  }
}

/** A store that cannot be told stays what it was, so that a failure of ours does not lose the request. */
function guardedStore(fuse: Fuse, recorder: Recorder, store: (message: Message) => object | undefined) {
  return (message: Message): object | undefined => {
    try {
      const request = fuse.blown ? undefined : store(message)
      if (request) return request
    } catch (error) {
      fail(fuse, error)
    }
    return recorder.context.getStore()
  }
}

function subscribeTracing(source: TracingSource, recorder: Recorder, on: On, bind: Bind): void {
  const operations = createStamp<object>()
  const end = (message: Message): void => {
    const operation = operations.of(message)
    if (!operation) return
    recorder.endOperation(operation, errorOf(message), undefined)
    const connection = source.acquired?.(message)
    if (connection) recorder.acquired(operation, connection)
  }

  on(`tracing:${source.channel}:start`, (message: Message) => {
    const request = recorder.context.getStore()
    const facts = request && source.describe(message)
    const operation = facts && recorder.beginOperation(request, facts)
    if (operation) operations.put(message, operation)
  })
  on(`tracing:${source.channel}:end`, (message: Message) => {
    if ('error' in message || 'result' in message) end(message)
  })
  bind(`tracing:${source.channel}:asyncStart`, message => {
    const operation = operations.of(message)
    return operation && recorder.requestOf(operation)
  })
  on(`tracing:${source.channel}:asyncStart`, end)
}

function subscribePlain(source: PlainSource, recorder: Recorder, on: On): void {
  const operations = createStamp<object>()
  const statusCode = (message: Message): number | undefined => source.statusCode?.(message)

  on(source.start, (message: Message) => {
    const request = recorder.context.getStore()
    const facts = request && source.describe(message)
    const operation = facts && recorder.beginOperation(request, facts)
    if (!operation) return
    operations.put(source.key(message), operation)
    source.inject?.(message, recorder.propagation(operation))
  })
  for (const [name, mark] of Object.entries(source.marks ?? {})) {
    on(name, (message: Message) => {
      const operation = operations.of(source.key(message))
      if (operation) recorder.mark(operation, mark, statusCode(message))
    })
  }
  for (const name of [...source.end, ...(source.error ? [source.error] : [])]) {
    on(name, (message: Message) => {
      const operation = operations.of(source.key(message))
      if (operation) recorder.endOperation(operation, errorOf(message), statusCode(message))
    })
  }
}

function subscribeRoutes(source: RouteChannel, recorder: Recorder, on: On): void {
  on(source.channel, (message: Message) => {
    const request = recorder.context.getStore()
    const route = request && source.describe(message)
    if (route) recorder.setRoute(request, route)
  })
}

function addRoutes({ routes }: Recorder, routeOf: RouteOf): () => void {
  routes.add(routeOf)
  return () => routes.delete(routeOf)
}

const errorOf = (message: { error?: unknown }): unknown => message.error
