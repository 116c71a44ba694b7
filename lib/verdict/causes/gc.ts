// The garbage collector stopped the main thread. A pause inside another request's turn is that turn's: whoever waits for it
// is helped by what shortens the turn, and it was that code which allocated when the pause began.
//
// While the heap is nearly full Node is asked for one pause in a second alone (lib/record/runtime.ts). There the CPU samples that
// found the thread collecting are told as well, whoever's turn it was: all of them are stopped again and again.

import type { Interval } from '../../types.js'
import type { Sample } from '../cpu.js'
import { threadOf } from '../facts.js'
import type { Holding } from '../holdings.js'
import type { Stretch } from '../sweep.js'
import { duration, heapUse, plural } from '../words.js'
import type { CauseRow, Claim } from './row.js'

/** A pause is exact, whosever code it interrupted. */
const RANK = 3

export const gc: CauseRow = {
  cause: 'gc',
  advice:
    'Look for what allocates (a heap profile with --heap-prof), for caches that keep growing, and at the heap’s limit ' +
    '(--max-old-space-size).',
  claims({ timeline, evidence, cpu, holdings, holdAround }) {
    const others = timeline.heap ? [] : holdings.filter(isOthers)
    const sampled = timeline.heap ? cpu.samples.filter(isCollecting) : []
    return [...evidence.pauses, ...sampled]
      .filter(pause => !others.some(holding => contains(holding, pause)))
      .map(pause => ({
        cause: 'gc',
        layer: 'held',
        rank: RANK,
        start: pause.start,
        end: pause.end,
        hold: holdAround(pause)
      }))
  },
  detail(claim, { timeline }) {
    if (timeline.heap) return `the heap was nearly full, ${heapUse(timeline.heap)}`
    const pauses = pausesOf(claim)
    return `${plural(pauses.length, 'pause')}, the longest ${duration(Math.max(...pauses))}`
  },
  sentence(claim, facts) {
    const { heap } = facts.timeline
    if (heap)
      return (
        `Garbage collection stopped the ${threadOf(facts)} for ${duration(claim.ms)}: its heap was nearly full ` +
        `(${heapUse(heap)}), and V8 collects again and again for little room.`
      )
    const pauses = pausesOf(claim)
    const how =
      pauses.length === 1 ? 'in one pause' : `in ${pauses.length} pauses, the longest ${duration(Math.max(...pauses))}`
    return `Garbage collection stopped the ${threadOf(facts)} for ${duration(claim.ms)} ${how}.`
  },
  culprit: () => null
}

/** V8's own entry of a profile, and all of its stack. */
const isCollecting = ({ stack }: Sample): boolean => stack[0]?.function === '(garbage collector)'

/** Somebody was seen to hold the main thread. */
const isOthers = ({ owner, request }: Holding): boolean => owner === 'other' && request !== undefined

const contains = (outer: Interval, inner: Interval): boolean => outer.start <= inner.start && outer.end >= inner.end

/** How long each was, without what of it somebody else stopped: no part may be longer than the whole. */
function pausesOf({ pieces }: Claim): number[] {
  const pauses = new Map<Stretch, number>()
  for (const { start, end, stretch } of pieces)
    if (stretch) pauses.set(stretch, (pauses.get(stretch) ?? 0) + end - start)
  return [...pauses.values()]
}
