// When a server begins to listen: the moment at which a process turns out to be a service. Main thread and workers.

import { channel } from 'node:diagnostics_channel'

/** Published by Node (20 to 26) when a server is about to listen. */
const LISTENS = 'tracing:net.server.listen:asyncStart'

/** Calls `look` each time; it must not throw. Returns the undo. */
export function onListen(look: () => void): () => void {
  const listens = channel(LISTENS)
  listens.subscribe(look)
  return () => listens.unsubscribe(look)
}
