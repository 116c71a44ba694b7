// When the rows of a statement begin to come in: what its server did before is another thing than the way of the rows and who reads them.
// Main thread, inside the application's stack. The library tells the object that it made for the statement what its rows are like; the
// server sends that with the first of them, once they fill its buffer (8 kB in PostgreSQL 15) or are all there.

import { channel } from 'node:diagnostics_channel'
import type { Readable } from 'node:stream'
import { apply } from '../process/builtins.js'
import type { ChannelName } from './instrumentation.js'
import { observeCalls } from './observe.js'
import type { Callable } from './replace.js'
import { Identity } from './stamp.js'
import { createUnread } from './unread.js'

export interface Rows {
  /** Of the operations whose rows are told. */
  marks: Record<string, string>
  /** That they lay unread. */
  unread: ChannelName
  /** `statement` was made by the call of `message`. A pool and its client may both call for one: the first counts. */
  belong(statement: object, message: object): void
  callOf(statement: object): object | undefined
  /** By this method statements are told. `streamed`: those whose rows are read as a stream. */
  watch(prototype: object, method: string, streamed?: Streamed): void
  /** Their connection is paused while the reader of `underWay` is behind. */
  watchReader(prototype: object, underWay: (connection: object) => object | null | undefined): void
}

/** Members of a statement: a stream of Node's, and what pushes a row to it. */
interface Streamed {
  stream: string
  push: string
}

/**
 * The call of a statement: a stamp of its own for all libraries, as in operations.ts. One that shares its code (createStamp) takes 300 ns to
 * be put on a new object instead of 100 (Node 24, hot loop).
 */
class CallStamp extends Identity {
  #message: object

  constructor(statement: object, message: object) {
    super(statement)
    this.#message = message
  }

  static of(statement: object): object | undefined {
    return #message in statement ? statement.#message : undefined
  }
}

export function createRows(instrumentation: string): Rows {
  const began = channel(`perfagent:${instrumentation}:rows`)
  const leftUnread = channel(`perfagent:${instrumentation}:unread`)
  const unread = createUnread()
  const asked = (message: object): void => {
    const since = unread.asked(message)
    if (since !== undefined) leftUnread.publish({ call: message, since })
  }

  const streams = new WeakSet<object>()

  /** Not by the `push` of the stream itself, which would be seen on it. A statement of many results is watched once. */
  function watchStream(stream: Readable, statement: object, push: string, message: object): void {
    if (streams.has(stream)) return
    streams.add(stream)
    const pushAndLook = (call: Callable, self: object, args: unknown[]): unknown => {
      const result = apply(call, self, args)
      if (stream.readableLength >= stream.readableHighWaterMark) unread.filled(message)
      return result
    }
    observeCalls(statement, push, instrumentation, () => {}, pushAndLook)
    observeCalls(stream, '_read', instrumentation, () => asked(message))
  }

  return {
    marks: { [began.name]: 'headers' },
    unread: leftUnread.name,
    belong(statement, message) {
      if (!CallStamp.of(statement)) new CallStamp(statement, message)
    },
    callOf: CallStamp.of,
    watch(prototype, method, streamed) {
      observeCalls(prototype, method, instrumentation, statement => {
        const message = CallStamp.of(statement)
        if (!message) return
        began.publish(message)
        const stream = streamed && (statement as Record<string, Readable | undefined>)[streamed.stream]
        if (stream) watchStream(stream, statement, streamed.push, message)
      })
    },
    watchReader(prototype, underWay) {
      const callOf = (connection: object): object | undefined => {
        const statement = underWay(connection)
        return statement ? CallStamp.of(statement) : undefined
      }
      observeCalls(prototype, 'pause', instrumentation, connection => {
        const message = callOf(connection)
        if (message) unread.filled(message)
      })
      observeCalls(prototype, 'resume', instrumentation, connection => {
        const message = callOf(connection)
        if (message) asked(message)
      })
    }
  }
}
