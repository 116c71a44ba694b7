// The main thread was ready to run and was not allowed to: the container's quota was used up, or others were on the CPUs. The
// kernel counts both to the microsecond, and whatever the thread was about to do, a garbage collection too, would have been
// done sooner. Or it slept until memory was there again, or the whole process was stopped.

import type { Culprit, Interval } from '../../types.js'
import { type Facts, threadOf } from '../facts.js'
import type { Holding } from '../holdings.js'
import { edgesOf, firstAt, merged, overlapMs, touching } from '../intervals.js'
import { cpuUse, insideSum } from '../off-cpu.js'
import type { Stretch } from '../sweep.js'
import { callsOf } from '../waits.js'
import { duration, percent, plural } from '../words.js'
import { culpritFrame, type Place, placeOf, sayPlace } from './place.js'
import { type CauseRow, type Claim, once } from './row.js'

/** Before whoever held the thread meanwhile, and before pauses: neither ran. What the kernel counts goes before what is concluded. */
const RANKS = { 'cpu.throttled': 4, 'cpu.contended': 4, 'memory.paging': 3.5, 'process.stopped': 3.4 } as const

export const cpuThrottled: CauseRow = {
  cause: 'cpu.throttled',
  advice: [
    {
      when: isOwnThreads,
      say:
        'Other threads than the main one used most of the quota: make workers, libuv’s pool and addons do less at once, or raise the ' +
        'container’s CPU limit.'
    },
    { say: 'Raise the container’s CPU limit, or take work off the main thread.' }
  ],
  claims: facts => claimStops('cpu.throttled', facts.offCpu.throttled, facts),
  detail: (_claim, facts) => sayQuota(facts),
  sentence(claim, facts) {
    return (
      `The CPU quota${sayQuota(facts, ' of ')} was used up: the ${threadOf(facts)} was ready to run but stopped for ` +
      `${duration(claim.ms)}${sayPeriods(facts)}${sayCode(claim, facts)}.${sayUse(facts)}`
    )
  },
  culprit: codeStopped
}

export const cpuContended: CauseRow = {
  cause: 'cpu.contended',
  advice: [
    {
      when: (_claim, facts) => sayOwnThreads(facts) !== '',
      say:
        'This process’s own threads were among those that ran: make workers, libuv’s pool (UV_THREADPOOL_SIZE) and addons do less at once, ' +
        'or give the service more CPUs.'
    },
    {
      say: 'Find out who else runs on these CPUs (other containers, other processes), and give the service CPUs of its own or fewer neighbours.'
    }
  ],
  claims(facts) {
    const { contended } = facts.offCpu
    if (contended.length === 0) return []
    const gotOnAfter = progressOf(facts)
    const blocksAt = touching(facts.holdings.filter(({ brief }) => !brief))
    return claimStops('cpu.contended', contended, facts).flatMap((stop, i) =>
      !contended[i]!.alone || stop.holding || gotOnAfter(stop) ? [stop] : whileHeld(stop, blocksAt(stop))
    )
  },
  detail: () => '',
  sentence(claim, facts) {
    return (
      `The ${threadOf(facts)} was ready to run but waited ${duration(claim.ms)} for a CPU, on which others ran` +
      `${sayOwnThreads(facts)}${sayCode(claim, facts)}.${sayUse(facts)}`
    )
  },
  culprit: codeStopped
}

export const memoryPaging: CauseRow = {
  cause: 'memory.paging',
  advice: [
    {
      say:
        'Give the service more memory, or let it hold less: compare what it has resident with its limit, and have no swap where answers ' +
        'must be fast.'
    }
  ],
  claims: facts => claimStops('memory.paging', facts.paging, facts),
  detail: (_claim, facts) => sayPages(facts),
  sentence(claim, facts) {
    return (
      `Waited ${duration(claim.ms)} for memory that the kernel had taken from the process and had to read back ` +
      `(${sayPages(facts)})${sayCode(claim, facts)}.`
    )
  },
  culprit: codeStopped
}

export const processStopped: CauseRow = {
  cause: 'process.stopped',
  advice: [
    {
      say:
        'No code of the service is to blame. Look for who stopped it: a signal (SIGSTOP, Ctrl+Z), a debugger (gdb, strace), a frozen ' +
        'container (docker pause), or a machine that was suspended or moved.'
    }
  ],
  claims(facts) {
    const gotOnAfter = progressOf(facts)
    return claimStops('process.stopped', facts.standstills, facts).map(stop =>
      wasRunning(stop) || gotOnAfter(stop) ? stop : { ...stop, doubt: STANDSTILL_DOUBT }
    )
  },
  detail: () => '',
  sentence: ({ ms }) =>
    `The whole process stood still for ${duration(ms)}: none of its threads ran or waited for a CPU, as when a signal or a ` +
    'debugger stops it, its container is frozen, or the machine is suspended.',
  culprit: () => null
}

