// How long what arrives at any moment waits for the event loop, out of how late the beats of a timer were. Pure. The mean of the
// beats is not that: in a second of blocking a hundred requests may come, and one beat. So the beats that would have come meanwhile
// count as well: the first was late by all of it, the next by a beat less, and so on.

/** All in the same unit. */
export function waitOf(delays: Iterable<number>, every: number): number {
  let sum = 0
  let beats = 0
  for (const delay of delays) {
    const missed = Math.floor(delay / every)
    sum += delay * (missed + 1) - (every * missed * (missed + 1)) / 2
    beats += missed + 1
  }
  return beats > 0 ? sum / beats : 0
}
