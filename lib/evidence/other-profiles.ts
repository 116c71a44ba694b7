// Profiles that the application has begun in our session of V8's profiler: a `console.profile()` reaches every session that profiles, and
// where nobody else listens it would do nothing. Agent thread.
//
// Kept true: none is left running that nobody ends. V8 keeps 120 to 150 bytes of each sample for each of them, and makes no profile of
// ours any more where 100 run (Node 20 to 26).

const OURS = 'perfagent-'
/** Half of V8's limit. */
const MAX_OPEN = 50
/** It has 0.9 MB of samples by then, and no profile of ours is as long. */
const LONGEST_MS = 60_000

/** As V8 tells of it when `console.profile()` has begun it: the application's, or one of our windows. */
export interface OtherProfile {
  id: string
  title: string
}

export interface OtherProfiles {
  began(profile: OtherProfile, moment: number): void
  /** False: it is none of these. */
  ended(id: string): boolean
  isAny(): boolean
  /** Undefined: they can stay. Else V8 is to stop profiling, which throws them away, until that moment: once a minute at most. */
  apartUntil(moment: number): number | undefined
  /** V8 has thrown them away. */
  forget(): void
}

/**
 * Windows take turns with two names, because no more than two are open. A name for each would cost memory: V8 keeps what it compiled of each
 * question, 1.5 kB, until memory is short. Four windows a second would be 0.3 MB a minute of the application's heap (Node 20).
 */
export const titleOf = (window: number): string => `${OURS}${window % 2}`

export function createOtherProfiles(): OtherProfiles {
  const since = new Map<string, number>()
  return {
    began({ id, title }, moment) {
      if (!title.startsWith(OURS)) since.set(id, moment)
    },
    ended: id => since.delete(id),
    isAny: () => since.size > 0,
    apartUntil(moment) {
      if (since.size === 0) return undefined
      const [first] = since.values()
      const until = first! + LONGEST_MS
      return moment >= until || since.size >= MAX_OPEN ? until : undefined
    },
    forget: () => since.clear()
  }
}
