// The garbage collector stopped the main thread. A pause inside another request's turn is that turn's: whoever waits for it
// is helped by what shortens the turn, and it was that code which allocated when the pause began.
//
// V8 also collects in steps, of which Node tells none, and the pauses of a turn that goes on are not told yet. So the CPU samples that
// found the thread collecting where Node told no pause are claimed, too. While the heap is nearly full Node is asked for one pause in a
// second alone (lib/record/runtime.ts): there all such samples are, whoever's turn it was, since all are stopped again and again.

import type { Interval } from '../../types.js'
import { mostBlamed, type Sample } from '../cpu.js'
import { type Facts, threadOf } from '../facts.js'
import { isSomebodys } from '../frames.js'
import type { Holding } from '../holdings.js'
import { allInside, firstAt, merged, overlapsMs, startsOf, totalMs, touching } from '../intervals.js'
import type { Stretch } from '../sweep.js'
import { duration, heapUse, plural } from '../words.js'
import { culpritFrame, type Place, placed, sayPlace } from './place.js'
import { type CauseRow, type Claim, once } from './row.js'

/** A pause is exact, whosever code it interrupted. */
const RANK = 3
/** A sample so near to a pause found that one. */
const TOUCH_MS = 2
/** Fewer are chance. */
const STEPS_MIN_SAMPLES = 5
/** Pauses follow each other, and the samples between them are those of what ran. */
const NEAR_MS = 50
const MOSTLY_SHARE = 0.5

export const gc: CauseRow = {
  cause: 'gc',
  advice: [
    {
      when: (_claim, { timeline }) => timeline.heap !== undefined,
      say:
        'Find out what fills the heap (a heap snapshot: --heapsnapshot-near-heap-limit=1), such as a cache without bounds; where all of it is ' +
        'needed, raise the limit (--max-old-space-size).'
    },
    {
      say:
        'Look for what allocates (a heap profile with --heap-prof), for caches that keep growing, and at the heap’s limit ' +
        '(--max-old-space-size).'
    }
  ],
  claims({ timeline, evidence, cpu, holdings, holdAround }) {
    const othersAt = touching(timeline.heap ? [] : holdings.filter(isOthers))
    const isTheirs = (pause: Interval): boolean => othersAt(pause).some(holding => contains(holding, pause))
    const claimed = (pause: Interval, sampled: boolean): Stretch => ({
      cause: 'gc',
      layer: 'held',
      rank: RANK,
      start: pause.start,
      end: pause.end,
      hold: holdAround(pause),
      ...(sampled && { sampled })
    })
    const collecting = cpu.samples.filter(isCollecting)
    const sampled = timeline.heap ? collecting : stepsIn(collecting, evidence.pauses, timeline)
    return [
      ...evidence.pauses.filter(pause => !isTheirs(pause)).map(pause => claimed(pause, false)),
      ...sampled.filter(sample => !isTheirs(sample)).map(sample => claimed(sample, true))
    ]
  },
  detail(claim, { timeline }) {
    if (timeline.heap) return `the heap was nearly full, ${heapUse(timeline.heap)}`
    const { pauses, isSampled } = partsOf(claim)
    if (pauses.length === 0) return 'found by CPU samples'
    return `${plural(pauses.length, 'pause')}, the longest ${duration(Math.max(...pauses))}${isSampled ? ', and steps' : ''}`
  },
  sentence(claim, facts) {
    const { heap } = facts.timeline
    if (heap)
      return (
        `Garbage collection stopped the ${threadOf(facts)} for ${duration(claim.ms)}: its heap was nearly full ` +
        `(${heapUse(heap)}), and V8 collects again and again for little room.`
      )
    const place = allocating(claim, facts)
    const during = place ? `, most of it while ${sayPlace(place, facts)} ran` : ''
    return `Garbage collection stopped the ${threadOf(facts)} for ${duration(claim.ms)}${sayParts(claim)}${during}.`
  },
  culprit(claim, facts) {
    const place = facts.timeline.heap ? undefined : allocating(claim, facts)
    return place ? culpritFrame(place, facts) : null
  }
}

