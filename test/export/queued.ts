// A destination that answers as told, with the queue before it: what it was sent, when, and how many deliveries were under way.

import type { Destination, Outcome } from '../../lib/export/exporter.js'
import { pack } from '../../lib/export/packed.js'
import { createQueue, type Queue } from '../../lib/export/queue.js'
import { sampleReport } from '../sample-report.js'
import { type Clock, fakeClock } from './clock.js'

export const DELIVERED: Outcome = { type: 'delivered' }
export const DOWN: Outcome = { type: 'retry', reason: 'cannot be reached (ECONNREFUSED)' }
export const GATEWAY: Outcome = { type: 'retry', reason: 'answered 502', maxTries: 5 }
export const DEADLINE_MS = 10_000

export interface Sent {
  at: number
  ids: string[]
  /** As the destination was told with it. */
  lost: number
  /** Others that were under way when it began. */
  beside: Sent[]
  outcome?: Outcome
}

export interface QueuedOptions {
  maxBytes?: number
  maxBatch?: number
  maxBatchBytes?: number
  maxUnderWay?: number
  clock?: Clock
  /** Told of each delivery as it begins, and of its end before the queue is. */
  began?(sent: Sent): void
  ended?(sent: Sent): void
}

export function queued(answer: (n: number, sent: Sent) => Outcome | Promise<Outcome>, options: QueuedOptions = {}) {
  const { maxBytes = 1e6, maxBatch = 100, maxBatchBytes = 1e6, maxUnderWay = 1, clock = fakeClock() } = options
  const settled: string[] = []
  const sent: Sent[] = []
  const underWay = new Set<Sent>()
  let most = 0
  const destination: Destination = {
    name: 'test',
    place: 'http://backend/',
    maxBatch,
    maxBatchBytes,
    maxUnderWay,
    async send(batch, signal, lost) {
      const one: Sent = { at: clock.now(), ids: batch.map(({ id }) => id), lost, beside: [...underWay] }
      sent.push(one)
      underWay.add(one)
      most = Math.max(most, underWay.size)
      options.began?.(one)
      const gone = new Promise<Outcome>(resolve =>
        signal.addEventListener('abort', () => resolve({ type: 'retry', reason: (signal.reason as Error).message }))
      )
      try {
        one.outcome = await Promise.race([answer(sent.length, one), gone])
        return one.outcome
      } finally {
        underWay.delete(one)
        options.ended?.(one)
      }
    }
  }
  const say = (text: string): boolean => clock.lines.push(text) > 0
  const queue = createQueue({
    destination,
    maxBytes,
    deadlineMs: DEADLINE_MS,
    io: clock,
    say,
    settled: ({ id }) => settled.push(id)
  })
  return { queue, clock, sent, settled, underWay, mostUnderWay: () => most }
}

/** `reports`: so many it tells as dropped. */
export const push = (queue: Queue, id: string, durationMs = 600, reports = 0): void =>
  queue.push(pack(sampleReport({ id, durationMs, dropped: { operations: 0, reports } })))

/** Of a report that has an id of one letter. */
export const BYTES = pack(sampleReport({ id: 'x' })).size

export const gaps = (sent: Sent[]): number[] => sent.slice(1).map(({ at }, i) => at - sent[i]!.at)
