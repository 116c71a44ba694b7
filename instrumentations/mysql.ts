// MySQL and MariaDB through `mysql` 2, which publishes nothing. Connection#query is patched; Pool#query ends in it. Without a
// callback a query is an emitter whose `end` method tells its end, with no listener of ours.
//
// A connection sends the next query when the last one is answered: what waits in its queue is told.

import {
  apply,
  bindCallback,
  createQueue,
  createRows,
  createUnsent,
  type Ending,
  type Instrumentation,
  type MysqlServer,
  mysqlTarget,
  type PoolFacts,
  returnOf,
  wrapFunction,
  wrapMethod
} from '../lib/hook/index.js'

/** What is read of mysql's own objects. */
interface Connection {
  config: MysqlServer
  /** `authenticated` when its handshake, the first of its queue, is through. */
  state: string
  _socket?: object
  /** With the one under way. */
  _protocol?: { _queue?: object[] }
}

interface Query {
  _callback?: unknown
}

interface Pool {
  config: { connectionLimit: number; connectionConfig: MysqlServer }
  _allConnections: object[]
  _freeConnections: object[]
  _connectionQueue: unknown[]
}

interface QueryMessage {
  connection: Connection
  query: unknown
}

interface PoolMessage {
  pool: Pool
  /** How many connections it had as it was asked. */
  before: number
}

const QUERY = 'perfagent:mysql:query'

const queue = createQueue('mysql')

const rows = createRows('mysql')

const unsent = createUnsent('mysql')

export const mysql: Instrumentation = {
  name: 'mysql',
  supports: '`mysql` 2 from 2.16',
  operations: [
    {
      channel: QUERY,
      describe: ({ connection: { config }, query }: QueryMessage) => ({
        kind: 'db',
        system: 'mysql',
        text: typeof query === 'string' ? query : undefined,
        target: mysqlTarget(config)
      }),
      marks: queue.marks,
      unread: rows.unread,
      inOrder: ({ connection }: QueryMessage) => connection
    },
    {
      channel: 'perfagent:mysql:pool:connect',
      describe: ({ pool }: PoolMessage) => ({ kind: 'pool', system: 'mysql', pool: poolFacts(pool) }),
      acquires: true,
      opening: ({ pool, before }: PoolMessage) =>
        pool._allConnections.length > before ? pool._allConnections.at(-1) : undefined
    }
  ],
  unsent: unsent.channel,
  patches: [
    { module: 'mysql', file: 'lib/Connection.js', versions: '>=2.16 <3', apply: patchConnection },
    { module: 'mysql', file: 'lib/Pool.js', versions: '>=2.16 <3', apply: patchPool }
  ]
}

function patchConnection(Connection: { prototype: object }): void {
  wrapMethod(Connection.prototype, 'query', QUERY, describeQuery, endOfQuery)
  rows.watchReader(Connection.prototype, underWay)
}

const underWay = (connection: object): object | undefined => (connection as Connection)._protocol?._queue?.[0]

const describeQuery = (connection: Connection, [first]: unknown[]): QueryMessage => ({
  connection,
  query: typeof first === 'string' ? first : (first as { sql?: unknown } | undefined)?.sql
})

function tellQueued(message: QueryMessage, query: unknown): void {
  const { connection } = message
  const queries = connection._protocol?._queue ?? []
  if (queries.at(-1) !== query) return
  const isBehind = connection.state === 'authenticated' || queries.length > 2
  if (queries.length < 2) look(message)
  else queue.keep(message, isBehind, query as object, 'start', () => look(message))
}

const look = (message: QueryMessage): void => unsent.look(message, message.connection._socket)

const back = returnOf(QUERY)

/** The connection's socket calls its `end`, which tells whoever listens; rows are not brought back (./mysql2.ts). */
const endOfQuery: Ending<QueryMessage> = (result, args, end, message) => {
  tellQueued(message, result)
  if (typeof args.at(-1) === 'function' || typeof result !== 'object' || result === null) return false
  // Of one with a callback nobody reads the rows one by one.
  if (!(result as Query)._callback) rows.belong(result, message)
  return wrapFunction(
    result,
    'end',
    original =>
      function (this: unknown, ...ended: unknown[]) {
        end(ended[0])
        return back.run(message, original, this, ended)
      }
  )
}

function patchPool(Pool: { prototype: object }): void {
  // A pooled query is made before its connection is there; its callback is called from the connection's socket.
  bindCallback(Pool.prototype, 'query')
  wrapMethod<Pool>(Pool.prototype, 'getConnection', 'perfagent:mysql:pool:connect', pool =>
    handsOn ? undefined : { pool, before: pool._allConnections.length }
  )
  wrapFunction(
    Pool.prototype,
    'releaseConnection',
    original =>
      function (this: unknown, ...args: unknown[]) {
        const outer = handsOn
        handsOn = true
        try {
          return apply(original, this, args)
        } finally {
          handsOn = outer
        }
      }
  )
}

/** A connection that is given back is asked for in the name of who waits for it: that is the end of a wait, and no other. */
let handsOn = false

function poolFacts(pool: Pool): PoolFacts {
  const { config, _allConnections: all, _freeConnections: free, _connectionQueue: waiting } = pool
  const exhausted = free.length === 0 && config.connectionLimit > 0 && all.length >= config.connectionLimit
  return {
    size: config.connectionLimit,
    inUse: all.length - free.length,
    waiting: waiting.length,
    free: free.length,
    busy: exhausted ? all : [],
    of: pool,
    look: poolFacts,
    name: poolName
  }
}

const poolName = ({ config }: Pool): string => mysqlTarget(config.connectionConfig)
