import assert from 'node:assert/strict'
import { createSlowPolicy as createPolicy, type SlowOptions } from '../../lib/record/slow.js'

const options = { slowMs: 500, slowRoutes: {}, maxReportsPerMinute: 4 } as const
const heap = { wholeSince: Number.NEGATIVE_INFINITY }
const createSlowPolicy = (options: SlowOptions) => createPolicy(options, heap, () => {})

describe('the slow threshold', () => {
  it("is the route's own where one is set", () => {
    const policy = createSlowPolicy({ ...options, slowRoutes: { 'POST /pay': 200 } })
    assert.equal(policy.thresholdMs('POST', '/pay'), 200)
    assert.equal(policy.thresholdMs('GET', '/pay'), 500)
    assert.equal(policy.thresholdMs('GET', undefined), 500)
  })

  it('depends on the route where one is set, or it is auto', () => {
    const depends = (further: Partial<SlowOptions>): boolean => createSlowPolicy({ ...options, ...further }).perRoute
    assert.deepEqual(
      [depends({}), depends({ slowRoutes: { 'POST /pay': 200 } }), depends({ slowMs: 'auto' })],
      [false, true, true]
    )
  })

  it("follows the route's own p99 when it is auto", () => {
    const policy = createSlowPolicy({ ...options, slowMs: 'auto' })
    assert.equal(policy.thresholdMs('GET', '/a'), 500)
    for (let i = 0; i < 100; i++) policy.observe('GET', '/a', 100, i)
    const threshold = policy.thresholdMs('GET', '/a')
    assert.ok(threshold > 140 && threshold < 160, `${threshold} is about 1.5 × 100`)
    assert.equal(policy.thresholdMs('GET', '/b'), 500)
  })

  it('is never under 50 ms when it is auto', () => {
    const policy = createSlowPolicy({ ...options, slowMs: 'auto' })
    for (let i = 0; i < 100; i++) policy.observe('GET', '/a', 1, i)
    assert.equal(policy.thresholdMs('GET', '/a'), 50)
  })
})

describe('the threshold that is auto', () => {
  const auto = (further: Partial<SlowOptions> = {}) => {
    const changing: SlowOptions = { ...options, slowMs: 'auto', ...further }
    const policy = createSlowPolicy(changing)
    const observe = (ms: number, from: number): void => {
      for (let i = 0; i < 100; i++) policy.observe('GET', '/a', ms, from + i)
    }
    return { changing, policy, observe, threshold: () => policy.thresholdMs('GET', '/a') }
  }

  it('is of the last minute, not of all', () => {
    const { observe, threshold } = auto()
    observe(1000, 0)
    assert.ok(threshold() > 1400)
    observe(100, 60_000)
    observe(100, 60_100)
    assert.ok(threshold() < 160, `${threshold()}`)
  })

  it('stays for a minute, however many requests come meanwhile', () => {
    const { observe, threshold } = auto()
    observe(100, 0)
    observe(100, 60_000)
    const before = threshold()
    observe(1000, 60_200)
    observe(1000, 60_400)
    assert.equal(threshold(), before)
    observe(1000, 120_200)
    assert.ok(threshold() > 1400)
  })

  it('gives way to that of the route, and to a number when it is told one', () => {
    const { changing, policy, observe, threshold } = auto({ slowRoutes: { 'GET /a': 77 } })
    observe(1000, 0)
    assert.equal(threshold(), 77)
    changing.slowRoutes = {}
    policy.reread()
    assert.ok(threshold() > 1400)
    changing.slowMs = 300
    policy.reread()
    assert.equal(threshold(), 300)
  })
})

