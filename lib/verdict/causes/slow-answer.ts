// What answered slowly: a statement, a command, a message, a look-up of a name, a child process. And the words for the longest of
// several waits, which calls share.

import type { Redact } from '../../scrub/secrets.js'
import type { Cause, Culprit, OperationKind } from '../../types.js'
import type { Facts } from '../facts.js'
import { isQueuedLookUp } from '../full-pool.js'
import { ellipsis, targetOf } from '../names.js'
import { phasesOf, sumPhases } from '../phases.js'
import { isSequential, MANY } from '../repeats.js'
import type { Stretch } from '../sweep.js'
import { turnOf, type Wait } from '../waits.js'
import { duration, plural } from '../words.js'
import { sayAhead } from './ahead.js'
import { byOperation, claimWaits, culpritOf, doubtWait, type Share, unreadMs, whileRead } from './claims.js'
import type { CauseRow, Claim } from './row.js'
import { saySent } from './sent.js'

export const dbSlowQuery = slowAnswer('db.slow_query', 'db', 'statement', {
  advice:
    'Run the statement under EXPLAIN (ANALYZE): look for a missing index, for rows read and thrown away, and for locks that ' +
    'it waits for, also in a pooler before the server. Where its rows took long to come in, fetch fewer or smaller ones, and where it took ' +
    'long to be sent, send less with it. Where it had no connection, keep them open in a pool. Where it is quick there, look at the ' +
    'way: how far it is, what is sent with it, lost packets; and send fewer statements.'
})

export const cacheSlow = slowAnswer('cache.slow', 'cache', 'command', {
  advice:
    'Look at the server’s SLOWLOG and at the size of what is fetched; a command also waits for those that were sent before ' +
    'it on the same connection, and for the connection where there is none. Give commands that wait on purpose (BLPOP) a connection ' +
    'of their own.'
})

export const messageSlow = slowAnswer('message.slow', 'message', 'message', {
  advice:
    'Of a request, look at whoever answers its subject. Of what is sent, look at the broker’s load and at what it has to do before it ' +
    'confirms (replicas, disks); send in batches, or after the answer to whoever asked.'
})

export const dnsSlow = slowAnswer('dns.slow', 'dns', 'look-up', {
  advice:
    'Look at the name servers of /etc/resolv.conf and at its search domains; keep connections open, or cache addresses. ' +
    '`dns.lookup` also waits for one of libuv’s threads (UV_THREADPOOL_SIZE).'
})

export const processSlow = slowAnswer('process.slow', 'process', 'child process', {
  advice:
    'Start the program once and keep it, hand the work to a queue, or do it in a library: each start costs tens of ' +
    'milliseconds, and all children share the CPUs of this machine.'
})

function slowAnswer(cause: Cause, kind: OperationKind, noun: string, { advice }: { advice: string }): CauseRow {
  return {
    cause,
    advice,
    claims: facts =>
      claimWaits(
        cause,
        facts,
        kind,
        wait =>
          !wait.operation.blocking && !facts.repeats.of.has(wait.operation) && !isQueuedLookUp(wait, facts.evidence)
      )
        .map(stretch => (stretch.wait ? { ...stretch, start: turnOf(stretch.wait) } : stretch))
        .map(doubtFed)
        .map(inPieces)
        .flatMap(whileRead),
    detail: claim => longest(claim, noun),
    sentence(claim, facts) {
      const [first, ...others] = byOperation(claim)
      if (!first) return ''
      const { wait } = first
      const call = sayCall(wait, targetOf(wait.operation))
      const ofAll = others.length === 0 ? '' : sayUnconnected([first, ...others], claim.ms)
      const ofIt = ofAll
        ? ''
        : sayResent(first) || sayUnconnected([first], first.ms) || saySent(first) || sayRows(first)
      const told = `${call}${ofIt}${sayTogether(wait, facts)}${sayBatch(wait, facts)}${saySentWith(wait, facts)}`
      return sayWaited(claim, noun, `${told}${ending(wait, facts.redact)}`, ofAll || sayFloor([first, ...others]))
    },
    culprit: longestCulprit,
    doubt: (claim, facts) => doubtWait(claim, facts) ?? doubtPooler(claim) ?? doubtSentWith(claim, facts)
  }
}

