// The wait for a connection of the pool of `sequelize` 6, by a patch: sequelize publishes nothing, and its pool (sequelize-pool) does
// not know what its connections lead to. Statements are told by the driver below. With replication there are two pools, of which
// the query chooses inside; those are not told.

import { type Instrumentation, type PoolFacts, wrapMethod } from '../lib/hook/index.js'

/** What is read of sequelize's own objects. */
interface ConnectionManager {
  /** `postgres`, `mysql`, `mariadb`, … */
  dialectName: string
  config: { host?: string; port?: number | string; database?: string }
  pool: Pool
}

interface Pool {
  maxSize: number
  /** With those that are being opened, for who has waited longest. */
  size: number
  available: number
  waiting: number
  _inUseObjects: { resource: object }[]
}

interface AcquireMessage {
  manager: ConnectionManager
}

export const sequelize: Instrumentation = {
  name: 'sequelize',
  supports: 'the pool of `sequelize` 6',
  operations: [
    {
      channel: 'perfagent:sequelize:pool:acquire',
      describe: ({ manager }: AcquireMessage) => ({
        kind: 'pool',
        system: manager.dialectName === 'postgres' ? 'postgresql' : manager.dialectName,
        pool: poolFacts(manager)
      }),
      acquires: true
    }
  ],
  patches: [
    {
      module: 'sequelize',
      file: 'lib/dialects/abstract/connection-manager.js',
      versions: '>=6.1 <7',
      apply: patchManager
    }
  ]
}

function patchManager(Manager: { prototype: object }): void {
  wrapMethod<ConnectionManager>(Manager.prototype, 'getConnection', 'perfagent:sequelize:pool:acquire', manager =>
    Array.isArray(manager.pool._inUseObjects) ? { manager } : undefined
  )
}

function poolFacts(manager: ConnectionManager): PoolFacts {
  const { maxSize, size, available, waiting, _inUseObjects: used } = manager.pool
  const inUse = size - available
  const busy = inUse >= maxSize ? used.map(({ resource }) => resource) : []
  return { size: maxSize, inUse, waiting, busy, of: manager, look: poolFacts, name: poolName }
}

const poolName = ({ config: { host = 'localhost', port, database = '' } }: ConnectionManager): string =>
  `${host}${port ? `:${port}` : ''}/${database}`
