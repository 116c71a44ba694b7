// When a call of `@grpc/grpc-js` waits for one of the streams that its server takes at once. Main thread.
//
// The library does not know it (1.10 to 1.14): such a call is kept back below it. What http2_client counts by session it tells of a call of
// its own. Which of the library's that is, is known from the metadata: it is copied on its way down, and the last copy is made into headers
// right before these are sent. So the copies are stamped with the call.

import { channel } from 'node:diagnostics_channel'
import { apply } from '../process/builtins.js'
import { createFuse, guard } from './guard.js'
import type { Instrumentation } from './instrumentation.js'
import { observeCalls } from './observe.js'
import { wrapFunction } from './replace.js'
import { createStamp } from './stamp.js'

interface Metadata {
  clone(): Metadata
}

/** `Message`: what stands for a call. */
export function createGrpcStreams<Message>(name: string) {
  const foundFull = channel(`perfagent:${name}:full`)
  const gotStream = channel(`perfagent:${name}:stream`)
  const sentWith = createStamp<Message>()
  /** By the call of http2_client. */
  const keptBack = createStamp<Message>()
  /** Whose metadata was made into headers last. */
  let sending: Message | undefined

  const pass = guard(createFuse(name), (from: object, to: object): void => {
    const message = sentWith.of(from)
    if (message) sentWith.put(to, message)
  })

  const notes: Instrumentation['notes'] = [
    {
      channel: 'perfagent:http2.client:full',
      note(call: { isGrpcs: boolean }) {
        if (!call.isGrpcs || !sending) return
        keptBack.put(call, sending)
        foundFull.publish(sending)
      }
    },
    {
      channel: 'perfagent:http2.client:stream',
      note(call: object) {
        const message = keptBack.of(call)
        if (message) gotStream.publish(message)
      }
    }
  ]

  return {
    marks: { [foundFull.name]: 'full', [gotStream.name]: 'stream' },
    notes,

    /** What the call is to be sent with: never the application's own, which may go with its next call, too. */
    follow<Own extends Metadata>(message: Message, given: Own, used: Own): Own {
      const own = used === given ? (given.clone() as Own) : used
      sentWith.put(own, message)
      return own
    },

    patchMetadata(exports: { Metadata: { prototype: object } }): void {
      const { prototype } = exports.Metadata
      wrapFunction(
        prototype,
        'clone',
        original =>
          function (this: unknown, ...args: unknown[]) {
            const copy = apply(original, this, args) as object
            pass(this as object, copy)
            return copy
          }
      )
      observeCalls(prototype, 'toHttp2Headers', name, self => {
        sending = sentWith.of(self)
      })
    }
  }
}