/** Whatever else was waited for meanwhile may be what its rows come from. */
const doubtFed = (stretch: Stretch): Stretch =>
  stretch.wait && isFed(stretch.wait)
    ? {
        ...stretch,
        rank: 0,
        doubt: `the rows for ${stretch.wait.name.label} came from this program, so whoever gives them may have been slow`
      }
    : stretch

/** The rows of COPY … TO STDOUT come as bytes, with which the program works piece by piece. */
const inPieces = (stretch: Stretch): Stretch =>
  stretch.wait?.operation.kind === 'db' && COPIED_OUT.test(stretch.wait.name.text)
    ? { ...stretch, inPieces: true }
    : stretch

const COPIED_OUT = /^COPY\b.*\bTO STDOUT\b/is

const isFed = ({ operation: { kind }, name: { text } }: Wait): boolean => kind === 'db' && FED.test(text)

/** Its rows are not in the statement: they are sent after it. */
const FED = /^(?:COPY\b.*\bFROM STDIN\b|LOAD DATA\b.*\bLOCAL INFILE\b)/is

/** It keeps a statement back while all its connections to the server are taken, and nobody outside it sees that. */
const doubtPooler = (claim: Claim): string | undefined =>
  byOperation(claim)[0]?.wait.operation.pooled
    ? 'it was sent to a pooler (pgbouncer?), and may have waited there for a connection to the database'
    : undefined

/** A broker hands a request on: who is slow is behind it. */
function sayCall({ name: { label }, operation: { kind } }: Wait, at: string): string {
  if (kind === 'message' && /^request /.test(label)) return `the answer to ${label}${at && `, sent through ${at}`}`
  return `${label}${at && ` at ${at}`}`
}

const UNSERVED_SHARE = 0.5

/** What clients kept back until they were connected is no slowness of the server. */
function sayUnconnected(shares: Share[], ofMs: number): string {
  const ms = shares.reduce((sum, share) => sum + unconnectedMs(share), 0)
  return ms > 0 && ms >= ofMs * UNSERVED_SHARE ? ` (${duration(ms)} of it without a connection)` : ''
}

/** Nor is it what passed until a client that had lost its connection had another one. */
function sayResent({ wait: { operation, start, end }, ms }: Share): string {
  const { lost, resent } = operation.marks ?? {}
  if (lost === undefined) return ''
  const said = ` (its connection was lost after ${duration(lost - start)}, and `
  return resent === undefined
    ? `${said}it was not sent again)`
    : `${said}${duration(Math.min(Math.min(resent, end) - lost, ms))} passed until it was sent again)`
}

const ALIKE_MIN = 4
const ALIKE_SHARE = 0.7

/** Different calls that all take alike have the way in common. Those of one kind are a loop, and told as that. */
function sayFloor(shares: Share[]): string {
  const shortest = shares.at(-1)!
  const isAlike = shares.length >= ALIKE_MIN && shortest.ms >= shares[0]!.ms * ALIKE_SHARE
  return isAlike ? `, none of which took less than ${duration(shortest.ms)}` : ''
}

/** The server had begun to answer: what is left of its own time, the way and whoever reads them share. */
function sayRows({ wait, ms }: Share): string {
  const { operation, start, end } = wait
  const { headers } = operation.marks ?? {}
  if (operation.kind !== 'db' || headers === undefined || isFed(wait)) return ''
  const rowsMs = end - Math.max(headers, start) - unreadMs(operation)
  if (rowsMs < (end - start) * UNSERVED_SHARE) return ''
  const since = SEVERAL_ANSWERS.test(wait.name.alike)
    ? 'after the first of its answers had begun'
    : 'while its rows came in'
  return ` (${duration(Math.min(rowsMs, ms))} of it ${since})`
}

