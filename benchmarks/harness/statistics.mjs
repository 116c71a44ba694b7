// Numbers from rounds. Pure.

export const sorted = numbers => [...numbers].sort((a, b) => a - b)

export function percentile(numbers, share) {
  const ordered = sorted(numbers)
  return ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))]
}

export const mean = numbers => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

/** Between the two in the middle, where there are two: of two rounds it is not the higher one. */
export function median(numbers) {
  const ordered = sorted(numbers)
  const middle = ordered.length >> 1
  return ordered.length % 2 === 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2
}

/** Median, lowest and highest. */
export const spread = numbers => ({ value: median(numbers), low: Math.min(...numbers), high: Math.max(...numbers) })

/** How long each of `count` requests is in a queue of one server (M/D/1): `service` for each, `rate` of them in the same unit of time. */
export function queueTimes(service, rate, count, random) {
  let wait = 0
  return Float64Array.from({ length: count }, () => {
    const time = wait + service
    wait = Math.max(0, time + Math.log(1 - random()) / rate)
    return time
  })
}

/** Random numbers from 0 to 1, the same for each run (mulberry32). */
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
