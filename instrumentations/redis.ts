// Redis through `redis` 4 to 6, that is `@redis/client` (`@node-redis/client` in 4.0). From 5.12 it publishes
// `node-redis:command` and `node-redis:batch`; patches make older versions publish the same. A pipeline or MULTI is one
// operation with its size: that is what the request waited for, and what each of its commands took nobody knows.
//
// Up to 4.x every command passes through the queue, which does not know its client; so the client whose method runs is
// kept aside. What the queue is given while none runs is the client's own (HELLO, AUTH, SELECT as it connects).
//
// What comes while there is no connection, its client keeps back, and sends with its own first commands as soon as there is one. Where
// the client publishes, that is told; of its connection it is known when those are answered.
//
// The wait for a client of a pool (5 and 6) is seen by a patch: `node-redis:pool:connection-wait` comes when it is over.

import {
  apply,
  batchFacts,
  bindCallback,
  type Callable,
  commandFacts,
  createKeptBack,
  createTarget,
  type Instrumentation,
  observeCalls,
  type PoolFacts,
  shortText,
  type Watch,
  wrapFunction,
  wrapMethod,
  wrapWatched
} from '../lib/hook/index.js'

interface Address {
  serverAddress?: string | undefined
  serverPort?: number | undefined
}

interface Sent extends Address {
  clientId?: string
  /** From patches: versions that publish nothing have no ids. */
  client?: Client | undefined
  batchMode?: string
}

interface CommandMessage extends Sent {
  command: unknown
  /** With the command's name first. */
  args: readonly unknown[]
  /** Set for a command of a pipeline: that is told as a whole. */
  batchMode?: string
}

interface BatchMessage extends Sent {
  batchMode: string
  batchSize: number
}

/** Of a pipeline or MULTI. */
type Commands = readonly { args: readonly unknown[] }[]

/** What is read of the library's own objects. */
interface Client {
  /** Of a client with options of its own: the one whose connection it uses. */
  _self?: Client
  isOpen?: boolean
  /** Not in early versions of 4. */
  isReady?: boolean
  options?: { socket?: { host?: string; port?: number; path?: string } }
}

interface Pool {
  totalClients: number
  idleClients: number
  clientsInUse: number
  tasksQueueLength: number
}

type Class = { default: { prototype: object } }

/** Stand for the connections of the clients that are connected, by the clients' ids. */
const connections = new Map<string | undefined, object>()

/** One that is answered before its client says that it is ready is never told to be sent. */
const keptBack = createKeptBack('redis')

export const redis: Instrumentation = {
  name: 'redis',
  supports: '`redis` 4 to 6',
  notes: [
    { channel: 'tracing:node-redis:connect:start', note: ({ clientId }: Sent) => keptBack.lost(clientId) },
    {
      channel: 'node-redis:connection:ready',
      note({ clientId }: Sent) {
        connections.set(clientId, {})
        keptBack.regained(clientId)
      }
    },
    {
      channel: 'node-redis:connection:closed',
      note({ clientId }: Sent) {
        connections.delete(clientId)
        keptBack.lost(clientId)
      }
    }
  ],
  operations: [
    {
      channel: 'node-redis:command',
      describe: (message: CommandMessage) =>
        message.batchMode === undefined
          ? commandFacts(message.command, message.args[1], message.args, targetOf(message))
          : undefined,
      // Of batches too: a message is of one operation, whatever its channel.
      marks: keptBack.marks,
      inOrder: (message: CommandMessage & { batchSize?: number }) =>
        message.batchMode === undefined || message.batchSize !== undefined ? connectionOf(message) : undefined
    },
    {
      channel: 'node-redis:batch',
      describe(message: BatchMessage) {
        const { batchMode, batchSize } = message
        return batchFacts(batchMode, { size: batchSize, nameAt: nameIn(executing, batchSize) }, targetOf(message))
      },
      inOrder: connectionOf
    },
    {
      channel: 'perfagent:redis:pool',
      describe: ({ pool }: { pool: Pool }) => ({ kind: 'pool', system: 'redis', pool: poolFacts(pool) })
    }
  ],
  patches: [
    ...['@redis/client', '@node-redis/client'].flatMap(module => [
      { module, file: 'dist/lib/commander.js', versions: '>=1 <5', apply: patchCommander },
      { module, file: 'dist/lib/client/commands-queue.js', versions: '>=1 <5', apply: patchQueue },
      { module, file: 'dist/lib/client/index.js', versions: '>=1 <5', apply: patchClient4 },
      { module, file: 'dist/lib/client/index.js', versions: '>=1 <5', apply: noteBatches }
    ]),
    { module: '@redis/client', file: 'dist/lib/client/index.js', versions: '>=5 <5.12', apply: patchClient5 },
    { module: '@redis/client', file: 'dist/lib/client/index.js', versions: '>=5 <7', apply: noteBatches },
    { module: '@redis/client', file: 'dist/lib/client/pool.js', versions: '>=5 <7', apply: patchPool }
  ]
}

/** What comes before it is ready is sent when it is, after what the client says by itself. */
function connectionOf(message: Sent): object | undefined {
  const { clientId, client } = message
  if (client) return (client.isReady ?? client.isOpen) ? client : keptBack.keepFor(client, message)
  const connection = connections.get(clientId)
  if (!connection) keptBack.keep(clientId, message)
  return connection
}

