// The wait for a connection of a pool of `knex` 3, by a patch: knex publishes nothing, and its pool (tarn) does not know what its
// connections lead to. Statements are told by the driver below. A pool that the application hands to knex (3.3) is left to the driver.

import { type Instrumentation, type PoolFacts, wrapMethod } from '../lib/hook/index.js'

/** What is read of knex's own objects. */
interface Client {
  /** `postgresql`, `mysql`, `sqlite3`, … */
  dialect?: string
  connectionSettings?: { host?: string; port?: number; database?: string; filename?: string }
  /** Gone after `destroy()`. */
  pool?: Tarn
}

interface Tarn {
  max: number
  used: { resource: object }[]
  /** Being opened, for who has waited longest. */
  pendingCreates: { length: number }
  pendingAcquires: { length: number }
}

interface AcquireMessage {
  client: Client
}

export const knex: Instrumentation = {
  name: 'knex',
  supports: 'pools of `knex` 3',
  operations: [
    {
      channel: 'perfagent:knex:pool:acquire',
      describe: ({ client }: AcquireMessage) => ({
        kind: 'pool',
        system: client.dialect ?? 'knex',
        pool: poolFacts(client)
      }),
      acquires: true
    }
  ],
  patches: [{ module: 'knex', file: 'lib/client.js', versions: '>=3.0.1 <4', apply: patchClient }]
}

/** In a transaction the method is the transaction's own, which gives its connection at once. */
function patchClient(Client: { prototype: object }): void {
  wrapMethod<Client>(Client.prototype, 'acquireConnection', 'perfagent:knex:pool:acquire', client =>
    Array.isArray(client.pool?.used) ? { client } : undefined
  )
}

const EMPTY: Tarn = { max: 0, used: [], pendingCreates: [], pendingAcquires: [] }

function poolFacts(client: Client): PoolFacts {
  const { max, used, pendingCreates, pendingAcquires } = client.pool ?? EMPTY
  const inUse = used.length + pendingCreates.length
  const busy = inUse >= max ? used.map(({ resource }) => resource) : []
  return {
    size: max,
    inUse,
    waiting: pendingAcquires.length,
    busy,
    of: client,
    look: poolFacts,
    name: poolName
  }
}

function poolName({ connectionSettings }: Client): string {
  const { host = 'localhost', port, database = '', filename } = connectionSettings ?? {}
  return filename ?? `${host}${port === undefined ? '' : `:${port}`}/${database}`
}
