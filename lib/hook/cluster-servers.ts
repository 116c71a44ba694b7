// A worker of a cluster that ends is handed no more connections. Main thread.
//
// The primary accepts for all of its workers and hands each connection to one of them, as long as its process is there. One that exits does
// not answer what it is handed, and the primary waits for a word that it has taken it and never closes it (Node 20 to 26). That is one for
// each address at which the worker listens: the next comes after that word. With the agent an exit takes longer, so more of them would
// take one along. So the primary is told first that the worker's servers close, as `server.close()` tells it.
//
// Kept true: in this process nothing is closed. A server has its address and listens, and what the application's own listeners of 'exit'
// tell the primary, by `cluster.worker.disconnect()` for one, is what they tell it without the agent.

import { channel } from 'node:diagnostics_channel'
import { apply, getPrototypeOf } from '../process/builtins.js'
import { createFuse, guard } from './guard.js'
import type { Callable } from './replace.js'

/** What a server has in the place of a handle: a plain object. Handles that are shared (SCHED_NONE) or its own are not. */
interface HandedOn {
  close(): void
  ref(): void
}

export interface HandedServers {
  /** Only where the process is sure to end: a server that is given back gets no connection any more. */
  giveBack(): void
  stop(): void
}

/** Published by Node when a server has begun to listen. */
const LISTENS = 'tracing:net.server.listen:asyncEnd'

export function watchHandedServers(): HandedServers {
  const fuse = createFuse('giving connections back')
  const handles = new Set<WeakRef<HandedOn>>()

  const keep = guard(fuse, (message: unknown) => {
    const handle = (message as { server: { _handle?: object | null } }).server._handle
    if (!handle || getPrototypeOf(handle) !== Object.prototype || !isWorkerOfCluster()) return
    for (const known of handles) if (!known.deref()) handles.delete(known)
    handles.add(new WeakRef(handle as HandedOn))
  })

  const listens = channel(LISTENS)
  listens.subscribe(keep)
  return {
    giveBack: guard(fuse, () => {
      for (const known of handles) {
        const handle = known.deref()
        if (handle && process.connected) tellClosing(handle)
      }
    }),
    stop() {
      listens.unsubscribe(keep)
      handles.clear()
    }
  }
}

/** Node has loaded the module to listen. */
const isWorkerOfCluster = (): boolean =>
  (process.getBuiltinModule('node:cluster') as unknown as { isWorker: boolean }).isWorker

/**
 * The name by which the primary knows a server is in no place but the closure of its handle. So that is asked to close and held where it
 * sends the message, before it has changed anything but the timer that it keeps the process alive by. A closed one sends nothing.
 */
function tellClosing(handle: HandedOn): void {
  const send = process.send as Callable
  let message: unknown
  process.send = (told: unknown) => {
    message = told
    throw new Error('held')
  }
  try {
    handle.close()
  } catch {
  } finally {
    process.send = send as typeof process.send
  }
  if (message === undefined) return
  handle.ref()
  apply(send, process, [message, null])
}
