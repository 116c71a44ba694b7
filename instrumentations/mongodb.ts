// MongoDB through `mongodb` 6 and 7. Its command monitoring is an option of the client (7.9), so the connection is patched, where each
// command passes once. Of a command only its name and its collection are told: nothing of a filter or a document.
//
// A command also waits for a connection of the pool, which is told apart, with its holders.

import { type Instrumentation, type PoolFacts, wrapMethod, wrapWatched } from '../lib/hook/index.js'

/** What is read of the driver's own objects. */
interface Connection {
  address: string
}

interface Namespace {
  db?: string
}

interface Pool {
  address: string
  options: { maxPoolSize: number }
  availableConnectionCount: number
  currentCheckedOutCount: number
  totalConnectionCount: number
  waitQueueSize: number
  checkedOut?: Iterable<object>
}

interface CommandMessage {
  connection: Connection
  namespace: Namespace | undefined
  name: string
  collection: unknown
}

interface PoolMessage {
  pool: Pool
}

export const mongodb: Instrumentation = {
  name: 'mongodb',
  supports: '`mongodb` 6 and 7',
  operations: [
    {
      channel: 'perfagent:mongodb:command',
      describe: ({ connection, namespace, name, collection }: CommandMessage) => ({
        kind: 'db',
        system: 'mongodb',
        text: typeof collection === 'string' ? `${name} ${collection}` : name,
        target: `${connection.address}/${namespace?.db ?? ''}`
      })
    },
    {
      channel: 'perfagent:mongodb:pool',
      describe: ({ pool }: PoolMessage) => ({ kind: 'pool', system: 'mongodb', pool: poolFacts(pool) }),
      acquires: true
    }
  ],
  patches: [
    { module: 'mongodb', file: 'lib/cmap/connection.js', versions: '>=6 <8', apply: patchConnection },
    { module: 'mongodb', file: 'lib/cmap/connection_pool.js', versions: '>=6 <8', apply: patchPool }
  ]
}

type Class = { prototype: object }

/** What the driver says of itself as it connects, watches its servers and leaves. */
const OWN = new Set(['hello', 'ismaster', 'isMaster', 'saslStart', 'saslContinue', 'authenticate', 'endSessions'])

/**
 * `command(namespace, command, options, …)`, last a callback in 6.0, and later, where it is async, a class for the answer, which
 * is no callback. A CryptoConnection ends in the same method.
 */
function patchConnection({ Connection }: { Connection: { prototype: { command: unknown } } }): void {
  const { prototype } = Connection
  const isAsync = Object.prototype.toString.call(prototype.command) === '[object AsyncFunction]'
  if (isAsync) wrapWatched(prototype, 'command', 'perfagent:mongodb:command', describeCommand, () => false)
  else wrapMethod(prototype, 'command', 'perfagent:mongodb:command', describeCommand)
}

function describeCommand(connection: Connection, [namespace, command]: unknown[]): CommandMessage | undefined {
  const [name, collection] = firstOf(command)
  if (name === '' || OWN.has(name)) return undefined
  const of = name === 'getMore' ? (command as { collection?: unknown }).collection : collection
  return { connection, namespace: namespace as Namespace | undefined, name, collection: of }
}

/** The first member of a command is its name. */
function firstOf(command: unknown): [name: string, value: unknown] {
  if (typeof command !== 'object' || command === null) return ['', undefined]
  for (const name in command) return [name, (command as Record<string, unknown>)[name]]
  return ['', undefined]
}

function patchPool({ ConnectionPool }: { ConnectionPool: Class }): void {
  wrapMethod<Pool>(ConnectionPool.prototype, 'checkOut', 'perfagent:mongodb:pool', pool => ({ pool }))
}

function poolFacts(pool: Pool): PoolFacts {
  const { options, currentCheckedOutCount, totalConnectionCount, waitQueueSize } = pool
  const size = options.maxPoolSize || Math.max(totalConnectionCount, 1)
  const exhausted = currentCheckedOutCount >= size
  return {
    size,
    inUse: currentCheckedOutCount,
    waiting: waitQueueSize,
    busy: exhausted ? (pool.checkedOut ?? []) : [],
    of: pool,
    look: poolFacts,
    name: ({ address }: Pool) => address
  }
}
