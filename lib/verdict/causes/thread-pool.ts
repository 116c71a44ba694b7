// Libuv's pool of threads was full while the request waited for something that nobody times (a file, a hash, a compression),
// or for a name to be looked up. Whatever else is known about an instant goes before it.
//
// That the pool was full is measured; that this request stood in its queue is not, since nobody watches its calls. So the wait is
// measured where the pool was full nearly all along and the request got on when a thread became free. A timer that runs
// meanwhile ends at any moment.
//
// Of look-ups of names the main thread knows who waited behind whom: libuv lets them have half of the threads.

import type { Interval } from '../../types.js'
import { busyMs } from '../cpu.js'
import type { Facts } from '../facts.js'
import { gotOnWith, isQueuedLookUp, lookUpBehind, NEARLY_ALL_SHARE, stoodInPool } from '../full-pool.js'
import { allInside, totalMs } from '../intervals.js'
import { cpuUse, offCpuMs } from '../off-cpu.js'
import type { Piece, Stretch } from '../sweep.js'
import { callsOf, turnOf, type Wait } from '../waits.js'
import { duration, plural } from '../words.js'
import { culpritBefore, sayAhead } from './ahead.js'
import { byOperation, claimPhases, claimWaits, doubtWait } from './claims.js'
import { type CauseRow, type Claim, once } from './row.js'

/** After the samples of a busy main thread. */
const RANK = -2
const DOUBT = 'that the request waited for the pool is concluded from when it was full'
const MAY_HAVE_THREAD = 'its own call may be one of those that had a thread, and slow itself'
/** So much of that time one core was the pool's. */
const COMPUTING_SHARE = 0.5
/** Of a main thread that only beats its heart, also between other programs. */
const IDLE_SHARE = 0.1

export const threadPool: CauseRow = {
  cause: 'threadpool',
  advice: [
    {
      when: claim => turnsOf(claim).length > 0,
      say:
        'Keep connections open, so that fewer names are looked up, cache addresses, or look them up by `dns.resolve`, which needs no thread; ' +
        'and look at the name server.'
    },
    {
      say:
        'Make the calls that fill the pool fewer or shorter (fs, dns.lookup, crypto, zlib share its threads), move heavy ones to worker ' +
        'threads or another process, or raise UV_THREADPOOL_SIZE.'
    }
  ],
  claims: facts => [...claimFull(facts), ...claimLookUps(facts), ...claimTurns(facts)],
  detail(claim, facts) {
    const [lookUp] = turnsOf(claim)
    return lookUp ? `${lookUp.name.label} behind others` : sayCalls(claim, facts)
  },
  sentence: (claim, facts) =>
    sayTurns(claim, facts) ||
    `Libuv’s thread pool was full for ${duration(claim.ms)} (${sayCalls(claim, facts)}) while this request waited for ` +
      `${sayWhat(claim, facts)}${areOwn(claim, facts) ? OWN : ''}.`,
  culprit(claim, facts) {
    const [lookUp] = turnsOf(claim)
    return (lookUp && culpritBefore(lookUp, facts)) ?? null
  },
  doubt(claim, facts) {
    if (turnsOf(claim).length > 0) return doubtWait(claim, facts)
    const lookUps = claim.pieces.filter(({ stretch }) => stretch!.wait)
    const gaps = stoodIn(claim, facts)
    const isMost = (inside: Gap[]): boolean =>
      totalMs([...lookUps, ...inside.flatMap(({ pieces }) => pieces)]) >= claim.ms * NEARLY_ALL_SHARE
    if (!isMost(gaps)) return isMost(gapsOf(claim, facts).filter(isUnlisted)) ? MAY_HAVE_THREAD : DOUBT
    return isMost(gaps.filter(gap => !mayHaveThread(gap, facts))) ? undefined : MAY_HAVE_THREAD
  }
}

const claimFull = (facts: Facts): Stretch[] =>
  (facts.evidence.fullPool ?? []).map(full => ({
    cause: 'threadpool',
    layer: ranShare(full, facts) < IDLE_SHARE ? 'pool' : 'free',
    rank: RANK,
    start: full.start,
    end: full.end,
    until: full.end,
    full
  }))

