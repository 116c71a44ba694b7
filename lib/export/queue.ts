// How reports leave for one destination: when, how many at once, when again. Agent thread. One queue for each destination, so that
// a dead one delays no other; what waits in it, and who has no room, is waiting.ts.
//
// Kept true: a report leaves at once unless the destination asked for time, failed, or has as many deliveries under way as it may
// have, which is one until it has taken something and as long as it fails; nothing begins inside a Retry-After, whatever waits; what
// waits is bounded by bytes; every report that is lost is counted.

import type { Destination, Io, Outcome } from './exporter.js'
import type { Packed } from './packed.js'
import { backOffMs } from './retry.js'
import { createWaiting, lostIn, requestsIn } from './waiting.js'

export interface Counts {
  delivered: number
  /** Spans or log records that the backend took and threw away. */
  rejected: number
  /** Reports that the destination refused, or that were tried too often, and the requests that these told as dropped. */
  refused: number
  /** Of reports that had no room. */
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

interface Delivery {
  batch: Packed[]
  aborter: AbortController
  /** So many lost reports are told with it. */
  lost: number
  /** It began before a failure that is known: what comes of it is no news about the destination. */
  old: boolean
}

type State = 'up' | 'down' | 'refusing' | 'off'

export function createQueue({ destination, maxBytes, deadlineMs, io, say, settled = () => {} }: QueueOptions): Queue {
  const { name, place, maxUnderWay = 1 } = destination
  const total: Counts = { delivered: 0, rejected: 0, refused: 0, dropped: 0, waiting: 0 }
  const waiting = createWaiting(destination, maxBytes)
  /** Of those that were tried, as long as anybody holds them. */
  const tries = new WeakMap<Packed, number>()
  const triesOf = (packed: Packed): number => tries.get(packed) ?? 0
  const underWay = new Map<Delivery, Promise<void>>()
  let state: State = 'up'
  let reason = ''
  let told: State = 'up'
  let stopped = false
  let lostWhenUp = 0
  /** What the destination was told of what it did not get, or is being told. */
  let lostTold = 0
  let failures = 0
  let backOffUntil = 0
  /** The destination's own wish, which a flush respects too. */
  let closedUntil = 0
  let cancelTimer: (() => void) | undefined

  return {
    name,
    push(...all) {
      end('dropped', waiting.add(all))
      if (state === 'off') end('dropped', waiting.takeAll())
      pump()
    },
    flush,
    stop() {
      stopped = true
      cancelTimer?.()
      for (const { aborter } of underWay.keys()) aborter.abort(new Error('stopped'))
      destination.close?.()
    },
    counts: () => ({ ...total, waiting: waiting.requests() })
  }

  function pump(): void {
    cancelTimer?.()
    while (!waiting.isEmpty() && underWay.size < mostUnderWay() && !stopped) {
      const waitMs = Math.max(backOffUntil, closedUntil) - io.now()
      if (waitMs > 0) {
        cancelTimer = io.after(waitMs, pump)
        return
      }
      void deliver()
    }
  }

  function mostUnderWay(): number {
    return state === 'up' && total.delivered > 0 ? maxUnderWay : 1
  }

  function deliver(): Promise<void> {
    const lost = total.refused + total.dropped - lostTold
    const delivery = { batch: waiting.take(), aborter: new AbortController(), lost, old: false }
    lostTold += lost
    const done = send(delivery).then(outcome => {
      underWay.delete(delivery)
      if (stopped) return
      settle(delivery, outcome)
      tell()
      pump()
    })
    underWay.set(delivery, done)
    return done
  }

  async function send({ batch, aborter, lost }: Delivery): Promise<Outcome> {
    const cancel = io.after(deadlineMs, () => aborter.abort(new Error(`gave no answer within ${deadlineMs} ms`)))
    try {
      return await destination.send(batch, aborter.signal, lost)
    } catch (error) {
      return { type: 'refused', reason: `could not be sent: ${(error as Error).message}` }
    } finally {
      cancel()
    }
  }

  function settle({ batch, lost, old }: Delivery, outcome: Outcome): void {
    if (outcome.type !== 'delivered') lostTold -= lost
    switch (outcome.type) {
      case 'delivered':
        end('delivered', batch)
        total.rejected += outcome.rejected ?? 0
        if (!old) calm('up', '')
        break
      case 'refused':
        end('refused', batch)
        if (!old) calm(outcome.quiet ? 'up' : 'refusing', outcome.reason)
        break
      case 'retry':
        if (outcome.afterMs !== undefined) closedUntil = Math.max(closedUntil, io.now() + outcome.afterMs)
        if (!old) fail('down', outcome.reason)
        if (state === 'off') end('dropped', batch)
        else tryAgain(batch, outcome.maxTries ?? Number.POSITIVE_INFINITY)
        break
      case 'off':
        if (state !== 'off') fail('off', outcome.reason)
        end('dropped', [...batch, ...waiting.takeAll()])
    }
  }

  function calm(next: State, why: string): void {
    failures = 0
    backOffUntil = 0
    state = next
    reason = why
  }

  function fail(next: State, why: string): void {
    failures++
    backOffUntil = io.now() + backOffMs(failures, io.random())
    state = next
    reason = why
    for (const delivery of underWay.keys()) delivery.old = true
  }

  function tryAgain(batch: Packed[], maxTries: number): void {
    for (const packed of batch) tries.set(packed, triesOf(packed) + 1)
    const again = batch.filter(packed => triesOf(packed) < maxTries)
    const givenUp = batch.filter(packed => triesOf(packed) >= maxTries)
    end('refused', givenUp)
    // A payload given up ends its series: the next one starts with a short gap.
    if (again.length === 0) failures = 0
    end('dropped', waiting.putBack(again))
  }

  function end(how: 'delivered' | 'refused' | 'dropped', all: Packed[]): void {
    total[how] += how === 'delivered' ? requestsIn(all) : lostIn(all)
    for (const packed of all) settled(packed)
  }

  /** One line for each change of state, late rather than too many. Being off is the last one and cannot come late. */
  function tell(): void {
    const lost = total.refused + total.dropped
    if (state !== told) {
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
    // What is under way counts: it waits no more, and has not arrived.
    while (failed < 2 && (underWay.size > 0 || !waiting.isEmpty()) && !stopped && io.now() < deadline) {
      if (underWay.size === 0 && closedUntil > io.now()) return
      const before = failures
      await (underWay.size > 0 ? Promise.all(underWay.values()) : deliver())
      if (failures > before) failed++
      else if (failures === 0) failed = 0
    }
  }
}

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
