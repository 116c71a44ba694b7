// When the agent thread looks at a thread again. Pure. Each look wakes it up, which costs about as much as what it does then.
//
// A request has aged when it has used up a tenth of its threshold (`AGED_SHARE`). While none in flight has aged, what is seen now is at
// most the first tenth of what a report will tell. So the next look comes when the first of them ages, or when a request that begins
// meanwhile could; and the kernel's counters, which are told for the time between two looks, are read seldom. The lower the lowest
// threshold is, the less all this differs from the looks while a request has aged.
//
// While one has aged the loop's silence is found soon, and all is read each time. The loop is silent when its last beat is BLOCK_MS old.
// A look at that very moment comes just before the third beat: it finds two, and the next look is due after two more. A little later it
// finds three, which is a third fewer looks.

import { AGED_SHARE } from '../worker/shared.js'

/** Of `auto` (lib/record/slow.ts). */
const AUTO_MS = 50
/** While requests are in flight this thread sleeps no longer: more would look like a stop of the process (lib/verdict/standstills.ts). */
const YOUNG_MS = 50
/** Those of a busy loop are 10.0 to 10.6 ms apart, on a busy machine 12 (Node 24). */
const THIRD_BEAT_MS = 4
const THIRD_BEAT_SHARE = 0.01
const KERNEL_MS = 100
const KERNEL_SHARE = 0.2

export interface Slow {
  slowMs?: number | 'auto'
  slowRoutes?: Record<string, number>
}

/** Of all that the options say is slow. */
export const shortestOf = ({ slowMs = AUTO_MS, slowRoutes = {} }: Slow): number =>
  Math.min(slowMs === 'auto' ? AUTO_MS : slowMs, ...Object.values(slowRoutes))

/** `silentAt`: before that the loop cannot be silent. `agesAt`: of those in flight. */
export function nextLook(moment: number, silentAt: number, agesAt: number, shortestMs: number): number {
  if (agesAt <= moment) return silentAt + Math.min(THIRD_BEAT_MS, shortestMs * THIRD_BEAT_SHARE)
  return Math.max(silentAt, Math.min(agesAt, moment + Math.min(YOUNG_MS, shortestMs * AGED_SHARE)))
}

/** Between two looks at the kernel's counters while nobody has aged. */
export const seldomMs = (shortestMs: number): number => Math.min(KERNEL_MS, shortestMs * KERNEL_SHARE)
