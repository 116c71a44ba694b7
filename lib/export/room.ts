// Who goes when there is no room for all: the newer half stays whatever it is; of the older half the fastest goes first. Pure.

import type { Packed } from './packed.js'

/** Of entries in the order of their coming, those that go so that the others have at most so many bytes. */
export function excess<Entry extends { packed: Packed }>(entries: Entry[], maxBytes: number): Set<Entry> {
  const gone = new Set<Entry>()
  let left = entries
  let bytes = entries.reduce((sum, { packed }) => sum + packed.bytes.length, 0)
  while (bytes > maxBytes) {
    // Half of the older half at most, then the halves are others: else much to drop would be all that is older.
    const older = left.slice(0, Math.ceil(left.length / 2)).sort((a, b) => a.packed.durationMs - b.packed.durationMs)
    for (const entry of older.slice(0, Math.ceil(older.length / 2))) {
      if (bytes <= maxBytes) break
      gone.add(entry)
      bytes -= entry.packed.bytes.length
    }
    left = left.filter(entry => !gone.has(entry))
  }
  return gone
}
