// Subscribes to all that an instrumentation names: requests, operations, routes, logs, sockets. Main thread, inside the application's
// stack. What messages mean for an operation is in operations.ts.
//
// Kept true: every handler is guarded, and all handlers of one instrumentation share a fuse.

import type { AsyncLocalStorage } from 'node:async_hooks'
import { type Channel, channel } from 'node:diagnostics_channel'
import { carryIn } from './carrier.js'
import { createFuse, type Fuse, fail, guard } from './guard.js'
import type { ChannelName, Instrumentation, PartChannel, RouteChannel } from './instrumentation.js'
import {
  type Bind,
  type Handler,
  isOwn,
  type Message,
  type On,
  subscribePlain,
  subscribeTracing,
  subscribeUnsent
} from './operations.js'
import type { Context, Recorder, RouteOf } from './recorder.js'
import { returnTo } from './return.js'

export interface Subscription {
  /** False: nothing begins any more, and what has begun still ends. */
  listen(on: boolean): void
  stop(): void
}

/** Connects, and returns the undo. */
type Connect = () => () => void

interface Part {
  /** It begins something; others are needed for what has begun. */
  begins: boolean
  connect: Connect
  /** While it is connected. */
  undo?: (() => void) | undefined
}

/** Subscribes everything that an instrumentation names. */
export function subscribe(instrumentation: Instrumentation, recorder: Recorder): Subscription {
  const fuse = createFuse(instrumentation.name)
  const parts: Part[] = []
  const addPart = (begins: boolean, connect: Connect): unknown => parts.push({ begins, connect })
  const hear = (name: ChannelName, handler: Handler): Connect => {
    const guarded = guardHandler(fuse, handler)
    const target = channel(name)
    return () => {
      target.subscribe(guarded)
      return () => target.unsubscribe(guarded)
    }
  }
  const begin: On = (name, handler) => addPart(true, hear(name, handler))
  const on: On = (name, handler) => addPart(false, hear(name, handler))
  const bind: Bind = (name, find) => {
    const requestOf = guardHandler(fuse, find)
    addPart(false, () => returnTo(name, recorder.context, requestOf))
    if (isOwn(name)) return
    const target = channel(`tracing:${name}:asyncStart`) as Channel<object | undefined, Message>
    // Of a store a channel calls `run` alone (Node 20 to 26).
    const context = recorder.context as AsyncLocalStorage<object | undefined>
    addPart(false, () => {
      // What cannot be told stays what it was, so that a failure of ours does not lose the request.
      target.bindStore(context, message => requestOf(message) ?? context.getStore())
      return () => target.unbindStore(context)
    })
  }

  for (const door of instrumentation.requests ?? []) addPart(true, () => door.open(recorder))
  for (const name of instrumentation.carries ?? []) {
    addPart(false, () => carryIn(name, recorder.context as Context<object | undefined>))
  }
  for (const { channel: name, note } of instrumentation.notes ?? []) on(name, note)
  for (const source of instrumentation.operations ?? []) {
    if ('channel' in source) subscribeTracing(source, recorder, begin, on, bind)
    else subscribePlain(source, recorder, begin, on)
  }
  if (instrumentation.unsent) subscribeUnsent(instrumentation.unsent, recorder, on)
  for (const { channel: name, connection } of instrumentation.takes ?? []) {
    begin(name, (message: Message) => recorder.took(recorder.context.getStore(), connection(message)))
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
    else addPart(true, () => addRoutes(recorder, guard(fuse, source.ofRequest as RouteOf)))
  }

  const disconnect = (part: Part): void => {
    part.undo?.()
    part.undo = undefined
  }
  const listen = (on: boolean): void => {
    for (const part of parts) if (on || part.begins) disconnect(part)
    // All anew, in the order in which they were named: a channel may be a beginning and a mark.
    if (on) for (const part of parts) part.undo = part.connect()
  }
  listen(true)
  return { listen, stop: () => parts.forEach(disconnect) }
}

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
