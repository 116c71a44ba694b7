// Handlers of `bluebird` 3.7: they are called from a queue of its own, in the context of whoever was the first to put one there, so
// that calls of one request were told in the report of another.
//
// All that it keeps to call it later (of `then`, `map`, `reduce`, `join`) passes `contextBind` of its utilities, where its own option
// `asyncHooks` works. That one is not switched on: it makes an AsyncResource of each handler, and changes what the storages of the
// application say. `Promise.coroutine` goes on by itself, past that door. Up to 3.6 there is none.

import { apply, carrierOf, createStamp, type Instrumentation, observeCalls, wrapFunction } from '../lib/hook/index.js'

const carrier = carrierOf('perfagent:bluebird:handler')

export const bluebird: Instrumentation = {
  name: 'bluebird',
  supports: 'handlers of `bluebird` 3.7',
  carries: ['perfagent:bluebird:handler'],
  patches: [{ module: 'bluebird', file: 'js/release/util.js', versions: '>=3.7 <4', apply: patchUtilities }]
}

/** The library knows its own by themselves: one for each copy of it. */
const own = createStamp<true>()

function patchUtilities(utilities: object): void {
  observeCalls(utilities, 'setReflectHandler', 'bluebird', (_utilities, [handler]) => own.put(handler as object, true))
  wrapFunction(
    utilities,
    'contextBind',
    original =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          const handler = apply(original, this, args)
          return typeof handler === 'function' && !own.of(handler) ? carrier.bind(handler as typeof original) : handler
        }
      }).replacement
  )
}
