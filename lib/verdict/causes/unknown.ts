// Time that nobody claims: says when it was and what lay around it. Commands that wait on purpose are in it, and what the
// agent itself took of the main thread.

import { failedToGet } from '../../process/http-status.js'
import type { Redact } from '../../scrub/secrets.js'
import type { Evidence, Interval, Operation } from '../../types.js'
import type { Facts } from '../facts.js'
import { edgesOf, firstAt, overlapMs, overlapsMs } from '../intervals.js'
import { cpuUse } from '../off-cpu.js'
import type { Stretch } from '../sweep.js'
import { callsOf, type Wait } from '../waits.js'
import { duration, heapUse, plural } from '../words.js'
import { claimWaits } from './claims.js'
import { type CauseRow, type Claim, once } from './row.js'
import { sayError } from './slow-answer.js'

export const unknown: CauseRow = {
  cause: 'unknown',
  advice: [
    {
      say:
        'Look there for a timer (also a pause before something is tried again), a file, a lock or a queue, or a promise that another ' +
        'request settles; wrap the suspect in perfagent’s operation(name, fn), or tell us which library it is.'
    }
  ],
  claims: facts => [
    ...claimWaits('unknown', facts, 'cache', ({ operation }) => operation.blocking),
    ...claimAgent(facts)
  ],
  detail(claim, facts) {
    if (facts.timeline.heap) return 'nothing is kept of calls and turns while the heap is nearly full'
    const [first, ...others] = gapsOf(claim, facts)
    if (!first) return ''
    const blocking = first.stretch?.wait
    if (blocking) return `${blocking.name.label} waits on purpose`
    if (isOurs(claim)) return AGENT
    const where = sayPlace(first, facts)
    return others.length === 0 ? where : `${plural(others.length + 1, 'gap')}, the longest ${where}`
  },
  sentence(claim, facts) {
    const { heap } = facts.timeline
    if (heap)
      return (
        `Took ${duration(claim.ms)} for what is not known: the heap was nearly full ` +
        `(${heapUse(heap)}), and what requests do is not kept then.`
      )
    const [first, ...others] = gapsOf(claim, facts)
    if (!first) return 'Nothing was recorded.'
    const blocking = first.stretch?.wait
    if (blocking)
      return `Waited ${duration(claim.ms)}, most of it in ${blocking.name.label}, a command that waits on purpose.`
    if (isOurs(claim)) return `Waited ${duration(claim.ms)}, most of it for ${AGENT}.`
    const what = facts.cpu.covered ? `Waited ${duration(claim.ms)} for` : `Spent ${duration(claim.ms)} on`
    const longest =
      others.length === 0 ? '' : ` in ${plural(others.length + 1, 'gap')}, the longest ${duration(first.ms)}`
    return `${what} something that perfagent does not time:${longest} ${sayPlace(first, facts)}.${sayOthers(claim, facts)}`
  },
  culprit: () => null,
  doubt(_claim, { cpu, timeline }) {
    if (timeline.heap) return 'calls and turns were not kept'
    return cpu.covered ? undefined : 'no CPU samples cover that time, so it may have been code of its own'
  }
}

const AGENT = 'perfagent itself, which started its CPU profile'
/**
 * Before whatever else is said to have held the main thread: the agent timed itself. By the clock, though: what the kernel counts comes
 * before it, as long as the main thread was on no CPU.
 */
const AGENT_RANK = 3.3
/** Of a pause that the kernel's counters must cover. */
const COUNTED_SHARE = 0.9

const claimAgent = ({ evidence, holdAround }: Facts): Stretch[] =>
  (evidence.agent ?? []).map(pause => ({
    cause: 'unknown',
    layer: 'held',
    rank: AGENT_RANK,
    start: pause.start,
    end: pause.end,
    doubt: isCounted(pause, evidence) ? undefined : 'part of that time others may have been on the CPUs',
    hold: holdAround(pause),
    agent: true
  }))

function isCounted(pause: Interval, { kernel }: Evidence): boolean {
  return overlapsMs(kernel?.looks ?? [], pause) >= (pause.end - pause.start) * COUNTED_SHARE
}

/** More than half of it. */
const isOurs = once(
  ({ pieces, ms }: Claim): boolean =>
    pieces.reduce((sum, { start, end, stretch }) => sum + (stretch?.agent ? end - start : 0), 0) > ms / 2
)

/** A wait, told whole. */
interface Gap extends Interval {
  /** Without what interrupted it. */
  ms: number
  stretch: Stretch | undefined
}

/** Of what nobody times: not of commands that wait on purpose, nor of the agent's own pauses. */
export const longestGap = (claim: Claim, facts: Facts): (Interval & { ms: number }) | undefined =>
  gapsOf(claim, facts).find(({ stretch }) => !stretch)

/** What a reader would call a gap, the longest first: slivers between turns are none, unless much of the time is in them. */
const gapsOf = once((claim: Claim, facts: Facts): Gap[] => {
  const gaps = allGapsOf(claim, facts)
    .filter(({ stretch }) => (stretch?.agent ?? false) === isOurs(claim))
    .sort((a, b) => b.ms - a.ms)
  const long = gaps.filter(({ ms }) => ms >= gaps[0]!.ms * SLIVER_SHARE)
  const longMs = long.reduce((sum, { ms }) => sum + ms, 0)
  return longMs >= claim.ms * (1 - SLIVER_SHARE) ? long : gaps
})

