// Words for who held what a request waited for, connections of a pool or sockets of a client, when the wait began. Pure.

import type { Holder, Operation } from '../../types.js'
import type { Facts } from '../facts.js'
import { type Blame, blame, sayBlameBare } from '../frames.js'
import { callsOf, type Wait } from '../waits.js'
import { duration, ITSELF, OUTSIDE, plural, requestName } from '../words.js'

type Pool = NonNullable<Operation['pool']>

export interface HolderGroup {
  name: string
  count: number
  /** The one that had it longest. */
  holder: Holder
  /** Where that one took it, or another of them. */
  taken: Blame | undefined
}

export function sayHeld(wait: Wait, pool: Pool, facts: Facts): string {
  const before = isOwnQueue(wait, facts) ? `, and ${sayCalls(waitingAt(wait, facts), 'waited before it', true)}` : ''
  return `${sayHolders(pool, facts)}${before}`
}

function sayHolders(pool: Pool, facts: Facts): string {
  const { size, inUse, holders } = pool
  const all = inUse < size ? saySome(inUse, size) : size === 1 ? 'the only one was held' : `all ${size} were held`
  const [first, ...others] = rankHolders(holders, facts)
  if (!first) return all
  const oldest = `oldest ${duration(first.holder.heldMs)}${sayTaken(first, facts)}`
  if (others.length === 0 && first.count >= Math.min(size, inUse))
    return `${all}${inUse > 1 ? ', all' : ''} by ${first.name} (${oldest})`
  // Of a large pool not every connection was looked at.
  const atLeast = holders.length < inUse ? 'at least ' : ''
  const own = others.find(({ name }) => name === ITSELF)
  const ownToo = own ? `, and ${own.count} by ${ITSELF}` : ''
  return `${all}, ${atLeast}${first.count} of them by ${first.name} (${oldest})${ownToo}`
}

const saySome = (inUse: number, size: number): string => `${inUse} of ${size} ${inUse === 1 ? 'was' : 'were'} held`

function sayTaken({ holder, taken }: HolderGroup, { root, nameOf }: Facts): string {
  if (holder.call) return `, for ${nameOf(holder.call).label}`
  return taken ? `, taken in ${sayBlameBare({ ...taken, callee: undefined }, root)}` : ''
}

/** By route, the one with most connections first. A holder nobody saw take its connection is left out. */
export function rankHolders(holders: Holder[], { timeline }: Facts): HolderGroup[] {
  const groups = new Map<string, HolderGroup>()
  for (const holder of holders) {
    if (!holder.request && holder.heldMs <= 0) continue
    const name = holderName(holder, timeline.id)
    const group = groups.get(name)
    const taken = Array.isArray(holder.takenAt) ? blame(holder.takenAt) : undefined
    if (!group) groups.set(name, { name, count: 1, holder, taken })
    else {
      group.count++
      const isOlder = holder.heldMs > group.holder.heldMs
      if (isOlder) group.holder = holder
      group.taken = isOlder ? (taken ?? group.taken) : (group.taken ?? taken)
    }
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || b.holder.heldMs - a.holder.heldMs)
}

function holderName({ request }: Holder, own: number): string {
  if (!request) return OUTSIDE
  return request.id === own ? ITSELF : requestName(request)
}

export function sayCalls(count: number, did: string, isOwn: boolean): string {
  if (count === 1 && isOwn) return `1 call of ${ITSELF} ${did}`
  return `${plural(count, 'call')} ${did}${isOwn ? `, most of them of ${ITSELF}` : ''}`
}

export const MOST_SHARE = 0.5

/** Whoever held the connections when it began, the request's own calls then had each of them before it. */
export function isOwnQueue(wait: Wait, facts: Facts): boolean {
  const waiting = waitingAt(wait, facts)
  const { size = 0 } = wait.operation.pool ?? {}
  return waiting >= size && ownAhead(wait, facts) >= Math.max(size, waiting * MOST_SHARE)
}

/** A pool that counts a call only in a later turn (sequelize) knows nothing yet of those that were begun in the same one. */
export function waitingAt(wait: Wait, facts: Facts): number {
  const { waiting = 0, inUse = 0 } = wait.operation.pool ?? {}
  return Math.max(waiting, ownAhead(wait, facts) - inUse)
}

/** Its own waits for the same that had begun before and were not over. Of those beyond the recorder's limit, as many as waited at once. */
export const ownAhead = (wait: Wait, facts: Facts): number =>
  ownBefore(wait, facts).reduce((sum, { operation }) => sum + (operation.atOnce ?? 1), -1)

export const ownBefore = ({ operation }: Wait, { waits }: Facts): Wait[] =>
  callsOf(waits).filter(
    one =>
      isAlike(one.operation, operation) && one.operation.start <= operation.start && servedAt(one) > operation.start
  )

const isAlike = (a: Operation, b: Operation): boolean =>
  (a.kind === 'pool' || a.pool !== undefined) && a.kind === b.kind && a.system === b.system && a.target === b.target

/** A call goes on when it has its socket. */
const servedAt = ({ operation: { kind, marks }, end }: Wait): number =>
  kind === 'pool' ? end : (marks?.['socket'] ?? marks?.['sent'] ?? end)
