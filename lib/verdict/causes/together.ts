// Words for calls that were answered together: what stood before one on its connection, those of one batch, and commands that a server has
// read in one go. Which of them took the time is not known, or not whose it was. Pure.

import type { Facts } from '../facts.js'
import { targetOf } from '../names.js'
import type { Wait } from '../waits.js'
import { plural } from '../words.js'
import { sayAhead } from './ahead.js'
import { byOperation } from './claims.js'
import type { Claim } from './row.js'
import { sayUnconnected } from './unconnected.js'

/** Which of the two took the time is not known; a server of commands works on one at a time. */
export function sayTogether({ operation: { ahead } }: Wait, facts: Facts): string {
  if (ahead?.elsewhere)
    return ` (answered right after ${sayAhead(ahead.elsewhere, facts)}, which was sent before it on another connection)`
  return ahead?.together ? ` (answered together with ${sayAhead(ahead.together, facts)} on the same connection)` : ''
}

/** A client that batches by itself settles a batch when its last answer came: which of them was slow nobody knows. */
export function sayBatch(wait: Wait, { waits }: Facts): string {
  const { target, marks } = wait.operation
  if (marks?.['batched'] === undefined) return ''
  const labels = waits.single
    .filter(({ operation }) => operation !== wait.operation && operation.target === target)
    .filter(other => other.operation.marks?.['batched'] !== undefined && isSettledWith(other, wait))
    .map(({ name }) => name.label)
  const [first, ...more] = new Set(labels)
  return first === undefined
    ? ', in a batch that other requests may share'
    : `, in one batch with ${first}${more.length > 0 ? ` and ${plural(more.length, 'other')}` : ''}`
}

/**
 * Each call of a batch is settled by a callback of its own, and whoever waited for one runs before the next is. What is in the next batch
 * was not sent before.
 */
const isSettledWith = (a: Wait, b: Wait): boolean =>
  a.operation.start < b.end &&
  b.operation.start < a.end &&
  Math.abs(a.end - b.end) <= (b.end - b.operation.start) * SETTLED_SHARE

const SETTLED_SHARE = 0.1

/** A free server has read the one before the other comes, if there was more time than that. */
const READ_MS = 2

/**
 * Redis works on all commands that it has read together, and sends the answers then: the first of them is answered late whichever took long.
 * An answer that came before shows that its command was read, or was done, before.
 */
function sentWith(wait: Wait, { served }: Facts): Wait[] {
  const { operation } = wait
  const { system, start, marks } = operation
  if (system !== 'redis' || marks?.['batched'] !== undefined || sayUnconnected([{ wait, ms: wait.end - start }], 0))
    return []
  return served.filter(
    ({ operation: other, end }) =>
      other !== operation &&
      other.system === system &&
      !other.blocking &&
      targetOf(other) === targetOf(operation) &&
      Math.abs(other.start - start) < READ_MS &&
      end >= wait.end - SAME_READ_MS
  )
}

/** Answers of one read are told one after another. */
const SAME_READ_MS = 1

export function saySentWith(wait: Wait, facts: Facts): string {
  const [first, ...others] = sentWith(wait, facts)
  return first
    ? `, sent together with ${first.name.label}${others.length > 0 ? ` and ${plural(others.length, 'other')}` : ''}`
    : ''
}

/** Of one command it is known what took long, if not in which call. */
export function doubtSentWith(claim: Claim, facts: Facts): string | undefined {
  const wait = byOperation(claim)[0]?.wait
  if (!wait) return undefined
  const { together } = wait.operation.ahead ?? {}
  const others = sentWith(wait, facts).map(({ name }) => name)
  if (together) others.push(facts.nameOf(together))
  return others.some(({ label }) => label !== wait.name.label)
    ? 'a server answers commands that it has read together when it has worked on all, so another of them may have been slow'
    : undefined
}
