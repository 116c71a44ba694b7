// The three questions asked of simulated systems, whose truth is known: from what agents in their processes send, through the
// console's own sums. `npm run fleet:sim` does the same with 200 random systems.

import assert from 'node:assert/strict'
import type { Service, Step, System } from './simulator/system.js'
import { demandsOf, randomSystem } from './simulator/system.js'
import { trialOf } from './simulator/trial.js'

/** Of all services, for each system: a second of computing. */
const REQUESTS = 12_000
const LATENCY_WITHIN = 0.05
const BOUND_WITHIN = 0.1
const NOTHING_BETWEEN = 0.02
/** Of a far service: a call may have waited four times for each loop, and that much is told as theirs. */
const FAR_WITHIN = 0.1

const service = (name: string, steps: Step[], limits: Partial<Service> = {}): Service => {
  return { name, instances: 1, quotaCores: Infinity, poolSize: 10, turnMs: 0.5, failedShare: 0, steps, ...limits }
}
const call = (to: number, tries = 1): Step => ({ kind: 'call', to, tries })
const query = (ms: number, times = 1): Step => ({ kind: 'query', ms, times })
const compute = (ms: number): Step => ({ kind: 'compute', ms })

const SYSTEMS: { what: string; system: System; service: string; resource: string }[] = [
  {
    what: 'a chain whose middle computes',
    service: 'orders',
    resource: 'event loop',
    system: {
      services: [
        service('gateway', [call(1)]),
        service('orders', [compute(6), call(2)]),
        service('inventory', [query(5)])
      ]
    }
  },
  {
    what: 'a pool that is too small',
    service: 'orders',
    resource: 'pool',
    system: {
      services: [
        service('gateway', [call(1)], { instances: 2 }),
        service('orders', [query(20, 2)], { poolSize: 3, instances: 2 })
      ]
    }
  },
  {
    what: 'a container with a third of a core',
    service: 'prices',
    resource: 'CPU quota',
    system: {
      services: [service('gateway', [call(1)]), service('prices', [compute(3), query(8)], { quotaCores: 0.33 })]
    }
  },
  {
    what: 'a fan-out with a cache, retries and a tail',
    service: 'search',
    resource: 'event loop',
    system: {
      services: [
        service('gateway', [{ kind: 'together', steps: [call(1), call(2, 3), call(3)] }], { instances: 2 }),
        service('search', [compute(8)]),
        service('stock', [{ kind: 'cache', ms: 0.5, hitShare: 0.7, steps: [query(30)] }], { failedShare: 0.08 }),
        service('offers', [call(4)]),
        service('rules', [compute(4)], { instances: 2 })
      ]
    }
  },
  {
    what: 'two calls at once, of which the one is waited for when what it calls is slow',
    service: 'offers',
    resource: 'event loop',
    system: {
      services: [
        service('gateway', [{ kind: 'together', steps: [call(1), call(2)] }]),
        service('orders', [query(4, 20), call(3)], { poolSize: 50 }),
        service('offers', [query(4, 40)], { poolSize: 20 }),
        service('stock', [query(80)], { poolSize: 50 })
      ]
    }
  }
]

describe('simulated systems', function () {
  this.timeout(180_000)

  for (const { what, system, ...truth } of SYSTEMS) {
    it(`${what}: latency, bottleneck and bound`, () => {
      const { said, latencyError, boundError, between } = trialOf(system, 1, REQUESTS)
      assert.deepEqual({ service: said.service, resource: said.resource }, truth)
      assert.ok(latencyError <= LATENCY_WITHIN, `latency shares are ${latencyError} off`)
      assert.ok(boundError <= BOUND_WITHIN, `the bound is ${boundError} off`)
      assert.ok((between?.share ?? 0) <= NOTHING_BETWEEN, `${between?.share} is said to lie between two`)
    })
  }

  it('a far service: what the way to it takes is told as time between the two', () => {
    const wayMs = 100
    const { between, entryMs, latencyError } = trialOf(
      {
        services: [
          service('gateway', [compute(2), call(1), call(2)]),
          service('orders', [compute(6)], { wayMs }),
          service('stock', [query(30)])
        ]
      },
      1,
      REQUESTS
    )
    assert.deepEqual([between!.from, between!.to], ['gateway', ['orders']])
    const less = (2 * wayMs) / entryMs - between!.share
    assert.ok(less > 0 && less < FAR_WITHIN, `${between!.share} is said, ${less} too little`)
    assert.ok(latencyError <= FAR_WITHIN, `latency shares are ${latencyError} off`)
  })

  it('are the same for the same seed', () => {
    assert.deepEqual(randomSystem(12), randomSystem(12))
    assert.deepEqual(trialOf(randomSystem(7), 7, 1000), trialOf(randomSystem(7), 7, 1000))
  })

  it('random ones have what makes systems hard', () => {
    const systems = Array.from({ length: 200 }, (_, seed) => randomSystem(seed + 1))
    const sizes = systems.map(({ services }) => services.length)
    assert.deepEqual([Math.min(...sizes), Math.max(...sizes)], [3, 50])
    const json = JSON.stringify(systems)
    for (const part of ['together', 'cache', '"tries":3', '"failedShare":0.0', '"instances":3']) {
      assert.ok(json.includes(part), part)
    }
    const bottlenecks = new Set(systems.map(system => demandsOf(system).demands[0]!.resource))
    assert.deepEqual([...bottlenecks].sort(), ['CPU quota', 'event loop', 'pool'])
  })
})