/** Statements that are sent as one, and procedures: any of them but the first may have been slow at the server. */
const SEVERAL_ANSWERS = /^CALL\b|;\s*[^\s;]/i

/** Of `ms`, because the loop may have been held meanwhile. */
function unconnectedMs({ wait: { operation, end }, ms }: Share): number {
  if (!operation.marks || operation.marks['queued'] !== undefined) return 0
  const { socket = 0, connect = 0 } = Object.fromEntries(sumPhases(phasesOf(operation, end)))
  return socket + connect < (end - operation.start) * UNSERVED_SHARE ? 0 : Math.min(socket + connect, ms)
}

/** Which of the two took the time is not known; a server of commands works on one at a time. */
function sayTogether({ operation: { ahead } }: Wait, facts: Facts): string {
  if (ahead?.elsewhere)
    return ` (answered right after ${sayAhead(ahead.elsewhere, facts)}, which was sent before it on another connection)`
  return ahead?.together ? ` (answered together with ${sayAhead(ahead.together, facts)} on the same connection)` : ''
}

/** A client that batches by itself settles a batch when its last answer came: which of them was slow nobody knows. */
function sayBatch(wait: Wait, { waits }: Facts): string {
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

function saySentWith(wait: Wait, facts: Facts): string {
  const [first, ...others] = sentWith(wait, facts)
  return first
    ? `, sent together with ${first.name.label}${others.length > 0 ? ` and ${plural(others.length, 'other')}` : ''}`
    : ''
}

/** Of one command it is known what took long, if not in which call. */
function doubtSentWith(claim: Claim, facts: Facts): string | undefined {
  const wait = byOperation(claim)[0]?.wait
  if (!wait) return undefined
  const { together } = wait.operation.ahead ?? {}
  const others = sentWith(wait, facts).map(({ name }) => name)
  if (together) others.push(facts.nameOf(together))
  return others.some(({ label }) => label !== wait.name.label)
    ? 'a server answers commands that it has read together when it has worked on all, so another of them may have been slow'
    : undefined
}

/** `SELECT orders`, `3 statements, the longest SELECT orders`. */
export function longest(claim: Claim, noun: string): string {
  const [first, ...others] = byOperation(claim)
  if (!first) return ''
  const { label } = first.wait.name
  return others.length === 0 ? label : `${plural(others.length + 1, noun)}, the longest ${label}`
}

export function longestCulprit(claim: Claim): Culprit | null {
  const first = byOperation(claim)[0]
  return first ? culpritOf(first.wait) : null
}

/**
 * `what` is the longest of them, `ofAll` what is said of all. Its time stands before it: after an error's text it would be read as part of
 * that.
 */
export function sayWaited(claim: Claim, noun: string, what: string, ofAll = ''): string {
  const shares = byOperation(claim)
  const time = duration(shares[0]?.ms ?? claim.ms)
  if (shares.length < 2) return `Waited ${time} for ${what}.`
  const how = isLoop(shares) ? ' one after another' : ''
  return `Waited ${duration(claim.ms)} for ${plural(shares.length, noun)}${how}${ofAll}; the longest, ${time}, was ${what}.`
}

/** As many as a loop makes, of which the longest tells little: of each month's table, say. */
const isLoop = (shares: Share[]): boolean =>
  shares.length >= MANY &&
  isSequential(shares.map(({ wait }) => ({ ...wait, start: wait.operation.start })).sort((a, b) => a.start - b.start))

/** How an operation ended, when it did not end well. */
export function ending({ operation, until }: Wait, redact: Redact): string {
  if (operation.error) return `, which failed: ${sayError(operation.error, redact)}`
  if (until !== Number.POSITIVE_INFINITY) return ''
  return operation.kind === 'process' ? ', which has not ended yet' : ', which has not answered yet'
}

const ERROR_MAX_CHARS = 120

/** For the end of a sentence, whose full stop follows. */
export const sayError = (error: string, redact: Redact): string =>
  ellipsis(redact(error).trim(), ERROR_MAX_CHARS).replace(/\.$/, '')
