// Many like calls where one would do. Pure.
//
// The measure is the time that each call adds after the one before it has answered: that is right for calls one after
// another and for calls that queue on one connection, while ten slow calls side by side add almost nothing after the first.

import type { Operation, OperationKind } from '../types.js'
import { type Cpu, msByStack } from './cpu.js'
import { isOwnWork } from './frames.js'
import { totalMs } from './intervals.js'
import { callsOf, type Wait, type Waits } from './waits.js'

export const MANY = 10
/** A call with more than this share of all is slow by itself. */
const OUTLIER_SHARE = 0.25
/** Of the time of that kind of call. */
const MOST = 0.5
const SOME = 0.05
/** Calls may touch by rounding, or overlap now and then. */
const OVERLAP_MS = 0.5
const SEQUENTIAL_SHARE = 0.8
/** Calls side by side of which even the fast ones take a good part of the whole time are slow calls, not many. */
const ROUNDS = 5
/** Time between two calls counts as the driver's up to the length of a call, but at most this. */
const GAP_MAX_MS = 10
const GAP_MIN_MS = 1

export interface Repeat {
  waits: Wait[]
  count: number
  /** Time added by all of them. */
  ms: number
  /** False when they overlapped: then no call's own time is known. */
  sequential: boolean
}

/** Time between two calls of a loop: the driver's. */
export interface Gap {
  after: Wait
  start: number
  end: number
}

export interface Repeats {
  of: Map<Operation, Repeat>
  gaps: Gap[]
}

export function findRepeats(waits: Waits, cpu: Cpu): Repeats {
  const found: Repeats = { of: new Map(), gaps: [] }
  const calls = callsOf(waits)
  for (const kind of ['db', 'cache', 'http'] as const) {
    const ofKind = calls.filter(wait => isKind(wait, kind))
    const repeats = repeatsOf(ofKind)
    for (const repeat of repeats) for (const wait of repeat.waits) found.of.set(wait.operation, repeat)
    found.gaps = found.gaps.concat(worked(gapsIn(repeats), cpu))
  }
  return found
}

const isKind = ({ operation }: Wait, kind: OperationKind): boolean => operation.kind === kind && !operation.blocking

function repeatsOf(waits: Wait[]): Repeat[] {
  const groups = new Map<string, Wait[]>()
  for (const wait of waits) {
    const key = `${wait.operation.system} ${wait.operation.target} ${wait.name.alike}`
    const group = groups.get(key)
    if (group) group.push(wait)
    else groups.set(key, [wait])
  }
  const kindMs = sum(added(byEnd(waits)))
  const repeats = [...groups.values()].flatMap(group => repeatOf(group) ?? []).filter(({ ms }) => ms >= kindMs * SOME)
  return sum(repeats.map(({ ms }) => ms)) >= kindMs * MOST ? repeats : []
}

function repeatOf(group: Wait[]): Repeat | undefined {
  if (countOf(group) < MANY) return undefined
  const answered = byEnd(group)
  const addedMs = added(answered)
  const total = sum(addedMs)
  const alike: Wait[] = []
  let ms = 0
  for (const [i, wait] of answered.entries()) {
    if (addedMs[i]! / wait.operation.count > total * OUTLIER_SHARE) continue
    alike.push(wait)
    ms += addedMs[i]!
  }
  const count = countOf(alike)
  if (count < MANY || ms <= 0) return undefined
  const waits = alike.sort((a, b) => a.start - b.start)
  const sequential = isSequential(waits)
  return sequential || hasRounds(waits) ? { waits, count, ms, sequential } : undefined
}

/**
 * Statements that were sent together and queue on one connection: the first answer comes soon. Calls to a service go side by
 * side, each on its own socket, so there the usual one must be short.
 */
function hasRounds(waits: Wait[]): boolean {
  const durations = waits.map(({ start, end }) => end - start).sort((a, b) => a - b)
  const short = durations[waits[0]!.operation.kind === 'http' ? durations.length >> 1 : 0]!
  const wholeMs = waits.reduce((latest, { end }) => Math.max(latest, end), 0) - waits[0]!.start
  return wholeMs >= short * ROUNDS
}

/** For each wait the time from the end of those before it, or its own start, to its end. Sorted by end. */
function added(waits: Wait[]): number[] {
  let answered = Number.NEGATIVE_INFINITY
  return waits.map(({ operation, start, end }) => {
    const from = Math.max(start, answered)
    answered = Math.max(answered, end)
    const ms = Math.max(0, end - from)
    return operation.count > 1 ? Math.min(ms, operation.busyMs) : ms
  })
}

const byEnd = (waits: Wait[]): Wait[] => waits.toSorted((a, b) => a.end - b.end)

/** Sorted by start. */
export function isSequential(waits: Wait[]): boolean {
  let answered = Number.NEGATIVE_INFINITY
  let inOrder = 0
  for (const { operation, start, end } of waits) {
    if (operation.count > 1) inOrder += operation.busyMs <= (end - start) * 1.1 ? operation.count : 0
    else if (start >= answered - OVERLAP_MS) inOrder++
    if (operation.count === 1) answered = Math.max(answered, end)
  }
  return inOrder >= countOf(waits) * SEQUENTIAL_SHARE
}

/** Between all repeated calls of a kind, since a loop may make several in each turn. */
function gapsIn(repeats: Repeat[]): Gap[] {
  const sequential = repeats.filter(repeat => repeat.sequential)
  const waits = sequential.flatMap(repeat => repeat.waits).sort((a, b) => a.start - b.start)
  if (waits.length === 0) return []
  const meanMs = sum(sequential.map(({ ms }) => ms)) / sum(sequential.map(({ count }) => count))
  const limitMs = Math.min(GAP_MAX_MS, Math.max(GAP_MIN_MS, meanMs))

  return waits.flatMap((wait, i) => {
    const { operation, start, end } = wait
    if (operation.count > 1) {
      const gapMs = (end - start - operation.busyMs) / operation.count
      return gapMs <= limitMs ? [{ after: wait, start, end }] : []
    }
    const next = waits[i + 1]
    return next && next.start - end <= limitMs ? [{ after: wait, start: end, end: next.start }] : []
  })
}

/**
 * A driver that works keeps the thread busy. Where it slept for most of the longer gaps, a timer or somebody else was waited for; where most of
 * what ran in them is the application's own work, that is what took the time.
 */
function worked(gaps: Gap[], cpu: Cpu): Gap[] {
  if (!cpu.covered) return gaps
  const isLong = ({ start, end, after: { operation } }: Gap): boolean =>
    operation.count === 1 && end - start > GAP_MIN_MS
  const long = gaps.filter(isLong)
  let ranMs = 0
  let ownMs = 0
  for (const [stack, ms] of msByStack(cpu, long)) {
    ranMs += ms
    if (isOwnWork(stack)) ownMs += ms
  }
  const isDrivers = ranMs >= totalMs(long) * WORKED_SHARE && ownMs <= ranMs * WORKED_SHARE
  return isDrivers ? gaps : gaps.filter(gap => !isLong(gap))
}

const WORKED_SHARE = 0.5

const countOf = (waits: Wait[]): number => sum(waits.map(({ operation }) => operation.count))

const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0)
