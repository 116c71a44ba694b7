// Operations that a client keeps back because it has no connection. The library tells when a client, named by its id, loses and regains
// its connection. Main thread, inside the application's stack.
//
// Nothing is known, and nothing told, of a client that was there before we listened. What is kept is bounded: in an outage the oldest is
// let go, which its client may have given up long ago.

import { channel } from 'node:diagnostics_channel'
import { observeEvents } from './observe.js'
import { createStamp } from './stamp.js'

export interface KeptBack {
  /** Those of the operations that may be kept back. */
  marks: Record<string, string>
  /** The client has lost its connection, or has none yet. */
  lost(id: string | undefined): void
  regained(id: string | undefined): void
  /** Tells that the operation of `message`, which begins in this turn, waits until its client regains a connection. */
  keep(id: string | undefined, message: object): void
  /** The same for a library whose clients have no ids: this one is known to have no connection now. */
  keepFor(client: object, message: object): undefined
  /** By this event clients of that class tell that they have regained one. */
  watch(prototype: object, event: string): void
}

const MAX = 1000

export function createKeptBack(instrumentation: string): KeptBack {
  const unconnected = channel(`perfagent:${instrumentation}:unconnected`)
  const sent = channel(`perfagent:${instrumentation}:sent`)
  const clients = new Set<string | undefined>()
  /** Weak: of what is given up meanwhile nobody tells, and a message holds its request, whose arguments may be long. */
  const kept = new Map<WeakRef<object>, string | undefined>()
  const ids = createStamp<string>()
  let made = 0
  const keptBack: KeptBack = {
    marks: { [unconnected.name]: 'connecting', [sent.name]: 'sent' },
    lost(id) {
      clients.add(id)
      letGo(clients)
    },
    regained(id) {
      clients.delete(id)
      for (const [held, of] of kept) {
        if (of !== id) continue
        kept.delete(held)
        const message = held.deref()
        if (message) sent.publish(message)
      }
    },
    keep(id, message) {
      if (!clients.has(id)) return
      kept.set(new WeakRef(message), id)
      letGo(kept)
      queueMicrotask(() => unconnected.publish(message))
    },
    keepFor(client, message) {
      const id = ids.of(client) ?? `${instrumentation}-${++made}`
      ids.put(client, id)
      keptBack.lost(id)
      keptBack.keep(id, message)
      return undefined
    },
    watch(prototype, event) {
      observeEvents(prototype, instrumentation, {
        [event](client) {
          const id = ids.of(client)
          if (id !== undefined) keptBack.regained(id)
        }
      })
    }
  }
  return keptBack
}

function letGo<Key>(items: Pick<Map<Key, unknown>, 'size' | 'keys' | 'delete'>): void {
  if (items.size > MAX) items.delete(items.keys().next().value as Key)
}
