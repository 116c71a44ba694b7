// Keeps Node's ticks as fast as they are at first. Main thread and workers.
//
// `process.nextTick` makes an object with computed keys, and V8 remembers the one shape that each of its stores has met (Node 20 to
// 26; Runtime_DefineKeyedOwnPropertyInLiteral). Shapes that no object has are collected, as in a service that waits for a while; the
// next tick makes them anew, which V8 takes for further shapes, and from then on each tick of the process goes through V8's runtime,
// with an agent or without: 0.9 to 1.4 µs instead of 0.2 to 0.5, several times a request. A tick that is held keeps them alive.
//
// Not before the thread has a socket or a server: a hook of the application's, set by its first line, would see a tick run that it
// never saw begin, and 49 of Node's own tests failed for that. A service that makes many ticks before, and meets a collection
// in between, has them as slow as Node has.

import { executionAsyncResource } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { createFuse, guard } from './guard.js'

/** Published by Node when a socket is made that will connect. */
const CONNECTS = 'net.client.socket'

const fuse = createFuse('holding a tick')
let held: Record<symbol, unknown> | undefined

/** The thread's first connection does it. Returns the undo. */
export function holdTickOnConnect(): () => void {
  const connects = channel(CONNECTS)
  const hold = guard(fuse, () => {
    connects.unsubscribe(hold)
    holdTick()
  })
  connects.subscribe(hold)
  return () => connects.unsubscribe(hold)
}

/** The first call does it. */
export function holdTick(): void {
  if (held) return
  held = {}
  const hold = guard(fuse, () => {
    held = executionAsyncResource() as Record<symbol, unknown>
    // Whatever was current when it was begun: a request, and what the application's own storages hold.
    for (const key of Object.getOwnPropertySymbols(held)) if (typeof held[key] === 'object') held[key] = undefined
  })
  process.nextTick(() => hold())
}