const STANDSTILL_DOUBT = 'what the request waited for meanwhile may have taken as long without it'

/** It was stopped in the midst of the request's own code. */
const wasRunning = ({ holding }: Stretch): boolean =>
  holding?.owner === 'own' && (holding.exact || holding.request !== undefined)

/** With whoever held the thread meanwhile: a sample stands for the time until the next one, and none is taken while it stops. */
function claimStops(cause: keyof typeof RANKS, stops: Interval[], { holdAround, holdings }: Facts): Stretch[] {
  if (stops.length === 0) return []
  const rank = RANKS[cause]
  // Of a thousand turns few are as long as a stop.
  const shortestMs = Math.min(...stops.map(({ start, end }) => end - start))
  const longAt = touching(holdings.filter(({ start, end }) => end - start >= shortestMs))
  return stops.map(({ start, end }) => {
    const holding = longAt({ start, end }).find(around => around.start <= start && around.end >= end)
    return { cause, layer: 'held', rank, start, end, hold: holdAround({ start, end }), ...(holding && { holding }) }
  })
}

/** What of it lies in the midst of somebody's code, which may have begun a moment after: a thread has to wake first. */
const whileHeld = (stop: Stretch, holdings: Holding[]): Stretch[] =>
  holdings.flatMap(holding => {
    const [start, end] = [Math.max(stop.start, holding.start), Math.min(stop.end, holding.end)]
    return start < end ? [{ ...stop, start, end, holding }] : []
  })

/** Whether a call ended or began right after, or the request ended. */
function progressOf({ timeline, waits }: Facts): (stop: Stretch) => boolean {
  const moments = edgesOf([...callsOf(waits), { start: timeline.end, end: timeline.end }])
  return ({ start, hold }) => moments[firstAt(moments, start)]! <= hold!.readBy
}

/** Half a core all along: more than the collector, the compiler and the agent take. */
const COMPUTING_SHARE = 0.5

function sayOwnThreads({ evidence, timeline, durationMs }: Facts): string {
  const workMs = cpuUse(evidence, timeline)?.workMs ?? 0
  return workMs < durationMs * COMPUTING_SHARE
    ? ''
    : ' (this process’s own threads among them: libuv’s pool, workers or an addon)'
}

function sayCode(claim: Claim, facts: Facts): string {
  if (isCollecting(claim, facts)) return ', most of it in pauses of the garbage collector'
  const place = stoppedIn(claim, facts)
  const said = sayPlace(place, facts)
  return (
    said && `, ${place!.share > MOSTLY_SHARE ? 'most of it' : `the most (${percent(place!.share)})`} inside ${said}`
  )
}

const MOSTLY_SHARE = 0.5

/** A question that came while the collector ran is answered after it, by whatever code comes next. */
const stoppedIn = (claim: Claim, facts: Facts): Place | undefined =>
  isCollecting(claim, facts) ? undefined : placeOf(claim, facts)

function codeStopped(claim: Claim, facts: Facts): Culprit {
  return culpritFrame(stoppedIn(claim, facts), facts)
}

/** V8 collects on several threads at once: those are among the others that want a CPU. */
const isCollecting = once(({ pieces, ms }: Claim, { evidence: { pauses } }: Facts): boolean => {
  const sorted = merged(pauses)
  let next = 0
  let collectingMs = 0
  for (const piece of pieces) {
    while (next < sorted.length && sorted[next]!.end <= piece.start) next++
    for (let at = next; at < sorted.length && sorted[at]!.start < piece.end; at++) {
      collectingMs += overlapMs(sorted[at]!, piece)
    }
  }
  return collectingMs > ms * MOSTLY_SHARE
})

const sayPages = ({ evidence }: Facts): string => plural(evidence.kernel?.counters['majorFaults'] ?? 0, 'page')

const sayQuota = ({ evidence }: Facts, before = 'quota of '): string => {
  const cores = evidence.kernel?.quotaCores
  return cores === undefined ? '' : `${before}${plural(Math.round(cores * 100) / 100, 'core')}`
}

function sayPeriods({ evidence: { kernel }, timeline }: Facts): string {
  const periods = kernel ? Math.round(insideSum(kernel, 'throttledPeriods', timeline)) : 0
  return periods > 0 ? ` in ${plural(periods, 'period')}` : ''
}

function isOwnThreads(_claim: Claim, { evidence, timeline }: Facts): boolean {
  const used = cpuUse(evidence, timeline)
  return used !== undefined && used.othersMs > used.mainMs
}

/** Whose work it was. */
function sayUse({ evidence, timeline }: Facts): string {
  const used = cpuUse(evidence, timeline)
  return used
    ? ` Meanwhile it ran for ${duration(used.mainMs)}, the process’s other threads for ${duration(used.othersMs)}.`
    : ''
}
