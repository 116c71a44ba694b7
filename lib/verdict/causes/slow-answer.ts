// What answered slowly: a statement, a command, a message, a look-up of a name, a child process. And the words for the longest of
// several waits, which calls share.

import type { Redact } from '../../scrub/secrets.js'
import type { Cause, Culprit, OperationKind } from '../../types.js'
import type { Facts } from '../facts.js'
import { isQueuedLookUp } from '../full-pool.js'
import { gapsBetween, totalMs } from '../intervals.js'
import { isReadFrom } from '../lost.js'
import { ellipsis, targetOf } from '../names.js'
import { isSequential, MANY } from '../repeats.js'
import type { Stretch } from '../sweep.js'
import { sentAt, turnOf, type Wait } from '../waits.js'
import { duration, plural } from '../words.js'
import {
  besideTurns,
  byOperation,
  CROWDED_SHARE,
  claimWaits,
  culpritOf,
  doubtWait,
  ofLongest,
  othersIn,
  type Share,
  unreadMs,
  whileRead
} from './claims.js'
import { connectingOf, withoutLookUps } from './opening.js'
import type { CauseRow, Claim } from './row.js'
import { saySent, wasSending } from './sent.js'
import { doubtSentWith, sayBatch, saySentWith, sayTogether } from './together.js'
import { lackedConnection, sayResent, sayUnconnected } from './unconnected.js'

export const dbSlowQuery = slowAnswer('db.slow_query', 'db', 'statement', {
  advice: [
    {
      when: lackedConnection,
      say: 'Keep connections open in a pool that is filled beforehand, and find out why this one was lost, or took so long to be made.'
    },
    {
      when: wasSending,
      say: 'Send less with the statement (rows of an INSERT, large parameters), or look at the way to the server.'
    },
    {
      when: ofLongest(share => rowsMs(share) > 0 && !hasSeveralAnswers(share.wait)),
      say:
        'Fetch fewer or smaller rows: only the columns that are needed, LIMIT, a cursor. Where they are few, run the statement under EXPLAIN ' +
        '(ANALYZE): it may find them one by one.'
    },
    {
      when: claim => sayFloor(byOperation(claim)) !== '',
      say:
        'All of them took alike, so look at what they have in common: the way to the server (distance, lost packets, a pooler before it), and ' +
        'the server’s load; and send fewer statements.'
    },
    {
      say:
        'Run the statement under EXPLAIN (ANALYZE): look for a missing index, for rows read and thrown away, and for locks that it waits ' +
        'for, also in a pooler before the server. Where it is quick there, look at the way: how far it is, what is sent with it, lost packets.'
    }
  ]
})

export const cacheSlow = slowAnswer('cache.slow', 'cache', 'command', {
  advice: [
    {
      when: lackedConnection,
      say: 'Keep the connection open, and find out why it was lost, or took so long to be made.'
    },
    {
      when: wasSending,
      say: 'Send less with the command: smaller values, or several commands with a part of them each. Else look at the way to the server.'
    },
    {
      say:
        'Look at the server’s SLOWLOG, for the commands of others too (it works on one at a time), and at the size of what is fetched. Give ' +
        'commands that wait on purpose (BLPOP) a connection of their own.'
    }
  ]
})

export const messageSlow = slowAnswer('message.slow', 'message', 'message', {
  advice: [
    {
      when: ofLongest(({ wait }) => isRequest(wait)),
      say: 'Look at whoever answers that subject: a broker only hands the request on.'
    },
    {
      say:
        'Look at the broker’s load and at what it has to do before it confirms (replicas, disks); send in batches, or after the answer to ' +
        'whoever asked.'
    }
  ]
})

export const dnsSlow = slowAnswer('dns.slow', 'dns', 'look-up', {
  advice: [
    {
      say:
        'Look at the name servers of /etc/resolv.conf and at its search domains; keep connections open, or cache addresses. ' +
        '`dns.lookup` also waits for one of libuv’s threads (UV_THREADPOOL_SIZE).'
    }
  ]
})

export const processSlow = slowAnswer('process.slow', 'process', 'child process', {
  advice: [
    {
      say:
        'Start the program once and keep it, hand the work to a queue, or do it in a library: each start costs tens of ' +
        'milliseconds, and all children share the CPUs of this machine.'
    }
  ]
})

