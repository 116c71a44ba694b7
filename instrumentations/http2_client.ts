// Calls by node:http2: `request` of a client's session, and what builds on it.
//
// From Node 22 the library publishes `http2.client.stream.created`, but when the headers are encoded already (22 to 26), too late for those
// of the trace. So `request` is wrapped in all versions. Its class is not exported: the first session that `connect` makes leads to it,
// or the first stream that is told, where `connect` was taken out of the module before it was patched; a session of our own would
// cost each process that has loaded node:http2 5 ms and more. The rest is seen by a wrapped `emit` and `push` of its streams: listeners
// would change the application's counts, and an 'error' listener would swallow its uncaught errors.
//
// What undici (allowH2) and @grpc/grpc-js send is told by their own instrumentations. Of a call of the latter it is told here whether it
// has a stream, which its own cannot see.

import { channel } from 'node:diagnostics_channel'
import {
  addHeaders,
  apply,
  createFuse,
  createStamp,
  guard,
  type Instrumentation,
  observeCalls,
  wrapFunction
} from '../lib/hook/index.js'

/** What is read of Node's own objects. */
interface Session {
  connecting: boolean
  /** Empty until it is connected. */
  remoteSettings: { maxConcurrentStreams?: number }
}

interface Stream {
  session?: object
  rstCode: number
  sentHeaders: Headers
}

/** Names and values in turn from Node 22 on, too. */
type Headers = Record<string, unknown> | readonly unknown[]

interface Peer {
  /** Of the name that was connected to: `stock:8080`. */
  authority: string
  protocol: string
  isUndicis: boolean
}

/** One for each call: all that is told of it is told by the same. */
interface Call {
  peer: Peer
  headers: Headers
  isGrpcs: boolean
  statusCode?: number
  error?: unknown
  /** While it is not over. */
  room?: Room | undefined
}

/** Of a session: how many calls have a stream, and which are kept back until one of those is over (by nghttp2, Node 20 to 26). */
interface Room {
  taken: number
  waiting: Set<Call>
}

const started = channel('perfagent:http2.client:start')
const connecting = channel('perfagent:http2.client:connecting')
const connected = channel('perfagent:http2.client:connect')
const foundFull = channel('perfagent:http2.client:full')
const gotStream = channel('perfagent:http2.client:stream')
const gotHeaders = channel('perfagent:http2.client:headers')
const ended = channel('perfagent:http2.client:end')

export const http2Client: Instrumentation = {
  name: 'http2_client',
  supports: 'calls by `node:http2`, and what builds on them',
  operations: [
    {
      start: started.name,
      end: [ended.name],
      marks: {
        [connecting.name]: 'connecting',
        [connected.name]: 'connect',
        [foundFull.name]: 'full',
        [gotStream.name]: 'stream',
        [gotHeaders.name]: 'headers'
      },
      key: (call: Call) => call,
      describe: ({ peer, headers }: Call) => {
        const method = String(headerOf(headers, ':method') ?? 'GET')
        return {
          kind: 'http',
          system: 'http',
          text: `${method} ${urlOf(peer, headers)}`,
          target: peer.authority,
          method
        }
      },
      statusCode: ({ statusCode }: Call) => statusCode,
      inject(call: Call, headers) {
        const { headers: own } = call
        const names = Array.isArray(own) ? own.filter((_, i) => i % 2 === 0) : Object.keys(own)
        const has = (name: string): boolean => names.some(each => String(each).toLowerCase() === name)
        addHeaders(headers, has, (name, value) => {
          const { headers: before } = call
          // With what a symbol of Node's says of them: which are sensitive, also of an array.
          call.headers = Array.isArray(before)
            ? Object.assign([], before, { [before.length]: name, [before.length + 1]: value })
            : Object.assign(Object.create(null), before, { [name]: value })
        })
      }
    }
  ],
  notes: [{ channel: 'http2.client.stream.created', note: noteCreated }],
  patches: [{ module: 'node:http2', versions: '>=20', apply: patchConnect }]
}

const headerOf = (headers: Headers, name: string): unknown =>
  Array.isArray(headers)
    ? headers[headers.findIndex((each, i) => i % 2 === 0 && each === name) + 1 || headers.length]
    : (headers as Record<string, unknown>)[name]

function urlOf({ protocol, authority }: Peer, headers: Headers): string {
  const host = authority.replace(protocol === 'https:' ? /:443$/ : /:80$/, '')
  return `${protocol}//${host}${headerOf(headers, ':path') ?? (headerOf(headers, ':method') === 'CONNECT' ? '' : '/')}`
}

const fuse = createFuse('http2_client')

function patchConnect(http2: object): void {
  wrapFunction(
    http2,
    'connect',
    connect =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          const session = apply(connect, this, args)
          patchSessions(session as object)
          return session
        }
      }).replacement
  )
}

