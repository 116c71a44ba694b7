import assert from 'node:assert/strict'
import { createOrder, type Turn } from '../../lib/worker/order.js'
import { timeline } from '../verdict/timeline.js'

interface Asked {
  route?: string
  durationMs: number
  status?: 'finished' | 'running'
  /** When it ended. */
  atMs?: number
}

/** Asks all in one moment of the loop; tells the turns in the order in which they came, `GET /a 600` for an explained one. */
async function turnsOf(asked: Asked[], { nowMs = 0, turnMs = 0, isExiting = false } = {}): Promise<string[]> {
  let clock = 0
  const told: string[] = []
  const order = createOrder({
    now: () => clock,
    isStale: ({ status }) => status === 'running',
    isExiting: () => isExiting
  })
  const say = (turn: Turn, { route, durationMs }: Asked): string =>
    `${turn === 'explain' ? '' : `${turn} `}${route ?? '/a'} ${durationMs}`
  const all = asked.map(async one => {
    const { route = '/a', durationMs, status = 'finished', atMs = 0 } = one
    const ended = { ...timeline({ route, durationMs, status }), start: atMs - durationMs, end: atMs }
    const turn = await order.turn(ended)
    told.push(say(turn, one))
    if (turn === 'explain') clock += turnMs
  })
  clock = nowMs
  await Promise.all(all)
  return told
}

describe('the order in which slow requests are explained', () => {
  it('has routes take turns, and the slowest of each first', async () => {
    const asked = [
      ...[600, 900, 700, 800].map(durationMs => ({ route: '/flood', durationMs })),
      { route: '/rare', durationMs: 510 }
    ]
    assert.deepEqual(await turnsOf(asked), ['/flood 900', '/rare 510', '/flood 800', '/flood 700', '/flood 600'])
  })

  it('explains one in each turn of the loop', async () => {
    let turns = 0
    let spinning = setImmediate(function spin() {
      turns++
      spinning = setImmediate(spin)
    })
    const order = createOrder({ now: () => 0, isStale: () => false, isExiting: () => false })
    const at = await Promise.all(
      Array.from({ length: 20 }, () => order.turn(timeline({ durationMs: 600 })).then(() => turns))
    )
    clearImmediate(spinning)
    assert.equal(new Set(at).size, 20)
  })

  const flood = Array.from({ length: 15 }, (_, i) => ({ durationMs: 600 + i }))

  it('gives up what ended too long ago, where it cannot be explained soon: all but the slowest', async () => {
    const told = await turnsOf(flood, { nowMs: 600, turnMs: 25 })
    assert.deepEqual(told.slice(0, 6), ['/a 614', '/a 613', ...[608, 607, 606, 605].map(ms => `late /a ${ms}`)])
    assert.equal(told.length, 15)
  })

  it('does so also where each is of a route of its own', async () => {
    const asked = Array.from({ length: 200 }, (_, i) => ({ route: `/${i}`, durationMs: 600 }))
    const told = await turnsOf(asked, { nowMs: 450, turnMs: 10 })
    const explained = told.filter(text => !text.startsWith('late'))
    // Six until they are late, and as many as take 100 ms more.
    assert.ok(explained.length > 10 && explained.length < 20, `${explained.length}`)
    assert.equal(told.length, 200)
  })

  it('gives up the flood of one route, not what is slow once on another', async () => {
    const late = Array.from({ length: 100 }, (_, i) => ({ route: '/flood', durationMs: 900 + i }))
    const told = await turnsOf([...late, { route: '/rare', durationMs: 510 }], { nowMs: 600, turnMs: 25 })
    assert.ok(told.includes('/rare 510'), `${told}`)
  })

  it('spares a part of each route, also where several are flooded', async () => {
    const flood = (route: string): Asked[] => Array.from({ length: 100 }, (_, i) => ({ route, durationMs: 900 + i }))
    const asked = [...['/one', '/two', '/three'].flatMap(flood), { route: '/rare', durationMs: 510 }]
    const told = await turnsOf(asked, { nowMs: 600, turnMs: 25 })
    assert.ok(told.includes('/rare 510'), `${told}`)
  })

  it('takes a minute in which nothing waited for no slow turn', async () => {
    let clock = 0
    const order = createOrder({ now: () => clock, isStale: () => false, isExiting: () => false })
    const ended = (end: number): Promise<Turn> =>
      order.turn({ ...timeline({ durationMs: 600 }), start: end - 600, end })
    await ended(clock)
    clock = 60_000
    const turns = await Promise.all(Array.from({ length: 5 }, () => ended(59_000)))
    assert.deepEqual(turns, Array(5).fill('explain'))
  })

  it('gives up nothing that has ended just now, however many there are', async () => {
    const fresh = Array.from({ length: 100 }, (_, i) => ({ durationMs: 600 + i, atMs: 590 }))
    assert.ok((await turnsOf(fresh, { nowMs: 600, turnMs: 4 })).every(text => !text.startsWith('late')))
  })

  it('gives up nothing that is explained soon, however late', async () => {
    const asked = Array.from({ length: 20 }, (_, i) => ({ route: `/${i % 10}`, durationMs: 600 + i }))
    assert.ok((await turnsOf(asked, { nowMs: 10_000, turnMs: 5 })).every(text => !text.startsWith('late')))
  })

  it('gives up none of a few, however late and however slowly they are explained', async () => {
    const told = await turnsOf(flood.slice(0, 10), { nowMs: 600, turnMs: 400 })
    assert.ok(
      told.every(text => !text.startsWith('late')),
      `${told}`
    )
  })

  it('gives up nothing when the process ends, for nobody could be told', async () => {
    assert.ok(
      (await turnsOf(flood, { nowMs: 600, turnMs: 25, isExiting: true })).every(text => !text.startsWith('late'))
    )
  })

  it('gives no turn to what nobody wants any more, and counts it among none', async () => {
    const stale = flood.map(one => ({ ...one, status: 'running' as const }))
    const told = await turnsOf([...stale, { durationMs: 510 }], { nowMs: 600 })
    assert.equal(told[0], '/a 510')
    assert.ok(told.slice(1).every(text => text.startsWith('stale')))
  })

  it('gives none to one that nobody wants any more, also where nothing else waits but what made it so', async () => {
    const asked = [{ durationMs: 510, status: 'running' as const }, { durationMs: 600 }]
    assert.deepEqual(await turnsOf(asked), ['/a 600', 'stale /a 510'])
  })
})
