// PostgreSQL through `postgres` 3 (porsager's), which publishes nothing (3.4). A query is a promise that is sent when somebody asks
// for it: `handle` gives it to the pool, a connection's `execute` or `connect` takes it. What no connection takes at once waits for
// one. That it is settled is told by its own resolve and reject, and of a cursor that its first rows have come. Of one for which a
// connection is opened, its `state` is set when it is sent.
//
// Whoever's query a connection has taken holds it until that is answered, or until the end of the transaction that it begins. Of those that
// a connection takes behind another (max_pipeline) that is not known. What `reserve` gives is put into the queue of those that are reserved,
// in the context of whoever asked; so is that of a transaction, which is held by then.
//
// A query that has waited is taken in the context of the connection's socket, so it is sent on in its own.
//
// The ES modules of the package are files of their own with the same in them; they are patched by perfagent/esm alone.

import { AsyncResource } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import {
  apply,
  createStamp,
  type Instrumentation,
  observeCalls,
  type PoolFacts,
  taggedText,
  wrapFunction
} from '../lib/hook/index.js'

/** What is read of the library's own objects. */
interface Query {
  executed: boolean
  strings: readonly string[]
  args: readonly unknown[]
  handler: Handler
  state: unknown
  /** `onexecute` of a transaction's first. */
  options?: { onexecute?: unknown }
  resolve: Settle
  reject: Settle
  cursorFn?: Settle
}

type Handler = ((query: Query) => unknown) & { debug?: unknown }
type Settle = (value: unknown) => unknown

interface Options {
  host: string[]
  port: number[]
  path: string | false
  database: string
  max: number
}

interface Connection {
  queue: object
  /** Set while a transaction has it. */
  reserved?: unknown
}

interface Pool {
  options: Options
  connections: Connection[]
  queues: { open: { length: number }; closed: { length: number }; reserved?: object }
  waiting: number
}

/** A query on its way. */
interface Call {
  isTaken: boolean
  /** Of one that waits. */
  pool?: Pool
  context?: AsyncResource
}

interface Message {
  query: Query
  connection: Connection
  /** It makes the connection's holder. */
  holds: boolean
  options: Options
  error?: unknown
}

const sent = channel('perfagent:postgres:query')
const answered = channel('perfagent:postgres:answer')
const failed = channel('perfagent:postgres:error')
const waits = channel('perfagent:postgres:wait')
const opens = channel('perfagent:postgres:opens')
const opened = channel('perfagent:postgres:opened')
const taken = channel('perfagent:postgres:taken')

const reserves = channel('perfagent:postgres:reserves')

const key = ({ query }: { query: Query }): Query => query

export const postgres: Instrumentation = {
  name: 'postgres',
  supports: '`postgres` 3, by `require`; by `import` with perfagent/esm',
  operations: [
    {
      start: sent.name,
      end: [answered.name],
      error: failed.name,
      key,
      takes: ({ connection, holds }: Message) => (holds ? connection : undefined),
      inOrder: ({ connection }: Message) => connection,
      marks: { [opens.name]: 'connecting', [opened.name]: 'sent' },
      describe: ({ query, options }: Message) => ({
        kind: 'db',
        system: 'postgresql',
        text: taggedText(query),
        target: nameOf(options)
      })
    },
    {
      start: waits.name,
      end: [taken.name],
      key,
      describe: ({ pool }: { pool: Pool }) => ({ kind: 'pool', system: 'postgresql', pool: poolFacts(pool) })
    }
  ],
  takes: [{ channel: reserves.name, connection: ({ connection }: { connection: Connection }) => connection }],
  patches: [
    { module: 'postgres', file: 'cjs/src/query.js', versions: '>=3.2 <4', apply: patchQuery },
    { module: 'postgres', file: 'cjs/src/connection.js', versions: '>=3.2 <4', apply: patchConnection },
    { module: 'postgres', file: 'src/query.js', versions: '>=3.2 <4', apply: patchQuery, imported: true },
    {
      module: 'postgres',
      file: 'src/connection.js',
      versions: '>=3.2 <4',
      apply: (exports: { default: Factory }) => patchConnection(exports.default),
      imported: true
    }
  ]
}

const calls = createStamp<Call>()
/** Each pool has a handler of its own; a transaction has another, whose queries wait for each other and not for a connection. */
const pools = new WeakMap<Handler, Pool>()
const handlers = createStamp<Handler>()

function patchQuery({ Query }: { Query: { prototype: object } }): void {
  observeCalls(Query.prototype, 'handle', 'postgres', self => {
    const query = self as Query
    if (!query.executed && sent.hasSubscribers) prepare(query)
  })
}

function prepare(query: Query): void {
  const { handler } = query
  const call: Call = { isTaken: false }
  calls.put(query, call)
  handlers.put(query, handler)
  // The library reads `debug` of it for the stack of an error.
  query.handler = Object.assign(
    (given: Query) => {
      const result = handler(given)
      const pool = pools.get(handler)
      if (!call.isTaken && pool) wait(given, call, pool)
      return result
    },
    { debug: handler.debug }
  )
}

