// Names for addresses of compiled JavaScript: the file that a service started with --perf-basic-prof writes, one line a function:
//
//     7f4704006c40 1f4 JS:*hot /app/src/price.js:12:18          address and size, both hexadecimal
//
// Code moves and is thrown away, so a later line wins over an earlier one for the same place. Pure.

export interface PerfMap {
  nameOf(address: bigint): string | undefined
}

export function readPerfMap(text: string): PerfMap {
  const byStart = new Map<bigint, { end: bigint; name: string }>()
  for (const line of text.split('\n')) {
    const [, start, size, name] = /^([0-9a-f]+) ([0-9a-f]+) (.+)$/.exec(line) ?? []
    if (name === undefined) continue
    const from = BigInt(`0x${start}`)
    byStart.set(from, { end: from + BigInt(`0x${size}`), name })
  }
  const starts = [...byStart.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return {
    nameOf(address) {
      let low = 0
      let high = starts.length
      while (low < high) {
        const middle = (low + high) >> 1
        if (starts[middle]! <= address) low = middle + 1
        else high = middle
      }
      const found = low > 0 ? byStart.get(starts[low - 1]!) : undefined
      return found && address < found.end ? found.name : undefined
    }
  }
}

/** Frames without a name (`0x7f…`) get the map's, where it has one. */
export const named = (frames: string[], map: PerfMap | undefined): string[] =>
  map ? frames.map(frame => (frame.startsWith('0x') ? (map.nameOf(BigInt(frame)) ?? frame) : frame)) : frames
