// Names for addresses of compiled JavaScript: the file that a service started with --perf-basic-prof writes, one line a function:
//
//     7f4704006c40 1f4 JS:*hot /app/src/price.js:12:18          address and size, both hexadecimal
//
// Code moves and is thrown away: what a later line says lies where an earlier function lay, and that one is gone with all of it. Pure.

export interface PerfMap {
  nameOf(address: bigint): string | undefined
}

interface Compiled {
  start: bigint
  end: bigint
  name: string
  line: number
}

export function readPerfMap(text: string): PerfMap {
  const known = withoutGone(text.split('\n').flatMap(readCompiled))
  return {
    nameOf(address) {
      let low = 0
      let high = known.length
      while (low < high) {
        const middle = (low + high) >> 1
        if (known[middle]!.start <= address) low = middle + 1
        else high = middle
      }
      const found = known[low - 1]
      return found && address < found.end ? found.name : undefined
    }
  }
}

function readCompiled(text: string, line: number): Compiled[] {
  const [, start, size, name] = /^([0-9a-f]+) ([0-9a-f]+) (.+)$/.exec(text) ?? []
  if (name === undefined) return []
  const from = BigInt(`0x${start}`)
  return [{ start: from, end: from + BigInt(`0x${size}`), name, line }]
}

/** By their start, and of any two that overlap the later one. */
function withoutGone(all: Compiled[]): Compiled[] {
  const left: Compiled[] = []
  for (const each of all.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : b.line - a.line))) {
    const before = left.at(-1)
    if (!before || before.end <= each.start) left.push(each)
    else if (before.line < each.line) left[left.length - 1] = each
  }
  return left
}

/** Frames without a name (`0x7f…`) get the map's, where it has one. */
export const named = (frames: string[], map: PerfMap | undefined): string[] =>
  map ? frames.map(frame => (frame.startsWith('0x') ? (map.nameOf(BigInt(frame)) ?? frame) : frame)) : frames
