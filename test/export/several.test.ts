// The queue before a destination that takes several deliveries at once: what holds for one at a time holds for them together.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Outcome } from '../../lib/export/exporter.js'
import { type Clock, fakeClock } from './clock.js'
import { BYTES, DELIVERED, DOWN, GATEWAY, gaps, push, queued, type Sent } from './queued.js'

const WAIT_MS = 5000
const WAIT: Outcome = { type: 'retry', reason: 'answered 429', afterMs: WAIT_MS }
const REFUSED: Outcome = { type: 'refused', reason: 'answered 401' }
const QUIET: Outcome = { type: 'refused', reason: 'answered 413', quiet: true }
const OFF: Outcome = { type: 'off', reason: 'cannot be written (EROFS)' }
/** The shortest gap after a failure. */
const FIRST_GAP_MS = 450

const NEVER = Number.POSITIVE_INFINITY

const late = (clock: Clock, ms: number, outcome: Outcome): Promise<Outcome> =>
  new Promise(resolve => ms < NEVER && clock.after(ms, () => resolve(outcome)))

const idsOf = (sent: Sent[]): string[] => sent.flatMap(({ ids }) => ids)

/**
 * One report in each delivery, four at once. `first` has been taken; of those after it each is answered as told by its own number of
 * ms and outcome, for each time that it is sent.
 */
async function four(answers: Record<string, [ms: number, outcome: Outcome][]>) {
  const clock = fakeClock()
  const left = Object.fromEntries(Object.entries(answers).map(([id, each]) => [id, [...each]]))
  const set = queued(
    (_, { ids }) => late(clock, ...(left[ids[0]!]?.shift() ?? ([0, DELIVERED] as [number, Outcome]))),
    { maxBatch: 1, maxUnderWay: 4, clock }
  )
  push(set.queue, 'first')
  await clock.pass(1)
  set.sent.length = 0
  for (const id of Object.keys(answers)) push(set.queue, id)
  return set
}

