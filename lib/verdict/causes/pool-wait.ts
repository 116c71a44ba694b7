// No free connection: says who held them when the wait began. A client without a pool is a pool of one: of what it had before this call,
// what took longest is said (ahead.ts).

import type { Culprit, Operation } from '../../types.js'
import type { Facts } from '../facts.js'
import { relativeFrame } from '../frames.js'
import { NEARLY_ALL_SHARE } from '../full-pool.js'
import { allInside, totalMs } from '../intervals.js'
import { pooledBy, targetOf } from '../names.js'
import type { Stretch } from '../sweep.js'
import { sentAt, turnOf, type Wait } from '../waits.js'
import { duration, plural } from '../words.js'
import { culpritBefore, sayBusyConnection } from './ahead.js'
import { byOperation, claimWait, claimWaits, culpritOf, doubtWait, isHttpPool, ofLongest } from './claims.js'
import { isOwnQueue, MOST_SHARE, ownAhead, ownBefore, rankHolders, sayCalls, sayHeld, waitingAt } from './holders.js'
import { withoutLookUps } from './opening.js'
import type { CauseRow, Claim } from './row.js'
import { sayError } from './slow-answer.js'

export const dbPoolWait: CauseRow = {
  cause: 'db.pool_wait',
  advice: [
    {
      when: ofLongest(({ wait }) => wait.operation.kind !== 'pool'),
      say:
        'One client for all has their statements or commands answered one after another: use a pool, or give what takes long, or waits on ' +
        'purpose (BLPOP), a connection of its own.'
    },
    {
      when: ofLongest(({ wait }, facts) => isChecked(wait, facts)),
      say: 'Let the pool check only connections that were idle for long, or look at how long a ping takes.'
    },
    {
      when: ofLongest(({ wait, ms }, facts) => isOpened(wait, facts) || sayOpening(wait, ms, facts) !== ''),
      say:
        'Keep connections open (the pool’s minimum, its idle time, how often one is used again), open them before the first request, and ' +
        'look at how long the server takes to let one in: the way, TLS, the check of the password.'
    },
    {
      when: ofLongest(({ wait }, facts) => isOwnQueue(wait, facts)),
      say: 'Ask for fewer connections at once: one after another, a few at a time, or one statement for all.'
    },
    {
      say:
        'Find out why the holders keep their connections (transactions that wait for something else, clients that are not released), or why ' +
        'one request asks for so many at once; only then make the pool larger.'
    }
  ],
  claims: facts => [
    ...claimWaits('db.pool_wait', facts, 'pool', ({ operation }) => !isHttpPool(operation)).flatMap(stretch =>
      withoutLookUps(stretch, stretch.wait && isOpened(stretch.wait, facts) ? stretch : undefined, facts)
    ),
    ...claimQueued(facts)
  ],
  detail(claim, facts) {
    const wait = byOperation(claim)[0]?.wait
    if (!wait) return ''
    if (wait.operation.kind !== 'pool') return `${wait.name.label} behind others on its connection`
    const { pool, system } = wait.operation
    return pool
      ? `${poolOf(system)} ${pool.inUse}/${pool.size} in use,${pool.free ? ` ${pool.free} free,` : ''} ${waitingAt(wait, facts)} waiting`
      : poolOf(system)
  },
  sentence(claim, facts) {
    const waits = byOperation(claim)
    const wait = waits[0]?.wait
    if (wait && wait.operation.kind !== 'pool')
      return `Waited ${duration(claim.ms)} ${sayBusyConnection(wait, claim.ms, waits.length - 1, facts)}.`
    const count = waits.reduce((sum, { wait }) => sum + wait.operation.count, 0)
    const many = count > 1 ? ` (${plural(count, 'wait')})` : ''
    const what = wait ? pooledBy(wait.operation.system) : 'connection'
    return `Waited ${duration(claim.ms)} for a ${what}${many}${wait ? `${sayPool(wait, facts)}${sayOpening(wait, claim.ms, facts)}` : ''}.`
  },
  culprit(claim, facts) {
    const wait = byOperation(claim)[0]?.wait
    if (!wait) return null
    if (wait.operation.kind !== 'pool') return culpritBefore(wait, facts) ?? culpritOf(wait)
    const target = targetOf(wait.operation) || poolOf(wait.operation.system)
    const culprit: Culprit = { target }
    if (isOwnQueue(wait, facts)) return culprit
    const first = rankHolders(wait.operation.pool?.holders ?? [], facts)[0]
    if (first?.holder.request) {
      culprit.route = first.name
      culprit.traceId = first.holder.request.traceId
    }
    if (first?.taken) culprit.frame = relativeFrame(first.taken.frame, facts.root)
    return culprit
  },
  doubt: (claim, facts) => doubtWait(claim, facts) ?? doubtFull(claim, facts)
}

