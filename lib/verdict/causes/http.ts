// Calls to other services: who answered late, or why the call was not yet on its way.

import type { Culprit } from '../../types.js'
import type { Facts } from '../facts.js'
import { lookUpBehind, stoodInPool } from '../full-pool.js'
import { totalMs } from '../intervals.js'
import { targetOf } from '../names.js'
import { type Phase, type PhaseName, phasesOf } from '../phases.js'
import type { Stretch } from '../sweep.js'
import { turnOf, type Wait } from '../waits.js'
import { duration, plural } from '../words.js'
import {
  besideTurns,
  byOperation,
  claimPhases,
  claimWaits,
  doubtWait,
  isHttpPool,
  ofLongest,
  type Share,
  unreadMs,
  whileRead
} from './claims.js'
import { isOwnQueue, rankHolders, sayHeld } from './holders.js'
import type { CauseRow, Claim } from './row.js'
import { saySent, wasSending } from './sent.js'
import { ending, longest, longestCulprit, sayError, sayWaited } from './slow-answer.js'

export const httpSlowPeer: CauseRow = {
  cause: 'http.slow_peer',
  advice: [
    {
      when: wasSending,
      say: 'Send less with the call, or look at the way to the peer, and at whether it reads what it is sent.'
    },
    {
      when: ofLongest(share => isSlowBody(share)),
      say: 'Ask for less of the answer (fields, pages, compression), or look at the way from the peer, and at what it still has to work out.'
    },
    {
      when: ofLongest(({ wait }, facts) => besideOf(wait, facts) >= MANY),
      say: 'Ask the service for all items in one call, or with a limit on how many at once: so many may be what makes it late.'
    },
    {
      say:
        'Look at the called service’s own report of this trace; give the call a timeout, and run calls that do not need each other side by ' +
        'side. Where it was quick by its own report, look at the way, and at the size of what is sent.'
    }
  ],
  claims: facts => [
    ...claimPhases('http.slow_peer', facts, ({ name }) => name === 'firstByte')
      .flatMap(doubtWhileWritten)
      .map(stretch => besideTurns(stretch, facts)),
    ...claimPhases('http.slow_peer', facts, ({ name }) => name === 'body').flatMap(whileBodyRead),
    ...claimWaits(
      'http.slow_peer',
      facts,
      'http',
      ({ operation }) => operation.count > 1 && !facts.repeats.of.has(operation)
    )
  ],
  detail: claim => longest(claim, 'call'),
  sentence(claim, facts) {
    const first = byOperation(claim)[0]
    if (!first) return ''
    return sayWaited(
      claim,
      'call',
      `${first.wait.name.label}${sayAnswer(first, facts)}${saySent(first)}${sayBeside(first.wait, facts)}`
    )
  },
  culprit: longestCulprit,
  doubt: (claim, facts) => doubtCrowd(claim, facts) ?? doubtWait(claim, facts)
}

export const httpSocketWait: CauseRow = {
  cause: 'http.socket_wait',
  advice: [
    {
      when: ofLongest(({ wait }) => wait.operation.marks?.['full'] !== undefined),
      say:
        'Have the peer take more streams at once (its maxConcurrentStreams), or open a further session; or find out why the calls before it ' +
        'keep theirs so long.'
    },
    {
      say:
        'Raise the agent’s maxSockets (maxTotalSockets where all hosts share it, or the pool’s connections), or find out why the calls ' +
        'before it keep theirs so long.'
    }
  ],
  claims: facts => [
    ...claimPhases('http.socket_wait', facts, ({ name }) => name === 'socket'),
    ...claimWaits('http.socket_wait', facts, 'pool', ({ operation }) => isHttpPool(operation))
  ],
  detail: claim => longest(claim, 'call'),
  sentence(claim, facts) {
    const first = byOperation(claim)[0]
    if (!first) return ''
    const to = targetOf(first.wait.operation)
    const call = `${first.wait.name.label}${sayBeside(first.wait, facts)}`
    const what = first.wait.operation.marks?.['full'] === undefined ? 'socket' : 'stream'
    return `Waited ${duration(claim.ms)} for a free ${what}${to && ` to ${to}`}, before ${call} could be sent${saySockets(first.wait, facts)}.`
  },
  culprit: (claim, facts) => holdingCulprit(claim, facts) ?? longestCulprit(claim),
  doubt: doubtWait
}

