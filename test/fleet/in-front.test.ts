// Whose it is what a caller waited and the one that it called did not see, on sums whose answer is plain.

import assert from 'node:assert/strict'
import {
  type Counted,
  type MeasuredServices,
  measuredCalls,
  NOTHING_SHOWN,
  type Shown,
  withOwnTime
} from '../../lib/fleet/measured.js'
import type { ResourceSums, ServiceSums } from '../../lib/fleet/sums.js'

interface End {
  /** Of calls, where that many were counted only. */
  counted?: number
  /** How late its loop is, and how busy in the collection and instance with most to do. */
  late: number
  busy: number
  resources?: ResourceSums[]
  byCause?: Record<string, number>
  /** What its calls take at least. */
  fastest?: number
}

const REQUESTS = 1000
const STRETCH_SECONDS = 200
const counted = (seconds: number): Counted => {
  return { count: REQUESTS, failed: 0, seconds, p50Ms: undefined, p99Ms: undefined }
}
const resource = (name: string, peakShare: number, busySeconds = 50): ResourceSums => {
  return { resource: name, busySeconds, capacity: 1, peakShare }
}
const IDLE: End = { late: 0.001, busy: 0.1 }

/** A request of `web` takes `waited` seconds, all but 5 ms of it for a call of `orders`, which is at work for 75 ms of that. */
function told(waited: number, web: End, orders: End, shown: Shown = NOTHING_SHOWN): ServiceSums[] {
  const served = orders.counted ?? REQUESTS
  const all: MeasuredServices = new Map([
    [
      'web',
      {
        waitedSeconds: (waited - 0.005) * REQUESTS,
        callers: new Map(),
        peers: new Map([
          ['10.0.0.7:80', { ...counted((waited - 0.005) * REQUESTS), system: 'http', fastestSeconds: web.fastest }]
        ]),
        loopWaitSeconds: web.late
      }
    ],
    [
      'orders',
      {
        waitedSeconds: 0,
        callers: new Map([['web', { ...counted(0.075 * served), count: served }]]),
        peers: new Map(),
        loopWaitSeconds: orders.late
      }
    ]
  ])
  const services = [sumsOf('web', waited, web), sumsOf('orders', 0.075, orders)]
  return withOwnTime(services, measuredCalls(all, shown), all, shown, STRETCH_SECONDS)
}

const shareOfCalled = (waited: number, ...rest: [web: End, orders: End, shown?: Shown]): number =>
  told(waited, ...rest)[1]!.ownSeconds / (waited * REQUESTS)

/** What of a request lay between the two, in seconds; 0: nothing is told. */
const between = (...args: Parameters<typeof told>): number => (told(...args)[0]!.between?.[0]?.seconds ?? 0) / REQUESTS

const sumsOf = (service: string, each: number, { late, busy, resources = [], byCause = {} }: End): ServiceSums => ({
  service,
  instances: 1,
  requests: REQUESTS,
  failed: 0,
  seconds: each * REQUESTS,
  ownSeconds: each * REQUESTS,
  entryRequests: 0,
  p50Ms: undefined,
  p99Ms: undefined,
  slowOnly: false,
  byCause,
  resources: [resource('event loop', busy), ...resources],
  loopWaitSeconds: late,
  waited: []
})

describe('what a call waits in front of whom it calls', () => {
  const FULL: End = { late: 0.04, busy: 1 }

  it('is that one’s when its loop was near its end, however many turns that took', () => {
    assert.ok(shareOfCalled(3, IDLE, FULL) > 0.95)
    assert.ok(shareOfCalled(0.33, IDLE, { late: 0.04, busy: 0.84 }) > 0.9)
  })

  it('is that one’s, too, when its container had no CPU left for it', () => {
    assert.ok(shareOfCalled(3, IDLE, { late: 0.04, busy: 0.3, resources: [resource('CPU quota', 0.995)] }) > 0.95)
  })

  it('is the caller’s when its own loop comes late to the answers', () => {
    assert.ok(shareOfCalled(0.3, { late: 0.06, busy: 0.99 }, IDLE) < 0.3)
  })

  it('is divided as both loops are late where both are full, and beyond that stands in front of the one that was called', () => {
    const within = shareOfCalled(0.3, FULL, FULL)
    assert.ok(within > 0.5 && within < 0.7, `${within}`)
    assert.ok(shareOfCalled(3, FULL, FULL) > 0.9)
  })

  it('is neither’s loop’s where something slow lies between them, and stays with the caller', () => {
    assert.ok(shareOfCalled(0.4, IDLE, IDLE) < 0.25)
    assert.ok(shareOfCalled(0.4, IDLE, { late: 0.002, busy: 0.5 }) < 0.25)
    assert.ok(shareOfCalled(0.8, IDLE, { late: 0.02, busy: 0.8 }) < 0.25)
  })

  it('is not a full loop’s whose requests take many short turns: each of them would have taken another in', () => {
    assert.ok(shareOfCalled(0.4, IDLE, { late: 0.001, busy: 0.97 }) < 0.25)
  })

  it('is the caller’s where its sockets have a limit', () => {
    const limited = { ...IDLE, resources: [resource('sockets 10.0.0.7:80', 1)] }
    assert.ok(shareOfCalled(3, limited, FULL) < 0.15)
  })

  it('is not the caller’s for a limit of its sockets to another service', () => {
    const names = ['sockets 10.0.0.9:80', 'sockets 10.0.0.9:80 2']
    const limited = { ...IDLE, resources: names.map(name => resource(name, 1)) }
    const addresses = new Map([
      ['10.0.0.7:80', 'orders'],
      ['10.0.0.9:80', 'stock']
    ])
    assert.ok(shareOfCalled(3, limited, FULL, { ...NOTHING_SHOWN, addresses }) > 0.95)
  })

  it('is the caller’s as far as its slow requests waited for sockets that it cannot count', () => {
    const unseen = { ...IDLE, byCause: { 'http.socket_wait': 90, 'http.slow_peer': 10 } }
    assert.ok(shareOfCalled(3, { ...unseen, byCause: { 'http.socket_wait': 90 } }, FULL) < 0.15)
    assert.ok(shareOfCalled(3, { ...unseen, byCause: { 'http.slow_peer': 90 } }, FULL) > 0.95)
  })
})

