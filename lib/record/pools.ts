// Who holds the connections of a pool, since when, and where they were taken. Main thread.
//
// Known without a hook on their return: whoever got a connection, a request or code outside any, holds it for as long as the pool counts
// it as busy, also while it is still being opened for them, where that is seen. Where it was taken is the line that asked for it. A stack
// costs 15 to 75 µs in a loop and 230 in a busy service (Node 24), a statement not much more, the first of a process 0.2 ms and more: so
// one is taken at most every EACH_MS, and all together take STACKS_SHARE of the time, of which SAVED_MS can be saved up. A pool that is
// short of connections is so because some are held for long, and those of a busy service come again and again from the same few lines.
// One counts for MOST_MS at most: what took longer is a thread that had no CPU meanwhile, and on a busy machine a single such stack
// would use up what is allowed for seconds.

import { now } from '../process/clock.js'
import type { Holder, Operation, PoolFacts } from '../types.js'
import type { Request } from './request.js'
import { plainStack } from './stack.js'

const MAX_HOLDERS = 20
const STACK_FRAMES = 16
const EACH_MS = 40
const STACKS_SHARE = 0.002
const SAVED_MS = 10
const MOST_MS = 0.5

interface Hold {
  /** Undefined: code outside any. */
  request: Request | undefined
  since: number
  takenAt: string | undefined
}

/** By the library's connection object. */
const holds = new WeakMap<object, Hold>()
let lastStack = Number.NEGATIVE_INFINITY
let allowedMs = SAVED_MS
let reckoned = now()

export const hold = (connection: object, request: Request | undefined, takenAt: string | undefined): void => {
  holds.set(connection, { request, since: now(), takenAt })
}

/** The stack of whoever asks for a connection now, unless one was taken a moment ago, or too many before. */
export function askedAt(): string | undefined {
  const moment = now()
  if (moment - lastStack < EACH_MS) return undefined
  allowedMs = Math.min(SAVED_MS, allowedMs + (moment - reckoned) * STACKS_SHARE)
  reckoned = moment
  if (allowedMs < 0) return undefined
  lastStack = moment
  const stack = plainStack(STACK_FRAMES)
  allowedMs -= Math.min(MOST_MS, now() - moment)
  return stack
}

/** Copied as text at once: a kept reference from request to request would chain their whole history in memory. */
export function snapshotPool(pool: PoolFacts): Operation['pool'] {
  const held: Holder[] = []
  for (const connection of pool.busy) {
    if (held.length >= MAX_HOLDERS) break
    const found = holds.get(connection)
    if (!found) held.push({ request: null, heldMs: 0 })
    else held.push({ request: found.request?.ref ?? null, heldMs: now() - found.since, takenAt: found.takenAt })
  }
  const { size, inUse, waiting, free = 0 } = pool
  return { size, inUse, waiting, ...(free > 0 && { free }), holders: held }
}
