// What a client keeps back in a queue of its own, while its connection is busy or still being made: the server knows nothing of it yet.
// Main thread, inside the application's stack.

import { channel } from 'node:diagnostics_channel'
import { observeCalls, thenLook } from './observe.js'

export interface Queue {
  /** Those of the operations that may be kept back. */
  marks: Record<string, string>
  /**
   * Tells that the operation of `message` waits, behind others or for the connection alone, until `command[send]` is called. `look` must
   * not throw: it runs when that has returned.
   */
  keep(message: object, isBehind: boolean, command: object, send: string, look?: () => void): void
}

export function createQueue(instrumentation: string): Queue {
  const unconnected = channel(`perfagent:${instrumentation}:unconnected`)
  const queued = channel(`perfagent:${instrumentation}:queued`)
  const sent = channel(`perfagent:${instrumentation}:sent`)
  return {
    marks: { [unconnected.name]: 'connecting', [queued.name]: 'queued', [sent.name]: 'sent' },
    keep(message, isBehind, command, send, look) {
      ;(isBehind ? queued : unconnected).publish(message)
      const tellSent = (): void => sent.publish(message)
      if (look) observeCalls(command, send, instrumentation, tellSent, thenLook(look))
      else observeCalls(command, send, instrumentation, tellSent)
    }
  }
}
