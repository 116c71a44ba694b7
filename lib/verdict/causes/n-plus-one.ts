// Many like calls where one would do. The time between two calls of such a loop is the driver's own and goes with them.

import type { Cause, Operation, OperationKind } from '../../types.js'
import { msByStack } from '../cpu.js'
import type { Facts } from '../facts.js'
import { isOwnWork } from '../frames.js'
import { totalMs } from '../intervals.js'
import { phasesOf, SET_UP } from '../phases.js'
import type { Repeat } from '../repeats.js'
import { duration, partOf, plural } from '../words.js'
import { claimWaits, culpritOf, doubtWait } from './claims.js'
import { type CauseRow, type Claim, once } from './row.js'

export const dbNPlusOne = nPlusOne('db.n_plus_one', 'db', 'statement', {
  advice: [
    { when: repeats(/^FETCH\b/i), say: 'Fetch more rows of the cursor at a time.' },
    {
      when: repeats(/^(?:INSERT|REPLACE|UPDATE|DELETE|MERGE)\b/i),
      say:
        'Write all rows with one statement: an INSERT of many rows, an UPDATE or DELETE of all keys (IN (…), = ANY (…), a join with a list of ' +
        'values).'
    },
    {
      say: 'Fetch the rows with one statement: a JOIN, IN (…) or = ANY (…) over all keys, or a loader that batches.'
    }
  ]
})

export const cacheNPlusOne = nPlusOne('cache.n_plus_one', 'cache', 'command', {
  advice: [
    {
      when: repeats(/^[HSZ]?SCAN\b/i),
      say: 'Let the cursor bring more at a time (COUNT), or keep the wanted keys in a set, so that none are looked for.'
    },
    { say: 'Send the commands together: MGET, HMGET or a pipeline, one round trip for all of them.' }
  ]
})

export const httpNPlusOne = nPlusOne('http.n_plus_one', 'http', 'call', {
  advice: [
    {
      when: connectsEachTime,
      say: 'Keep connections open between the calls (keepAlive), and ask the service for all items in one call, or side by side with a limit.'
    },
    { say: 'Ask the service for all items in one call, or make the calls side by side with a limit.' }
  ]
})

/** Of the loop that took most. */
function repeats(verb: RegExp): (claim: Claim, facts: Facts) => boolean {
  return (claim, facts) => {
    const { first } = summary(claim, facts)
    return first !== undefined && verb.test(labelOf(first))
  }
}

function connectsEachTime(claim: Claim, facts: Facts): boolean {
  const { first } = summary(claim, facts)
  return first !== undefined && saySetUp(first) !== ''
}

function nPlusOne(cause: Cause, kind: OperationKind, noun: string, { advice }: Pick<CauseRow, 'advice'>): CauseRow {
  return {
    cause,
    advice,
    claims: facts => [
      ...claimWaits(cause, facts, kind, ({ operation }) => facts.repeats.of.has(operation)),
      ...facts.repeats.gaps
        .filter(({ after }) => after.operation.kind === kind)
        .map(({ start, end, after }) => ({
          cause,
          layer: 'between' as const,
          rank: 0,
          start,
          end,
          wait: after,
          until: end
        }))
    ],
    detail(claim, facts) {
      const { first, count, kinds } = summary(claim, facts)
      return first ? `${count} × ${kinds === 1 ? labelOf(first) : `${kinds} ${noun}s`}` : ''
    },
    sentence(claim, facts) {
      const { first, kinds, count } = summary(claim, facts)
      if (!first) return ''
      const meanMs = first.ms / first.count
      const others =
        kinds === 1 ? '' : `, and ${plural(count - first.count, 'like call')} of ${plural(kinds - 1, 'other kind')}`
      const how = first.sequential ? 'one after another' : 'that waited for each other'
      const each = `${duration(meanMs)} each${saySetUp(first)}${doubtRead(claim, facts) ? sayQuickest(first) : ''}`
      return (
        `Ran ${plural(first.count, `like ${noun}`)} ${how} (${labelOf(first)}, ${each})${others}: ` +
        `${partOf(claim.ms, facts.durationMs)}.`
      )
    },
    culprit(claim, facts) {
      const { first } = summary(claim, facts)
      return first ? culpritOf(first.waits[0]!) : null
    },
    doubt(claim, facts) {
      if (summary(claim, facts).first?.sequential === false) {
        return 'the calls overlapped, so the time of each one by itself is not known'
      }
      return doubtRead(claim, facts)
    }
  }
}

const doubtRead = (claim: Claim, facts: Facts): string | undefined =>
  facts.timeline.concurrency === 1 && !isBusyElsewhere(claim, facts) ? undefined : doubtWait(claim, facts)

/**
 * Alone, a busy thread is the driver at work on the calls, also where the application called it. The application's own files are no
 * driver: a job outside any request.
 */
function isBusyElsewhere({ pieces }: Claim, { cpu }: Facts): boolean {
  const stacks = [...msByStack(cpu, pieces)]
  const ownMs = sum(stacks.map(([stack, ms]) => (isOwnWork(stack) ? ms : 0)))
  return ownMs > sum(stacks.map(([, ms]) => ms)) * BUSY_SHARE
}

/** What a call takes whose answer did not wait to be read. */
function sayQuickest({ waits, ms, count, sequential }: Repeat): string {
  const lengths = waits.filter(({ operation }) => operation.count === 1).map(({ start, end }) => end - start)
  const quickestMs = Math.min(...lengths)
  return sequential && quickestMs < (ms / count) * QUICK_SHARE ? `, the quickest ${duration(quickestMs)}` : ''
}

const QUICK_SHARE = 0.3
const BUSY_SHARE = 0.5
const SET_UP_SHARE = 0.3

/** Calls that each make a connection of their own would be shorter on one that is kept open. */
function saySetUp({ waits }: Repeat): string {
  const single = waits.filter(({ operation }) => operation.kind === 'http' && operation.count === 1)
  const setUpMs = sum(single.map(({ operation, end }) => sumOfSetUp(operation, end))) / single.length
  const wholeMs = totalMs(single) / single.length
  return setUpMs > wholeMs * SET_UP_SHARE ? `, ${duration(setUpMs)} of it to set up a connection` : ''
}

function sumOfSetUp(operation: Operation, end: number): number {
  if (!operation.marks) return 0
  const phases = phasesOf(operation, end).filter(({ name }) => (SET_UP as readonly string[]).includes(name))
  return totalMs(phases)
}

const sum = (numbers: number[]): number => numbers.reduce((total, ms) => total + ms, 0)

const labelOf = (repeat: Repeat): string => repeat.waits[0]!.name.label

/** The largest repetition in the claim, and how many there are in all. */
const summary = once(({ pieces }: Claim, { repeats }: Facts) => {
  const found = new Set<Repeat>()
  for (const { stretch } of pieces) {
    const repeat = stretch?.wait && repeats.of.get(stretch.wait.operation)
    if (repeat) found.add(repeat)
  }
  const sorted = [...found].sort((a, b) => b.ms - a.ms)
  return { first: sorted[0], kinds: sorted.length, count: sorted.reduce((sum, { count }) => sum + count, 0) }
})