/** Alone or inside a call. They are timed, so each has its own doubt. */
function claimLookUps(facts: Facts): Stretch[] {
  const { evidence } = facts
  return [
    ...claimPhases('threadpool', facts, phase => phase.name === 'dns' && stoodInPool(phase, evidence)),
    ...claimWaits('threadpool', facts, 'dns', wait => isQueuedLookUp(wait, evidence))
  ].map(stretch => ({
    ...stretch,
    doubt: evidence.fullPool!.some(full => gotOnWith(stretch, full)) ? stretch.doubt : DOUBT
  }))
}

function claimTurns(facts: Facts): Stretch[] {
  const { evidence } = facts
  return [
    ...claimPhases('threadpool', facts, phase => phase.name === 'dns' && !stoodInPool(phase, evidence)),
    ...claimWaits('threadpool', facts, 'dns', wait => !isQueuedLookUp(wait, evidence))
  ].flatMap(stretch => {
    const lookUp = lookUpBehind(stretch, facts)
    if (!lookUp) return []
    const end = Math.min(turnOf(lookUp), stretch.end)
    return [{ ...stretch, end, until: end < stretch.end ? end : stretch.until!, lookUp }]
  })
}

/** How much of that time the main thread may have been on a CPU. */
function ranShare({ start, end }: Interval, { evidence, cpu }: Facts): number {
  if (!evidence.kernel) return cpu.covered ? busyMs(cpu, [{ start, end }]) / (end - start) : 1
  return 1 - offCpuMs([{ start, end }], evidence) / (end - start)
}

/** The look-ups that waited their turn, the longest first; none where that is not most of it. */
const turnsOf = once(({ pieces, ms }: Claim): Wait[] => {
  const waitedMs = new Map<Wait, number>()
  for (const { start, end, stretch } of pieces) {
    const lookUp = stretch?.lookUp
    if (lookUp) waitedMs.set(lookUp, (waitedMs.get(lookUp) ?? 0) + end - start)
  }
  const all = [...waitedMs].sort((a, b) => b[1] - a[1])
  return all.reduce((sum, [, each]) => sum + each, 0) > ms * LOOK_UP_SHARE ? all.map(([lookUp]) => lookUp) : []
})

function sayTurns(claim: Claim, facts: Facts): string {
  const [lookUp, ...others] = turnsOf(claim)
  if (!lookUp) return ''
  const call = claim.pieces.find(({ stretch }) => stretch?.lookUp === lookUp && stretch.wait !== lookUp)
  const before = call ? `, before ${call.stretch!.wait!.name.label} could be sent` : ''
  const many = others.length > 0 ? ` (and ${plural(others.length, 'other')})` : ''
  const first = lookUp.operation.ahead?.call
  const taken = first ? sayAhead(first, facts) : 'other look-ups'
  return `Waited ${duration(claim.ms)} for a thread for ${lookUp.name.label}${many}${before}: half of libuv’s threads look up names, and ${taken} had one of them.`
}

/** Time in which no call is under way, and the pieces of it in which the pool was full. */
interface Gap extends Interval {
  pieces: Piece[]
}

function gapsOf({ pieces }: Claim, { timeline, waits }: Facts): Gap[] {
  const calls = callsOf(waits)
  const gaps: Gap[] = []
  for (const piece of pieces.filter(({ stretch }) => stretch!.full)) {
    const start = Math.max(timeline.start, ...calls.map(call => call.end).filter(at => at <= piece.start))
    const end = Math.min(timeline.end, ...calls.map(call => call.start).filter(at => at >= piece.end))
    const last = gaps.at(-1)
    if (last?.start === start && last.end === end) last.pieces.push(piece)
    else gaps.push({ start, end, pieces: [piece] })
  }
  return gaps
}

/** Those that the request spent in the pool: it got on as soon as a thread became free. */
const stoodIn = (claim: Claim, facts: Facts): Gap[] => gapsOf(claim, facts).filter(endsWithFullPool)

