// When a server begins to listen: the moment at which a process turns out to be a service. Main thread and workers.

import { channel } from 'node:diagnostics_channel'
import { createFuse, guard } from './guard.js'

/** Published by Node (20 to 26) when a server is about to listen. */
const LISTENS = 'tracing:net.server.listen:asyncStart'

/** A set: who joins while it is gone through still hears of the same server. */
const looks = new Set<() => void>()
const lookAll = guard(createFuse('looking at a server'), () => {
  for (const look of looks) look()
})

/** Calls `look` each time; it must not throw. Returns the undo. */
export function onListen(look: () => void): () => void {
  const listens = channel(LISTENS)
  if (looks.size === 0) listens.subscribe(lookAll)
  looks.add(look)
  return () => {
    looks.delete(look)
    if (looks.size === 0) listens.unsubscribe(lookAll)
  }
}
