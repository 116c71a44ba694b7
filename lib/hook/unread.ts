// When an answer's body lay unread, because its reader was behind and no more fitted into the buffers. Main thread, inside the
// application's stack. The call goes on meanwhile, though its peer has nothing to do with it.

import type { Channel } from 'node:diagnostics_channel'
import { apply } from '../process/builtins.js'
import { now } from '../process/clock.js'
import { createFuse, guard } from './guard.js'
import { observeCalls, observeReturns } from './observe.js'
import { type Callable, wrapFunction } from './replace.js'
import { createStamp } from './stamp.js'

/** Of a reader that is not behind: from the full buffer to the next question for more. */
const PROMPT_MS = 1

export interface Unread {
  /** No more fits. */
  filled(call: object): void
  /** The reader asks for more. Returns since when nobody did, where that is long. */
  asked(call: object): number | undefined
}

export function createUnread(): Unread {
  /** NaN: there is room. Put on a call once: a stamp that is put again throws inside, which takes some 5 µs (Node 20). */
  const moments = createStamp<{ since: number }>()
  const fuse = createFuse('bodies that lie unread')
  return {
    filled: guard(fuse, (call: object) => {
      const moment = moments.of(call)
      if (moment) moment.since = now()
      else moments.put(call, { since: now() })
    }),
    asked: guard(fuse, (call: object) => {
      const moment = moments.of(call)
      if (!moment || Number.isNaN(moment.since)) return undefined
      const { since } = moment
      moment.since = Number.NaN
      return now() - since < PROMPT_MS ? undefined : since
    })
  }
}

/**
 * Returns a function that is given the prototype of a class of calls; each class is watched once. `readings` maps the method that begins a
 * body to the method that takes a piece of it. The latter returns false when the reader is behind. Then the next piece comes only after
 * the reader has called a function that was the third argument of the former.
 */
export function createReaderWatch(
  instrumentation: string,
  readings: Record<string, string>,
  channel: Channel
): (prototype: object) => void {
  const watched = new WeakSet<object>()
  const unread = createUnread()

  const withMore = (begin: Callable): Callable =>
    ({
      replacement(this: unknown, ...args: unknown[]) {
        const more = args[2]
        if (typeof more !== 'function') return apply(begin, this, args)
        args[2] = (...given: unknown[]): unknown => {
          const since = unread.asked(this as object)
          if (since !== undefined) channel.publish({ request: this, since })
          return apply(more as Callable, undefined, given)
        }
        return apply(begin, this, args)
      }
    }).replacement

  return prototype => {
    if (watched.has(prototype)) return
    watched.add(prototype)
    for (const [begin, take] of Object.entries(readings)) {
      if (observeReturns(prototype, take, instrumentation, false, unread.filled))
        wrapFunction(prototype, begin, withMore)
    }
  }
}

/**
 * For answers that come in pieces, each after a call of the method `ask`. Returns a function that begins to watch a call, and gives another
 * one, to be called when a piece came. `message` is published when the next piece is asked for late.
 */
export function createPieceWatch<Message extends { since?: number }>(
  instrumentation: string,
  ask: string,
  channel: Channel
): (call: object, message: Message) => () => void {
  const unread = createUnread()
  return (call, message) => {
    observeCalls(call, ask, instrumentation, () => {
      const since = unread.asked(message)
      if (since === undefined) return
      message.since = since
      channel.publish(message)
    })
    return () => unread.filled(message)
  }
}
