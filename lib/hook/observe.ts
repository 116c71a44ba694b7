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
