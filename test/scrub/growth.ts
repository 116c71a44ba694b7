// How the CPU time of a function grows when its text becomes four times as long: about 4 when it is linear, 16 when quadratic.

const ROUNDS = 15
/** Shorter times are noise. */
const FLOOR_US = 20

export function growth(run: (text: string) => unknown, piece: string, chars: number): number {
  const costUs = (length: number): number => {
    const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length)
    const rounds = Array.from({ length: ROUNDS }, () => {
      const before = process.cpuUsage()
      run(text)
      const { user, system } = process.cpuUsage(before)
      return user + system
    })
    return Math.min(...rounds)
  }
  costUs(chars)
  return costUs(chars) / Math.max(costUs(chars / 4), FLOOR_US)
}