describe('the queue before a destination that takes several deliveries at once', () => {
  it('has so many under way, but one until the first was taken', async () => {
    const clock = fakeClock()
    const { queue, sent, mostUnderWay } = queued(() => late(clock, 50, DELIVERED), {
      maxBatch: 1,
      maxUnderWay: 3,
      clock
    })
    for (const id of 'abcdefgh') push(queue, id)
    await clock.pass(1000)
    assert.deepEqual(
      sent.map(({ at }) => at),
      [1000, 1050, 1050, 1050, 1100, 1100, 1100, 1150]
    )
    assert.deepEqual(idsOf(sent), [...'abcdefgh'])
    assert.equal(mostUnderWay(), 3)
    assert.equal(queue.counts().delivered, 8)
    assert.equal(clock.pending(), 0)
  })

  it('counts what fails together as one failure, asks with one, and keeps the order', async () => {
    const { clock, sent } = await four({
      a: [
        [40, DOWN],
        [0, DOWN]
      ],
      b: [[30, DOWN]],
      c: [[20, DOWN]],
      d: [[10, DOWN]],
      e: []
    })
    await clock.pass(10_000)
    assert.deepEqual(idsOf(sent), [...'abcd', ...'a', ...'abcde'])
    const [first, second] = gaps(sent.slice(3))
    // The back-off counts from the first that failed, at 10 ms, and then doubles.
    assert.equal(first, 10 + 525)
    assert.equal(second, 1050)
    assert.deepEqual(
      sent.map(({ beside }) => beside.length),
      [0, 1, 2, 3, 0, 0, 0, 1, 2, 3]
    )
    assert.equal(clock.lines.length, 2)
  })

  it('takes no answer to what was sent before a failure for its end', async () => {
    const { clock, sent, queue } = await four({ a: [[10, DOWN]], b: [[20, DELIVERED]], c: [[30, REFUSED]], d: [] })
    await clock.pass(500)
    assert.deepEqual(idsOf(sent), [...'abcd'])
    assert.deepEqual(clock.lines, [
      'test: http://backend/ cannot be reached (ECONNREFUSED); reports wait and are sent later'
    ])
    await clock.pass(500)
    assert.deepEqual(idsOf(sent), [...'abcda'])
    assert.deepEqual(queue.counts(), { delivered: 4, rejected: 0, refused: 1, dropped: 0, waiting: 0 })
    assert.equal(clock.lines[1], 'test: http://backend/ takes reports again; 1 were lost meanwhile')
  })

  it('begins nothing inside the longest Retry-After that one of them brought, also not on flush', async () => {
    const shorter: Outcome = { ...WAIT, afterMs: 2000 }
    const { clock, sent, queue } = await four({
      a: [[10, WAIT]],
      b: [[20, shorter]],
      c: [[30, DELIVERED]],
      d: [[40, DOWN]],
      e: []
    })
    await clock.pass(100)
    const flushed = queue.flush(500)
    await clock.pass(500)
    await flushed
    await clock.pass(10_000)
    assert.deepEqual(idsOf(sent), [...'abcd', ...'abde'])
    assert.equal(sent[4]!.at, sent[0]!.at + 10 + WAIT_MS)
  })

  it('is off once, whatever comes of the others', async () => {
    const { clock, sent, queue, settled } = await four({
      a: [[10, OFF]],
      b: [[20, DELIVERED]],
      c: [[30, DOWN]],
      d: [[40, OFF]],
      e: []
    })
    await clock.pass(10_000)
    push(queue, 'f')
    await clock.pass(10_000)
    assert.deepEqual(idsOf(sent), [...'abcd'])
    assert.deepEqual(queue.counts(), { delivered: 2, rejected: 0, refused: 0, dropped: 5, waiting: 0 })
    assert.deepEqual(settled.toSorted(), [...'abcdef', 'first'])
    assert.deepEqual(clock.lines, ['test: http://backend/ cannot be written (EROFS); switched off'])
  })

  it('tells with one of them what was lost, and with the next when that one failed', async () => {
    const toldOf = (sent: Sent[]) => sent.filter(({ lost }) => lost > 0).map(({ ids, lost }) => `${ids} ${lost}`)
    const told = await four({
      a: [[10, QUIET]],
      b: [[50, DELIVERED]],
      c: [[60, DELIVERED]],
      d: [[70, DELIVERED]],
      e: [],
      f: []
    })
    await told.clock.pass(5000)
    assert.deepEqual(toldOf(told.sent), ['e 1'])
    const failed = await four({
      a: [[10, QUIET]],
      b: [[20, DELIVERED]],
      c: [[60, QUIET]],
      d: [[90, DELIVERED]],
      e: [[40, DOWN]],
      f: [[90, DELIVERED]]
    })
    await failed.clock.pass(5000)
    // When e failed, c had not.
    assert.deepEqual(toldOf(failed.sent), ['e 1', 'e 2'])
  })

  it('has none under way when a flush resolves, and after two failures in a row gives up', async () => {
    const slow: [number, Outcome][] = [[200, DELIVERED]]
    const alive = await four({ a: slow, b: [[100, DELIVERED]], c: slow, d: slow, e: slow, f: slow })
    let delivered = -1
    void alive.queue.flush(1000).then(() => {
      delivered = alive.queue.counts().delivered
    })
    await alive.clock.pass(600)
    assert.equal(delivered, 7)

    const dead = await four(
      Object.fromEntries([...'abcdef'].map((id, i) => [id, Array.from({ length: 9 }, () => [10 * i, DOWN])]))
    )
    let over = false
    void dead.queue.flush(1000).then(() => {
      over = true
    })
    await dead.clock.pass(100)
    assert.deepEqual(idsOf(dead.sent), [...'abcda'])
    assert.ok(over)
  })

  it('gives each its own deadline, and ends all when it is stopped', async () => {
    const never: [number, Outcome][] = [[NEVER, DELIVERED]]
    const { clock, queue, sent, underWay } = await four({
      a: [[4000, DELIVERED]],
      b: never,
      c: never,
      d: never,
      e: never
    })
    await clock.pass(9_999)
    assert.equal(underWay.size, 4)
    await clock.pass(1)
    assert.deepEqual(
      [...underWay].flatMap(({ ids }) => ids),
      ['e']
    )
    queue.stop()
    await clock.pass(0)
    assert.equal(underWay.size, 0)
    assert.match(sent[4]!.outcome!.type, /retry/)
  })

  const answer = fc.record({
    outcome: fc.oneof(
      { weight: 6, arbitrary: fc.constant(DELIVERED) },
      { weight: 5, arbitrary: fc.constantFrom(DOWN, GATEWAY, WAIT, REFUSED, QUIET) },
      { weight: 1, arbitrary: fc.constantFrom(OFF, DOWN, DOWN) }
    ),
    ms: fc.constantFrom(0, 1, 30, 700, 4000, NEVER)
  })
  const step = fc.record({
    pushed: fc.nat(6),
    ms: fc.constantFrom(0, 1, 20, 500, 3000, 20_000),
    flushMs: fc.constantFrom(0, 0, 0, 100, 2000)
  })

  it('keeps every promise whatever is answered, and when', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(answer, { minLength: 1, maxLength: 40 }),
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.record({
          room: fc.integer({ min: 2, max: 12 }),
          most: fc.integer({ min: 1, max: 4 }),
          batch: fc.integer({ min: 1, max: 3 })
        }),
        async (answers, steps, { room, most, batch }) => {
          const clock = fakeClock()
          const pushed: string[] = []
          let over = false
          let flushing = 0
          let events = 0
          let failedAtEvent = 0
          let notBefore = 0
          let closedUntil = 0
          let taken = 0
          let told = 0
          let off = false
          const found: string[] = []
          const beganAtEvent = new Map<Sent, number>()

          const { queue, settled, underWay } = queued(
            n => {
              const { outcome, ms } = over ? { outcome: DELIVERED, ms: 0 } : answers[n % answers.length]!
              return late(clock, ms, outcome)
            },
            { maxBytes: room * BYTES, maxBatch: batch, maxUnderWay: most, clock, began, ended }
          )

          /** Not thrown: the queue survives a destination that throws. */
          function holds(is: boolean, broken: string): void {
            if (!is) found.push(broken)
          }

          function began(one: Sent): void {
            beganAtEvent.set(one, ++events)
            holds(!off, 'sent to one that is off')
            holds(clock.now() >= closedUntil, 'sent inside a Retry-After')
            holds(flushing > 0 || clock.now() >= notBefore, 'sent before the shortest gap was over')
            holds(underWay.size <= (taken > 0 ? most : 1), `${underWay.size} under way`)
            for (const other of one.beside) holds(beganAtEvent.get(other)! > failedAtEvent, 'two while it fails')
            const elsewhere = new Set([...settled, ...idsOf([...underWay])])
            const waiting = pushed.filter(id => !elsewhere.has(id))
            const last = Math.max(...one.ids.map(id => pushed.indexOf(id)))
            holds(
              waiting.every(id => pushed.indexOf(id) > last),
              'out of order'
            )
            const telling = [...underWay].reduce((sum, { lost }) => sum + lost, 0)
            const { refused, dropped } = queue.counts()
            holds(told + telling === refused + dropped, 'what is lost is not told once')
          }

          function ended(one: Sent): void {
            const outcome = one.outcome!
            const isNews = beganAtEvent.get(one)! > failedAtEvent
            if (outcome.type === 'delivered') {
              taken++
              told += one.lost
            }
            if (outcome.type === 'off') off = true
            if (outcome.type === 'retry') closedUntil = Math.max(closedUntil, clock.now() + (outcome.afterMs ?? 0))
            if (!isNews) return
            if (outcome.type === 'retry') failedAtEvent = ++events
            notBefore = outcome.type === 'retry' ? clock.now() + FIRST_GAP_MS : 0
          }

          function more(count: number): void {
            for (let i = 0; i < count; i++) {
              const id = String.fromCodePoint(0x4e00 + pushed.length)
              pushed.push(id)
              push(queue, id, 500 + (pushed.length % 5))
            }
          }

          function look(): void {
            const { waiting, delivered, refused, dropped } = queue.counts()
            assert.deepEqual(found, [])
            assert.ok(waiting <= room)
            assert.equal(waiting + idsOf([...underWay]).length + delivered + refused + dropped, pushed.length)
            assert.equal(settled.length, delivered + refused + dropped)
          }

          for (const { pushed: count, ms, flushMs } of steps) {
            more(count)
            if (flushMs > 0) {
              flushing++
              void queue.flush(flushMs).then(() => flushing--)
            }
            await clock.pass(ms)
            look()
          }
          over = true
          await clock.pass(60_000)
          assert.equal(flushing, 0)
          more(1)
          await clock.pass(60_000)
          look()
          const { waiting, refused, dropped } = queue.counts()
          assert.equal(waiting + underWay.size, 0)
          assert.deepEqual(settled.toSorted(), pushed.toSorted())
          if (!off) assert.equal(told, refused + dropped)
          const kinds = clock.lines.map(line => /again|later|lost until|off/.exec(line)![0])
          for (let i = 1; i < kinds.length; i++) assert.notEqual(kinds[i], kinds[i - 1], 'said twice')
          assert.equal(kinds.includes('off'), off)
        }
      ),
      { numRuns: 200 }
    ))
})
