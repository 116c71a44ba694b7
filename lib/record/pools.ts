// Who holds the connections of a pool, or the sockets of a client, since when, and where they were taken. Main thread.
//
// Of connections it is known without a hook on their return: whoever got one, a request or code outside any, holds it for as long as the
// pool counts it as busy, also while it is still being opened for them, where that is seen. Where it was taken is the line that asked for
// it. A stack costs 15 to 75 µs in a loop and 230 in a busy service (Node 24), a statement not much more, the first of a process 0.2 ms and
// more: so one is taken at most every EACH_MS, and all together take STACKS_SHARE of the time, of which SAVED_MS can be saved up. A pool that is
// short of connections is so because some are held for long, and those of a busy service come again and again from the same few lines.
// One counts for MOST_MS at most: what took longer is a thread that had no CPU meanwhile, and on a busy machine a single such stack
// would use up what is allowed for seconds.

import { MAX_TEXT_CHARS } from '../batch/format.js'
import type { OutsideCall } from '../hook/recorder.js'
import { now } from '../process/clock.js'
import type { Holder, Operation, Taken } from '../types.js'
import type { RecordedOperation } from './recorder-types.js'
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
export const snapshotPool = (pool: Taken): NonNullable<Operation['pool']> =>
  snapshot(pool, connection => {
    const found = holds.get(connection)
    return found && holderOf(found.request, found.since, { takenAt: found.takenAt })
  })

/** The same of the calls that have a client's sockets. No note of them is needed: a library knows which call a socket is for. */
export const snapshotCalls = (
  taken: Taken,
  callOf: (key: object) => RecordedOperation | OutsideCall | undefined
): NonNullable<Operation['pool']> =>
  snapshot(taken, key => {
    const call = callOf(key)
    if (!call?.request) return call && holderOf(undefined, call.since, {})
    if (call.request.isUntold(call.operation)) return undefined
    const { kind, system, text, target } = call.operation
    return holderOf(call.request, gotSocket(call.operation), {
      call: { kind, system, text: text?.slice(0, MAX_TEXT_CHARS), target }
    })
  })

/** Of a connection that is being made, when that began. */
function gotSocket({ start, marks }: Operation): number {
  return Math.max(start, marks?.['socket'] ?? marks?.['connecting'] ?? marks?.['sent'] ?? start)
}

function snapshot(
  { size, inUse, waiting, free = 0, busy }: Taken,
  find: (held: object) => Holder | undefined
): NonNullable<Operation['pool']> {
  const holders: Holder[] = []
  for (const held of busy) {
    if (holders.length >= MAX_HOLDERS) break
    holders.push(find(held) ?? { request: null, heldMs: 0 })
  }
  return { size, inUse, waiting, ...(free > 0 && { free }), holders }
}

const holderOf = (request: Request | undefined, since: number, more: Pick<Holder, 'takenAt' | 'call'>): Holder => ({
  request: request?.ref ?? null,
  heldMs: now() - since,
  ...more
})