describe('what of a call neither of its ends was busy with', () => {
  const near = (value: number, expected: number): void =>
    assert.ok(Math.abs(value - expected) < 0.02, `${value} is not near ${expected}`)

  it('is told as time between the two, with what both of them saw', () => {
    const [web, orders] = told(0.4, IDLE, IDLE)
    const [way] = web!.between!
    assert.deepEqual([way!.to, web!.between!.length, orders!.between], [['orders'], 1, undefined])
    // Of 390 ms without the work, its loops' waits, and 50 ms that its loop was busy.
    near(way!.seconds / REQUESTS, 0.26)
    assert.deepEqual(
      [way!.waitedSeconds, way!.atWorkSeconds].map(each => Math.round(each * 1000)),
      [395, 75]
    )
    near(web!.ownSeconds / REQUESTS, 0.32)
  })

  it('is not, where a loop may have been that late, or the queue in front of it that long', () => {
    assert.equal(between(0.3, { late: 0.06, busy: 0.99 }, IDLE), 0)
    assert.equal(between(3, IDLE, { late: 0.04, busy: 1 }), 0)
    // More than beats tell of it.
    assert.equal(between(30, IDLE, { late: 0.04, busy: 1 }), 0)
  })

  it('is not, as far as the caller may have held its own loop while the answer was there', () => {
    const computing = { ...IDLE, resources: [resource('event loop', 0.4, 0.3 * REQUESTS)] }
    near(between(0.4, computing, IDLE), 0.01)
  })

  it('is not, where calls had no socket yet, and is where they nearly always had one', () => {
    const limited = (busySeconds: number): End => {
      return { ...IDLE, resources: [resource('sockets 10.0.0.7:80', 0.9, busySeconds)] }
    }
    near(between(0.4, limited(0.08 * REQUESTS), IDLE), 0)
    near(between(0.4, limited(0.39 * REQUESTS), IDLE), 0.26)
    assert.equal(between(0.4, { ...IDLE, byCause: { 'http.socket_wait': 90, 'http.slow_peer': 10 } }, IDLE), 0)
  })

  it('is not, as far as nobody counted the calls at their other end', () => {
    const shown: Shown = { ...NOTHING_SHOWN, addresses: new Map([['10.0.0.7:80', 'orders']]) }
    near(between(0.4, IDLE, IDLE, shown), 0.26)
    const half = { ...IDLE, counted: REQUESTS / 2 }
    near(between(0.4, IDLE, half, shown), 0.1)
    assert.equal(between(0.08, IDLE, half, shown), 0)
  })

  it('is told in front of a loop that is full for a part of the time, as much as the fastest calls took', () => {
    const full: End = { late: 0.04, busy: 1 }
    const [web, orders] = told(3, { ...IDLE, fastest: 0.5 }, full)
    near(web!.between![0]!.seconds / REQUESTS, 0.5 - 0.075 - 0.05)
    assert.equal(orders!.mayBeFar, undefined)
    // Nothing, where the fastest were answered at once.
    assert.equal(between(3, { ...IDLE, fastest: 0.05 }, full), 0)
    // Nor, where the caller computes while the answer is there.
    const computing = { ...IDLE, fastest: 0.5, resources: [resource('event loop', 0.4, 0.5 * REQUESTS)] }
    assert.equal(between(3, computing, full), 0)
  })

  it('is a doubt in front of a loop that is full all the time', () => {
    const full: End = { late: 0.04, busy: 1, resources: [resource('CPU quota', 1, 0.9 * STRETCH_SECONDS)] }
    const [web, orders] = told(3, { ...IDLE, fastest: 0.5 }, full)
    assert.equal(web!.between, undefined)
    assert.deepEqual([orders!.mayBeFar?.from, orders!.mayBeFar?.fastestSeconds], ['web', 0.5])
  })

  it('is told of as many calls as the caller made, where some are counted at their other end alone', () => {
    const [way] = told(0.4, IDLE, { ...IDLE, counted: 1.3 * REQUESTS })[0]!.between!
    assert.equal(Math.round(way!.waitedSeconds * 1000), 395)
  })
})