function slowAnswer(cause: Cause, kind: OperationKind, noun: string, { advice }: Pick<CauseRow, 'advice'>): CauseRow {
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
        .flatMap(aroundOthers)
        .flatMap(stretch => withoutLookUps(stretch, stretch.wait && connectingOf(stretch.wait), facts))
        .map(stretch => besideTurns(stretch, facts))
        .flatMap(stretch => (stretch.crowded ? stretch : whileRowsCrowd(stretch, facts)))
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

/** Without the time in which it was the turn of others on its connection. */
function aroundOthers(stretch: Stretch): Stretch[] {
  const { wait } = stretch
  if (!wait) return [stretch]
  const own = { ...stretch, start: turnOf(wait) }
  const sent = sentAt(wait)
  return sent > stretch.start && sent < own.start ? [{ ...stretch, end: sent, until: sent }, own] : [own]
}

/** Where less of the time in which rows came in went into reading them, they were few. */
const READ_SHARE = 0.05

/**
 * Rows that fill the loop need a turn for each piece: whatever else ran meanwhile kept them up. What was called by a socket may have read
 * them. Of several statements that are sent as one the server may work on the next meanwhile.
 */
function whileRowsCrowd(stretch: Stretch, facts: Facts): Stretch[] {
  const { wait, end } = stretch
  const { headers } = wait?.operation.marks ?? {}
  if (wait?.operation.kind !== 'db' || headers === undefined || isFed(wait) || hasSeveralAnswers(wait)) return [stretch]
  const rows = { ...stretch, start: Math.max(headers, stretch.start) }
  const samples = rows.start < end ? facts.cpu.in(rows) : []
  const readMs = totalMs(samples.filter(({ stack }) => isReadFrom(stack)))
  if (totalMs(samples) < (end - rows.start) * CROWDED_SHARE || readMs < (end - rows.start) * READ_SHARE)
    return [stretch]
  const others = othersIn(rows, facts)
  const crowded = others.map(({ start, end }) => ({ ...stretch, start, end, crowded: true }))
  return [...crowded, ...gapsBetween(others, stretch).map(gap => ({ ...stretch, ...gap }))]
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

const isRequest = ({ name: { label }, operation: { kind } }: Wait): boolean =>
  kind === 'message' && /^request /.test(label)

/** A broker hands a request on: who is slow is behind it. */
function sayCall(wait: Wait, at: string): string {
  const { label } = wait.name
  if (isRequest(wait)) return `the answer to ${label}${at && `, sent through ${at}`}`
  return `${label}${at && ` at ${at}`}`
}

const ALIKE_MIN = 4
const ALIKE_SHARE = 0.7

/** Different calls that all take alike have the way in common. Those of one kind are a loop, and told as that. */
function sayFloor(shares: Share[]): string {
  const shortest = shares.at(-1)!
  const isAlike = shares.length >= ALIKE_MIN && shortest.ms >= shares[0]!.ms * ALIKE_SHARE
  return isAlike ? `, none of which took less than ${duration(shortest.ms)}` : ''
}

function sayRows(share: Share): string {
  const ms = rowsMs(share)
  const since = hasSeveralAnswers(share.wait) ? 'after the first of its answers had begun' : 'while its rows came in'
  return ms > 0 ? ` (${duration(ms)} of it ${since})` : ''
}

const MOSTLY_SHARE = 0.5

/** The server had begun to answer: what is left of its own time, the way and whoever reads them share. 0 where that is not most of it. */
function rowsMs({ wait, ms }: Share): number {
  const { operation, start, end } = wait
  const { headers } = operation.marks ?? {}
  if (operation.kind !== 'db' || headers === undefined || isFed(wait)) return 0
  const readMs = end - Math.max(headers, start) - unreadMs(operation)
  return readMs < (end - start) * MOSTLY_SHARE ? 0 : Math.min(readMs, ms)
}

/** Statements that are sent as one, and procedures: any of them but the first may have been slow at the server. */
const hasSeveralAnswers = ({ name }: Wait): boolean => /^CALL\b|;\s*[^\s;]/i.test(name.alike)

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