function saySockets(wait: Wait, facts: Facts): string {
  const { pool } = wait.operation
  if (!pool) return ''
  const { size, inUse } = pool
  const kept = size - inUse
  return `: ${sayHeld(wait, pool, facts)}${kept > 0 ? `, and ${kept} ${kept === 1 ? 'was' : 'were'} kept open to other peers` : ''}`
}

/** The call that another request has had a socket for, longest. */
function holdingCulprit(claim: Claim, facts: Facts): Culprit | undefined {
  const wait = byOperation(claim)[0]?.wait
  const [first] = rankHolders(wait?.operation.pool?.holders ?? [], facts)
  const { request, call } = first?.holder ?? {}
  if (!wait || !first || !request || !call || isOwnQueue(wait, facts)) return undefined
  return {
    statement: facts.nameOf(call).text,
    target: targetOf(call),
    route: first.name,
    traceId: request.traceId
  }
}

export const httpConnect: CauseRow = {
  cause: 'http.connect',
  advice: [
    {
      say:
        'Keep connections open between calls (keepAlive), and look at the name server, the distance to the peer, whether it accepts ' +
        'connections at once, and at the proxy where there is one.'
    }
  ],
  claims: facts =>
    claimPhases('http.connect', facts, phase => phase.name in SET_UP_NAMES && !stoodInQueue(phase, facts)).map(
      part => ({
        ...part,
        start: begunAt(part, facts)
      })
    ),
  detail: claim => longest(claim, 'call'),
  sentence(claim, facts) {
    const shares = byOperation(claim)
    const [first, ...others] = shares
    if (!first) return ''
    const { wait } = first
    const to = targetOf(wait.operation) || 'the peer'
    const atOnce = sayOpenedAtOnce(wait, shares.length, facts)
    const took = `took ${duration(claim.ms)}`
    if (others.length === 0)
      return `Setting up a connection to ${to}${atOnce} ${took}: ${saySetUp(wait, facts, first.ms)}.`
    // Those that were opened at once have the time in common.
    const longest = longestSetUp(shares, facts)
    const isSame = shares.every(share => targetOf(share.wait.operation) === targetOf(wait.operation))
    const what = plural(shares.length, 'connection')
    return isSame
      ? `Setting up ${what} to ${to}${atOnce} ${took}; the longest: ${saySetUp(longest, facts)}.`
      : `Setting up ${what}${atOnce} ${took}; the longest, to ${targetOf(longest.operation) || 'the peer'}: ${saySetUp(longest, facts)}.`
  },
  culprit: longestCulprit,
  doubt: doubtWait
}

/** `mostMs`: what of it is told. */
function saySetUp(wait: Wait, facts: Facts, mostMs = Number.POSITIVE_INFINITY): string {
  const { system, marks } = wait.operation
  const names = system === 'grpc' ? SET_UP_AS_ONE : SET_UP_NAMES
  const parts = setUpOf(wait, facts)
  const said = parts.map(({ name, start, end }) => `${names[name]} ${duration(Math.min(end - start, mostMs))}`)
  const failed = marks?.['failedTry']
  const end = parts.at(-1)?.end
  if (failed !== undefined && end !== undefined && end - failed >= NOTABLE_MS)
    said.push(`${duration(Math.min(end - failed, mostMs))} of it after a first try had failed`)
  return said.join(', ')
}

function longestSetUp(shares: Share[], facts: Facts): Wait {
  const setUpMs = (wait: Wait): number => totalMs(setUpOf(wait, facts))
  return shares.map(({ wait }) => wait).reduce((longest, wait) => (setUpMs(wait) > setUpMs(longest) ? wait : longest))
}

const setUpOf = (wait: Wait, facts: Facts): Phase[] =>
  phasesOf(wait.operation, wait.end)
    .filter(({ name }) => name in SET_UP_NAMES)
    .map(({ name, start, end }) => ({ name, start: begunAt({ start, end, wait }, facts), end }))

/** When a name was looked up behind others, its turn (threadpool). */
function begunAt(part: Pick<Stretch, 'start' | 'end' | 'wait'>, facts: Facts): number {
  const lookUp = lookUpBehind(part, facts)
  return lookUp ? Math.min(turnOf(lookUp), part.end) : part.start
}

/** So many at once take the peer, and this process, longer than one. */
function sayOpenedAtOnce(wait: Wait, told: number, facts: Facts): string {
  const { target } = wait.operation
  const own = setUpOf(wait, facts)
  const stood = facts.waits.single
    .filter(one => one.operation.target === target && hasOwnConnection(one))
    .filter(one => setUpOf(one, facts).some(({ start, end }) => own.some(part => start < part.end && end > part.start)))
    .map(({ operation }) => operation.marks!['connect'])
  // Calls that undici sends on one connection have its moments in common.
  const count = new Set(stood).size
  return count < MANY ? '' : ` (${told === 1 ? 'one of' : 'of'} ${count} that it opened at once)`
}

