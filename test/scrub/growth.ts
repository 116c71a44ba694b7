// How the CPU time of a function grows when its input becomes four times as large: about 4 when it is linear, 16 when quadratic.

const ROUNDS = 15
/** Shorter times are noise. */
const FLOOR_US = 20

/** With a text, as long as is said, of one piece again and again. */
export const growth = (run: (text: string) => unknown, piece: string, chars: number): number =>
  growthBy(length => {
    const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length)
    return () => run(text)
  }, chars)

/** `prepare` makes what is run for a size. */
export function growthBy(prepare: (size: number) => () => unknown, size: number): number {
  const costUs = (size: number): number => {
    const run = prepare(size)
    const rounds = Array.from({ length: ROUNDS }, () => {
      const before = process.cpuUsage()
      run()
      const { user, system } = process.cpuUsage(before)
      return user + system
    })
    return Math.min(...rounds)
  }
  costUs(size)
  return costUs(size) / Math.max(costUs(size / 4), FLOOR_US)
}
