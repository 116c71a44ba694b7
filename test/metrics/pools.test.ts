import assert from 'node:assert/strict'
import { createPoolWatch } from '../../lib/metrics/pools.js'
import { createSeries, type Series } from '../../lib/metrics/series.js'
import { rowOf } from '../../lib/metrics/table.js'
import type { PoolFacts, SocketsFacts } from '../../lib/types.js'

describe('the pools that are watched', () => {
  it('have nothing to give when they are gone, and so have sockets', () => {
    const told: Series[] = []
    const watch = createPoolWatch(
      createSeries({ histograms: 'explicit', startMs: 1, announce: series => told.push(series) })
    )
    let isThere = true
    const sockets = (inUse: number): SocketsFacts => ({
      of: {},
      look: () => {
        if (!isThere) throw new Error('it cannot be read any more')
        return { size: 4, inUse }
      },
      name: () => 'orders:8080'
    })
    for (const inUse of [3, 1]) watch.seeSockets(sockets(inUse))
    const value = (metric: string, name: string): number | undefined =>
      told.find(each => each.metric === metric && each.values?.[0] === name)?.cells[0]
    watch.wake(0)
    watch.beat(500)
    assert.deepEqual([value('capacity', 'sockets orders:8080'), value('busyTime', 'sockets orders:8080')], [4, 1.5])
    assert.deepEqual([value('capacity', 'sockets orders:8080 2'), value('busyTime', 'sockets orders:8080 2')], [4, 0.5])
    assert.deepEqual([...new Set(told.map(({ metric }) => metric))], ['busyTime', 'capacity'])
    isThere = false
    watch.beat(1000)
    assert.deepEqual([value('capacity', 'sockets orders:8080'), value('busyTime', 'sockets orders:8080')], [0, 1.5])
  })

  it('are a hundred at most, and each is watched once', () => {
    const watch = createPoolWatch(createSeries({ histograms: 'explicit', startMs: 1, announce: () => {} }))
    const facts = (): PoolFacts => ({
      size: 1,
      inUse: 0,
      waiting: 0,
      busy: [],
      of: {},
      look: facts,
      name: () => 'db:5432/shop'
    })
    const all = Array.from({ length: 150 }, facts)
    const seen = all.map(watch.see)
    assert.equal(seen.filter(Boolean).length, 100)
    assert.ok(seen[0])
    assert.deepEqual([watch.see(all[0]!) === seen[0], watch.see(all[149]!)], [true, undefined])
  })
})

describe('what is seen of a pool at each beat', () => {
  /** Pools that are as full as `fill` says, and the cells of their series by name and attributes. */
  function watched() {
    const all: Series[] = []
    const watch = createPoolWatch(
      createSeries({ histograms: 'explicit', startMs: 1, announce: each => all.push(each) })
    )
    const pool = { size: 4, inUse: 3, waiting: 2, looks: 0, broken: false }
    const facts = (of: typeof pool): PoolFacts => ({
      ...of,
      busy: [],
      of,
      look() {
        of.looks++
        if (of.broken) throw new Error('closed')
        return facts(of)
      },
      name: () => 'db:5432/shop'
    })
    const told = () =>
      Object.fromEntries(
        all
          .filter(({ metric }) => rowOf(metric).kind !== 'histogram')
          .map(({ metric, values, cells }) => [[metric, ...values!].join(' '), cells[0]])
      )
    return { watch, pool, facts, told }
  }

  it('is how long its connections were in use since the last one, in seconds, and none of the time before the heart beat', () => {
    const { watch, pool, facts, told } = watched()
    watch.waited(watch.see(facts(pool))!, 1)
    watch.wake(1000)
    watch.beat(1500)
    watch.wake(60_000)
    watch.beat(60_500)
    assert.deepEqual(told(), {
      'busyTime pool db:5432/shop': 3,
      'capacity pool db:5432/shop': 4,
      'poolCount db:5432/shop used': 3,
      'poolMax db:5432/shop': 4,
      'poolPending db:5432/shop': 2
    })
  })

  it('is nothing of the time before the first beat, whether the heart was heard to wake or not', () => {
    const { watch, pool, facts, told } = watched()
    watch.waited(watch.see(facts(pool))!, 1)
    watch.beat(1000)
    watch.beat(1500)
    assert.equal(told()['busyTime pool db:5432/shop'], 1.5)
  })

  it('is told apart from a second pool of the same database', () => {
    const { watch, pool, facts, told } = watched()
    for (const of of [pool, { ...pool, inUse: 1 }]) watch.waited(watch.see(facts(of))!, 1)
    watch.wake(0)
    watch.beat(10)
    const { 'poolCount db:5432/shop used': first, 'poolCount db:5432/shop 2 used': second } = told()
    assert.deepEqual([first, second], [3, 1])
  })

  it('is nothing of one that cannot be read any more, and from then on it is not looked at', () => {
    const { watch, pool, facts, told } = watched()
    watch.waited(watch.see(facts(pool))!, 1)
    watch.wake(0)
    watch.beat(10)
    pool.broken = true
    watch.beat(20)
    const { looks } = pool
    watch.beat(30)
    const { 'poolCount db:5432/shop used': used, 'poolPending db:5432/shop': pending } = told()
    assert.deepEqual([used, pending, pool.looks], [0, 0, looks])
  })
})
