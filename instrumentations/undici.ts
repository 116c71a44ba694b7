// undici 6 to 8 and the built-in fetch, which publish plain channels themselves. Only `create` runs in the caller's context.
// The headers are sent once a connection of the pool is free and set up, so the time before `sent` is the wait for one.
//
// Which of the two it was, the connection tells: its moments are noted while it is set up, and are those of every call that
// was made before it stood and is sent on it. `beforeConnect` is published in the turn of the call for which it is, and right
// before the connector is called; so the next socket that connects in that turn is its own.
//
// A Pool whose connections are all busy keeps calls in a queue, and others are made again: lib/hook/dispatch.ts. The built-in fetch opens
// connections without limit and has no such queue.
//
// CONNECT and upgrades are left out: 6.0, 7.0 and 8.0 never tell their end (6.29, 7.30 and 8.12 do).

import { channel } from 'node:diagnostics_channel'
import {
  AGAIN,
  addHeaders,
  type ConnectingSocket,
  callNow,
  carryAgain,
  createMoments,
  createReaderWatch,
  createStamp,
  createUnsent,
  type Earlier,
  type Fullness,
  type Instrumentation,
  marksOf,
  now,
  observeCalls,
  ofSymbol,
  patchDispatch,
  QUEUED,
  type Queued,
  type SocketsFacts,
  takenBy,
  toldNow,
  watchConnecting
} from '../lib/hook/index.js'

const limited = channel('perfagent:undici:limited')
const leftUnread = channel('perfagent:undici:unread')
const unsent = createUnsent('undici')

/** What is read of undici's Request. */
interface Request {
  origin: string | URL
  method: string
  path: string
  upgrade?: unknown
  body?: unknown
  /** As its header says. */
  contentLength?: number | null
  /** Name and value in turn, or the rendered header (6.0). */
  headers: (string | string[])[] | string
  addHeader(name: string, value: string): void
}

interface Message {
  request: Request
  response?: { statusCode: number }
  socket?: object
}

interface ConnectMessage {
  connectParams: { host: string; hostname: string }
  socket: object
}

const moments = createMoments('undici', ['dns', 'connect', 'securing', 'tls', 'writing', 'written'])

export const undici: Instrumentation = {
  name: 'undici',
  supports: '`undici` 6 to 8, the built-in `fetch`',
  operations: [
    {
      start: 'undici:request:create',
      end: ['undici:request:trailers'],
      error: 'undici:request:error',
      marks: {
        'undici:client:beforeConnect': 'connecting',
        ...marksOf(moments),
        'undici:client:sendHeaders': 'sent',
        'undici:request:headers': 'headers'
      },
      unread: leftUnread.name,
      waits: { channel: QUEUED, describe: takenBy, call: queuedCall, since: 'sent' },
      key: (message: Partial<Message>) => (isHint(message) ? UNHEARD : (message.request ?? begun?.call ?? message)),
      earlier({ request, socket }: Partial<Message>) {
        if (!request) return begun && { moments: begun.moments, last: Number.POSITIVE_INFINITY }
        if (!socket) return undefined
        if (request === newest) newest = undefined
        return setUps.of(socket) ?? UNSEEN
      },
      describe: ({ request }: Message) => {
        newest = request
        watchReader(Object.getPrototypeOf(request))
        const start = toldNow()
        if (request.upgrade || request.method === 'CONNECT') return undefined
        const origin = String(request.origin)
        const url = request.path.startsWith('/') ? origin + request.path : request.path
        const { method } = request
        return { kind: 'http', system: 'http', text: `${method} ${url}`, target: targetOf(origin), method, start }
      },
      statusCode: ({ response }: Message) => response?.statusCode,
      inject({ request }: Message, headers) {
        addHeaders(
          headers,
          name => hasHeader(request.headers, name),
          (name, value) => addHeader(request, name, value)
        )
      }
    }
  ],
  sockets: [{ channel: limited.name, describe: socketsOf }],
  unsent: unsent.channel,
  carries: [AGAIN],
  notes: [
    { channel: 'undici:client:sendHeaders', note: (message: Message) => tellOfBody(message, 'writing') },
    { channel: 'undici:request:bodySent', note: (message: Message) => tellOfBody(message, 'written') },
    { channel: 'undici:client:beforeConnect', note: beginSetUp },
    { channel: 'undici:client:connected', note: endSetUp }
  ],
  patches: [
    { module: 'node:net', versions: '>=20', apply: watchSockets },
    { module: 'undici', file: 'lib/pool-base.js', versions: '>=6 <9', apply: publishLimited },
    { module: 'undici', file: 'lib/dispatcher/pool-base.js', versions: '>=6 <9', apply: publishLimited },
    { module: 'undici', file: 'lib/dispatcher-base.js', versions: '>=6 <9', apply: patchDispatch },
    { module: 'undici', file: 'lib/dispatcher/dispatcher-base.js', versions: '>=6 <9', apply: patchDispatch },
    ...['RetryHandler', 'RedirectHandler', 'retry-handler', 'redirect-handler'].map(name => {
      return { module: 'undici', file: `lib/handler/${name}.js`, versions: '>=6 <9', apply: carryAgain }
    })
  ]
}

/** 102 and 103 are told as headers are (6.0 to 8.12): the answer is still to come. */
const isHint = ({ response }: Partial<Message>): boolean => response !== undefined && response.statusCode < 200

/** The key of no call. */
const UNHEARD = {}

