// Calls that are answered after one that waits on purpose (BLPOP), whoever made that, because a connection's answers come in order.
// Main thread, inside the application's stack. Each is marked `behind` when it has been sent, and `free` when that one is over.

import { channel } from 'node:diagnostics_channel'

export interface HoldUps {
  /** For the operation's source: a mark finds its operation by the message, so one source's do for all of a library. */
  marks: Record<string, string>
  /** What is sent on the connection from now on is behind; undefined: nobody knows on which. Returns what ends that. */
  begin(connection: unknown): () => void
  isHeld(connection: unknown): boolean
  /** `message`: the one that told of its beginning. */
  tellBehind(connection: unknown, message: object): void
}

export function createHoldUps(name: string): HoldUps {
  const marked = channel(`${name}:behind`)
  const freed = channel(`${name}:free`)
  /** Messages of what was sent since the last one that waits on purpose, while that is not over. */
  const behindOf = new Map<unknown, object[]>()

  return {
    marks: { [marked.name]: 'behind', [freed.name]: 'free' },
    begin(connection) {
      if (connection === undefined) return () => {}
      const behind: object[] = []
      behindOf.set(connection, behind)
      return () => {
        for (const message of behind) freed.publish(message)
        if (behindOf.get(connection) === behind) behindOf.delete(connection)
      }
    },
    isHeld: connection => behindOf.size > 0 && behindOf.has(connection),
    tellBehind(connection, message) {
      const behind = behindOf.size > 0 ? behindOf.get(connection) : undefined
      if (!behind) return
      behind.push(message)
      marked.publish(message)
    }
  }
}
