// Large messages that wait in the process to be sent: a thin line, or a peer that reads late, takes what the kernel's buffers do not hold
// only little by little. Main thread, inside the application's stack.
//
// A socket keeps what it was handed until the kernel has taken all of it (`writableLength`, Node 20 to 26), also while it connects, and
// emits `drain` then, if it has asked its writer to wait. So a message is looked at when it has been handed over, and only of a large one
// somebody listens: once for each socket, whatever waits there. A socket that keeps more before it asks (`highWaterMark`) tells nothing.

import { type Channel, channel } from 'node:diagnostics_channel'
import { createFuse, guard } from './guard.js'
import { createStamp } from './stamp.js'

/** What is sent at once fits into the kernel's buffers, nearly always: 2.5 MB of loopback, 16 kB and more of a network. */
const LARGE_BYTES = 65_536

/** Of the call that is told by the object `call`: how much waits, and that nothing does any more (0). */
export interface UnsentMessage {
  call: object
  bytes: number
}

export interface Unsent {
  channel: Channel['name']
  /** The message of `call` was handed to `socket`. */
  look(call: object, socket: object | null | undefined): void
  /**
   * The message of `call` will be handed to `socket` at once or in microtasks, if it is one piece of so many bytes. A message in several
   * pieces never waits there as a whole: whoever writes it is asked for more when there is room.
   */
  lookSoon(call: object, socket: object, bytes: number): void
}

interface Socket {
  writableLength?: number
  writableNeedDrain?: boolean
  listenerCount(event: 'drain'): number
  getMaxListeners(): number
  once(event: 'drain', listener: () => void): void
}

export function createUnsent(instrumentation: string): Unsent {
  const unsent = channel(`perfagent:${instrumentation}:unsent`)
  const fuse = createFuse(instrumentation)
  const waiting = createStamp<Set<object>>()

  const wait = guard(fuse, (call: object, socket: Socket, bytes: number): void => {
    const calls = waiting.of(socket)
    if (!calls?.size && isFull(socket)) return
    unsent.publish({ call, bytes })
    if (calls?.size) {
      calls.add(call)
      return
    }
    const first = new Set([call])
    waiting.put(socket, first)
    const sent = guard(fuse, () => {
      for (const each of first) unsent.publish({ call: each, bytes: 0 })
      first.clear()
    })
    socket.once('drain', () => sent())
  })

  return {
    channel: unsent.name,
    look(call, socket) {
      if (unsentBytes(socket) >= LARGE_BYTES) wait(call, socket as Socket, unsentBytes(socket))
    },
    lookSoon(call, socket, bytes) {
      if (bytes < LARGE_BYTES) return
      setImmediate(() => {
        if (unsentBytes(socket) >= bytes) wait(call, socket as Socket, bytes)
      })
    }
  }
}

const unsentBytes = (socket: Partial<Socket> | null | undefined): number =>
  socket?.writableNeedDrain ? (socket.writableLength ?? 0) : 0

/** Of one listener more Node would warn the application, as of a leak of its own. */
function isFull(socket: Socket): boolean {
  const most = socket.getMaxListeners()
  return most > 0 && socket.listenerCount('drain') >= most
}
