// Servers of node:http2 that listen to 'stream' alone; those of its compatibility API are seen by ./http.ts. Requests begin and end here.
//
// The compatibility API is itself a listener of 'stream', which emits 'request'. So a 'stream' begins a request here where nobody listens to
// 'request', and a handler that takes both is seen once. What says that it is gRPC belongs to ./grpc.ts, which sees the handlers; CONNECT
// opens a tunnel, as 'upgrade' does.
//
// A stream's events and the pieces of its body come from the session, which knows no request: both run in the context of the stream's.
// Its class is not exported, and the first stream leads to it.

import {
  apply,
  createFuse,
  createStamp,
  guard,
  type Instrumentation,
  observeCalls,
  requestDoor,
  wrapFunction
} from '../lib/hook/index.js'

const NAME = 'http2_server'

/** What is read of ServerHttp2Stream. */
interface Stream {
  headersSent: boolean
  sentHeaders: Record<string, unknown>
  writableEnded: boolean
  rstCode: number
  readableLength: number
  readableHighWaterMark: number
  readableFlowing: boolean | null
  listenerCount(event: string): number
}

interface Server {
  listenerCount(event: string): number
}

interface Head {
  method: string
  path: string
  headers: readonly string[]
}

const heads = createStamp<Head>()
const door = requestDoor(NAME, (stream: Stream) => heads.of(stream))

export const http2Server: Instrumentation = {
  name: NAME,
  supports: 'servers of `node:http2` that listen to `stream` alone',
  requests: [door],
  notes: [{ channel: 'perfagent:listening', note: noteListening }],
  patches: [{ module: 'node:http2', versions: '>=20', apply: patchServer }]
}

/** The class is not exported: an unused server (0.3 ms) leads to it. */
function patchServer({ createServer }: { createServer(): object }): void {
  wrapServer(Object.getPrototypeOf(createServer()))
}

let knowsSecure = false

/** An unused secure server takes 2 to 10 ms (Node 20, 24). It reads certificates. */
function noteListening(server: object): void {
  const prototype = Object.getPrototypeOf(server)
  if (knowsSecure || prototype.constructor?.name !== 'Http2SecureServer') return
  knowsSecure = true
  wrapServer(prototype)
}

function wrapServer(prototype: object): void {
  wrapFunction(
    prototype,
    'emit',
    emit =>
      function (this: unknown, ...args: unknown[]) {
        return args[0] === 'stream' && isRequest(this as Server, args)
          ? door.run(args[1] as Stream, emit, this, args)
          : apply(emit, this, args)
      }
  )
}

const fuse = createFuse(NAME)

const isRequest = guard(fuse, (server: Server, [, stream, headers, , rawHeaders]: unknown[]): boolean => {
  if (server.listenerCount('request') > 0 || !isStream(stream) || !Array.isArray(rawHeaders)) return false
  const { ':method': method, ':path': path, 'content-type': type } = headers as Record<string, unknown>
  if (typeof method !== 'string' || typeof path !== 'string' || method === 'CONNECT') return false
  if (typeof type === 'string' && type.startsWith('application/grpc')) return false
  heads.put(stream, { method, path, headers: rawHeaders })
  patchStreams(stream)
  return true
})

/** Tests and adapters emit objects of their own, which would never be seen to end. */
const isStream = (value: unknown): value is Stream =>
  typeof value === 'object' && Object.getPrototypeOf(value)?.constructor?.name === 'ServerHttp2Stream'

let knowsStreams = false

function patchStreams(stream: Stream): void {
  if (knowsStreams) return
  knowsStreams = true
  const prototype = Object.getPrototypeOf(stream)
  observeCalls(
    prototype,
    'emit',
    NAME,
    (self, [event]) => {
      if (event === 'close') end(self as Stream)
    },
    (emit, self, args) => door.resume(self, emit, self, args)
  )
  watchBody(prototype)
}

function end(stream: Stream): void {
  const { headersSent, sentHeaders, writableEnded, rstCode } = stream
  door.end(stream, headersSent ? Number(sentHeaders[':status']) : null, !writableEnded || rstCode !== 0)
}

/** As the bodies of ./http.ts: whoever reads has waited for a piece where none lay before it. */
function watchBody(prototype: object): void {
  observeCalls(
    prototype,
    'push',
    NAME,
    (self, [piece]) => {
      const stream = self as Stream
      const isRead = stream.readableFlowing === true || stream.listenerCount('readable') > 0
      door.received(stream, piece === null, isRead && stream.readableLength === 0)
    },
    (push, self, args) => {
      try {
        return door.resume(self, push, self, args)
      } finally {
        const { readableLength, readableHighWaterMark } = self as Stream
        door.taken(self as Stream, readableLength >= readableHighWaterMark)
      }
    }
  )
  observeCalls(prototype, '_read', NAME, self => door.asked(self as Stream))
}
