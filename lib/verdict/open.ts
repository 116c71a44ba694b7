// Whether a request that still runs, or whose caller went away, waits for the call that is open: that shows only when it goes on, or ends. Pure.
//
// A call that nobody waits for (an audit's INSERT, a beacon) is open like any other. What the request went through is found from its end
// (passed.ts), which is not there yet. So a call that is open alone, and after which nothing else was begun, is taken for the one. Beside
// others it may be, and it may not: calls side by side that are all waited for look the same. Then it is told, as a guess.
//
// Nothing is said of calls that differ in their values alone, since each of them may be told for all; of look-ups, which belong to a call;
// and of a pool's connections beside calls by them.

import type { Wait } from './waits.js'

/** Made in the same turn, whichever was first. */
const TOGETHER_MS = 10
/** Calls may overlap by rounding. */
const TOUCH_MS = 0.5

export function doubtOpen(waits: Wait[]): void {
  const open = waits.filter(isOpen)
  if (open.length === 0) return
  const latestFirst = waits.toSorted((a, b) => b.start - a.start)
  for (const wait of open) {
    const other = latestFirst.find(one => isApart(one, wait) && (isOpenBeside(one, wait) || isGoneOnWith(one, wait)))
    if (other) wait.doubt ??= sayDoubt(other, wait)
  }
}

const isOpen = ({ until }: Wait): boolean => until === Number.POSITIVE_INFINITY

/** `await fetch(url)` goes on with the headers: what is begun later says nothing of the time before. */
const answeredAt = ({ operation, until }: Wait): number => operation.marks?.['headers'] ?? until

const isOpenBeside = (one: Wait, wait: Wait): boolean =>
  isOpen(one) && answeredAt(one) > wait.start + TOUCH_MS && one.start < answeredAt(wait) - TOUCH_MS

/** Of many calls that are told as one, one was made after it. */
function isGoneOnWith({ start, end, operation }: Wait, wait: Wait): boolean {
  const last = operation.count > 1 ? end : start
  return last > wait.start + TOGETHER_MS && start < answeredAt(wait) - TOUCH_MS
}

function isApart({ operation: a, name }: Wait, { operation: b, name: own }: Wait): boolean {
  if (name.alike === own.alike || a.kind === 'dns' || b.kind === 'dns') return false
  return (a.kind !== 'pool' && b.kind !== 'pool') || a.system !== b.system
}

const sayDoubt = (other: Wait, { name }: Wait): string =>
  isOpen(other)
    ? `${other.name.label} is open as well, and which of them is waited for shows only when the request goes on`
    : `${other.name.label} was called meanwhile, so it may be that nobody waits for ${name.label}`
