// Waits for evidence, which the end of the process cuts short. Agent thread.
//
// Not by a promise that all of them race: whatever waits for a promise stays with it until it is settled, and that one is settled when
// the process ends. Each slow request left 1.5 kB behind in that way.

export interface Waits {
  /** Resolves after `ms`, or `hurriedMs` after the hurry began, whichever is first. */
  wait(ms: number, hurriedMs: number): Promise<void>
  /** From now on nobody waits for long. */
  hurry(): void
}

export function createWaits(): Waits {
  const waiting = new Set<() => void>()
  let hurried = false

  return {
    wait: (ms, hurriedMs) =>
      new Promise(resolve => {
        const shorten = (): void => void setTimeout(end, hurriedMs)
        const end = (): void => {
          waiting.delete(shorten)
          resolve()
        }
        waiting.add(shorten)
        setTimeout(end, ms)
        if (hurried) shorten()
      }),
    hurry() {
      hurried = true
      for (const shorten of waiting) shorten()
    }
  }
}