/** Of the longest gap; and so much of all the time may lie in what is not told. */
const SLIVER_SHARE = 0.1

/** A timer or a lock takes no notice of a pause or of a short turn, so a wait goes on over it. */
function allGapsOf({ pieces }: Claim, { waits }: Facts): Gap[] {
  const calls = edgesOf(callsOf(waits))
  const goesOn = (gap: Gap, { start, end }: Interval): boolean =>
    !(calls[firstAt(calls, gap.end)]! <= start) && gap.ms + end - start >= (end - gap.start) * WAITED_SHARE
  const gaps: Gap[] = []
  let last: Gap | undefined
  for (const { start, end, stretch } of pieces) {
    if (!stretch && last && goesOn(last, { start, end })) {
      last.ms += end - start
      last.end = end
      continue
    }
    const gap = { start, end, ms: end - start, stretch }
    gaps.push(gap)
    if (!stretch) last = gap
  }
  return gaps
}

const WAITED_SHARE = 0.9

/** `from 12 ms to 442 ms, after SELECT users, before INSERT audit_log`. */
function sayPlace(gap: Gap, { timeline, waits, redact }: Facts): string {
  const at = (moment: number): string => `${Math.round(moment - timeline.start)} ms`
  const calls = callsOf(waits)
  const lastBefore = (moment: number): Wait | undefined =>
    calls.filter(({ end }) => end <= moment + TOUCH_MS).reduce(later, undefined)
  const before = lastBefore(gap.start)
  const undone = before && /^ROLLBACK\b/.test(before.name.label) ? lastBefore(before.start) : undefined
  const failed = undone?.operation.error === undefined ? '' : ` of ${undone.name.label}${sayFailed(undone, redact)}`
  const after = calls.find(({ start }) => start >= gap.end - TOUCH_MS)
  const unread = calls.find(({ operation }) => isUnread(operation, gap))
  const open = waits.abandoned.find(({ start }) => start < gap.end)
  return [
    `from ${at(gap.start)} to ${at(gap.end)}${sayElsewhere(gap)}`,
    sayInside(gap, waits.custom),
    before && `after ${before.name.label}${failed || sayFailed(before, redact)}`,
    after && `before ${after.name.label}`,
    unread && `while the answer to ${unread.name.label} lay unread`,
    open && sayOpen(open)
  ]
    .filter(Boolean)
    .join(', ')
}

/** Its ends are further apart than it is long where turns and pauses lay in it. */
function sayElsewhere({ start, end, ms }: Gap): string {
  const elsewhereMs = end - start - ms
  return elsewhereMs < (end - start) * NOTABLE_SHARE ? '' : ` (but for ${duration(elsewhereMs)})`
}

const NOTABLE_SHARE = 0.01

/** A program's output ends before the program. */
function sayOpen({ name: { label }, operation: { kind, marks } }: Wait): string {
  if (kind === 'process') return `while ${label} ran, for whose output or message it may have waited`
  const answer = marks?.['headers'] === undefined ? 'which had no answer' : 'whose answer was not read to its end'
  return `while ${label} was open, ${answer} when the request ended`
}

/** Of operations of the application's own in each other the innermost; of such as lie in a part of the gap the longest. */
function sayInside(gap: Interval, custom: Wait[]): string {
  const all = custom.findLast(wait => overlapMs(wait, gap) >= (gap.end - gap.start) * INSIDE_SHARE)
  if (all) return `inside '${all.name.label}'`
  const [longest] = custom.toSorted((a, b) => overlapMs(b, gap) - overlapMs(a, gap))
  const partMs = longest ? overlapMs(longest, gap) : 0
  return partMs < (gap.end - gap.start) * SLIVER_SHARE
    ? ''
    : `${duration(partMs)} of it inside '${longest!.name.label}'`
}

const isUnread = ({ unread = [] }: Operation, gap: Interval): boolean =>
  overlapsMs(unread, gap) >= (gap.end - gap.start) * INSIDE_SHARE

/** Whoever tries again may have waited on purpose before it. */
function sayFailed({ operation: { error, statusCode } }: Wait, redact: Redact): string {
  if (error !== undefined) return `, which failed (${sayError(error, redact)})`
  return failedToGet(statusCode) ? `, which answered ${statusCode}` : ''
}

/** So much of that time one core was theirs: more than the collector, the compiler and the agent take. */
const COMPUTING_SHARE = 0.5

/** Work that the request may have waited for: where the main thread cannot see it, the kernel counts it. */
function sayOthers({ ms }: Claim, { evidence, timeline }: Facts): string {
  const workMs = cpuUse(evidence, timeline)?.workMs ?? 0
  if (workMs < ms * COMPUTING_SHARE) return ''
  return ` Meanwhile the process’s other threads ran for ${duration(workMs)}: worker threads, libuv’s pool (files, crypto, zlib) or an addon.`
}

export const TOUCH_MS = 1
const INSIDE_SHARE = 0.8

const later = (a: Wait | undefined, b: Wait): Wait => (a && a.end > b.end ? a : b)