/** Of the call before, which often had the same: one text for all of a peer's calls is found faster, too. */
let lastOrigin = ''
let lastTarget = ''

/** `http://host:8080` → `host:8080`. An origin is a URL already: nothing here can fail on it. */
function targetOf(origin: string): string {
  if (origin !== lastOrigin) {
    const host = origin.slice(origin.indexOf('://') + 3)
    lastTarget = /:\d+$/.test(host) ? host : `${host}:${origin.startsWith('https:') ? 443 : 80}`
    lastOrigin = origin
  }
  return lastTarget
}

/** What is no stream is handed over whole. */
function tellOfBody({ request, socket }: Message, moment: 'writing' | 'written'): void {
  const { body, contentLength } = request
  const bytes = ArrayBuffer.isView(body) ? body.byteLength : undefined
  if (socket) unsent.lookSoon(request, socket, bytes ?? contentLength ?? 0)
  if (body instanceof Object && bytes === undefined) moments[moment].publish({ request })
}

function hasHeader(headers: Request['headers'], name: string): boolean {
  if (typeof headers === 'string') return `\r\n${headers.toLowerCase()}`.includes(`\r\n${name}:`)
  for (let i = 0; i < headers.length; i += 2) {
    const entry = headers[i]!
    if (typeof entry === 'string' && entry.length === name.length && entry.toLowerCase() === name) return true
  }
  return false
}

/**
 * `addHeader` looks at each character of name and value, which is most of what a call costs more: 4,300 instructions for two (Node 24).
 * Each of ours was looked at as it was read or written.
 */
function addHeader(request: Request, name: string, value: string): void {
  if (Array.isArray(request.headers)) request.headers.push(name, value)
  else request.addHeader(name, value)
}

/** A connection's, of which the last is known when it stands. */
interface SetUp extends Earlier {
  /** For which it was begun, until it stands. */
  call: Request | undefined
}

const setUps = createStamp<Earlier>()
/** Of a connection that was there before anybody listened. */
const UNSEEN: Earlier = { moments: { unseen: 0 }, last: Number.POSITIVE_INFINITY }

/** The call that was made last, until it is sent: that for which a connection is begun in its turn. */
let newest: Request | undefined
/** Of the connector that is about to be called. */
let begun: SetUp | undefined

function beginSetUp({ connectParams: { host, hostname } }: ConnectMessage): void {
  const connecting = now()
  const setUp: SetUp = {
    call: takeNewest(host),
    moments: isName(hostname) ? { connecting, resolving: connecting } : { connecting },
    last: Number.NaN
  }
  begun = setUp
  // A connector may connect later, or never.
  queueMicrotask(() => {
    if (begun === setUp) begun = undefined
  })
}

function takeNewest(host: string): Request | undefined {
  const request = newest
  if (!request?.origin || !String(request.origin).endsWith(`//${host}`)) return undefined
  newest = undefined
  return request
}

/** No address of IPv4 or IPv6. */
const isName = (host: string): boolean => !/^[\d.]+$|:/.test(host)

function watchSockets({ Socket }: { Socket: { prototype: object } }): void {
  observeCalls(Socket.prototype, 'connect', 'undici', socket => {
    const setUp = begun
    if (!setUp) return
    begun = undefined
    setUps.put(socket, setUp)
    watchConnecting(socket as ConnectingSocket, moment => {
      setUp.moments[moment] = now()
      if (setUp.call) moments[moment].publish({ request: setUp.call })
    })
  })
}

function endSetUp({ socket }: ConnectMessage): void {
  const last = now()
  const setUp = setUps.of(socket) as SetUp | undefined
  if (setUp) {
    setUp.last = last
    setUp.call = undefined
  } else setUps.put(socket, { moments: { opened: last }, last }) // By a connector of its own: it connected in another turn.
}

/** Of the Request of each copy of undici, also of Node's own, which no patch reaches: of 6 and 7, and of 8. */
const watchReader = createReaderWatch('undici', { onHeaders: 'onData', onResponseStart: 'onResponseData' }, leftUnread)

/** A Pool, and RoundRobinPool. Their clients have a connection each, and need to drain while they can take no more calls. */
type Pool = Record<symbol, unknown>

interface PoolBase {
  PoolBase: { prototype: object }
  kAddClient: symbol
  kClients: symbol
  kNeedDrain: symbol
}

interface Limited {
  pool: Pool
  size: number
  inUse(pool: Pool): number
}

/** Not those that may have as many as they like, which is undici's own way. A new connection is no part of each call. */
function publishLimited({ PoolBase, kAddClient, kClients, kNeedDrain }: PoolBase): void {
  const inUse = (pool: Pool): number =>
    (pool[kClients] as Record<symbol, unknown>[]).filter(client => client[kNeedDrain]).length
  observeCalls(PoolBase.prototype, kAddClient, 'undici', self => {
    if (!limited.hasSubscribers) return
    const pool = self as Pool
    const size = ofSymbol(pool, 'connections')
    if (typeof size === 'number') limited.publish({ pool, size, inUse })
  })
}

/** Tells itself; what begins when it leaves its queue, not. */
function queuedCall(message: Message | Queued): object | undefined {
  return 'call' in message ? message.call : callNow()
}

function socketsOf({ pool, size, inUse }: Limited): SocketsFacts {
  return {
    of: pool,
    look: (pool: Pool): Fullness => ({ size, inUse: inUse(pool) }),
    name: (pool: Pool) => targetOf((ofSymbol(pool, 'url') as URL).origin)
  }
}