function wait(query: Query, call: Call, pool: Pool): void {
  pool.waiting++
  call.pool = pool
  call.context = new AsyncResource('PERFAGENT_QUERY')
  waits.publish({ query, pool })
  onceSettled(query, () => endWait(query, call))
}

function endWait(query: Query, call: Call): void {
  if (!call.pool) return
  call.pool.waiting--
  delete call.pool
  taken.publish({ query })
}

type Factory = (this: unknown, options: Options, queues?: Pool['queues'], ...rest: unknown[]) => Connection

/** The module is the function that makes a connection. */
function patchConnection(create: Factory): Factory {
  const holder = { create }
  const poolOf = new WeakMap<object, Pool>()
  wrapFunction(
    holder,
    'create',
    original =>
      function (this: unknown, ...args: unknown[]) {
        const connection = apply(original, this, args) as Connection
        const options = args[0] as Options
        const queues = args[1] as Pool['queues'] | undefined
        // One that only carries a cancellation has no queues.
        if (!queues?.open) return connection
        const pool = poolOf.get(queues) ?? newPool(options, queues)
        poolOf.set(queues, pool)
        pool.connections.push(connection)
        wrapFunction(connection, 'execute', take => taking(take, pool, false))
        wrapFunction(connection, 'connect', take => taking(take, pool, true))
        return connection
      }
  )
  return holder.create
}

function newPool(options: Options, queues: Pool['queues']): Pool {
  if (queues.reserved) observeCalls(queues.reserved, 'push', 'postgres', noteReserved)
  return { options, queues, connections: [], waiting: 0 }
}

function noteReserved(_queue: object, [given]: unknown[]): void {
  const connection = given as Connection
  if (connection.reserved || isHeld(connection)) return
  heldBy.put(connection, { over: true, byReserve: true })
  reserves.publish({ connection })
}

type Take = (this: unknown, ...args: unknown[]) => unknown

const taking = (take: Take, pool: Pool, isOpening: boolean): Take =>
  function (this: unknown, ...args: unknown[]) {
    const query = args[0]
    const call = typeof query === 'object' && query !== null ? calls.of(query) : undefined
    if (!call || call.isTaken) return apply(take, this, args)
    call.isTaken = true
    begin(this as Connection, query as Query, call, pool)
    if (isOpening) tellOpened(query as Query)
    return call.context ? call.context.runInAsyncScope(apply, undefined, take, this, args) : apply(take, this, args)
  }

function begin(connection: Connection, query: Query, call: Call, pool: Pool): void {
  const handler = handlers.of(query)
  if (handler && !connection.reserved) pools.set(handler, pool)
  endWait(query, call)
  const hold: Hold | undefined = connection.reserved || isHeld(connection) ? undefined : { over: false }
  if (hold) heldBy.put(connection, hold)
  const message: Message = { query, options: pool.options, connection, holds: hold !== undefined }
  if (call.context) call.context.runInAsyncScope(() => sent.publish(message))
  else sent.publish(message)
  onceSettled(query, error => {
    if (hold) release(hold, query, connection)
    if (error === undefined) return answered.publish(message)
    message.error = error
    failed.publish(message)
  })
}

/** By the query for which a connection was taken, or by `reserve`. */
interface Hold {
  over: boolean
  byReserve?: true
  /** What the connection is reserved by, where that query began a transaction. */
  transaction?: unknown
}

const heldBy = createStamp<Hold>()

function isHeld(connection: Connection): boolean {
  const hold = heldBy.of(connection)
  if (!hold) return false
  if (hold.byReserve) return Boolean(connection.reserved)
  return !hold.over || (hold.transaction !== undefined && hold.transaction === connection.reserved)
}

function release(hold: Hold, { options }: Query, { reserved }: Connection): void {
  hold.over = true
  if (options?.onexecute && reserved) hold.transaction = reserved
}

function tellOpened(query: Query): void {
  opens.publish({ query })
  const { state } = query
  const property = { configurable: true, enumerable: true }
  Object.defineProperty(query, 'state', {
    ...property,
    get: () => state,
    set(value) {
      Object.defineProperty(query, 'state', { ...property, writable: true, value })
      opened.publish({ query })
    }
  })
}

function onceSettled(query: Query, tell: (error?: unknown) => void): void {
  const { resolve, reject, cursorFn } = query
  query.resolve = value => {
    tell()
    return resolve(value)
  }
  query.reject = error => {
    tell(error ?? 'failed')
    return reject(error)
  }
  if (!cursorFn) return
  query.cursorFn = rows => {
    tell()
    query.cursorFn = cursorFn
    return cursorFn(rows)
  }
}

function nameOf({ host, port, path, database }: Options): string {
  return path ? `${path}/${database}` : `${host[0]}:${port[0]}/${database}`
}

function poolFacts(pool: Pool): PoolFacts {
  const { options, queues, connections, waiting } = pool
  const inUse = options.max - queues.open.length - queues.closed.length
  const busy = inUse < options.max ? [] : connections.map(one => (isHeld(one) ? one : UNKNOWN))
  return { size: options.max, inUse, waiting, busy, of: pool, look: poolFacts, name: poolName }
}

/** Nobody is known to hold it. */
const UNKNOWN = {}

const poolName = ({ options }: Pool): string => nameOf(options)
