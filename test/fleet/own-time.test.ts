// Whose the system's time is, on sums whose answer is plain.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Calls, ownTime, type Party } from '../../lib/fleet/own-time.js'

const own = (parties: Party[], calls: Calls[]): Record<string, number> =>
  Object.fromEntries(
    [...ownTime(parties, calls)].map(([service, seconds]) => [service, Math.round(seconds * 1e6) / 1e6])
  )

const party = (service: string, entrySeconds: number, waitedSeconds: number): Party => {
  return { service, entrySeconds, waitedSeconds }
}
const call = (from: string, to: string, seconds: number, criticalShare = 1): Calls => {
  return { from, to, seconds, criticalShare }
}

describe('own time', () => {
  it('is what a service does not wait for others', () => {
    const parties = [party('gateway', 10, 9), party('orders', 0, 6), party('stock', 0, 0)]
    assert.deepEqual(own(parties, [call('gateway', 'orders', 9), call('orders', 'stock', 6)]), {
      gateway: 1,
      orders: 3,
      stock: 6
    })
  })

  it('of calls at once goes to those that were waited for', () => {
    const calls = [call('gateway', 'slow', 9), call('gateway', 'fast', 4, 0)]
    assert.deepEqual(own([party('gateway', 10, 9), party('slow', 0, 0), party('fast', 0, 0)], calls), {
      gateway: 1,
      slow: 9,
      fast: 0
    })
  })

  it('goes to those that a service calls itself, in what it waited for them', () => {
    const parties = [party('shop', 10, 9), party('admin', 10, 2), party('stock', 0, 0), party('audit', 0, 0)]
    // Two of each at once.
    const calls = [call('shop', 'stock', 9), call('admin', 'audit', 4)]
    assert.deepEqual(own(parties, calls), { shop: 1, admin: 8, stock: 9, audit: 2 })
  })

  it('adds up to what came in, also where calls go round in a circle', () => {
    const positive = fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1000, noNaN: true }))
    const service = fc.integer({ min: 0, max: 5 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(positive, positive), { minLength: 6, maxLength: 6 }),
        fc.array(fc.tuple(service, service, positive), { maxLength: 12 }),
        (sums, edges) => {
          const parties = sums.map(([entry, waited], i) => party(`${i}`, entry, waited / 2))
          const calls = edges.map(([from, to, seconds]) => call(`${from}`, `${to}`, seconds))
          const all = [...ownTime(parties, calls).values()].reduce((sum, each) => sum + each, 0)
          const entered = sums.reduce((sum, [entry]) => sum + entry, 0)
          assert.ok(all <= entered * (1 + 1e-9), `${all} of ${entered}`)
          assert.ok([...ownTime(parties, calls).values()].every(each => each >= 0))
        }
      )
    )
  })
})
