// The value below which a share of sorted values lies, as one of them (nearest rank). Pure.

export const percentile = (sorted: ArrayLike<number>, share: number): number =>
  sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!
