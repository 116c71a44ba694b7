// Makes a library's method publish a tracing channel, as the library itself does in newer versions. This is the one place where the end
// of a call is detected (callback, promise, synchronous throw): each ending made by hand is one more chance to change the application.
// Main thread, inside the application's stack.
//
// Kept true: results, errors, `this`, the number of arguments, and `unhandledRejection`. A native promise is replaced by one that is
// derived from it, because to observe it with `then(end, end)` would make its rejection count as handled. Anything else that has a `then`
// is left alone, because to call that may run a query; such a call ends when it returns, unless an `Ending` knows better.

import { AsyncResource } from 'node:async_hooks'
import { type Channel, channel } from 'node:diagnostics_channel'
import { apply, getOwnPropertyNames, getPrototypeOf, PlainPromise } from '../process/builtins.js'
import { createFuse, fail, guard } from './guard.js'
import { isLeftAlone } from './left-alone.js'
import { type Callable, wrapFunction } from './replace.js'
import { type Return, returnOf } from './return.js'
import { type End, endAtPromise } from './run-to-end.js'

/** Messages of wrapped methods, as Node's TracingChannel has them. */
interface Message {
  result?: unknown
  error?: unknown
}

/**
 * Says when a call that returned `result` has ended, where callback and promise do not tell (a Submittable, an emitter).
 * Returns false when this result is none of its kind. `message` is what the call was described by.
 */
export type Ending<Described> = (
  result: unknown,
  args: unknown[],
  end: (error?: unknown) => void,
  message: Described
) => boolean

/**
 * Sees to it that `end` is called when the call is over. It runs before the call, for a library whose objects may have ended
 * when the call returns, and it may replace arguments. Returns true when nothing else ends the call: its promise is then
 * returned as it is; else the promise ends it too, if it settles first. Without `end` nobody waits for it.
 */
export type Watch<Self> = (
  self: Self,
  args: unknown[],
  end: ((error?: unknown) => void) | undefined,
  message: object
) => boolean

/** Makes `holder[name]` publish `tracing:channelName:*` with the message that `describe` returns (undefined: nothing). */
export function wrapMethod<Self, Described extends object = object>(
  holder: object,
  name: string,
  channelName: string,
  describe: (self: Self, args: unknown[]) => Described | undefined,
  ending?: Ending<Described>
): boolean {
  const channels = tracingChannels(channelName)
  const fuse = createFuse(channelName)
  const guarded = ending && guard(fuse, ending as Ending<object>)
  return wrapFunction(
    holder,
    name,
    original =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          if (!channels.start.hasSubscribers || fuse.blown) return apply(original, this, args)
          let message: Message | undefined
          try {
            message = describe(this as Self, args)
          } catch (error) {
            fail(fuse, error)
          }
          return message === undefined
            ? apply(original, this, args)
            : trace(channels, message, original, this, args, guarded)
        }
      }).replacement
  )
}

/** As wrapMethod, where neither a callback nor the promise alone tells the end. */
export function wrapWatched<Self>(
  holder: object,
  name: string,
  channelName: string,
  describe: (self: Self, args: unknown[]) => object | undefined,
  watch: Watch<Self>
): boolean {
  const channels = tracingChannels(channelName)
  const fuse = createFuse(channelName)
  return wrapFunction(
    holder,
    name,
    original =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          if (!channels.start.hasSubscribers || fuse.blown) return apply(original, this, args)
          let end: End | undefined
          let isWatched = true
          try {
            const message = describe(this as Self, args)
            if (message !== undefined) {
              channels.start.publish(message)
              if (!isLeftAlone(message)) end = endOnce(channels, message)
              isWatched = watch(this as Self, args, end, message)
            }
          } catch (error) {
            fail(fuse, error)
            end?.()
          }
          try {
            const result = apply(original, this, args)
            return end && !isWatched && isPlainPromise(result) ? endAtPromise(result, end) : result
          } catch (error) {
            end?.(error)
            throw error
          }
        }
      }).replacement
  )
}

const { bind } = AsyncResource

/** Makes the callback of `holder[name]` run in its caller's context, where a library calls it from that of a socket. */
export function bindCallback(holder: object, name: string): boolean {
  return wrapFunction(
    holder,
    name,
    original =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          const last = args.length - 1
          const callback = args[last]
          if (typeof callback === 'function') args[last] = bind(callback as Callable)
          return apply(original, this, args)
        }
      }).replacement
  )
}

interface Channels {
  start: Channel
  end: Channel
  asyncStart: Channel
  asyncEnd: Channel
  error: Channel
  back: Return
}

const tracingChannels = (name: string): Channels => ({
  start: channel(`tracing:${name}:start`),
  end: channel(`tracing:${name}:end`),
  asyncStart: channel(`tracing:${name}:asyncStart`),
  asyncEnd: channel(`tracing:${name}:asyncEnd`),
  error: channel(`tracing:${name}:error`),
  back: returnOf(name)
})

function trace(
  channels: Channels,
  message: Message,
  original: Callable,
  self: unknown,
  args: unknown[],
  ending: ((...args: Parameters<Ending<object>>) => boolean | undefined) | undefined
): unknown {
  const last = args.length - 1
  const callback = args[last]
  const hasCallback = typeof callback === 'function'
  if (hasCallback) args[last] = endAtCallback(channels, message, callback as Callable)

  channels.start.publish(message)
  let result: unknown
  try {
    result = apply(original, self, args)
  } catch (error) {
    message.error = error ?? null
    channels.error.publish(message)
    channels.end.publish(message)
    throw error
  }
  channels.end.publish(message)

  if (isLeftAlone(message)) return result
  if (ending?.(result, args, error => settle(channels, message, error), message) || hasCallback) return result
  if (isPlainPromise(result)) return endAtPromise(result, (error, value) => settle(channels, message, error, value))
  settle(channels, message, undefined)
  return result
}

function endAtCallback(channels: Channels, message: Message, callback: Callable): Callable {
  return function (this: unknown, ...args: unknown[]) {
    noteOutcome(channels, message, args[0], args[1])
    channels.asyncStart.publish(message)
    try {
      // Drivers call it from the socket's context, not the caller's.
      return channels.back.run(message, callback, this, args)
    } finally {
      channels.asyncEnd.publish(message)
    }
  }
}

function endOnce(channels: Channels, message: Message): End {
  let ended = false
  return (error, value) => {
    if (ended) return
    ended = true
    settle(channels, message, error, value)
  }
}

function settle(channels: Channels, message: Message, error: unknown, result?: unknown): void {
  noteOutcome(channels, message, error, result)
  channels.asyncStart.publish(message)
  channels.asyncEnd.publish(message)
}

function noteOutcome(channels: Channels, message: Message, error: unknown, result: unknown): void {
  message.result = result
  if (error === undefined || error === null) return
  message.error = error
  channels.error.publish(message)
}

/**
 * Named own properties would be lost on a derived promise, and with them the library's extras (`cancel`, `stream`). Symbols
 * do not count: where AsyncLocalStorage works by hooks (Node 20 and 22), they mark every promise.
 */
const isPlainPromise = (value: unknown): value is Promise<unknown> =>
  value instanceof PlainPromise &&
  getPrototypeOf(value) === PlainPromise.prototype &&
  getOwnPropertyNames(value).length === 0
