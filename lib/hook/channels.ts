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
    if (isOwn(name)) return
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
  if (instrumentation.unsent) subscribeUnsent(instrumentation.unsent, recorder, on)
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