/** V8's own entry of a profile, and all of its stack. */
const isCollecting = ({ stack }: Sample): boolean => stack[0]?.function === '(garbage collector)'

/** Somebody was seen to hold the main thread. */
const isOthers = ({ owner, request }: Holding): boolean => owner === 'other' && request !== undefined

const contains = (outer: Interval, inner: Interval): boolean => outer.start <= inner.start && outer.end >= inner.end

/**
 * Samples of the collector where Node told no pause; their moment is where they begin. They are known roughly, pauses exactly: where
 * they find less than Node told, that alone counts.
 */
function stepsIn(collecting: Sample[], pauses: Interval[], request: Interval): Sample[] {
  const told = merged(pauses)
  const isTold = within(told.map(({ start, end }) => ({ start: start - TOUCH_MS, end: end + TOUCH_MS })))
  const steps = allInside(collecting, request).filter(({ start }) => !isTold(start))
  const isMore = totalMs(steps) > overlapsMs(told, request)
  return isMore && steps.length >= STEPS_MIN_SAMPLES ? steps : []
}

/** Which of these, that are in order and apart, a moment lies in. */
function within(intervals: Interval[]): (moment: number) => Interval | undefined {
  const starts = startsOf(intervals)
  return moment => {
    const next = firstAt(starts, moment)
    const found = starts[next] === moment ? intervals[next] : intervals[next - 1]
    return found && found.end >= moment ? found : undefined
  }
}

/**
 * Whose code ran around the pauses in the request's own turns, by the samples nearest before and after each, when most of the
 * pauses' time lies there. It need not have made what was collected, but it was what asked for room.
 */
const allocating = once(({ pieces, ms }: Claim, { cpu, holdings }: Facts): Place | undefined => {
  const turnAt = within(merged(holdings.filter(({ owner }) => owner === 'own')))
  const around = merged(pieces).flatMap(({ start, end }) => {
    const turn = turnAt(start)
    if (!turn || turn.end < end) return []
    const before = cpu.in({ start: Math.max(turn.start, start - NEAR_MS), end: start }).findLast(isRunning)
    const after = cpu.in({ start: end, end: Math.min(turn.end, end + NEAR_MS) }).find(isRunning)
    const found = [before, after].flatMap(sample => sample ?? [])
    return found.map(({ stack }) => ({ stack, weight: (end - start) / found.length }))
  })
  const unseenMs = ms - around.reduce((sum, { weight }) => sum + weight, 0)
  const place = placed(mostBlamed([...around, { stack: [], weight: Math.max(0, unseenMs) }]))
  return place && place.share > MOSTLY_SHARE && isSomebodys(place.frame) ? place : undefined
})

const isRunning = (sample: Sample): boolean => !isCollecting(sample)

function sayParts(claim: Claim): string {
  const { pauses, pausedMs, isSampled } = partsOf(claim)
  if (pauses.length === 0) return ', as CPU samples found'
  const how =
    pauses.length === 1 ? 'in one pause' : `in ${pauses.length} pauses, the longest ${duration(Math.max(...pauses))}`
  if (!isSampled) return ` ${how}`
  return `: ${duration(pausedMs)} ${how}, and the rest in steps, as CPU samples found`
}

interface Parts {
  /** How long each was, without what of it somebody else stopped: no part may be longer than the whole. */
  pauses: number[]
  pausedMs: number
  isSampled: boolean
}

const partsOf = once(({ pieces }: Claim): Parts => {
  const pauses = new Map<Stretch, number>()
  let pausedMs = 0
  let isSampled = false
  for (const { start, end, stretch } of pieces) {
    if (!stretch) continue
    if (stretch.sampled) {
      isSampled = true
      continue
    }
    pausedMs += end - start
    pauses.set(stretch, (pauses.get(stretch) ?? 0) + end - start)
  }
  return { pauses: [...pauses.values()], pausedMs, isSampled }
})