const endsWithFullPool = ({ start, end, pieces }: Gap): boolean =>
  totalMs(pieces) >= (end - start) * NEARLY_ALL_SHARE && gotOnWith({ start, end }, pieces.at(-1)!.stretch!.full!)

/**
 * It was there before the pool was seen full, of files alone, most of which had a thread: those of a dead drive are as slow in it. Of
 * names it is known which waited.
 */
function mayHaveThread(gap: Gap, facts: Facts): boolean {
  const { start, pieces } = gap
  const { calls, threads, start: since } = pieces[0]!.stretch!.full!
  if (start >= since || !calls || calls.dns > 0) return false
  if (isUnlisted(gap)) return true
  if (computes(totalMs(pieces), facts)) return false
  return calls.fs >= threads && calls.fs < 2 * threads
}

/** It was there before, and what it waits for is no file: of four hashes in a pool of four each has a thread. */
const isUnlisted = ({ start, pieces }: Gap): boolean =>
  pieces.every(({ stretch }) => {
    const { calls, start: since } = stretch!.full!
    return start < since && calls?.fs === 0 && calls.dns === 0
  })

const computes = (ms: number, { evidence, timeline }: Facts): boolean =>
  (cpuUse(evidence, timeline)?.workMs ?? 0) >= ms * COMPUTING_SHARE

function sayWhat(claim: Claim, facts: Facts): string {
  const lookUp = byOperation(claim)[0]
  if (!lookUp || lookUp.ms < claim.ms * LOOK_UP_SHARE) {
    const stoodMs = totalMs(stoodIn(claim, facts).flatMap(({ pieces }) => pieces))
    return stoodMs >= claim.ms * NEARLY_ALL_SHARE ? 'a call in it' : 'something that nobody times'
  }
  const { operation, name } = lookUp.wait
  return operation.kind === 'dns' ? name.label : `the look-up of a name, before ${name.label} could be sent`
}

const LOOK_UP_SHARE = 0.5

const OWN = '; most likely its own calls filled it: it alone was in flight then'

/**
 * Whose the calls are nobody says. But those that the agent's call stood behind were made before it, and if one request was in
 * flight then, they are that request's, or of code outside any.
 */
function areOwn({ pieces, ms }: Claim, { evidence, timeline }: Facts): boolean {
  const own = evidence.fullPool!.filter(({ alone, start }) => alone && start >= timeline.start)
  const inside = own.flatMap(full => allInside(pieces, full))
  return totalMs(inside) >= ms * NEARLY_ALL_SHARE
}

/**
 * `9 × fs, 2 × dns.lookup`: the most that were under way or waiting at once. Node lists no jobs of crypto and zlib, and 26 no
 * fs.readFile: they have the threads that are left; or most likely all, when those keep CPUs busy, which files and names do not.
 */
function sayCalls({ pieces, ms }: Claim, facts: Facts): string {
  const { evidence } = facts
  const pools = evidence.fullPool!.filter(full => pieces.some(({ start, end }) => full.start < end && full.end > start))
  const asked = pools.flatMap(({ calls }) => calls ?? [])
  if (asked.length === 0) return 'with what could not be asked'
  const most = (kind: 'fs' | 'dns'): number => Math.max(...asked.map(calls => calls[kind]))
  const [fs, dns] = [most('fs'), most('dns')]
  const listed = [fs > 0 && `${fs} × fs`, dns > 0 && `${dns} × dns.lookup`].filter(Boolean)
  // Of lookups libuv lets only half of the threads work (slow_work_thread_threshold of its threadpool.c).
  const { threads } = pools[0]!
  const filled = fs + Math.min(dns, Math.floor((threads + 1) / 2))
  const unlisted = asked.some(({ readsUnlisted }) => readsUnlisted)
    ? 'crypto, zlib, fs.readFile or an addon'
    : 'crypto, zlib or an addon'
  if (listed.length === 0) return `with ${unlisted}`
  if (computes(ms, facts)) return `${unlisted} at work, ${listed.join(', ')} under way or waiting`
  return filled >= threads ? listed.join(', ') : `${listed.join(', ')}, the rest ${unlisted}`
}
