// Looking at calls as they pass, where a library tells what happens by a method of its own (`emit`). Main thread, inside the
// application's stack: what looks is guarded, and the call goes on as it came.

import { apply } from '../process/builtins.js'
import { createFuse, type Fuse, fail } from './guard.js'
import { type Callable, wrapFunction } from './replace.js'

/** Calls `look` before each call of `holder[name]`, which is then made by `pass`. */
export function observeCalls(
  holder: object,
  name: PropertyKey,
  instrumentation: string,
  look: (self: object, args: unknown[]) => void,
  pass: (call: Callable, self: object, args: unknown[]) => unknown = apply
): boolean {
  const fuse = createFuse(instrumentation)
  return wrapFunction(
    holder,
    name,
    original =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          guardLook(fuse, look, this as object, args)
          return pass(original, this as object, args)
        }
      }).replacement
  )
}

/** For a look that reads none. Arguments that are only passed on are never made into an array. */
const NOTHING: unknown[] = []

/** Also looks when the call has returned. `look` must not throw. */
export const thenLook =
  (look: () => void) =>
  (call: Callable, self: object, args: unknown[]): unknown => {
    const result = apply(call, self, args)
    look()
    return result
  }

/** Calls `look` after each call of `holder[name]` that returned `wanted`. */
export function observeReturns(
  holder: object,
  name: string,
  instrumentation: string,
  wanted: unknown,
  look: (self: object) => void
): boolean {
  const fuse = createFuse(instrumentation)
  return wrapFunction(
    holder,
    name,
    original =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          const result = apply(original, this, args)
          if (result === wanted) guardLook(fuse, look, this as object, NOTHING)
          return result
        }
      }).replacement
  )
}

/** Calls the look of an event before its `emit`. Other events (a response emits three, or more) cost the comparison of their name. */
export function observeEvents(
  prototype: object,
  instrumentation: string,
  looks: Record<string, (self: object) => void>
): boolean {
  const fuse = createFuse(instrumentation)
  const events: unknown[] = Object.keys(looks)
  const lookOf = Object.values(looks)
  return wrapFunction(
    prototype,
    'emit',
    emit =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          const event = args[0]
          for (let i = 0; i < events.length; i++) {
            if (events[i] === event) guardLook(fuse, lookOf[i]!, this as object, NOTHING)
          }
          return apply(emit, this, args)
        }
      }).replacement
  )
}

/** `guard` without a closure and a rest array: what is looked at here comes several times in each request. */
function guardLook(fuse: Fuse, look: (self: object, args: unknown[]) => void, self: object, args: unknown[]): void {
  if (fuse.blown) return
  try {
    look(self, args)
  } catch (error) {
    fail(fuse, error)
  }
}