/** What the method that begins a batch was given: its message does not tell which commands it has. */
let executing: Commands | undefined

/** The older ones of 4.x have MULTI before them and EXEC behind. Of code outside any request it is asked too late. */
function nameIn(commands: Commands | undefined, size: number): ((index: number) => unknown) | undefined {
  const before = commands && commands.length > size ? 1 : 0
  return commands && (index => commands[index + before]?.args[0])
}

function execute(call: Callable, client: object, args: unknown[]): unknown {
  const outer = executing
  executing = args[0] as Commands
  try {
    return apply(call, client, args)
  } finally {
    executing = outer
  }
}

/** What is wrapped last is called first: before an older version is made to publish. */
function noteBatches({ default: Client }: Class): void {
  for (const name of ['multiExecutor', '_executeMulti', '_executePipeline'])
    observeCalls(Client.prototype, name, 'redis', nothing, execute)
}

const nothing = (): void => {}

/** The client whose method runs, up to 4.x. */
let running: Client | undefined

const asRunning = (original: Callable) =>
  function (this: unknown, ...args: unknown[]) {
    const outer = running
    running = this as Client
    try {
      return apply(original, this, args)
    } finally {
      running = outer
    }
  }

/** `get`, `set` and the like call an executor that is handed over when their class is made (under either name). */
function patchCommander(commander: object): void {
  for (const name of ['attachCommands', 'extendWithCommands']) {
    wrapFunction(
      commander,
      name,
      original =>
        function (this: unknown, config: unknown) {
          const own = { ...(config as { executor: unknown }) }
          wrapFunction(own, 'executor', asRunning)
          return apply(original, this, [own])
        }
    )
  }
}

/** `chainId` is given with what belongs to a pipeline or MULTI, `asap` alone with what the client says as it connects. */
function patchQueue({ default: Queue }: Class): void {
  wrapMethod(Queue.prototype, 'addCommand', 'node-redis:command', (_queue, [args, options]) => {
    const { asap = false } = (options ?? {}) as { asap?: boolean }
    const isOwn = Object.hasOwn(options ?? {}, 'chainId') || (asap && !running)
    return isOwn ? undefined : commandMessage(args, running)
  })
}

function patchClient4({ default: Client }: Class): void {
  keptBack.watch(Client.prototype, 'ready')
  for (const name of ['commandsExecutor', 'sendCommand', 'executeScript', 'executeFunction', 'SELECT']) {
    wrapFunction(Client.prototype, name, asRunning)
  }
  wrapMethod<Client>(Client.prototype, 'multiExecutor', 'node-redis:batch', (client, [commands, ...rest]) => {
    const { length, 0: first } = commands as { args: unknown[] }[]
    const isMulti = rest.some(arg => typeof arg === 'symbol')
    // The older ones of 4.x have MULTI and EXEC among the commands.
    const batchSize = first?.args[0] === 'MULTI' ? length - 2 : length
    return { batchMode: isMulti ? 'MULTI' : 'PIPELINE', batchSize, ...byClient(client) }
  })
}

function patchClient5({ default: Client }: Class): void {
  keptBack.watch(Client.prototype, 'ready')
  wrapMethod<Client>(Client.prototype, 'sendCommand', 'node-redis:command', (client, [args]) =>
    commandMessage(args, client)
  )
  for (const [name, batchMode] of Object.entries({ _executeMulti: 'MULTI', _executePipeline: 'PIPELINE' })) {
    wrapMethod<Client>(Client.prototype, name, 'node-redis:batch', (client, [commands]) => ({
      batchMode,
      batchSize: (commands as unknown[]).length,
      ...byClient(client)
    }))
  }
}

const commandMessage = (args: unknown, client: Client | undefined): CommandMessage | undefined =>
  Array.isArray(args) ? { command: shortText(args[0]), args, ...byClient(client) } : undefined

function byClient(given: Client | undefined): Sent {
  if (!given) return {}
  const { host = 'localhost', port = 6379, path } = given.options?.socket ?? {}
  const client = given._self ?? given
  return path === undefined ? { client, serverAddress: host, serverPort: port } : { client, serverAddress: path }
}

const targetAt = createTarget()

const targetOf = ({ serverAddress, serverPort }: Address): string | undefined =>
  serverPort === undefined ? serverAddress : targetAt(serverAddress, serverPort)

/** A queued task would run in the context of whoever gave a client back. */
const poolFacts = (pool: Pool): PoolFacts => ({
  size: pool.totalClients,
  inUse: pool.clientsInUse,
  waiting: pool.tasksQueueLength,
  busy: [],
  of: pool,
  look: poolFacts,
  name: () => 'redis'
})

function patchPool({ RedisClientPool: Pool }: { RedisClientPool: { prototype: object } }): void {
  bindCallback(Pool.prototype, 'execute')
  wrapWatched<Pool>(
    Pool.prototype,
    'execute',
    'perfagent:redis:pool',
    pool => (pool.idleClients === 0 ? { pool } : undefined),
    endOfWait
  )
}

/** The wait is over when the task gets its client, or fails with it. */
const endOfWait: Watch<Pool> = (_pool, args, end) => {
  if (!end) return false
  wrapFunction(
    args,
    0,
    task =>
      function (this: unknown, ...given: unknown[]) {
        end()
        return apply(task, this, given)
      }
  )
  return false
}
