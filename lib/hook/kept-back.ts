// What clients keep back because they have no connection, where a library tells by the ids of its clients when they lose and regain
// theirs. Main thread, inside the application's stack.
//
// Of a client that was there before we listened nothing is known, so nothing is told. What is kept is bounded: in an outage the oldest is
// let go, which its client may have given up long ago.

import { channel } from 'node:diagnostics_channel'

export interface KeptBack {
  /** Those of the operations that may be kept back. */
  marks: Record<string, string>
  /** The client has none, or not yet. */
  lost(id: string | undefined): void
  regained(id: string | undefined): void
  /** Tells that the operation of `message`, which begins in this turn, waits until its client regains a connection. */
  keep(id: string | undefined, message: object): void
}

const MAX = 1000

export function createKeptBack(instrumentation: string): KeptBack {
  const unconnected = channel(`perfagent:${instrumentation}:unconnected`)
  const sent = channel(`perfagent:${instrumentation}:sent`)
  const clients = new Set<string | undefined>()
  /** Weak: of what is given up meanwhile nobody tells, and a message holds its request, whose arguments may be long. */
  const kept = new Map<WeakRef<object>, string | undefined>()
  return {
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
    }
  }
}

function letGo<Key>(items: Pick<Map<Key, unknown>, 'size' | 'keys' | 'delete'>): void {
  if (items.size > MAX) items.delete(items.keys().next().value as Key)
}
