// The reports that wait for one destination. Agent thread. One for each destination, so that a dead one delays no other.
//
// Kept true: at most one delivery is under way; a report leaves at once unless the destination asked for time or failed;
// nothing is sent inside a Retry-After, whatever waits; what waits is bounded by bytes; every report that is lost is counted.

import type { Destination, Io, Outcome } from './exporter.js'
import type { Packed } from './packed.js'
import { backOffMs } from './retry.js'
import { excess } from './room.js'

/** Half of what collectors take by default for one request, and far from the 64 MiB of the protocol. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024

/** What stays when there was too much: looking for who goes is work for many, not for each. */
const ROOM_SHARE = 0.95

export interface Counts {
  delivered: number
  /** Spans or log records that the backend took and threw away. */
  rejected: number
  /** Reports that the destination refused, or that were tried too often. */
  refused: number
  /** Reports that had no room. */
  dropped: number
  waiting: number
}

export interface Queue {
  name: string
  /** Together: they leave in one batch where that has room for them. */
  push(...packed: Packed[]): void
  /** Tries now what waits, without regard to the back-off; a failed batch once more, since its connection may just have been old. */
  flush(ms: number): Promise<void>
  stop(): void
  counts(): Counts
}

export interface QueueOptions {
  destination: Destination
  maxBytes: number
  /** Of one delivery, from connecting to the last byte of the answer. */
  deadlineMs: number
  io: Io
  /** False when too much was said of late: then it is said later. */
  say(text: string): boolean
  /** Of each report, once: it is delivered, refused or given up. */
  settled?(packed: Packed): void
}

interface Entry {
  packed: Packed
  tries: number
}

type State = 'up' | 'down' | 'refusing' | 'off'

