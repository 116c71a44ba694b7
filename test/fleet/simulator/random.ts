// Random numbers that are the same in each run.

export interface Random {
  /** From 0 to 1. */
  share(): number
  between(low: number, high: number): number
  /** Both ends included. */
  whole(low: number, high: number): number
  /** Exponential, of that mean. */
  exponential(mean: number): number
  pick<Item>(items: readonly Item[]): Item
}

export function randomOf(seed: number): Random {
  // mulberry32: 32 bits of state, passes gjrand's tests at this length.
  let state = seed | 0
  const share = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number): number => low + (high - low) * share()
  const whole = (low: number, high: number): number => Math.floor(between(low, high + 1))
  return {
    share,
    between,
    whole,
    exponential: mean => -Math.log(1 - share()) * mean,
    pick: items => items[whole(0, items.length - 1)]!
  }
}
