// What waits for one destination, in the order of its coming and within a bound of bytes: where it is too much, some is let go
// (room.ts). What was taken to be sent does not count until it is put back, and then has its old place. Agent thread.

import type { Destination } from './exporter.js'
import type { Packed } from './packed.js'
import { excess } from './room.js'

/** Half of what collectors take by default for one request, and far from the 64 MiB of the protocol. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024

/** What stays when there was too much: looking for who goes is work for many, not for each. */
const ROOM_SHARE = 0.95

export interface Entry {
  packed: Packed
  /** In the order of coming. */
  nth: number
  tries: number
}

export interface Waiting {
  isEmpty(): boolean
  requests(): number
  /** Both return those for which there is no room. */
  add(all: Packed[]): Entry[]
  putBack(batch: Entry[]): Entry[]
  /** As many from the front as one delivery takes. */
  take(): Entry[]
  takeAll(): Entry[]
}

export function createWaiting(destination: Destination, maxBytes: number): Waiting {
  const { maxBatch, maxBatchBytes = MAX_BATCH_BYTES } = destination
  let entries: Entry[] = []
  let bytes = 0
  let came = 0

  return {
    isEmpty: () => entries.length === 0,
    requests: () => requestsIn(entries),
    add(all) {
      const added = all.map(packed => ({ packed, nth: came++, tries: 0 }))
      entries.push(...added)
      bytes += bytesOf(added)
      return makeRoom()
    },
    putBack(batch) {
      // Of several that were under way the first to fail may be the last that came.
      entries = [...batch, ...entries].sort((a, b) => a.nth - b.nth)
      bytes += bytesOf(batch)
      return makeRoom()
    },
    take() {
      let size = 0
      const end = entries.findIndex(({ packed }, i) => {
        size += packed.bytes.length
        return i >= maxBatch || (i > 0 && size > maxBatchBytes)
      })
      const batch = entries.splice(0, end < 0 ? entries.length : end)
      bytes -= bytesOf(batch)
      return batch
    },
    takeAll() {
      bytes = 0
      return entries.splice(0)
    }
  }

  function makeRoom(): Entry[] {
    if (bytes <= maxBytes) return []
    const gone = excess(entries, maxBytes * ROOM_SHARE)
    entries = entries.filter(entry => !gone.has(entry))
    bytes -= bytesOf([...gone])
    return [...gone]
  }
}

export const requestsIn = (entries: Entry[]): number => entries.reduce((sum, { packed }) => sum + packed.count, 0)

/** And what they would have told as dropped. */
export const lostIn = (entries: Entry[]): number =>
  entries.reduce((sum, { packed: { count, dropped = 0 } }) => sum + count + dropped, 0)

const bytesOf = (entries: Entry[]): number => entries.reduce((sum, { packed }) => sum + packed.bytes.length, 0)
