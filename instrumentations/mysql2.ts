// MySQL and MariaDB through `mysql2` 2 to 3. From 3.20 it publishes `mysql2:query` and `mysql2:execute`; a patch makes older
// versions publish the same. The values are already in `query` as text, which is why it is masked before it leaves.
//
// Its own `mysql2:pool:connect` does not tell which pool, so the wait for a connection is always seen by a patch, and that
// channel is not listened to. In 3.x some classes moved to `lib/base`: the file in which a class has the method is patched.
//
// A connection sends the next command when the last one is answered: what waits in its queue is told. A statement is put there by
// `addCommand`, in the very call that begins it.

import {
  apply,
  bindCallback,
  type Callable,
  createQueue,
  createRows,
  createTarget,
  createUnsent,
  type Ending,
  type Instrumentation,
  type MysqlServer,
  mysqlTarget,
  observeCalls,
  type PoolFacts,
  returnOf,
  thenLook,
  wrapFunction,
  wrapMethod
} from '../lib/hook/index.js'

/** What is read of mysql2's own objects. */
interface Connection {
  config: MysqlServer
  stream?: object
  /** False until its first command, the handshake, is through. */
  authorized: boolean
  /** The one under way, and those that wait. */
  _command?: object | null
  _commands: { length: number }
}

interface Connections {
  length: number
  get(index: number): object
}

interface Pool {
  config: { connectionLimit: number; connectionConfig: MysqlServer }
  _allConnections: Connections
  _freeConnections: Connections
  _connectionQueue: { length: number }
}

interface QueryMessage {
  query: unknown
  database: string
  serverAddress: string
  serverPort?: number
}

interface PoolMessage {
  pool: Pool
  /** How many connections it had as it was asked. */
  before: number
}

const targetOf = createTarget()

const queue = createQueue('mysql2')

const rows = createRows('mysql2')
const unsent = createUnsent('mysql2')
const marks = { ...queue.marks, ...rows.marks }
const { unread } = rows

/** Whose method begins a statement; messages do not tell it. */
let calling: object | undefined

/** Of a statement whose command is not added yet. */
let begun: QueryMessage | undefined

/** Of the one whose commands are being added: `execute` adds a Prepare, then what sends the parameters. */
let adding: QueryMessage | undefined

function describe(message: QueryMessage) {
  begun = message
  const { query, database, serverAddress, serverPort } = message
  return {
    kind: 'db' as const,
    system: 'mysql',
    text: typeof query === 'string' ? query : undefined,
    target: targetOf(serverAddress, serverPort, database)
  }
}

const inOrder = (): object | undefined => calling

const givesUp = ({ code }: { code?: unknown }): boolean => code === 'PROTOCOL_SEQUENCE_TIMEOUT'

export const mysql2: Instrumentation = {
  name: 'mysql2',
  supports: '`mysql2` 2 and 3',
  operations: [
    { channel: 'mysql2:query', describe, marks, unread, inOrder, givesUp },
    { channel: 'mysql2:execute', describe, marks, unread, inOrder, givesUp },
    {
      channel: 'perfagent:mysql2:pool:connect',
      describe: ({ pool }: PoolMessage) => ({ kind: 'pool', system: 'mysql', pool: poolFacts(pool) }),
      acquires: true,
      opening: ({ pool, before }: PoolMessage) =>
        pool._allConnections.length > before ? pool._allConnections.get(pool._allConnections.length - 1) : undefined
    }
  ],
  unsent: unsent.channel,
  patches: [
    { module: 'mysql2', file: 'lib/commands/command.js', versions: '>=2 <4', apply: bringBack },
    { module: 'mysql2', file: 'lib/commands/query.js', versions: '>=2 <4', apply: patchCommand },
    ...['lib/connection.js', 'lib/base/connection.js'].flatMap(file => [
      { module: 'mysql2', file, versions: '>=2 <3.20', apply: patchConnection },
      { module: 'mysql2', file, versions: '>=2 <4', apply: patchQueue }
    ]),
    ...['lib/pool.js', 'lib/base/pool.js'].flatMap(file => [
      { module: 'mysql2', file, versions: '>=2 <3.20', apply: bindPoolCallbacks },
      { module: 'mysql2', file, versions: '>=2 <4', apply: patchPool }
    ])
  ]
}

type Class = { prototype: object }

const back = returnOf('mysql2:query')

/**
 * The connection's socket tells who listens that a statement is over, or has failed. Rows are not brought back to their request: each would
 * take 0.3 µs more than its 0.4.
 */
function bringBack({ prototype }: Class): void {
  wrapFunction(
    prototype,
    'emit',
    emit =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          const message = args[0] === 'result' ? undefined : rows.callOf(this as object)
          return message ? back.run(message, emit, this, args) : apply(emit, this, args)
        }
      }).replacement
  )
}

