// MariaDB and MySQL through `mariadb` 3 from 3.1, which publishes nothing (3.5). Whatever is said to the server is a command: given to a
// connection by one of its `addCommand…`, sent by the command's own `start`, over with its `successEnd` or `throwError`. So promises,
// callbacks, emitters, streams, prepared statements and batches are all seen there, and no promise is derived from.
//
// A connection sends its commands at once (`pipelining`), and the server answers them in order. Only while it is made, without pipelining
// and behind a parameter that is a stream it keeps them back: they are told as queued.

import { channel } from 'node:diagnostics_channel'
import {
  apply,
  type Callable,
  createFuse,
  createQueue,
  createRows,
  createStamp,
  createTarget,
  createUnsent,
  guard,
  type Instrumentation,
  type MysqlServer,
  mariadbPatches,
  mysqlTarget,
  observeCalls,
  type PoolFacts,
  returnOf,
  wrapFunction,
  wrapMethod
} from '../lib/hook/index.js'

/** What is read of the library's own objects. */
interface Command {
  sql: string
  opts: MysqlServer
  /** A PREPARE has it. */
  readPrepareResultPacket?: unknown
  /** Of a PREPARE that is sent together with what it prepares. */
  executeCommand?: object
  /** Undefined until it is sent. */
  onPacketReceive?: unknown
}

interface Connection {
  status: number
  /** What writes to its socket, given to each command that is sent. */
  streamOut: object
  waitingAuthenticationQueue?: { length: number } | null
}

/** Writes to a socket. */
interface Out {
  stream?: object
}

interface Pool {
  opts: { connectionLimit: number; connOptions: MysqlServer }
  activeConnections(): number
  idleConnections(): number
  taskQueueSize(): number
}

interface Message {
  command: Command
  connection: object
  isOver?: true
  error?: unknown
}

interface PoolMessage {
  pool: Pool
  result?: object
}

const STATEMENT = 'perfagent:mariadb:statement'
const CONNECT = 'perfagent:mariadb:pool:connect'

const started = channel(`tracing:${STATEMENT}:start`)
const answered = channel(`tracing:${STATEMENT}:asyncStart`)
const back = returnOf(STATEMENT)

const targetOf = createTarget()
const queue = createQueue('mariadb')
const rows = createRows('mariadb')
const unsent = createUnsent('mariadb')

export const mariadb: Instrumentation = {
  name: 'mariadb',
  supports: '`mariadb` 3 from 3.1',
  operations: [
    {
      channel: STATEMENT,
      describe: ({ command }: Message) => ({
        kind: 'db',
        system: 'mysql',
        text: textOf(command),
        target: addressOf(command.opts)
      }),
      marks: { ...queue.marks, ...rows.marks },
      unread: rows.unread,
      inOrder: ({ connection }: Message) => connection
    },
    {
      channel: CONNECT,
      describe: ({ pool }: PoolMessage) => ({ kind: 'pool', system: 'mysql', pool: poolFacts(pool) }),
      acquires: true
    }
  ],
  unsent: unsent.channel,
  notes: [{ channel: `tracing:${CONNECT}:asyncStart`, note: noteTaken }],
  patches: mariadbPatches(patchPrototype)
}

const textOf = ({ sql, readPrepareResultPacket, executeCommand }: Command): string =>
  readPrepareResultPacket && !executeCommand ? `PREPARE ${sql}` : sql

function addressOf({ socketPath, host, port, database }: MysqlServer): string {
  return socketPath ? targetOf(socketPath, undefined, database) : targetOf(host, port, database)
}

/** Its own methods tell which one it is. */
function patchPrototype(prototype: object): void {
  const has = (method: string): boolean => Object.hasOwn(prototype, method)
  if (has('addCommandQueue')) patchConnection(prototype)
  if (has('_endLeak')) patchPool(prototype)
  if (has('start')) observeCalls(prototype, 'start', 'mariadb', tellSent, startAndLook)
  for (const method of ENDS) if (has(method)) wrapEnd(prototype, method)
  if (has('readResultSet')) rows.watch(prototype, 'readResultSet', { stream: 'inStream', push: 'handleNewRows' })
}

