// The three questions, on sums whose answers are known.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { answer } from '../../lib/fleet/answers.js'
import type { ServiceSums, Sums } from '../../lib/fleet/sums.js'

const service = (part: Partial<ServiceSums>): ServiceSums => ({
  service: 'orders',
  instances: 1,
  requests: 100,
  failed: 0,
  seconds: 10,
  ownSeconds: 10,
  entryRequests: 0,
  p50Ms: 100,
  p99Ms: 100,
  slowOnly: false,
  byCause: {},
  resources: [],
  waited: [],
  ...part
})
const sums = (...services: ServiceSums[]): Sums => ({ fromMs: 0, toMs: 10_000, services, calls: [] })

describe('the three questions', () => {
  it('latency: the time in which a service waits for no other', () => {
    const { latency } = answer(
      sums(
        service({ service: 'gateway', seconds: 10, ownSeconds: 1, byCause: { 'http.slow_peer': 9, 'cpu.own': 1 } }),
        service({ service: 'orders', seconds: 9, ownSeconds: 9, byCause: { 'db.slow_query': 6, gc: 3 } })
      )
    )
    assert.deepEqual(
      latency.map(({ service, share, cause, causeShare }) => [service, share, cause, causeShare]),
      [
        ['orders', 0.9, 'db.slow_query', 6 / 9],
        ['gateway', 0.1, 'cpu.own', 1]
      ]
    )
  })

  it('throughput: sockets that wait for a late loop are not the bottleneck, and those that wait for their peer are', () => {
    const first = (late: number, sockets: number) =>
      answer(
        sums(
          service({
            requests: 500,
            loopWaitSeconds: late,
            resources: [
              { resource: 'event loop', busySeconds: 9, capacity: 1 },
              { resource: 'sockets orders:8080', busySeconds: sockets, capacity: 10, calls: 500 }
            ]
          })
        )
      ).demands[0]!
    // In use all the time, of which 9 of 10 seconds the answers wait for the loop.
    assert.equal(first(0.18, 100).resource, 'event loop')
    const { resource, utilizationShare, boundPerSecond } = first(0.002, 99)
    assert.equal(resource, 'sockets orders:8080')
    assert.ok(Math.abs(utilizationShare - 0.98) < 0.01 && boundPerSecond <= 51.1 && boundPerSecond > 49)
  })

  it('throughput: an event loop that is busy for 7.2 of 10 seconds at 310 requests a second bounds them to 430', () => {
    const { demands } = answer(
      sums(
        service({
          requests: 3100,
          resources: [
            { resource: 'event loop', busySeconds: 7.2, capacity: 1 },
            { resource: 'pool db', busySeconds: 20, capacity: 4 }
          ]
        }),
        service({
          service: 'gateway',
          requests: 3100,
          resources: [{ resource: 'event loop', busySeconds: 3, capacity: 2 }]
        })
      )
    )
    const [first, second, third] = demands
    assert.deepEqual(
      [first!.service, first!.resource, Math.round(first!.boundPerSecond)],
      ['orders', 'event loop', 431]
    )
    assert.equal(first!.presentPerSecond, 310)
    assert.deepEqual([second!.resource, second!.utilizationShare], ['pool db', 0.5])
    assert.equal(third!.service, 'gateway')
  })

  it('throughput: connections that wait for a late loop are the loop’s, and it takes less than it could alone', () => {
    const calls = { from: 'orders', to: 'postgresql', system: 'postgresql', requests: 2000, failed: 0, seconds: 40 }
    const resources = [
      { resource: 'event loop', busySeconds: 7, capacity: 1 },
      // As even as it can be: what waits for the loop does so in each instance.
      { resource: 'pool db', busySeconds: 32, capacity: 4, fullestSeconds: 8 }
    ]
    const of = (loopWaitSeconds: number) =>
      answer({
        ...sums(service({ requests: 1000, resources, loopWaitSeconds })),
        calls: [{ ...calls, p50Ms: undefined, p99Ms: undefined, sampled: false }]
      }).demands
    // A pool that waits for no loop takes nothing from one.
    assert.deepEqual(
      of(0).map(({ resource, boundPerSecond }) => [resource, Math.round(boundPerSecond)]),
      [
        ['pool db', 125],
        ['event loop', 143]
      ]
    )
    const [first, second] = of(0.008)
    assert.deepEqual([first!.resource, second!.resource, second!.utilizationShare], ['event loop', 'pool db', 0.4])
    assert.equal(second!.ofOneInstance, false)
    // (16 + 16 × 0.3 x / (1 - 0.7 x)) x = 40 for x = 1.078 times the present load of 100 a second; the loop alone takes 143.
    assert.ok(Math.abs(first!.boundPerSecond - (107.8 + 142.9) / 2) < 0.1, `${first!.boundPerSecond}`)
  })

  it('throughput: is what the fullest instance takes, where the load is not divided evenly', () => {
    const of = (fullestSeconds: number, busySeconds = 8) =>
      answer(
        sums(
          service({
            instances: 2,
            requests: 200,
            resources: [{ resource: 'event loop', busySeconds, capacity: 2, fullestSeconds }]
          })
        )
      ).demands.map(({ ofOneInstance, boundPerSecond }) => [ofOneInstance, Math.round(boundPerSecond)])
    assert.deepEqual([of(4), of(4.8), of(8)], [[[false, 50]], [[false, 50]], [[true, 25]]])
    // Of what is hardly used one instance may have twice as much.
    assert.deepEqual(of(0.8, 0.8), [[false, 500]])
    // And of what is used for 70 % of all one may have 85 %.
    assert.deepEqual(of(8.5, 14), [[false, 29]])
  })

  it('throughput: is not told of services whose fast requests are not known', () => {
    const { demands } = answer(
      sums(service({ slowOnly: true, resources: [{ resource: 'event loop', busySeconds: 7, capacity: 1 }] }))
    )
    assert.deepEqual(demands, [])
  })

  it('use: who is busy with what', () => {
    const cpu = (name: string, busySeconds: number): ServiceSums =>
      service({ service: name, resources: [{ resource: 'CPU', busySeconds, capacity: 2 }] })
    const [use] = answer(sums(cpu('a', 1), cpu('b', 3), cpu('c', 0))).uses
    assert.deepEqual(use, {
      resource: 'CPU',
      busySeconds: 4,
      services: [
        { service: 'b', busySeconds: 3, share: 0.75 },
        { service: 'a', busySeconds: 1, share: 0.25 }
      ]
    })
  })

  it('use: the CPU is told first, however many connections are held and however long loops wait for a CPU', () => {
    const busy = (name: string, cpu: number, loop: number, pool: number): ServiceSums =>
      service({
        service: name,
        resources: [
          { resource: 'pool db', busySeconds: pool, capacity: 10 },
          { resource: 'event loop', busySeconds: loop, capacity: 1 },
          { resource: 'CPU', busySeconds: cpu, capacity: 0 }
        ].filter(({ busySeconds }) => busySeconds > 0)
      })
    const { uses } = answer(sums(busy('web', 3, 4, 0), busy('orders', 2, 6, 40)))
    assert.deepEqual(
      uses.map(({ resource, services }) => [resource, services[0]!.service]),
      [
        ['CPU', 'web'],
        ['event loop', 'orders'],
        ['pool db', 'orders']
      ]
    )
  })

  it('shares are of one whole, and the bottleneck is used most, whatever the sums', () => {
    const positive = fc.double({ min: 0.001, max: 1e6, noNaN: true })
    const any = fc.record({ ownSeconds: positive, requests: fc.integer({ min: 1, max: 1e6 }), busy: positive })
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 20 }), all => {
        const { latency, demands } = answer(
          sums(
            ...all.map(({ ownSeconds, requests, busy }, i) =>
              service({
                service: `s${i}`,
                ownSeconds,
                requests,
                resources: [{ resource: 'CPU', busySeconds: busy, capacity: 1 }]
              })
            )
          )
        )
        assert.ok(Math.abs(latency.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9)
        assert.ok(demands.every(({ utilizationShare }) => utilizationShare <= demands[0]!.utilizationShare))
      })
    )
  })
})
