// The samples of the main thread, asked by interval. Pure. A sample stands for the time until the next one; idle time has
// none. What two samples show alike is taken for the time between them, so short stretches are known roughly.

import type { Evidence, Frame, Interval } from '../types.js'
import { type Blame, blame, blameEntry, isApplication, samePlace } from './frames.js'
import { clip, firstAt, merged, startsOf, totalMs } from './intervals.js'

/** Enough of the request lies in windows that were received, so that no sample means idle. */
const COVERED_SHARE = 0.9

export interface Sample extends Interval {
  stack: Frame[]
}

export interface Cpu {
  /** False: nothing can be said about where there is no sample. */
  covered: boolean
  samples: Sample[]
  /** Merged samples. */
  busy: Interval[]
  in(interval: Interval): Sample[]
  /** The same without an object for each: thousands of turns are asked for. `ms` is what of the sample lies inside. */
  each(interval: Interval, tell: (stack: Frame[], ms: number) => void): void
}

export function readCpu({ cpu }: Evidence): Cpu {
  const samples = (cpu?.samples ?? [])
    .map(({ at, ms, stack }) => ({ start: at, end: at + ms, stack: cpu!.stacks[stack] ?? [] }))
    .filter(({ start, end }) => end > start)
    .sort((a, b) => a.start - b.start)
  const starts = startsOf(samples)
  // Samples do not overlap: the one before the first that starts inside may reach into it.
  const firstIn = (start: number): number => Math.max(0, firstAt(starts, start) - 1)
  return {
    covered: cpu !== undefined && cpu.coverageShare >= COVERED_SHARE,
    samples,
    busy: merged(samples),
    in: ({ start, end }) => {
      const found: Sample[] = []
      for (let i = firstIn(start); i < samples.length && samples[i]!.start < end; i++) {
        if (samples[i]!.end > start) found.push(clip(samples[i]!, { start, end }))
      }
      return found
    },
    each: ({ start, end }, tell) => {
      for (let i = firstIn(start); i < samples.length && samples[i]!.start < end; i++) {
        const { stack, start: from, end: to } = samples[i]!
        if (to > start) tell(stack, Math.min(to, end) - Math.max(from, start))
      }
    }
  }
}

export function busyMs(cpu: Cpu, intervals: Interval[]): number {
  let sum = 0
  const add = (_stack: Frame[], ms: number): void => {
    sum += ms
  }
  for (const interval of intervals) cpu.each(interval, add)
  return sum
}

export interface Hottest {
  blame: Blame
  /** Of the sampled time. */
  share: number
}

/** How long each stack ran: hundreds of samples show a few. */
export function msByStack(cpu: Cpu, intervals: Interval[]): Map<Frame[], number> {
  const sums = new Map<Frame[], number>()
  const add = (stack: Frame[], ms: number): unknown => sums.set(stack, (sums.get(stack) ?? 0) + ms)
  for (const interval of intervals) cpu.each(interval, add)
  return sums
}

interface Weighed {
  stack: Frame[]
  weight: number
}

const MOST_SHARE = 0.5

/** The place that most of the samples blame. */
export const hottest = (cpu: Cpu, intervals: Interval[]): Hottest | undefined =>
  mostBlamed(Array.from(msByStack(cpu, intervals), ([stack, weight]) => ({ stack, weight })))

/** Where no place has most of them, packages count as one each. */
export function mostBlamed(stacks: Weighed[]): Hottest | undefined {
  const inner = mostBlamedBy(blame, stacks)
  if (!inner || inner.share > MOST_SHARE) return inner
  const entered = mostBlamedBy(blameEntry, stacks)
  return entered && entered.share > inner.share ? entered : inner
}

function mostBlamedBy(who: typeof blame, stacks: Weighed[]): Hottest | undefined {
  const total = stacks.reduce((sum, { weight }) => sum + weight, 0)
  const blamed = stacks.flatMap(({ stack, weight }) => {
    const found = who(stack)
    return found ? [{ ...found, weight }] : []
  })
  const place = heaviest(blamed, ({ frame }) => `${frame.file} ${frame.function}`)
  if (!place || total <= 0) return undefined
  // Of the lines of one function the heaviest is shown; of what it called, what had most of its time.
  const [{ frame }] = heaviest(place.alike, ({ frame }) => `${frame.line}:${frame.column}`)!.alike
  const called = heaviest(place.alike, ({ callee }) => callee ?? '')!
  const callee = called.weight > place.weight * MOST_SHARE ? called.alike[0].callee : undefined
  return { blame: { frame, callee }, share: place.weight / total }
}

/** Those of one key that weigh the most together; of equals the first. */
function heaviest<Item extends { weight: number }>(
  items: Item[],
  keyOf: (item: Item) => string
): { alike: [Item, ...Item[]]; weight: number } | undefined {
  const groups = new Map<string, { alike: [Item, ...Item[]]; weight: number }>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (!group) groups.set(keyOf(item), { alike: [item], weight: item.weight })
    else {
      group.alike.push(item)
      group.weight += item.weight
    }
  }
  return [...groups.values()].sort((a, b) => b.weight - a.weight)[0]
}

/** What part of an interval has samples with one of these places in their stack. */
export function shareWith(cpu: Cpu, interval: Interval, places: Frame[]): number {
  if (places.length === 0) return 0
  const alike = cpu
    .in(interval)
    .filter(({ stack }) => stack.some(frame => places.some(place => samePlace(place, frame))))
  return totalMs(alike) / (interval.end - interval.start || 1)
}

/** The half of the application's frames nearest to the leaf: the other half, down to the server's, all requests share. */
export function telling(stack: Frame[]): Frame[] {
  const own = stack.filter(isApplication)
  return own.length < 2 ? [] : own.slice(0, Math.ceil(own.length / 2))
}