function patchCommand(Query: Class): void {
  rows.watch(Query.prototype, 'resultsetHeader')
}

const hasOwn = ({ prototype }: Class, method: string): boolean => Object.hasOwn(prototype, method)

function patchConnection(Connection: Class): void {
  for (const method of ['query', 'execute']) {
    if (hasOwn(Connection, method)) {
      wrapMethod(Connection.prototype, method, `mysql2:${method}`, describeOlder, endOfCommand)
    }
  }
}

function describeOlder({ config }: Connection, [first]: unknown[]): QueryMessage {
  const query = typeof first === 'string' ? first : (first as { sql?: unknown } | undefined)?.sql
  const { socketPath, host = '', port, database = '' } = config
  return socketPath
    ? { query, database, serverAddress: socketPath }
    : { query, database, serverAddress: host, serverPort: port ?? 3306 }
}

/**
 * A pooled query comes as a command, whose `onResult` is the application's callback; without one it is an emitter, whose own
 * `emit` tells the end with no listener of ours.
 */
const endOfCommand: Ending<QueryMessage> = (result, args, end) => {
  if (typeof args.at(-1) === 'function' || typeof result !== 'object' || result === null) return false
  const onResult = (callback: Callable) =>
    function (this: unknown, ...outcome: unknown[]) {
      end(outcome[0])
      return apply(callback, this, outcome)
    }
  const emit = (original: Callable) => {
    let failure: unknown
    return function (this: unknown, ...event: unknown[]) {
      if (event[0] === 'error') failure = event[1]
      if (event[0] === 'end') end(failure)
      return apply(original, this, event)
    }
  }
  return wrapFunction(result, 'onResult', onResult) || wrapFunction(result, 'emit', emit)
}

function patchQueue(Connection: Class): void {
  for (const method of ['query', 'execute']) {
    if (hasOwn(Connection, method)) observeCalls(Connection.prototype, method, 'mysql2', noteCalling, callIt)
  }
  if (hasOwn(Connection, 'addCommand'))
    observeCalls(Connection.prototype, 'addCommand', 'mysql2', tellQueued, addAndLook)
  if (hasOwn(Connection, 'pause')) rows.watchReader(Connection.prototype, underWay)
}

const underWay = (connection: object): object | null | undefined => (connection as Connection)._command

function noteCalling(connection: object): void {
  calling = connection
}

function callIt(call: Callable, connection: object, args: unknown[]): unknown {
  try {
    return apply(call, connection, args)
  } finally {
    calling = undefined
    adding = undefined
  }
}

/** Of `execute` the first command is a Prepare. A call that threw is over: what is told of it with the next command means nothing. */
function tellQueued(connection: object, [command]: unknown[]): void {
  const message = begun
  begun = undefined
  const { authorized, _command: underWay, _commands: waiting } = connection as Connection
  if (message) adding = message
  const call = adding
  if (call) rows.belong(command as object, call)
  if (!call || !underWay) return
  const look = (): void => unsent.look(call, (connection as Connection).stream)
  if (message) queue.keep(message, authorized || waiting.length > 0, command as object, 'start', look)
  else observeCalls(command as object, 'start', 'mysql2', nothing, thenLook(look))
}

const nothing = (): void => {}

function addAndLook(add: Callable, connection: object, args: unknown[]): unknown {
  const call = adding
  const result = apply(add, connection, args)
  if (call) unsent.look(call, (connection as Connection).stream)
  return result
}

/** A pooled query is made before its connection is there; its callback is called from the connection's socket. */
function bindPoolCallbacks(Pool: Class): void {
  for (const method of ['query', 'execute']) if (hasOwn(Pool, method)) bindCallback(Pool.prototype, method)
}

function patchPool(Pool: Class): void {
  if (!hasOwn(Pool, 'getConnection')) return
  wrapMethod<Pool>(Pool.prototype, 'getConnection', 'perfagent:mysql2:pool:connect', pool => ({
    pool,
    before: pool._allConnections.length
  }))
}

function poolFacts(pool: Pool): PoolFacts {
  const { config, _allConnections: all, _freeConnections: free, _connectionQueue: waiting } = pool
  const exhausted = free.length === 0 && config.connectionLimit > 0 && all.length >= config.connectionLimit
  return {
    size: config.connectionLimit,
    inUse: all.length - free.length,
    waiting: waiting.length,
    busy: exhausted ? Array.from({ length: all.length }, (_, i) => all.get(i)) : [],
    of: pool,
    look: poolFacts,
    name: poolName
  }
}

const poolName = ({ config: { connectionConfig } }: Pool): string =>
  mysqlTarget({ ...connectionConfig, host: connectionConfig.host ?? 'localhost', port: connectionConfig.port ?? 3306 })
