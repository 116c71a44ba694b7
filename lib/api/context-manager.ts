// Which Context is active: that of the innermost `context.with`, as long as the work still belongs to the same request, else one
// with the request's own span. Main thread, inside the application's stack.
//
// The request itself stays in the recorder's context; the one here is used only by those who call `context.with`. A
// context whose span belongs to another request that still runs takes its work there, and suppressed work belongs to none.

import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import type { Context, ContextManager } from '@opentelemetry/api'
import type { Context as Requested } from '../hook/recorder.js'
import { apply } from '../process/builtins.js'
import type { Request } from '../record/request.js'
import { isContext, isSuppressed, ROOT, spanIn } from './context.js'
import { harden } from './harden.js'
import { liveSpanOf } from './span.js'

interface Frame {
  request: Request | undefined
  context: Context
}

export interface Requests {
  current: Requested<Request>
  contextOf(request: Request): Context
}

type Call = (...args: unknown[]) => unknown
const LISTENING = ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'] as const
const LEAVING = ['off', 'removeListener'] as const

export function createContextManager({ current, contextOf }: Requests): ContextManager {
  const frames = new AsyncLocalStorage<Frame | undefined>()

  function requestIn(context: Context): Request | undefined {
    if (isSuppressed(context)) return undefined
    const request = liveSpanOf(spanIn(context))?.request
    return request?.status === 'running' ? request : current.getStore()
  }

  const manager: ContextManager & { attach(context: Context): { dispose(): void } } = {
    active() {
      const request = current.getStore()
      const frame = frames.getStore()
      if (frame && frame.request === request) return frame.context
      return request ? contextOf(request) : ROOT
    },

    with: (given, fn, thisArg, ...args) => runIn(given, fn as unknown as Call, thisArg, args) as never,

    bind(context, target) {
      if (target instanceof EventEmitter) return bindEmitter(context, target) as typeof target
      return typeof target === 'function' ? (bindFunction(context, target as unknown as Call) as typeof target) : target
    },

    /** Of the API from 1.10 on. */
    attach(given) {
      const context = isContext(given) ? given : manager.active()
      const frame = frames.getStore()
      const request = current.getStore()
      const wanted = requestIn(context)
      frames.enterWith({ request: wanted, context })
      if (wanted !== request) current.enterWith(wanted as Request)
      return {
        dispose() {
          frames.enterWith(frame)
          if (wanted !== request) current.enterWith(request as Request)
        }
      }
    },

    enable: () => manager,
    disable: () => manager
  }

  /** What is no context changes none; what `fn` throws is the application's. */
  function runIn(given: unknown, fn: Call, self: unknown, args: unknown[]): unknown {
    if (typeof fn !== 'function') return undefined
    const context = isContext(given) ? given : manager.active()
    const request = requestIn(context)
    const call = (): unknown => apply(fn, self, args)
    const framed = (): unknown => frames.run({ request, context }, call)
    return request === current.getStore() ? framed() : current.run(request as Request, framed)
  }

  function bindFunction(context: Context, target: Call): Call {
    const bound = function (this: unknown, ...args: unknown[]): unknown {
      return runIn(context, target, this, args)
    }
    return Object.defineProperty(bound, 'length', { value: target.length, configurable: true })
  }

  const boundEmitters = new WeakSet<EventEmitter>()

  /** Its listeners run in the context from now on; they are taken off by their own name. The first context holds, as in the SDK. */
  function bindEmitter(context: Context, emitter: EventEmitter): EventEmitter {
    if (boundEmitters.has(emitter)) return emitter
    boundEmitters.add(emitter)
    const bound = new WeakMap<Call, Call>()
    const holder: Record<string, Call> = emitter as EventEmitter & Record<string, Call>
    // `once` calls `on` with a listener of its own, by which Node finds the one to take off: that must stay as it is.
    let isListening = false
    for (const name of LISTENING) {
      const original = holder[name]!
      holder[name] = (event, listener) => {
        if (isListening || typeof listener !== 'function') return apply(original, emitter, [event, listener])
        const known = bound.get(listener as Call) ?? bindFunction(context, listener as Call)
        bound.set(listener as Call, known)
        isListening = true
        try {
          return apply(original, emitter, [event, known])
        } finally {
          isListening = false
        }
      }
    }
    for (const name of LEAVING) {
      const original = holder[name]!
      holder[name] = (event, listener) => apply(original, emitter, [event, bound.get(listener as Call) ?? listener])
    }
    return emitter
  }

  return harden(manager, { active: () => ROOT, attach: () => ({ dispose() {} }), bind: (_context, target) => target })
}
