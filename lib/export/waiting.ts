// What waits for one destination, in the order of its coming and within a bound of bytes: where it is too much, some is let go
// (room.ts). What was taken to be sent does not count until it is put back, and then has its old place. Agent thread.

import type { Destination } from './exporter.js'
import type { Packed } from './packed.js'
import { bytesIn, excess } from './room.js'

/** Half of what collectors take by default for one request, and far from the 64 MiB of the protocol. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024

/** What stays when there was too much: looking for who goes is work for many, not for each. */
const ROOM_SHARE = 0.95

export interface Waiting {
  isEmpty(): boolean
  requests(): number
  /** Both return those for which there is no room. */
  add(all: Packed[]): Packed[]
  putBack(batch: Packed[]): Packed[]
  /** As many from the front as one delivery takes. */
  take(): Packed[]
  takeAll(): Packed[]
}

export function createWaiting(destination: Destination, maxBytes: number): Waiting {
  const { maxBatch, maxBatchBytes = MAX_BATCH_BYTES } = destination
  let waiting: Packed[] = []
  let bytes = 0

  return {
    isEmpty: () => waiting.length === 0,
    requests: () => requestsIn(waiting),
    add(all) {
      waiting.push(...all)
      bytes += bytesIn(all)
      return makeRoom()
    },
    putBack(batch) {
      // Of several that were under way the first to fail may be the last that came.
      waiting = [...batch, ...waiting].sort((a, b) => a.nth - b.nth)
      bytes += bytesIn(batch)
      return makeRoom()
    },
    take() {
      let size = 0
      const end = waiting.findIndex((packed, i) => {
        size += packed.size
        return i >= maxBatch || (i > 0 && size > maxBatchBytes)
      })
      const batch = waiting.splice(0, end < 0 ? waiting.length : end)
      bytes -= bytesIn(batch)
      return batch
    },
    takeAll() {
      bytes = 0
      return waiting.splice(0)
    }
  }

  function makeRoom(): Packed[] {
    if (bytes <= maxBytes) return []
    const gone = excess(waiting, maxBytes * ROOM_SHARE)
    // In place: a new array of thousands, each time, would be garbage of V8's old generation.
    let kept = 0
    for (const packed of waiting) if (!gone.has(packed)) waiting[kept++] = packed
    waiting.length = kept
    const all = [...gone]
    bytes -= bytesIn(all)
    return all
  }
}

export const requestsIn = (all: Packed[]): number => all.reduce((sum, { count }) => sum + count, 0)

/** And what they would have told as dropped. */
export const lostIn = (all: Packed[]): number => all.reduce((sum, { count, dropped }) => sum + count + dropped, 0)
