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

/** Calls `look` after each call of `holder[name]` that returned `wanted`. */
export function observeReturns(
  holder: object,
  name: string,
  instrumentation: string,
  wanted: unknown,
  look: (self: object) => void
): boolean {
  const guarded = guard(createFuse(instrumentation), look)
  return wrapFunction(
    holder,
    name,
    original =>
      function (this: unknown, ...args: unknown[]) {
        const result = original.apply(this, args)
        if (result === wanted) guarded(this as object)
        return result
      }
  )
}

/** Calls what is told of an event before its `emit`; the others pass with a look into a table (a response emits three, or more). */
export function observeEvents(
  prototype: object,
  instrumentation: string,
  looks: Record<string, (self: object) => void>
): boolean {
  const fuse = createFuse(instrumentation)
  const guarded = new Map<unknown, (self: object) => void>(
    Object.entries(looks).map(([event, look]) => [event, guard(fuse, look)])
  )
  return wrapFunction(
    prototype,
    'emit',
    emit =>
      function (this: unknown, ...args: unknown[]) {
        guarded.get(args[0])?.(this as object)
        return emit.apply(this, args)
      }
  )
}