let knowsSessions = false
let knowsStreams = false

const patchSessions = guard(fuse, (session: object): void => {
  if (knowsSessions) return
  knowsSessions = true
  wrapFunction(
    Object.getPrototypeOf(session),
    'request',
    request =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          const call = started.hasSubscribers ? begin(this as Session, args[0]) : undefined
          if (!call) return apply(request, this, args)
          if (args[0] !== undefined || !isEmpty(call.headers)) args[0] = call.headers
          isCalling = true
          try {
            const stream = apply(request, this, args) as Stream
            follow(call, stream)
            return stream
          } catch (error) {
            end(call, error)
            throw error
          } finally {
            isCalling = false
          }
        }
      }).replacement
  )
})

const isEmpty = (headers: Headers): boolean => Object.keys(headers).length === 0

const peers = createStamp<Peer>()

/** Node keeps authority and protocol in symbols of these names (20 to 26), and undici its client. */
function peerOf(session: object): Peer {
  const known = peers.of(session)
  if (known) return known
  const symbols = Object.getOwnPropertySymbols(session)
  const read = (name: string): unknown => {
    const symbol = symbols.find(({ description }) => description === name)
    return symbol && (session as Record<symbol, unknown>)[symbol]
  }
  const peer = {
    authority: String(read('authority') ?? 'unknown'),
    protocol: String(read('protocol') ?? 'http:'),
    isUndicis: read('client') !== undefined
  }
  peers.put(session, peer)
  return peer
}

/** grpc-js names itself behind what the application says of itself. */
const isGrpcs = (headers: Headers): boolean => /\bgrpc-node-js\//.test(String(headerOf(headers, 'user-agent') ?? ''))

const begin = guard(fuse, (session: Session, headers: unknown = {}): Call | undefined => {
  const peer = peerOf(session)
  if (typeof headers !== 'object' || headers === null || peer.isUndicis) return undefined
  const call: Call = { peer, headers: headers as Headers, isGrpcs: isGrpcs(headers as Headers) }
  if (!call.isGrpcs) started.publish(call)
  if (session.connecting) connecting.publish(call)
  enter(call, session)
  return call
})

const rooms = createStamp<Room>()

/** A peer says how many streams it takes at once. */
function enter(call: Call, session: Session): void {
  let room = rooms.of(session)
  if (!room) {
    room = { taken: 0, waiting: new Set() }
    rooms.put(session, room)
  }
  call.room = room
  if (room.taken < (session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY)) {
    room.taken++
    if (!session.connecting) gotStream.publish(call)
    return
  }
  room.waiting.add(call)
  foundFull.publish(call)
}

/** Whoever waits for longest is sent next, also one that was cancelled meanwhile: that ends then. */
function leave({ room }: Call): void {
  if (!room) return
  const [next] = room.waiting
  if (!next) {
    room.taken--
    return
  }
  room.waiting.delete(next)
  gotStream.publish(next)
}

/** While `request` runs, its stream is known to it alone. */
let isCalling = false

/** Of a session that was there before. Its first call cannot be given the trace. */
function noteCreated({ stream }: { stream: Stream }): void {
  const { session } = stream
  if (isCalling || !session) return
  patchSessions(session)
  if (calls.of(stream)) return
  const call = begin(session as Session, { ...stream.sentHeaders })
  if (call) follow(call, stream)
}

const calls = createStamp<Call>()

const follow = guard(fuse, (call: Call, stream: Stream): void => {
  calls.put(stream, call)
  if (knowsStreams) return
  knowsStreams = true
  const prototype = Object.getPrototypeOf(stream)
  observeCalls(prototype, 'emit', 'http2_client', tellEvent)
  // The last piece of the answer.
  observeCalls(prototype, 'push', 'http2_client', (self, [piece]) => {
    const call = piece === null ? calls.of(self) : undefined
    if (call && (self as Stream).rstCode === 0) end(call, undefined)
  })
})

function tellEvent(self: object, [event, value]: unknown[]): void {
  const call = calls.of(self)
  if (!call) return
  switch (event) {
    // It has its number on the connection.
    case 'ready':
      connected.publish(call)
      break
    case 'response':
      call.statusCode = Number((value as Record<string, unknown>)[':status'])
      // The peer had begun to take more.
      if (call.room?.waiting.delete(call)) call.room.taken++
      gotHeaders.publish(call)
      break
    case 'error':
      end(call, value)
      break
    case 'close': {
      const { rstCode } = self as Stream
      end(call, rstCode === 0 ? undefined : `closed with code ${rstCode}`)
    }
  }
}

const end = guard(fuse, (call: Call, error: unknown): void => {
  if (error) call.error = error
  if (!call.room?.waiting.delete(call)) leave(call)
  call.room = undefined
  ended.publish(call)
})
