// PostgreSQL through `pg` 8 and `pg-pool` 2 to 3, which publish nothing (8.23, 3.14): Client#query is patched. Pool#query ends
// in Client#query and stays as it is: patching both would record every pooled query twice. The wait for a connection is an
// operation of its own, because "the pool was empty" is another verdict than "the query was slow".
//
// A client has one connection and sends the next statement when the last one is answered: what waits in its queue is told.
//
// A query object (Submittable, cursor, stream) tells its end through the methods that the client calls on it. They are
// wrapped on the instance: a listener would change what an unhandled 'error' does. The client calls them from its socket, in the context
// of whoever had opened the connection; wrapped they run in that of the query's request, and so does what the application does with rows.

import {
  createQueue,
  createRows,
  createTarget,
  createUnsent,
  type Ending,
  type Instrumentation,
  type PoolFacts,
  returnOf,
  wrapFunction,
  wrapMethod
} from '../lib/hook/index.js'

/** What is read of pg's own objects. */
interface Client {
  host: string
  port: number
  database: string
  /** Of the process that serves the connection; null until it is connected, undefined in pg-native. */
  processID: number | null | undefined
  /** `queryQueue` is a deprecated getter where `_queryQueue` exists (from 8.17). */
  _queryQueue?: object[]
  _activeQuery?: object | null
  queryQueue?: object[]
  activeQuery?: object | null
  _connected: boolean
  /** Not of pg-native. */
  connection?: { stream?: object }
}

interface Pool {
  options: { max: number; host?: string; port?: number; database?: string }
  _clients: object[]
  _idle: { client: object }[]
  _pendingQueue: unknown[]
}

interface Statement {
  client: Client
  query: unknown
}

interface QueryMessage extends Statement {
  /** How many were in the client's queue as the call was made. */
  before: number
}

interface ConnectMessage {
  pool: Pool
  /** How many connections it had as it was asked. */
  before: number
}

const targetOf = createTarget()

const queue = createQueue('pg')

const rows = createRows('pg')

const unsent = createUnsent('pg')

export const pg: Instrumentation = {
  name: 'pg',
  supports: '`pg` 8, `pg-pool` 2 and 3',
  operations: [
    {
      channel: 'perfagent:pg:query',
      describe,
      marks: { ...queue.marks, ...rows.marks },
      inOrder: ({ client }: QueryMessage) => client,
      givesUp: ({ message }: Error) => message === 'Query read timeout'
    },
    { channel: 'perfagent:pg:read', describe },
    {
      channel: 'perfagent:pg:pool:connect',
      describe: ({ pool }: ConnectMessage) => ({ kind: 'pool', system: 'postgresql', pool: poolFacts(pool) }),
      acquires: true,
      opening: ({ pool, before }: ConnectMessage) => (pool._clients.length > before ? pool._clients.at(-1) : undefined)
    }
  ],
  unsent: unsent.channel,
  patches: [
    { module: 'pg', file: 'lib/client.js', versions: '>=8 <9', apply: patchClient },
    { module: 'pg', file: 'lib/query.js', versions: '>=8 <9', apply: patchQuery },
    { module: 'pg-pool', file: 'index.js', versions: '>=2 <4', apply: patchPool }
  ]
}

function describe({ client, query }: Statement) {
  return {
    kind: 'db' as const,
    system: 'postgresql',
    text: typeof query === 'string' ? query : undefined,
    target: targetOf(client.host, client.port, client.database),
    pooled: isPooler(client.processID)
  }
}

/** The largest number that Linux gives a process (PID_MAX_LIMIT of a 64-bit kernel). */
const MAX_PROCESS_ID = 2 ** 22

/** Poolers send a number made up for each client: pgbouncer (1.18) 32 random bits, of which one in a thousand looks like a process's. */
function isPooler(processId: number | null | undefined): boolean {
  const number = processId ?? 0
  return number < 0 || number > MAX_PROCESS_ID
}

function patchClient(Client: { prototype: object }): void {
  wrapMethod(Client.prototype, 'query', 'perfagent:pg:query', describeQuery, endOfQuery)
}

function patchQuery(Query: { prototype: object }): void {
  rows.watch(Query.prototype, 'handleRowDescription')
}

