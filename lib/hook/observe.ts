// Looking at calls as they pass, where a library tells what happens by a method of its own (`emit`). Main thread, inside the
// application's stack: what looks is guarded, and the call goes on as it came.

import { createFuse, guard } from './guard.js'
import { wrapFunction } from './wrap.js'

/** Calls `look` before each call of `holder[name]`. */
export function observeCalls(
  holder: object,
  name: string,
  instrumentation: string,
  look: (self: object, args: unknown[]) => void
): boolean {
  const guarded = guard(createFuse(instrumentation), look)
  return wrapFunction(
    holder,
    name,
    original =>
      function (this: unknown, ...args: unknown[]) {
        guarded(this as object, args)
        return original.apply(this, args)
      }
  )
}

/** Calls `look` before each `emit` of one event; the others pass with a comparison (a response emits three, or more). */
export function observeEvent(
  prototype: object,
  event: string,
  instrumentation: string,
  look: (self: object) => void
): boolean {
  const guarded = guard(createFuse(instrumentation), look)
  return wrapFunction(
    prototype,
    'emit',
    emit =>
      function (this: unknown, ...args: unknown[]) {
        if (args[0] === event) guarded(this as object)
        return emit.apply(this, args)
      }
  )
}
