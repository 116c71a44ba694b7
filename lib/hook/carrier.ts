// Some libraries keep callbacks in a queue of their own, and call all of them in the context of whoever put the first one there. A carrier
// brings each callback back into the request in which it was handed over. Main thread, inside the application's stack.
//
// The library's file and channels.ts meet by the carrier's name, as they do in return.ts. Storages of the application's own are left alone.

import { apply } from '../process/builtins.js'
import type { Context } from './recorder.js'
import type { Callable } from './replace.js'

export interface Carrier {
  bind(callback: Callable): Callable
}

const asItIs: Carrier['bind'] = callback => callback
const known = new Map<string, Carrier>()

/** One for each name, whether its library or its subscriber is there first. */
export function carrierOf(name: string): Carrier {
  const found = known.get(name) ?? { bind: asItIs }
  known.set(name, found)
  return found
}

/** What is handed over outside any request runs in none. Returns the undo. */
export function carryIn(name: string, context: Context<object | undefined>): () => void {
  const carrier = carrierOf(name)
  const bind: Carrier['bind'] = callback => {
    const request = context.getStore()
    return function (this: unknown, ...args) {
      if (context.getStore() === request) return apply(callback, this, args)
      return context.run(request, apply, callback, this, args)
    }
  }
  carrier.bind = bind
  return () => {
    if (carrier.bind === bind) carrier.bind = asItIs
  }
}