export function createQueue({ destination, maxBytes, deadlineMs, io, say, settled = () => {} }: QueueOptions): Queue {
  const { name, place, maxBatch, maxBatchBytes = MAX_BATCH_BYTES } = destination
  const total: Counts = { delivered: 0, rejected: 0, refused: 0, dropped: 0, waiting: 0 }
  let waiting: Entry[] = []
  let bytes = 0
  let state: State = 'up'
  let told: State = 'up'
  let stopped = false
  let lostWhenUp = 0
  /** What the destination was told of what it did not get, and what the delivery under way tells it. */
  let lostTold = 0
  let lostTelling = 0
  let failures = 0
  let backOffUntil = 0
  /** The destination's own wish, which a flush respects too. */
  let closedUntil = 0
  let underWay: Promise<void> | undefined
  let controller: AbortController | undefined
  let cancelTimer: (() => void) | undefined

  return {
    name,
    push(...all) {
      if (state === 'off') {
        total.dropped += requestsOf(all)
        for (const packed of all) settled(packed)
        return
      }
      for (const packed of all) {
        waiting.push({ packed, tries: 0 })
        bytes += packed.bytes.length
      }
      makeRoom()
      pump()
    },
    flush,
    stop() {
      stopped = true
      cancelTimer?.()
      controller?.abort(new Error('stopped'))
      destination.close?.()
    },
    counts: () => ({ ...total, waiting: requestsIn(waiting) })
  }

  function pump(): void {
    if (underWay || waiting.length === 0 || state === 'off' || stopped) return
    const waitMs = Math.max(backOffUntil, closedUntil) - io.now()
    cancelTimer?.()
    if (waitMs <= 0) void deliver()
    else cancelTimer = io.after(waitMs, pump)
  }

  function deliver(): Promise<void> {
    const batch = takeBatch()
    underWay = send(batch.map(({ packed }) => packed)).then(outcome => {
      underWay = undefined
      if (stopped) return
      settle(batch, outcome)
      tell(outcome)
      pump()
    })
    return underWay
  }

  async function send(batch: Packed[]): Promise<Outcome> {
    const aborter = new AbortController()
    controller = aborter
    const cancel = io.after(deadlineMs, () => aborter.abort(new Error(`gave no answer within ${deadlineMs} ms`)))
    try {
      lostTelling = total.refused + total.dropped
      return await destination.send(batch, aborter.signal, lostTelling - lostTold)
    } catch (error) {
      return { type: 'refused', reason: `could not be sent: ${(error as Error).message}` }
    } finally {
      cancel()
    }
  }

  function settle(batch: Entry[], outcome: Outcome): void {
    switch (outcome.type) {
      case 'delivered':
        total.delivered += requestsIn(batch)
        lostTold = lostTelling
        for (const { packed } of batch) settled(packed)
        total.rejected += outcome.rejected ?? 0
        calm('up')
        break
      case 'refused':
        total.refused += requestsIn(batch)
        for (const { packed } of batch) settled(packed)
        calm(outcome.quiet ? 'up' : 'refusing')
        break
      case 'retry':
        failures++
        backOffUntil = io.now() + backOffMs(failures, io.random())
        if (outcome.afterMs !== undefined) closedUntil = io.now() + outcome.afterMs
        state = 'down'
        putBack(batch, outcome.maxTries ?? Number.POSITIVE_INFINITY)
        break
      case 'off':
        total.dropped += requestsIn(batch) + requestsIn(waiting)
        for (const { packed } of [...batch, ...waiting]) settled(packed)
        waiting = []
        bytes = 0
        state = 'off'
    }
  }

  function calm(next: State): void {
    failures = 0
    backOffUntil = 0
    state = next
  }

  function takeBatch(): Entry[] {
    let size = 0
    const end = waiting.findIndex(({ packed }, i) => {
      size += packed.bytes.length
      return i >= maxBatch || (i > 0 && size > maxBatchBytes)
    })
    const batch = waiting.splice(0, end < 0 ? waiting.length : end)
    for (const { packed } of batch) bytes -= packed.bytes.length
    return batch
  }

  function putBack(batch: Entry[], maxTries: number): void {
    const again = batch.filter(entry => ++entry.tries < maxTries)
    total.refused += requestsIn(batch) - requestsIn(again)
    for (const entry of batch) if (entry.tries >= maxTries) settled(entry.packed)
    // A payload given up ends its series: the next one starts with a short gap.
    if (again.length === 0) failures = 0
    waiting.unshift(...again)
    for (const { packed } of again) bytes += packed.bytes.length
    makeRoom()
  }

  function makeRoom(): void {
    if (bytes <= maxBytes) return
    const gone = excess(waiting, maxBytes * ROOM_SHARE)
    waiting = waiting.filter(entry => !gone.has(entry))
    for (const { packed } of gone) {
      bytes -= packed.bytes.length
      settled(packed)
    }
    total.dropped += requestsIn([...gone])
  }

  /** One line for each change of state, late rather than too many. Being off is the last one and cannot come late. */
  function tell(outcome: Outcome): void {
    const lost = total.refused + total.dropped
    if (state !== told) {
      const reason = 'reason' in outcome ? outcome.reason : ''
      const line = `${name}: ${sentence(state, place, reason, lost - lostWhenUp)}`
      if (state === 'off') io.log('warn', line)
      else if (!say(line)) return
      told = state
    }
    if (told === 'up') lostWhenUp = lost
  }

  async function flush(ms: number): Promise<void> {
    let cancel: (() => void) | undefined
    const late = new Promise<void>(resolve => {
      cancel = io.after(ms, resolve)
    })
    const deadline = io.now() + ms
    await Promise.race([drain(deadline), late])
    cancel?.()
  }

  async function drain(deadline: number): Promise<void> {
    let failed = 0
    // A delivery that is under way counts: its batch waits no more, and has not arrived.
    while (failed < 2 && (underWay || waiting.length > 0) && state !== 'off' && !stopped && io.now() < deadline) {
      if (!underWay && closedUntil > io.now()) return
      const before = failures
      await (underWay ?? deliver())
      failed = failures > before ? failed + 1 : 0
    }
  }
}

const requestsOf = (all: Packed[]): number => all.reduce((sum, { count }) => sum + count, 0)

const requestsIn = (entries: Entry[]): number => requestsOf(entries.map(({ packed }) => packed))

function sentence(state: State, place: string, reason: string, lost: number): string {
  switch (state) {
    case 'up':
      return `${place} takes reports again; ${lost} were lost meanwhile`
    case 'down':
      return `${place} ${reason}; reports wait and are sent later`
    case 'refusing':
      return `${place} ${reason}; reports are lost until it takes them`
    case 'off':
      return `${place} ${reason}; switched off`
  }
}
