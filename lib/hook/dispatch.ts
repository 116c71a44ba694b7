// Brings calls of undici back to the request that made them, where they leave later and in the context of another request. Main thread,
// inside the application's stack. There are two kinds: calls that wait in a queue, and calls that are made again.
//
// A Pool whose connections are all busy keeps calls, and publishes `create` when one leaves its queue: late, and in the context of the
// request that opened the connection. So `dispatch` is patched: of a call that is not published at once it notes when that was made, and
// later sends it on in its own context, as 8.12 does itself.
//
// RetryHandler and RedirectHandler make a call again when they have heard of its end, in the context of whoever opened the connection. They
// do so by a function that their constructors keep in the property `dispatch` (6.0 to 8.13). Whatever is put there is bound to the context
// of that moment. That one place serves RetryAgent, both interceptors and `maxRedirections`, in whatever order they are composed, and calls
// without them pay nothing. The built-in fetch follows redirections in its caller's context itself.

import { AsyncResource } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { apply } from '../process/builtins.js'
import { now } from '../process/clock.js'
import { carrierOf } from './carrier.js'
import { createFuse, guard } from './guard.js'
import { type Callable, wrapFunction } from './replace.js'
import { lastBehind, type Queued } from './undici-pools.js'

const create = channel('undici:request:create')
/** Tells a call that waits: itself where it is told already (undici's Request), else what `callNow` gives when it is. */
export const QUEUED = 'perfagent:undici:queued'
const queued = channel(QUEUED)

/** A call on its way through dispatchers: from an Agent to a Pool to a Client. */
interface Call {
  start: number
  isTold: boolean
  /** Options and handler, as the innermost dispatcher so far got them: of either there may be one for all calls. */
  args: [options: object, handler: object]
  /** The innermost dispatcher so far. */
  by?: Queued['by']
  context?: AsyncResource
}

let underWay: Call | undefined
/** By handler and options. */
const keptBack = new WeakMap<object, WeakMap<object, Call>>()

/** The start of the call under way, which is now told. */
export function toldNow(): number | undefined {
  if (underWay) underWay.isTold = true
  return underWay?.start
}

/** What stands for the call under way. */
export const callNow = (): object | undefined => underWay

export function patchDispatch(DispatcherBase: { prototype: object }): void {
  wrapFunction(
    DispatcherBase.prototype,
    'dispatch',
    dispatch =>
      function (this: unknown, ...args: unknown[]) {
        const options = args[0]
        const handler = args[1]
        if (!create.hasSubscribers || !isObject(options) || !isObject(handler)) return apply(dispatch, this, args)
        const waiting = waitingOf(options, handler)
        if (underWay && !underWay.isTold && !waiting) {
          underWay.args = [options, handler]
          underWay.by = this as Queued['by']
          return apply(dispatch, this, args)
        }
        const call = waiting ?? begin(options, handler)
        if (!call) return apply(dispatch, this, args)
        call.by = this as Queued['by']
        const outer = underWay
        underWay = call
        try {
          return call.context
            ? call.context.runInAsyncScope(apply, undefined, dispatch, this, args)
            : apply(dispatch, this, args)
        } finally {
          underWay = outer
          settle(call)
        }
      }
  )
}

/** Not by `instanceof`: all objects of a test in Jest are of another realm. */
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const fuse = createFuse('undici')

const waitingOf = guard(fuse, (options: object, handler: object) => keptBack.get(handler)?.get(options))

const begin = guard(
  fuse,
  (options: object, handler: object): Call => ({
    start: now(),
    isTold: false,
    args: [options, handler]
  })
)

const settle = guard(fuse, (call: Call): void => {
  if (call.isTold) forget(call)
  else keep(call)
  const { by } = call
  const behind = call.isTold && by ? lastBehind(by) : undefined
  if (behind) queued.publish({ by, call: behind })
})

function keep(call: Call): void {
  const [options, handler] = call.args
  if (!call.context) {
    call.context = new AsyncResource('PERFAGENT_QUEUED')
    if (call.by) queued.publish({ by: call.by, call })
  }
  keptBack.set(handler, (keptBack.get(handler) ?? new WeakMap()).set(options, call))
}

function forget({ args: [options, handler] }: Call): void {
  keptBack.get(handler)?.delete(options)
}

/** Name of the carrier that brings a call which is made again into the request of the first one. */
export const AGAIN = 'perfagent:undici:again'
const again = carrierOf(AGAIN)

export function carryAgain({ prototype }: { prototype: object }): void {
  if ('dispatch' in prototype) return
  Object.defineProperty(prototype, 'dispatch', {
    configurable: true,
    set(this: object, dispatch: unknown) {
      const value = typeof dispatch === 'function' ? again.bind(dispatch as Callable) : dispatch
      Object.defineProperty(this, 'dispatch', { value, configurable: true, enumerable: true, writable: true })
    }
  })
}