describe('the report limit', () => {
  it('begins anew each minute, also for the slowest', () => {
    const policy = createSlowPolicy({ ...options, maxReportsPerMinute: 2 })
    const admitted = (ms: number, moment: number): boolean => policy.admit('GET', '/a', ms, moment)
    assert.deepEqual([admitted(9000, 0), admitted(700, 1)], [true, false])
    assert.deepEqual([admitted(600, 60_000), admitted(700, 60_001)], [true, true])
  })

  it('gives half to the first and half to the slowest, and counts the rest', () => {
    const policy = createSlowPolicy(options)
    const admitted = [600, 600, 600, 700, 650, 800, 9000].filter(ms => policy.admit('GET', '/a', ms, 0))
    assert.deepEqual(admitted, [600, 600, 700, 800])
    assert.equal(policy.takeDropped('GET', '/a'), 3)
    assert.equal(policy.takeDropped('GET', '/a'), 0)
  })

  it('lets nobody into the half of the slowest who is faster than one of the others', () => {
    const policy = createSlowPolicy(options)
    const admitted = [900, 600, 700, 800, 950, 1000].filter(ms => policy.admit('GET', '/a', ms, 0))
    assert.deepEqual(admitted, [900, 600, 950, 1000])
  })

  it('gives the odd one to the first', () => {
    const policy = createSlowPolicy({ ...options, maxReportsPerMinute: 3 })
    const admitted = [900, 600, 700, 950].filter(ms => policy.admit('GET', '/a', ms, 0))
    assert.deepEqual(admitted, [900, 600, 950])
  })

  it('is per route and minute', () => {
    const policy = createSlowPolicy({ ...options, maxReportsPerMinute: 1 })
    assert.ok(policy.admit('GET', '/a', 600, 0))
    assert.ok(policy.admit('GET', '/b', 600, 0))
    assert.ok(!policy.admit('GET', '/a', 600, 59_999))
    assert.ok(policy.admit('GET', '/a', 600, 60_000))
  })

  it('has room for the slowest until the last report of the minute, and for whoever may outlast it', () => {
    const policy = createSlowPolicy({ ...options, maxReportsPerMinute: 2 })
    assert.ok(policy.hasRoom('GET', '/a', 0))
    assert.ok(policy.admit('GET', '/a', 600, 0))
    assert.ok(!policy.admit('GET', '/a', 600, 1))
    assert.ok(policy.hasRoom('GET', '/a', 1))
    assert.ok(policy.admitRunning('GET', '/a', 700, 2))
    assert.deepEqual(
      [2, 59_299, 59_300].map(moment => policy.hasRoom('GET', '/a', moment)),
      [false, false, true]
    )
    assert.ok(policy.hasRoom('GET', '/b', 2))
  })

  it('counts a request once that was turned away while it ran and again at its end', () => {
    const policy = createSlowPolicy({ ...options, maxReportsPerMinute: 1 })
    assert.ok(policy.admit('GET', '/a', 600, 0))
    assert.ok(!policy.admitRunning('GET', '/a', 500, 1))
    assert.ok(!policy.admit('GET', '/a', 550, 2))
    assert.equal(policy.takeDropped('GET', '/a'), 1)
  })

  it('does not count one that was turned away while it ran and is told at its end', () => {
    const policy = createSlowPolicy(options)
    for (const ms of [600, 600, 700]) assert.ok(policy.admit('GET', '/a', ms, 0))
    assert.ok(!policy.admitRunning('GET', '/a', 500, 1))
    assert.ok(policy.admit('GET', '/a', 900, 2))
    assert.equal(policy.takeDropped('GET', '/a'), 0)
  })

  it('lets nobody through whose evidence is not whole, and counts them', () => {
    const policy = createPolicy(options, { wholeSince: 5000 }, () => {})
    assert.ok(!policy.admitRunning('GET', '/a', 600, 5500))
    assert.deepEqual(
      [5500, 5700].map(end => policy.admit('GET', '/a', 600, end)),
      [false, true]
    )
    assert.equal(policy.takeDropped('GET', '/a'), 1)
  })

  it('says of all routes together how many are still to be told', () => {
    let untold = 0
    const policy = createPolicy({ ...options, maxReportsPerMinute: 1 }, heap, more => {
      untold += more
    })
    for (const route of ['/a', '/a', '/a', '/b', '/b']) policy.admit('GET', route, 600, 0)
    assert.equal(untold, 3)
    policy.takeDropped('GET', '/a')
    assert.equal(untold, 1)
  })

  it('is one for all routes that come after a thousand others', () => {
    const policy = createSlowPolicy({ ...options, maxReportsPerMinute: 1 })
    for (let i = 0; i < 1000; i++) assert.ok(policy.admit('GET', `/r${i}`, 600, 0))
    assert.deepEqual(
      [1, 2, 3].map(i => policy.admit('GET', `/late${i}`, 600, 0)),
      [true, false, false]
    )
    assert.ok(!policy.admit('GET', '/r7', 600, 0))
    assert.equal(policy.takeDropped('GET', '/later'), 2)
  })
})
