// How the callback of a wrapped method comes back into the context of the request that called it. Main thread, inside the
// application's stack. Kept by the method's channel, whose subscriber (channels.ts) says which request that is.
//
// A function and no store bound to the channel: `runStores` makes closures up to Node 24, and DisposableStacks on Node 26, also where the
// context is right already, as it is for the callback of a pool with a free connection. A call with its callback takes 123 to 153, 100 and
// 100 ns there (Node 20, 24, 26, hot loop), by `runStores` 203, 156 and 930; from another context 217, 374 and 392 instead of 274, 412
// and 916.

import { apply } from '../process/builtins.js'
import type { Context } from './recorder.js'
import type { Callable } from './replace.js'

export interface Return {
  run(message: object, callback: Callable, self: unknown, args: unknown[]): unknown
}

const straight: Return['run'] = (_message, callback, self, args) => apply(callback, self, args)
const known = new Map<string, Return>()

/** One for each channel, whether its method or its subscriber is there first. */
export function returnOf(channel: string): Return {
  const found = known.get(channel) ?? { run: straight }
  known.set(channel, found)
  return found
}

/** `requestOf` must not throw; undefined: the message stands for none. Returns the undo. */
export function returnTo<Request extends object>(
  channel: string,
  context: Context<Request>,
  requestOf: (message: object) => Request | undefined
): () => void {
  const back = returnOf(channel)
  const run: Return['run'] = (message, callback, self, args) => {
    const request = requestOf(message)
    if (!request || context.getStore() === request) return apply(callback, self, args)
    return context.run(request, apply, callback, self, args)
  }
  back.run = run
  return () => {
    if (back.run === run) back.run = straight
  }
}