function patchConnection(prototype: object): void {
  for (const method of ['addCommandQueue', 'addCommandEnable', 'addCommandEnablePipeline', 'addCommandDisabled'])
    observeCalls(prototype, method, 'mariadb', tellBegun, addAndLook)
}

const messages = createStamp<Message>()

/** What a connection says of itself as it is made is nobody's. */
const INIT_CMD = 4

function tellBegun(self: object, [command]: unknown[]): void {
  const { status, streamOut } = self as Connection
  begin(command as Command, streamOut, status === INIT_CMD)
}

/** A connection that was there before its class was patched has the methods that it had. */
function tellSent(command: object, [out]: unknown[]): void {
  begin(command as Command, out as object, false)
}

function startAndLook(start: Callable, command: object, args: unknown[]): unknown {
  const result = apply(start, command, args)
  const message = messages.of(command)
  if (message) unsent.look(message, (args[0] as Out | undefined)?.stream)
  return result
}

function begin(command: Command, connection: object, isOwn: boolean): void {
  if (!started.hasSubscribers || typeof command.sql !== 'string' || messages.of(command)) return
  const message: Message = { command, connection }
  for (const each of [command, command.executeCommand]) {
    if (!each) continue
    messages.put(each, message)
    rows.belong(each, message)
  }
  if (!isOwn) started.publish(message)
}

const tellQueued = guard(createFuse('mariadb'), (self: object, command: Command): void => {
  const message = messages.of(command)
  if (!message || command.onPacketReceive !== undefined) return
  const { status, waitingAuthenticationQueue } = self as Connection
  const isConnected = status > INIT_CMD || (waitingAuthenticationQueue?.length ?? 0) > 1
  queue.keep(message, isConnected, command, 'start')
})

function addAndLook(add: Callable, connection: object, args: unknown[]): unknown {
  const result = apply(add, connection, args)
  tellQueued(connection, args[0] as Command)
  return result
}

const ENDS = ['successEnd', 'throwError', 'throwUnexpectedError']

/** It calls back in a tick of its own, or its listeners: in the request's context. */
function wrapEnd(prototype: object, method: string): void {
  wrapFunction(
    prototype,
    method,
    original =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          const message = messages.of(this as object)
          if (!message) return apply(original, this, args)
          if (method === 'throwError') end(message, args[0])
          // After a PREPARE comes what was prepared.
          else if (method === 'successEnd' && !(this as Command).executeCommand) end(message, undefined)
          const result = back.run(message, original, this, args)
          // It makes an error, rejects, and reads on.
          if (method === 'throwUnexpectedError') end(message, result)
          return result
        }
      }).replacement
  )
}

function end(message: Message, error: unknown): void {
  if (message.isOver) return
  message.isOver = true
  if (error) message.error = error
  answered.publish(message)
}

/** A pool says how many of its connections are in use, and not which. */
const taken = createStamp<Set<object>>()

function patchPool(prototype: object): void {
  wrapMethod<Pool>(prototype, 'getConnection', CONNECT, pool => ({ pool }))
  observeCalls(prototype, '_endLeak', 'mariadb', (pool, [connection]) => {
    taken.of(pool)?.delete(connection as object)
  })
}

function noteTaken({ pool, result }: PoolMessage): void {
  if (!result) return
  const connections = taken.of(pool) ?? new Set()
  if (connections.size === 0) taken.put(pool, connections)
  connections.add(result)
}

function poolFacts(pool: Pool): PoolFacts {
  const size = pool.opts.connectionLimit
  const inUse = pool.activeConnections()
  return {
    size,
    inUse,
    waiting: pool.taskQueueSize(),
    free: pool.idleConnections(),
    busy: inUse >= size ? [...(taken.of(pool) ?? [])] : [],
    of: pool,
    look: poolFacts,
    name: poolName
  }
}

const poolName = ({ opts: { connOptions } }: Pool): string => mysqlTarget(connOptions)
