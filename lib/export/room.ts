// Who goes when there is no room for all: the newer half stays whatever it is; of the older half the fastest goes first. Pure.

import type { Packed } from './packed.js'

/** Of what is in the order of its coming, that which goes so that the rest has at most so many bytes. */
export function excess(all: Packed[], maxBytes: number): Set<Packed> {
  const gone = new Set<Packed>()
  let left = all
  let bytes = bytesIn(all)
  while (bytes > maxBytes) {
    // Half of the older half at most, then the halves are others: else much to drop would be all that is older.
    const older = left.slice(0, Math.ceil(left.length / 2)).sort((a, b) => a.durationMs - b.durationMs)
    for (const packed of older.slice(0, Math.ceil(older.length / 2))) {
      if (bytes <= maxBytes) break
      gone.add(packed)
      bytes -= packed.size
    }
    if (bytes > maxBytes) left = left.filter(packed => !gone.has(packed))
  }
  return gone
}

export const bytesIn = (all: Packed[]): number => all.reduce((sum, { size }) => sum + size, 0)