/** Streams of HTTP/2 and gRPC share one: the former have no moment at which they are sent or get a socket. */
const hasOwnConnection = ({ operation: { kind, system, marks } }: Wait): boolean =>
  kind === 'http' &&
  system !== 'grpc' &&
  marks?.['connect'] !== undefined &&
  (marks['socket'] ?? marks['sent']) !== undefined

const SET_UP_NAMES: Partial<Record<PhaseName, string>> = {
  opening: 'through its agent (a proxy?)',
  dns: 'DNS',
  connect: 'TCP',
  tls: 'TLS'
}

/** A channel tells only that it is ready, which is after its peer's first frame (grpc-js 1.14); a process that is stopped accepts as well. */
const SET_UP_AS_ONE: typeof SET_UP_NAMES = { connect: 'DNS, TCP, TLS and the peer’s first words together' }

/** For one of libuv's threads (threadpool). */
const stoodInQueue = (phase: Phase, { evidence }: Facts): boolean =>
  phase.name === 'dns' && stoodInPool(phase, evidence)

/** While a body is written, whoever writes it may be slow, or the peer that takes it; what was waited for besides goes before. */
function doubtWhileWritten(stretch: Stretch): Stretch[] {
  const { start, end, wait } = stretch
  const { marks, unsent } = wait?.operation ?? {}
  const { writing, written: over = writing === undefined ? start : end } = marks ?? {}
  // From then on the socket had all of it.
  const written = Math.min(over, unsent?.start ?? end, end)
  if (!wait || written - start < NOTABLE_MS) return [stretch]
  const doubt = `the body of ${wait.name.label} was still being written for ${duration(written - start)} of it, so whoever wrote it may have been slow`
  return [
    { ...stretch, end: written, until: written, rank: 0, doubt },
    { ...stretch, start: written }
  ]
}

const NOTABLE_MS = 1

/** Nor is the peer waited for while the request's own code works with a piece of the body. */
const whileBodyRead = (body: Stretch): Stretch[] => whileRead({ ...body, inPieces: true })

/** Who asks a peer so much at once may be what makes it late. */
const MANY = 10

function sayBeside(wait: Wait, facts: Facts): string {
  const count = besideOf(wait, facts)
  return count >= MANY ? ` (one of ${count} like calls at once)` : ''
}

/** Calls of gRPC share a connection, and no moment tells when one got a stream of it. */
function doubtCrowd(claim: Claim, facts: Facts): string | undefined {
  const wait = byOperation(claim)[0]?.wait
  if (wait?.operation.system !== 'grpc' || besideOf(wait, facts) < MANY) return undefined
  return 'such calls share a connection, on which a peer takes only so many at once, so it may have waited in its client'
}

/** How many like calls were under way during this one, with it. */
const besideOf = ({ operation: { target }, name, start, end }: Wait, { waits }: Facts): number =>
  waits.single.filter(
    one =>
      one.operation.kind === 'http' &&
      one.operation.target === target &&
      one.name.alike === name.alike &&
      one.start < end &&
      one.end > start
  ).length

/** A peer that answers at once and sends slowly is another problem than one that thinks long. */
function sayAnswer(share: Share, { redact }: Facts): string {
  const { wait } = share
  const { statusCode, error } = wait.operation
  if (!statusCode) return ending(wait, redact)
  const bodyMs = bodyMsOf(wait)
  const isSlow = isSlowBody(share)
  const answered = `, which answered ${statusCode}`
  if (error)
    return `${answered} and then failed${isSlow ? `, ${duration(bodyMs)} into its body` : ''}: ${sayError(error, redact)}`
  if (!isSlow) return answered
  return wait.until === Number.POSITIVE_INFINITY
    ? `${answered} and has been sending its body for ${duration(bodyMs)}`
    : `${answered} and took ${duration(bodyMs)} to send its body`
}

const isSlowBody = ({ wait, ms }: Share): boolean => bodyMsOf(wait) > ms / 2

function bodyMsOf({ operation, end }: Wait): number {
  const body = phasesOf(operation, end).find(({ name }) => name === 'body')
  return body ? body.end - body.start - unreadMs(operation) : 0
}
