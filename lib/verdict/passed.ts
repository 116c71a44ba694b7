// When a call was under way and nobody can have waited for it: the request went from call to call without its answer. Pure.
//
//   chain     |-- SELECT a --|-- SELECT b --|-- SELECT c --| request ends
//   passed     |------------ INSERT audit ------------|
//
// Whoever makes a call has not waited for what is still under way then. So the chain is found from its end on: before each call stands
// the one that was answered last when it began. What was under way while the chain went on lengthened nothing, be it that it was only
// begun, or given up, or that it was waited for as well. Where the chain has gaps that is open, since the next call may have come from
// a timer. Of waits for connections nothing is said: what is before them in the pool's queue is what they wait for.

import type { Interval } from '../types.js'
import { allInside, firstAt, startsOf } from './intervals.js'
import type { Wait } from './waits.js'

/** Calls may overlap by rounding. */
const TOUCH_MS = 0.5
/** Between a call and the next: the program's own time. */
const GAP_MS = 10
/** Which of those that were answered so close to the end let the request end nobody knows; the longest is taken. */
const END_MS = 5

interface Answer extends Interval {
  wait: Wait
}

/** Up to the last call that began meanwhile: that one is answered later, be it behind this one on their connection. */
export function markPassed(waits: Wait[]): void {
  const chain = chainOf(waits.flatMap(answersOf))
  const starts = startsOf(chain)
  /** Of a link what is behind its answer may have been passed too: a body that is read later. */
  const answeredAt = new Map(chain.map(({ wait, end }) => [wait, end]))
  for (const wait of waits) {
    if (wait.until === Number.POSITIVE_INFINITY || wait.operation.kind === 'pool') continue
    const answered = answeredAt.get(wait)
    const from = firstAt(starts, answered ?? wait.start + TOUCH_MS)
    const to = Math.max(from, firstAt(starts, wait.end - TOUCH_MS))
    const until = chain[to - 1]
    const first = answered === undefined ? Math.max(0, from - 1) : from
    const links = chain.slice(first, to).filter(link => link !== until || link.wait.operation.count > 1)
    if (until && links.length > 0)
      wait.passed = joined([...allInside(links, wait), { start: until.start, end: until.start }])
  }
}

/** `await fetch(url)` goes on with the headers, and the body may be read later. */
function answersOf(wait: Wait): Answer[] {
  const { start, end, operation } = wait
  const headers = operation.marks?.['headers']
  const whole = { start, end, wait }
  return headers !== undefined && headers > start && headers < end ? [{ start, end: headers, wait }, whole] : [whole]
}

/** In order of time. */
function chainOf(answers: Answer[]): Answer[] {
  const sorted = answers.sort((a, b) => a.end - b.end || b.start - a.start)
  const last = lastOf(sorted)
  if (!last) return []
  const chain = [last]
  let { start: begun } = last
  for (let i = sorted.lastIndexOf(last) - 1; i >= 0; i--) {
    const answer = sorted[i]!
    if (answer.end > begun + TOUCH_MS || answer.start >= begun) continue
    chain.push(answer)
    begun = answer.start
  }
  return chain.reverse()
}

function lastOf(sorted: Answer[]): Answer | undefined {
  const last = sorted.at(-1)
  if (!last) return undefined
  // Of several that are still open it is the one that was begun last: the request went on to it.
  if (last.wait.until === Number.POSITIVE_INFINITY) return sorted.filter(({ end }) => end === last.end).reduce(laterOf)
  return sorted.filter(({ end }) => end >= last.end - END_MS).reduce(earlierOf)
}

const laterOf = (a: Answer, b: Answer): Answer => (b.start > a.start ? b : a)

const earlierOf = (a: Answer, b: Answer): Answer => (b.start < a.start ? b : a)

function joined(pieces: Interval[]): Interval[] {
  const all: Interval[] = []
  for (const { start, end } of pieces) {
    const last = all.at(-1)
    if (last && start - last.end <= GAP_MS) last.end = Math.max(last.end, end)
    else all.push({ start, end })
  }
  return all
}