/** The hash of a password, as of SCRAM, needs one of libuv's threads, and so does a look-up that another request began. */
function doubtFull(claim: Claim, facts: Facts): string | undefined {
  const wait = byOperation(claim)[0]?.wait
  if (wait?.operation.kind !== 'pool' || !isOpened(wait, facts)) return undefined
  const fullMs = totalMs((facts.evidence.fullPool ?? []).flatMap(full => allInside(claim.pieces, full)))
  if (fullMs < claim.ms * NEARLY_ALL_SHARE) return undefined
  const full = `libuv’s thread pool was full for ${duration(fullMs)} of that time`
  return `${full}, and who opens a connection may need one of its threads, for the name or the password`
}

const poolOf = (system: string): string => (system.endsWith('pool') ? system : `${system} pool`)

/** Of a loop of like statements the loop is told. */
const claimQueued = ({ served, repeats }: Facts): Stretch[] =>
  served
    .filter(wait => wait.operation.kind !== 'dns' && turnOf(wait) > sentAt(wait) && !repeats.of.has(wait.operation))
    .map(wait => {
      const until = turnOf(wait)
      const claimed = claimWait('db.pool_wait', wait)
      return { ...claimed, start: sentAt(wait), end: until, until: until < wait.end ? until : wait.until }
    })

function sayPool(wait: Wait, facts: Facts): string {
  const { pool } = wait.operation
  if (!pool) return ''
  const { size, inUse } = pool
  if (isChecked(wait, facts)) return `, though ${sayFree(pool)} ${CHECKED}${sayFailed(wait, facts)}`
  if (isOpened(wait, facts)) return `${sayOpened(pool)} took that long${sayFailed(wait, facts)}`
  const why = inUse < size ? sayQueue(wait, facts) : sayHeld(wait, pool, facts)
  return `: ${why}${sayFailed(wait, facts, 'until it failed')}`
}

/** It did not wait for a holder, and need not have waited for a new one. */
const isChecked = (wait: Wait, facts: Facts): boolean => waitingAt(wait, facts) < (wait.operation.pool?.free ?? 0)

/** The size of some is how many connections they have, not how many they may have. */
function isOpened(wait: Wait, facts: Facts): boolean {
  const { pool } = wait.operation
  return pool !== undefined && (pool.size === 0 || pool.inUse + waitingAt(wait, facts) < pool.size)
}

const sayOpened = ({ size, inUse }: NonNullable<Operation['pool']>): string =>
  size === 0
    ? ', of which the pool had none: opening one'
    : `, though only ${inUse} of ${size} ${inUse === 1 ? 'was' : 'were'} in use: opening a new one`

const sayFree = ({ free = 0, size }: NonNullable<Operation['pool']>): string =>
  `${free} of ${size} ${free === 1 ? 'was' : 'were'} open and free:`

const CHECKED = 'its pool took that long to give one out, as a pool does that checks a connection first (a ping)'

const sayFailed = ({ operation: { error } }: Wait, { redact }: Facts, how = 'and failed'): string =>
  error ? `, ${how}: ${sayError(error, redact)}` : ''

/** The connections were free, but others had asked before. */
function sayQueue(wait: Wait, facts: Facts): string {
  const waiting = waitingAt(wait, facts)
  const { size = 0 } = wait.operation.pool ?? {}
  const isOwn = ownAhead(wait, facts) >= waiting * MOST_SHARE
  return sayCalls(waiting, `waited for ${plural(size, pooledBy(wait.operation.system))}`, isOwn)
}

/** A pool that had none left to give, because it was still opening what the request had asked for before, was short of no connection. */
function sayOpening(wait: Wait, mostMs: number, facts: Facts): string {
  const { start, end } = wait
  const opened = ownBefore(wait, facts).filter(one => one !== wait && isOpening(one, facts))
  const ms = Math.min(end, ...opened.map(one => one.end)) - start
  if (opened.length === 0 || isOpening(wait, facts) || ms < (end - start) * MOST_SHARE) return ''
  return `; ${duration(Math.min(ms, mostMs))} of it passed before the first was open`
}

function isOpening(wait: Wait, facts: Facts): boolean {
  const { inUse = 0, size = 0, free = 0 } = wait.operation.pool ?? {}
  return free === 0 && inUse + waitingAt(wait, facts) < size
}
