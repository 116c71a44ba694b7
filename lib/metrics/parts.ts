// Where the time of a request went, for all requests: which kind of operation it waited for, nothing but numbers. Pure; main
// thread, at the end of each request.
//
// An instant belongs to the operation that was outstanding and ended last (lib/verdict has the finer rule for slow requests). An
// operation that the application made by hand wraps others: it gets what no other has. A finished request did not wait for what was
// still open when it ended; one whose caller went away waited for exactly that.

import type { Operation, OperationKind, Timeline } from '../types.js'

export const PARTS = ['db', 'cache', 'http', 'pool', 'message', 'dns', 'process', 'custom', 'own'] as const
export type Part = (typeof PARTS)[number]

const CUSTOM = 7
/** All of the time, where there is no operation. */
export const OWN = 8

/** No table: V8 looks a key up by its text where there are more than four. */
function indexOf(kind: OperationKind): number {
  switch (kind) {
    case 'db':
      return 0
    case 'cache':
      return 1
    case 'http':
      return 2
    case 'pool':
      return 3
    case 'message':
      return 4
    case 'dns':
      return 5
    case 'process':
      return 6
    case 'custom':
      return CUSTOM
  }
}

/** Milliseconds by the index of PARTS; they add up to `end - start`. The same array each time. */
export function timeByPart(
  operations: readonly Operation[] | undefined,
  start: number,
  end: number,
  status: Timeline['status']
): Float64Array {
  for (let i = 0; i < sums.length; i++) sums[i] = 0
  sums[OWN] = end - start
  if (operations === undefined || operations.length === 0) return sums
  endOfOpen = status === 'finished' ? undefined : end
  const ordered = byEnd(operations, end)
  const own = cover(ordered, start, end, false)
  sums[CUSTOM] = hasCustom ? Math.max(0, own - cover(ordered, start, end, true)) : 0
  sums[OWN] = own - sums[CUSTOM]
  return sums
}

const sums = new Float64Array(PARTS.length)
let hasCustom = false
/** When what never ended was waited for no longer; undefined: not waited for. */
let endOfOpen: number | undefined

/**
 * From the last end backwards: what an operation has for itself lies between its start and the earliest start of those that
 * ended after it. Returns what is left.
 */
function cover(operations: readonly Operation[], start: number, end: number, custom: boolean): number {
  let rest = end - start
  let covered = end
  hasCustom = false
  for (let i = operations.length - 1; i >= 0; i--) {
    const operation = operations[i]!
    const part = indexOf(operation.kind)
    if (part === CUSTOM && !custom) {
      hasCustom = true
      continue
    }
    const from = operation.start > start ? operation.start : start
    const ended = Number.isNaN(operation.end) ? waitedUntil(operation, end) : operation.end
    const to = ended < covered ? ended : covered
    if (to > from) {
      const ms = shareOf(operation, to - from)
      rest -= ms
      if (!custom) sums[part]! += ms
    }
    if (from < covered) covered = from
  }
  return rest
}

/** One that stands for many was not outstanding all the time. */
const shareOf = ({ count, busyMs, start, end }: Operation, ms: number): number =>
  count > 1 && end > start ? ms * Math.min(1, busyMs / (end - start)) : ms

/** Of an answer that nobody reads the beginning was waited for, and what was made by hand only names the time. */
function waitedUntil({ kind, start, marks }: Operation, end: number): number {
  if (kind === 'custom') return end
  return endOfOpen ?? marks?.['headers'] ?? start
}

/** Those that came one after another are in order already. */
function byEnd(operations: readonly Operation[], end: number): readonly Operation[] {
  let last = Number.NEGATIVE_INFINITY
  for (const operation of operations) {
    if (!(operation.end >= last)) {
      const endOf = (each: Operation): number => (Number.isNaN(each.end) ? waitedUntil(each, end) : each.end)
      return operations.toSorted((a, b) => endOf(a) - endOf(b))
    }
    last = operation.end
  }
  return operations
}