/** A config object's `text` is read as pg itself reads it; a Submittable keeps its text in `text`, a cursor in `cursor`. */
function describeQuery(client: Client, [first]: unknown[]): QueryMessage {
  const config = first as { text?: unknown; cursor?: { text?: unknown } } | string | null | undefined
  const query = typeof config === 'object' ? (config?.text ?? config?.cursor?.text) : config
  return { client, query, before: queueOf(client)?.length ?? 0 }
}

function tellQuery(message: QueryMessage): void {
  const { client, before } = message
  const queries = queueOf(client) ?? []
  const isSent = queries.length <= before
  const query = isSent ? activeQuery(client) : queries.at(-1)
  if (!isSubmittable(query)) return
  rows.belong(query, message)
  if (isSent) look(message)
  else queue.keep(message, client._connected || before > 0, query, 'submit', () => look(message))
}

const look = (message: QueryMessage): void => unsent.look(message, message.client.connection?.stream)

/** Callback and promise are seen by wrapMethod. A config object with a callback of its own returns nothing. */
const endOfQuery: Ending<QueryMessage> = (result, args, end, message) => {
  tellQuery(message)
  if (isSubmittable(result)) return watch(result, end, message)
  const hasCallback = typeof args.at(-1) === 'function'
  const own = result === undefined && !hasCallback ? newestQuery(message.client) : undefined
  return isSubmittable(own) && watch(own, end, message)
}

const isSubmittable = (query: unknown): query is object =>
  typeof (query as { submit?: unknown } | undefined)?.submit === 'function'

const newestQuery = (client: Client): object | null | undefined => queueOf(client)?.at(-1) ?? activeQuery(client)

/** `activeQuery` is deprecated where `_activeQuery` exists, and then warns. */
const activeQuery = (client: Client): object | null | undefined =>
  client._activeQuery === undefined ? client.activeQuery : client._activeQuery

const queueOf = (client: Client): object[] | undefined => client._queryQueue ?? client.queryQueue

const BACK = returnOf('perfagent:pg:query')

/** A cursor's first rows end its operation: what comes after is the application's pace, and the rows that it asks for then. */
function watch(query: object, end: (error?: unknown) => void, message: QueryMessage): boolean {
  if (isCursor(query)) wrapMethod(query, 'read', 'perfagent:pg:read', readsOf(message))
  for (const method of ['handlePortalSuspended', 'handleReadyForQuery', 'handleError']) {
    wrapFunction(
      query,
      method,
      original =>
        function (this: unknown, ...args: unknown[]) {
          end(method === 'handleError' ? args[0] : undefined)
          return BACK.run(message, original, this, args)
        }
    )
  }
  return true
}

/** Of pg-cursor, which asks for the next rows by its `read`. A stream (pg-query-stream) reads ahead, which nobody waits for. */
interface Cursor {
  state: string
  text: string
}

const isCursor = (query: object): query is Cursor => 'state' in query && 'text' in query && '_getRows' in query

/** What is asked for while the cursor is busy waits in its own queue, the first rows with the statement itself. */
const readsOf =
  ({ client }: QueryMessage) =>
  ({ state, text }: Cursor, [rows]: unknown[]): Statement | undefined =>
    state === 'idle' ? { client, query: `FETCH ${rows} FROM ${text}` } : undefined

function patchPool(Pool: { prototype: object }): void {
  wrapMethod<Pool>(Pool.prototype, 'connect', 'perfagent:pg:pool:connect', pool => ({
    pool,
    before: pool._clients.length
  }))
}

function poolFacts(pool: Pool): PoolFacts {
  const { options, _clients, _idle, _pendingQueue } = pool
  const inUse = _clients.length - _idle.length
  const exhausted = _idle.length === 0 && _clients.length >= options.max
  const busy = exhausted ? _clients : []
  return { size: options.max, inUse, waiting: _pendingQueue.length, busy, of: pool, look: poolFacts, name: poolName }
}

/** A connection string is taken apart by the client. */
function poolName({ options, _clients }: Pool): string {
  const { host = 'localhost', port = 5432, database = '' } = (_clients[0] as Partial<Client> | undefined) ?? options
  return `${host}:${port}/${database}`
}
