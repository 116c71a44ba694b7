import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Destination, Outcome } from '../../lib/export/exporter.js'
import { createQueue } from '../../lib/export/queue.js'
import { fakeClock } from './clock.js'
import { BYTES, DELIVERED, DOWN, GATEWAY, gaps, push, queued, type Sent } from './queued.js'

const begun = (sent: Sent[]) => sent.map(({ at, ids }) => ({ at, ids }))

describe('the queue before a destination', () => {
  it('sends at once, and what came meanwhile in one batch, one delivery at a time', async () => {
    const { queue, clock, sent, mostUnderWay } = queued(
      () => new Promise(resolve => clock.after(50, () => resolve(DELIVERED)))
    )
    for (const id of ['a', 'b', 'c']) push(queue, id)
    assert.deepEqual(begun(sent), [{ at: 1000, ids: ['a'] }])
    await clock.pass(1000)
    assert.deepEqual(begun(sent.slice(1)), [{ at: 1050, ids: ['b', 'c'] }])
    assert.equal(mostUnderWay(), 1)
    assert.deepEqual(queue.counts(), { delivered: 3, rejected: 0, refused: 0, dropped: 0, waiting: 0 })
    assert.deepEqual(clock.lines, [])
  })

  it('goes on as long as a backend is away, says so once, and once that it is back', async () => {
    let up = false
    const { queue, clock, sent } = queued(() => (up ? DELIVERED : DOWN))
    push(queue, 'a')
    await clock.pass(600_000)
    assert.ok(sent.length > 60 && sent.length < 90, `${sent.length} tries in ten minutes`)
    up = true
    await clock.pass(10_000)
    assert.equal(queue.counts().delivered, 1)
    assert.deepEqual(clock.lines, [
      'test: http://backend/ cannot be reached (ECONNREFUSED); reports wait and are sent later',
      'test: http://backend/ takes reports again; 0 were lost meanwhile'
    ])
  })

  it('says of a backend that is back what was lost meanwhile, and not what was before', async () => {
    const answers: Outcome[] = [
      { type: 'refused', reason: 'answered 413', quiet: true },
      DOWN,
      { type: 'retry', reason: 'answered 502', maxTries: 2 },
      DELIVERED
    ]
    const { queue, clock } = queued(() => answers.shift()!, { maxBatch: 1 })
    for (const id of ['a', 'b', 'c']) push(queue, id)
    await clock.pass(10_000)
    assert.equal(queue.counts().refused, 2)
    assert.equal(clock.lines.at(-1), 'test: http://backend/ takes reports again; 1 were lost meanwhile')
  })

  it('gives a payload up after five tries where a gateway answers, with growing gaps', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
        async randoms => {
          let i = 0
          const { queue, clock, sent } = queued(() => GATEWAY, { clock: fakeClock(() => randoms[i++ % 5]!) })
          push(queue, 'a')
          await clock.pass(120_000)
          assert.equal(sent.length, 5)
          const each = gaps(sent)
          for (let n = 1; n < each.length; n++) assert.ok(each[n]! >= each[n - 1]! * 1.3, `gaps ${each}`)
          assert.equal(queue.counts().refused, 1)
        }
      ),
      { numRuns: 20 }
    ))

  it('sends nothing inside a Retry-After, not the next batch, not on flush', async () => {
    const { queue, clock, sent } = queued(n =>
      n === 1 ? { type: 'retry', reason: 'answered 429', afterMs: 60_000 } : DELIVERED
    )
    push(queue, 'a')
    await clock.pass(1000)
    push(queue, 'b')
    const flushed = queue.flush(500)
    await clock.pass(58_000)
    await flushed
    assert.equal(sent.length, 1)
    await clock.pass(2000)
    assert.deepEqual(begun(sent.slice(1)), [{ at: 61_000, ids: ['a', 'b'] }])
  })

  it('tells as lost what a lost report would have told as dropped', async () => {
    const { queue, clock, sent } = queued(n => (n === 1 ? { type: 'refused', reason: 'answered 401' } : DELIVERED))
    push(queue, 'a', 600, 7)
    await clock.pass(1000)
    push(queue, 'b', 600, 2)
    await clock.pass(1000)
    assert.deepEqual(queue.counts(), { delivered: 1, rejected: 0, refused: 8, dropped: 0, waiting: 0 })
    assert.deepEqual(
      sent.map(({ lost }) => lost),
      [0, 8]
    )
  })

  it('does not send again what was refused', async () => {
    const { queue, clock, sent } = queued(n => (n < 3 ? { type: 'refused', reason: 'answered 401' } : DELIVERED))
    for (const id of ['a', 'b', 'c']) {
      push(queue, id)
      await clock.pass(10_000)
    }
    assert.deepEqual(
      sent.map(({ ids }) => ids),
      [['a'], ['b'], ['c']]
    )
    assert.deepEqual(clock.lines, [
      'test: http://backend/ answered 401; reports are lost until it takes them',
      'test: http://backend/ takes reports again; 2 were lost meanwhile'
    ])
  })

  it('bounds a delivery by one deadline and brings the same reports again', async () => {
    const { queue, clock, sent } = queued(n => (n === 1 ? new Promise(() => {}) : DELIVERED))
    push(queue, 'a')
    await clock.pass(9_999)
    assert.equal(sent.length, 1)
    await clock.pass(1_000)
    assert.deepEqual(
      sent.map(({ ids }) => ids),
      [['a'], ['a']]
    )
    assert.match(clock.lines[0]!, /gave no answer within 10000 ms/)
  })

  it('keeps the slowest and the newest when it is full, and counts the rest', async () => {
    const { queue, clock, sent } = queued(n => (n === 1 ? DOWN : DELIVERED), { maxBytes: 10 * BYTES + 100 })
    push(queue, 'slowest', 9000)
    for (let i = 0; i < 1000; i++) push(queue, `r${i}`, 500 + (i % 7))
    assert.ok(queue.counts().waiting <= 10)
    await clock.pass(5000)
    const ids = sent.slice(1).flatMap(batch => batch.ids)
    assert.ok(ids.includes('slowest') && ids.includes('r999') && ids.includes('r998'), `kept ${ids}`)
    const { dropped, delivered } = queue.counts()
    assert.equal(dropped + delivered, 1001)
    assert.match(clock.lines[1]!, new RegExp(`takes reports again; ${dropped} were lost meanwhile`))
  })

  it('tells the destination how many it did not get, until one delivery has told it', async () => {
    const clock = fakeClock()
    const told: number[] = []
    let up = false
    const destination: Destination = {
      name: 'test',
      place: 'http://backend/',
      maxBatch: 100,
      async send(_batch, _signal, lost) {
        told.push(lost)
        return up ? DELIVERED : DOWN
      }
    }
    const queue = createQueue({ destination, maxBytes: 3 * BYTES, deadlineMs: 10_000, io: clock, say: () => true })
    for (let i = 0; i < 10; i++) push(queue, 'x')
    await clock.pass(1)
    up = true
    await clock.pass(10_000)
    push(queue, 'y')
    await clock.pass(10_000)
    const { dropped, delivered } = queue.counts()
    assert.equal(dropped + delivered, 11)
    assert.deepEqual(told, [0, dropped, 0])
  })

  it('never holds more bytes than it may, and loses no count', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.constantFrom<Outcome>(DELIVERED, DOWN, GATEWAY, { type: 'refused', reason: '' }), fc.nat(20)),
          {
            minLength: 1,
            maxLength: 30
          }
        ),
        fc.integer({ min: 1, max: 8 }),
        async (steps, room) => {
          let now: Outcome = DELIVERED
          const { queue, clock, mostUnderWay } = queued(() => now, { maxBytes: room * BYTES, maxBatch: 3 })
          let pushed = 0
          for (const [outcome, seconds] of steps) {
            now = outcome
            push(queue, 'x', 500 + (pushed % 3))
            push(queue, 'x', 500)
            pushed += 2
            await clock.pass(seconds * 1000)
            const { waiting, delivered, refused, dropped } = queue.counts()
            assert.ok(waiting <= room)
            assert.equal(waiting + delivered + refused + dropped, pushed)
          }
          assert.ok(mostUnderWay() <= 1)
        }
      ),
      { numRuns: 50 }
    ))

  it('tries at once on flush whatever the back-off says, a second time, and no more', async () => {
    const { queue, clock, sent } = queued(() => DOWN)
    push(queue, 'a')
    await clock.pass(20_000)
    const before = sent.length
    const flushed = queue.flush(500)
    await clock.pass(0)
    await flushed
    assert.equal(sent.length - before, 2)
  })

  it('goes on with a flush after failures between which something was taken', async () => {
    const { queue, clock } = queued(n => (n % 2 === 0 ? DOWN : DELIVERED), { maxBatch: 1 })
    for (const id of ['a', 'b', 'c', 'd']) push(queue, id)
    const flushed = queue.flush(500)
    await clock.pass(0)
    await flushed
    assert.deepEqual([queue.counts().delivered, clock.pending()], [4, 0])
  })

  it('sends a report alone that is larger than a batch may be', async () => {
    // An empty batch would be sent again and again.
    const endless = new Promise<Outcome>(() => {})
    const answer = (n: number) => (n === 1 ? DOWN : n < 10 ? DELIVERED : endless)
    const { queue, clock, sent } = queued(answer, { maxBatchBytes: 0.5 * BYTES })
    for (const id of ['a', 'b']) push(queue, id)
    await clock.pass(5000)
    assert.deepEqual(
      sent.map(({ ids }) => ids),
      [['a'], ['a'], ['b']]
    )
  })

  it('has delivered everything when a flush resolves', async () => {
    const after = (ms: number) => new Promise<Outcome>(resolve => clock.after(ms, () => resolve(DELIVERED)))
    const { queue, clock } = queued(() => after(50), { maxBatch: 1 })
    for (const id of ['a', 'b', 'c']) push(queue, id)
    let delivered = -1
    void queue.flush(1000).then(() => {
      delivered = queue.counts().delivered
    })
    await clock.pass(500)
    assert.equal(delivered, 3)
  })

  it('resolves a flush in time while a backend does not answer', async () => {
    const { queue, clock } = queued(() => new Promise(() => {}))
    push(queue, 'a')
    const flushed = queue.flush(300)
    await clock.pass(300)
    await flushed
  })

  it('takes nothing more once it is off, and says so once', async () => {
    const { queue, clock, sent } = queued(() => ({ type: 'off', reason: 'cannot be written (EROFS)' }))
    for (const id of ['a', 'b', 'c']) push(queue, id)
    await clock.pass(1000)
    push(queue, 'd')
    await clock.pass(1000)
    assert.equal(sent.length, 1)
    assert.equal(queue.counts().dropped, 4)
    assert.deepEqual(clock.lines, ['test: http://backend/ cannot be written (EROFS); switched off'])
  })

  it('brings what failed before what came after it', async () => {
    const { queue, clock, sent } = queued(n => (n === 1 ? DOWN : DELIVERED), { maxBatch: 1 })
    for (const id of ['a', 'b', 'c']) push(queue, id)
    await clock.pass(5000)
    assert.deepEqual(
      sent.flatMap(({ ids }) => ids),
      ['a', 'a', 'b', 'c']
    )
  })

  it('begins a new series of gaps when it gave a payload up', async () => {
    const { queue, clock, sent } = queued(() => GATEWAY, { maxBatch: 1 })
    push(queue, 'a')
    push(queue, 'b')
    await clock.pass(120_000)
    assert.deepEqual(
      sent.map(({ ids }) => ids[0]),
      [...'aaaaabbbbb']
    )
    assert.deepEqual(gaps(sent).slice(0, 4), gaps(sent).slice(5))
  })

  it('sends as many in one batch as the destination takes, and as many bytes', async () => {
    const waited: Outcome[] = [DOWN]
    const byCount = queued(() => waited.pop() ?? DELIVERED, { maxBatch: 3 })
    for (let i = 0; i < 7; i++) push(byCount.queue, `r${i}`)
    await byCount.clock.pass(5000)
    assert.deepEqual(
      byCount.sent.slice(1).map(({ ids }) => ids.length),
      [3, 3, 1]
    )
    const byBytes = queued(n => (n === 1 ? DOWN : DELIVERED), { maxBatchBytes: 2.5 * BYTES })
    for (let i = 0; i < 5; i++) push(byBytes.queue, `r${i}`)
    await byBytes.clock.pass(5000)
    assert.deepEqual(
      byBytes.sent.slice(1).map(({ ids }) => ids.length),
      [2, 2, 1]
    )
  })

  const ENDS: [end: string, outcome: Outcome, maxBytes: number][] = [
    ['delivered', DELIVERED, 1e6],
    ['refused', { type: 'refused', reason: 'answered 400' }, 1e6],
    ['tried too often', GATEWAY, 1e6],
    ['without room', DOWN, 0],
    ['left when it is off', { type: 'off', reason: 'cannot be written' }, 1e6]
  ]
  for (const [end, outcome, maxBytes] of ENDS)
    it(`says of each report once that it is settled: ${end}`, async () => {
      const { queue, clock, settled } = queued(() => outcome, { maxBytes, maxBatch: 2 })
      const ids = ['a', 'b', 'c', 'd', 'e']
      for (const id of ids) push(queue, id)
      await clock.pass(120_000)
      assert.deepEqual(settled.toSorted(), ids)
    })

  it('gives up what is under way when it is stopped, and closes its destination', async () => {
    let closed = 0
    let aborted = 0
    const destination: Destination = {
      name: 'test',
      place: 'http://backend/',
      maxBatch: 1,
      send: (_batch, signal) => new Promise(() => signal.addEventListener('abort', () => aborted++)),
      close: () => void closed++
    }
    const clock = fakeClock()
    const queue = createQueue({ destination, maxBytes: 1e6, deadlineMs: 1000, io: clock, say: () => true })
    push(queue, 'a')
    queue.stop()
    assert.deepEqual([aborted, closed], [1, 1])
  })

  it('says nothing of a delivery that was given up because it was stopped', async () => {
    const { queue, clock, settled } = queued(() => new Promise(() => {}))
    push(queue, 'a')
    queue.stop()
    await clock.pass(60_000)
    assert.deepEqual(clock.lines, [])
    assert.deepEqual(settled, [])
  })

  it('adds up what a backend took and threw away', async () => {
    const { queue, clock } = queued(() => ({ type: 'delivered', rejected: 2 }), { maxBatch: 3 })
    for (let i = 0; i < 6; i++) push(queue, `${i}`)
    await clock.pass(100)
    assert.deepEqual(queue.counts(), { delivered: 6, rejected: 6, refused: 0, dropped: 0, waiting: 0 })
  })

  it('survives a destination that throws', async () => {
    const { queue, clock } = queued(n => {
      if (n === 1) throw new Error('bug')
      return DELIVERED
    })
    push(queue, 'a')
    await clock.pass(100)
    push(queue, 'b')
    await clock.pass(100)
    assert.deepEqual(queue.counts(), { delivered: 1, rejected: 0, refused: 1, dropped: 0, waiting: 0 })
  })
})
