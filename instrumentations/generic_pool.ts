// The wait for a resource of a pool of `generic-pool` 3, by a patch: it publishes nothing. What it pools is the application's business, as
// often browsers and workers as connections, so its metrics are none of a database. A pool whose promises are not Node's (its option
// `Promise`) is told as if it had given at once.

import { type Instrumentation, type PoolFacts, wrapMethod } from '../lib/hook/index.js'

/** What is read of its pool. */
interface Pool {
  max: number
  /** With those that are being made. */
  size: number
  available: number
  pending: number
  /** By the resource. */
  _resourceLoans: Map<object, unknown>
}

export const genericPool: Instrumentation = {
  name: 'generic_pool',
  supports: 'pools of `generic-pool` 3',
  operations: [
    {
      channel: 'perfagent:generic-pool:acquire',
      describe: ({ pool }: { pool: Pool }) => ({ kind: 'pool', system: 'generic-pool', pool: poolFacts(pool) }),
      acquires: true
    }
  ],
  patches: [{ module: 'generic-pool', file: 'lib/Pool.js', versions: '>=3 <4', apply: patchPool }]
}

function patchPool({ prototype }: { prototype: object }): void {
  wrapMethod<Pool>(prototype, 'acquire', 'perfagent:generic-pool:acquire', pool => ({ pool }))
}

function poolFacts(pool: Pool): PoolFacts {
  const { max, size, available, pending } = pool
  const inUse = size - available
  return {
    size: max,
    inUse,
    waiting: pending,
    free: available,
    busy: inUse >= max ? pool._resourceLoans.keys() : [],
    of: pool,
    look: poolFacts,
    name: () => 'generic-pool',
    ofDatabase: false
  }
}
