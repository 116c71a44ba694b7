import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { type Channel, channel } from 'node:diagnostics_channel'
import { setImmediate as immediate } from 'node:timers/promises'
import { createFuse } from '../../lib/hook/guard.js'
import { now } from '../../lib/process/clock.js'
import type { Request } from '../../lib/record/request.js'
import { type Turns, watchTurns } from '../../lib/record/turns.js'

const request = (id: number): Request =>
  ({ id, ref: { id, method: 'GET', route: `/${id}`, traceId: `${id}` } }) as unknown as Request

const WANTED = { hasAged: () => true, beganBefore: () => true }

/** Each end of a stretch to a microsecond. */
const ROUNDED_MS = 0.1

function burn(ms: number): void {
  for (const until = now() + ms; now() < until; );
}

describe('turns', () => {
  const context = new AsyncLocalStorage<Request>()
  let turns: Turns

  beforeEach(() => {
    turns = watchTurns(context)
  })
  afterEach(() => turns.stop())

  const sums = (start: number, end = now()): Map<number, number> => {
    const { stretchesUs = [] } = turns.between(start, end).turns ?? {}
    const found = new Map<number, number>()
    for (let i = 0; i < stretchesUs.length; i += 3) {
      const ms = (stretchesUs[i + 1]! - stretchesUs[i]!) / 1000
      found.set(stretchesUs[i + 2]!, (found.get(stretchesUs[i + 2]!) ?? 0) + ms)
    }
    return found
  }

  const total = (told: Map<number, number>): number => [...told.values()].reduce((sum, ms) => sum + ms, 0)

  it('tell for how long each request ran, whatever brought it back', async () => {
    const ways = [
      () => immediate(),
      () => Promise.resolve(),
      () => new Promise<void>(resolve => process.nextTick(resolve)),
      () => new Promise<void>(resolve => setTimeout(resolve, 1))
    ]
    const burnt = new Map([1, 2, 3].map(id => [id, 0]))
    const work = async (id: number): Promise<void> => {
      for (let i = 0; i < 12; i++) {
        await ways[i % ways.length]!()
        const start = now()
        burn(id)
        burnt.set(id, burnt.get(id)! + now() - start)
      }
    }
    const start = now()
    turns.beat(start, 1, WANTED)
    await Promise.all([1, 2, 3].map(id => context.run(request(id), work, id)))
    const told = sums(start)
    // Another process may take the core at any time, so not exactly: all of what each burnt, and together no more than passed.
    for (const [id, ms] of burnt) assert.ok(told.get(id)! > ms - 1, `${id}: ${told.get(id)} ms told, ${ms} ms burnt`)
    assert.ok(total(told) <= now() - start + ROUNDED_MS, JSON.stringify([...told]))
    assert.deepEqual(
      turns
        .between(start, now())
        .turns?.requests.map(({ route }) => route)
        .sort(),
      ['/1', '/2', '/3']
    )
  })

  it('tell a request that begins inside a step of none, and what follows in that step', async () => {
    turns.beat(now(), 1, WANTED)
    await immediate()
    const start = now()
    const first = request(7)
    context.run(first, burn, 20)
    burn(10)
    const told = sums(start)
    assert.ok(told.get(7)! >= 20 && told.get(0)! >= 9, JSON.stringify([...told]))
    assert.ok(total(told) <= now() - start + ROUNDED_MS, JSON.stringify([...told]))
  })

  it('tell a callback that a channel runs in a request, inside a step of another', async () => {
    const asyncStart = channel('perfagent:test:turns') as Channel<Request, number>
    asyncStart.bindStore(context, request)
    turns.beat(now(), 1, WANTED)
    await immediate()
    const start = now()
    await new Promise<void>(resolve =>
      context.run(request(8), () =>
        setImmediate(() => {
          asyncStart.runStores(9, () => burn(20))
          burn(10)
          resolve()
        })
      )
    )
    const told = sums(start)
    assert.ok(told.get(9)! >= 20 && told.get(8)! >= 9, JSON.stringify([...told]))
    assert.ok(total(told) <= now() - start + ROUNDED_MS, JSON.stringify([...told]))
  })

  it('are not watched while the loop is idle or nobody has been waiting', () => {
    const start = now()
    turns.beat(start, 0.2, WANTED)
    turns.beat(start + 10, 1, { ...WANTED, hasAged: () => false })
    assert.equal(turns.between(start, now()).turns, undefined)
  })

  it('that were the first of a request, and long, are known without being watched', () => {
    turns.held(100, 180, request(1))
    const alone = request(2)
    turns.silent(200, 280, alone)
    turns.silent(200, 290, alone)
    const { turns: told, silences } = turns.between(90, 250)
    assert.deepEqual([Array.from(told!.stretchesUs), told!.requests.map(({ id }) => id)], [[10_000, 90_000, 1], [1]])
    // Nobody watched: in none of that time is the rest known.
    assert.equal(told!.from, told!.to)
    assert.deepEqual(
      silences?.map(({ start, end, request }) => [start, end, request.id]),
      [[200, 290, 2]]
    )
    assert.deepEqual(turns.between(180, 200), { turns: undefined })
  })

  it('are forgotten when nobody in flight is left of whom they would be told', () => {
    const start = now()
    const asked: number[] = []
    const none = { hasAged: () => false, beganBefore: (moment: number) => asked.push(moment) === 0 }
    turns.beat(start, 1, WANTED)
    context.run(request(1), burn, 1)
    turns.beat(start + 1000, 1, { ...none, beganBefore: () => true })
    turns.beat(start + 1010, 1, { ...none, beganBefore: () => true })
    assert.ok(sums(start).has(1))
    turns.beat(start + 1020, 1, none)
    assert.deepEqual(asked, [start + 1000])
    assert.equal(turns.between(start, now()).turns, undefined)
  })

  it('are handed over as one block that has nothing else in it', () => {
    turns.beat(now(), 1, WANTED)
    for (let id = 1; id <= 100; id++) context.run(request(id), burn, 0)
    const start = now()
    context.run(request(101), burn, 1)
    const { stretchesUs } = structuredClone(turns.between(start, now()).turns!)
    assert.ok(stretchesUs instanceof Float64Array)
    assert.equal(stretchesUs.buffer.byteLength, stretchesUs.byteLength)
    // From Node 24 on what ran before it, in no request, is a stretch of its own.
    assert.deepEqual([stretchesUs.length <= 2 * 3, stretchesUs.at(-1)], [true, 101])
  })

  it('of a crowd have the names of some, and those of the others that touch are joined, but for the own', () => {
    const start = now()
    turns.beat(start, 1, WANTED)
    const own = request(7)
    for (let round = 0; round < 2; round++)
      for (let id = 1; id <= 500; id++) context.run(id === 7 ? own : request(id), burn, 0.02)
    const end = now()
    const told = turns.between(start, end, own).turns!
    const stretchesUs = Array.from(told.stretchesUs)
    const ranMs = total(sums(start, end))
    assert.ok(stretchesUs.length < 3 * 500, `${stretchesUs.length / 3} stretches`)
    assert.ok(ranMs > 1000 * 0.02 && ranMs <= end - start + ROUNDED_MS, `${ranMs} ms of ${end - start}`)
    assert.deepEqual([told.requests.length, stretchesUs.includes(7), stretchesUs.includes(-1)], [50, true, true])
    for (let i = 0; i < stretchesUs.length; i += 3) {
      if (stretchesUs[i + 2] === -1) assert.ok(stretchesUs[i + 1]! - stretchesUs[i]! <= 5000)
    }
  })

  it('name whoever ran for most of the time, however many others had a turn since', () => {
    const start = now()
    turns.beat(start, 1, WANTED)
    const most = request(900)
    for (let id = 1; id <= 20; id++) {
      context.run(most, burn, 5)
      context.run(request(id), burn, 0)
    }
    for (let id = 21; id <= 120; id++) context.run(request(id), burn, 0)
    const end = now()
    assert.ok(turns.between(start, end).turns!.requests.some(({ id }) => id === 900))
    assert.ok(sums(start, end).get(900)! >= 100)
  })

  it('are watched for a tenth of the time where they are wanted for ever', () => {
    let watched = 0
    const start = now()
    for (let ms = 0; ms < 200_000; ms += 10) {
      turns.beat(start + ms, 1, WANTED)
      context.run(request(1), () => {})
      if (turns.between(0, Number.MAX_VALUE).turns?.to === Number.MAX_VALUE) watched += 10
    }
    assert.ok(watched > 10_000 && watched < 40_000, `${watched} ms of 200 s`)
  })

  it('survive a step that throws, and never have more than their ring', async () => {
    turns.beat(now(), 1, WANTED)
    const start = now()
    const thrown = new Promise(resolve => {
      const listeners = process.listeners('uncaughtException')
      process.removeAllListeners('uncaughtException')
      process.once('uncaughtException', error => {
        for (const listener of listeners) process.on('uncaughtException', listener)
        resolve(error)
      })
    })
    context.run(request(1), () => setImmediate(() => assert.fail('on purpose')))
    await thrown
    const step = async (id: number): Promise<void> => context.run(request(id), () => immediate())
    for (let i = 0; i < 10_000; i++) await step(i % 2 === 0 ? 2 : 3)
    const { stretchesUs, requests } = turns.between(start, now()).turns!
    assert.ok(stretchesUs.length <= 8192 * 3, `${stretchesUs.length}`)
    assert.ok(Array.from(stretchesUs).every(Number.isInteger))
    assert.ok(requests.length <= 50)
  })

  it('that are first ones are told once where all are watched, and are the last 64', () => {
    const start = now()
    turns.beat(start, 1, WANTED)
    context.run(request(1), burn, 5)
    turns.held(start, now(), request(1))
    assert.ok(total(sums(start)) < 1.5 * (now() - start))
    turns.stop()
    const later = now() + 1000
    for (let id = 1; id <= 100; id++) turns.held(later + id, later + id + 1, request(id))
    assert.deepEqual([...sums(later, later + 1000).keys()].length, 64)
  })

  it('and silences are forgotten where room is wanted', () => {
    turns.silent(0, 100, request(1))
    turns.held(0, 100, request(1))
    turns.letGo()
    assert.deepEqual(turns.between(0, 100), { turns: undefined })
  })

  it('are told no more where telling has failed too often', () => {
    turns.beat(now(), 1, WANTED)
    const fuse = createFuse('who ran when')
    const start = now()
    fuse.blown = true
    try {
      context.run(request(1), burn, 1)
    } finally {
      fuse.blown = false
    }
    assert.equal(sums(start).has(1), false)
  })

  it('leave the context as it was when nobody watches them any more', () => {
    const { run, enterWith } = context
    turns.beat(now(), 1, WANTED)
    assert.notEqual(context.run, run)
    turns.stop()
    assert.deepEqual([context.run, context.enterWith], [run, enterWith])
  })
})
