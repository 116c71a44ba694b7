// HTTP servers: node:http, node:https, and node:http2's compatibility API. Requests begin and end here.
//
// Node's own `http.server.request.start` is published without `runStores` (18 to 26), so it cannot set the handlers' context.
// Therefore `emit` of the servers is wrapped: 'request' runs in the request's context, and everything else (upgrades,
// CONNECT, errors) passes. A request ends with the 'close' of its response, seen by a wrapped `emit` too: a listener would
// change what `listenerCount` says, and 'close' comes in all cases, after 'finish' or without it. All but one: when a client
// goes away, Node closes no response of the requests that it had pipelined behind the current one; it destroys the requests.
//
// A body's pieces come from the connection's parser, which knows no request, and its end with the connection from the socket: what
// passes them on runs in the request's context, and with it the listeners.

import { channel } from 'node:diagnostics_channel'
import {
  apply,
  createUnread,
  hasContextFrames,
  type Instrumentation,
  observeCalls,
  observeEvents,
  observeReturns,
  requestDoor,
  wrapFunction
} from '../lib/hook/index.js'

const listening = channel('perfagent:listening')
/** That of ./http_client.ts: its answers are of the same class as a server's requests. */
const answered = channel('perfagent:http.client.request:end')
const leftUnread = channel('perfagent:http.client.request:unread')
const unread = createUnread()

/** What is read of IncomingMessage and Http2ServerRequest. `headers` is not: it is made of `rawHeaders` when first asked for. */
interface ServerRequest {
  method: string
  url: string
  rawHeaders: readonly string[]
  socket?: { parser?: { incoming?: unknown } | null } | null
}

/** What is read of ServerResponse and Http2ServerResponse. */
interface ServerResponse {
  req?: { socket?: { errored?: unknown; writableLength?: number } | null; stream?: { rstCode: number } }
  statusCode: number
  headersSent: boolean
  writableEnded: boolean
  writableFinished: boolean
}

const door = requestDoor('http', ({ method, url, rawHeaders }: ServerRequest) => ({
  method,
  path: url,
  headers: rawHeaders
}))

export const http: Instrumentation = {
  name: 'http',
  supports: 'servers of `node:http`, `node:https`, `node:http2` (its `request`)',
  requests: [door],
  patches: [
    { module: 'node:http', versions: '>=20', apply: patchHttp },
    { module: 'node:tls', versions: '>=20', apply: patchTls },
    { module: 'node:http2', versions: '>=20', apply: patchHttp2 }
  ]
}

interface Class {
  prototype: object
}

function patchHttp({ Server, ServerResponse, IncomingMessage }: Record<string, Class>): void {
  wrapServer(Server!.prototype)
  // Node 20 and 22 say 'finish' and `writableFinished` also of a response that the client cut off.
  watchResponse(
    ServerResponse!.prototype,
    ({ writableFinished, req }) => !writableFinished || Boolean(req?.socket?.errored)
  )
  watchBody(IncomingMessage!.prototype)
  watchCutOff(IncomingMessage!.prototype)
  watchWrites(ServerResponse!.prototype)
  watchContinue(ServerResponse!.prototype)
}

/** The secure servers of https and http2 inherit `emit` from here; their messages are those of http and http2. */
function patchTls({ Server }: Record<string, Class>): void {
  wrapServer(Server!.prototype)
}

interface Http2Module {
  createServer(): object
  Http2ServerRequest: Class
  Http2ServerResponse: Class
}

/** The server's class is not exported: an unused server (0.3 ms) leads to it. */
function patchHttp2({ createServer, Http2ServerRequest, Http2ServerResponse }: Http2Module): void {
  wrapServer(Object.getPrototypeOf(createServer()))
  watchBody(Http2ServerRequest.prototype)
  wrapReset(Http2ServerRequest.prototype)
  watchContinue(Http2ServerResponse.prototype)
  // 'finish' and `writableFinished` come with every end here.
  watchResponse(
    Http2ServerResponse.prototype,
    ({ writableEnded, req }) => !writableEnded || Boolean(req?.stream?.rstCode)
  )
}

function wrapServer(prototype: object): void {
  wrapFunction(
    prototype,
    'emit',
    emit =>
      function (this: unknown, ...args: unknown[]) {
        switch (args[0]) {
          case 'request':
          case 'checkContinue':
          case 'checkExpectation':
            if (!isExchange(args[1], args[2])) break
            if (args[0] === 'checkContinue') held.add(args[1])
            return hasContextFrames && isParsed(args[1])
              ? door.runLast(args[1], emit, this, args)
              : door.run(args[1], emit, this, args)
          case 'listening':
            listening.publish(this as object)
        }
        return apply(emit, this, args)
      }
  )
}

/**
 * Requests whose callers asked (Expect: 100-continue) and were not told yet to send their bodies: until then nobody waits for them. A
 * caller may give up waiting (curl after a second) and send all the same. Where nobody listens to 'checkContinue', Node tells them itself.
 */
const held = new WeakSet<object>()

function watchContinue(prototype: object): void {
  observeCalls(prototype, 'writeContinue', 'http', self => {
    const { req: request } = self as ServerResponse
    if (request && held.delete(request)) door.continued(request as ServerRequest)
  })
}

/** What is read of a body's stream. A listener of ours would make it flow. */
interface Body {
  /** Of an answer: the call. */
  req?: object
  readableLength: number
  readableHighWaterMark: number
  readableFlowing: boolean | null
  listenerCount(event: string): number
}

/**
 * The parser pushes each piece of a body as it comes, and null at its end. Whoever reads is called by `push`, or by a tick that it
 * asks for; so that is what runs in the context. Not `emit`: a request without a body emits three events to nobody, and to look
 * at them took as long as all that is written down of the request (Node 24). Whoever reads has waited for the piece when nothing
 * lay before it, but not while it worked with the one before. Nothing comes while the buffer is full; `_read` asks for more when somebody
 * has read.
 */
function watchBody(prototype: object): void {
  observeCalls(
    prototype,
    'push',
    'http',
    (self, [piece]) => {
      const body = self as Body
      if (piece === null && body.req) answered.publish({ request: body.req })
      if (isOfNoRequest(body, piece)) return
      const isRead = body.readableFlowing === true || body.listenerCount('readable') > 0
      door.received(self as ServerRequest, piece === null, !held.delete(self) && isRead && body.readableLength === 0)
    },
    (push, self, args) => {
      const { req: call } = self as Body
      if (isOfNoRequest(self as Body, args[0])) {
        const hasRoom = apply(push, self, args)
        if (call && hasRoom === false && args[0] !== null) unread.filled(call)
        return hasRoom
      }
      try {
        return door.resume(self, push, self, args)
      } finally {
        const { readableLength, readableHighWaterMark } = self as Body
        door.taken(self as ServerRequest, readableLength >= readableHighWaterMark)
      }
    }
  )
  observeCalls(prototype, '_read', 'http', self => {
    const { req: call } = self as Body
    if (!call) return door.asked(self as ServerRequest)
    const since = unread.asked(call)
    if (since !== undefined) leftUnread.publish({ request: call, since })
  })
}

/** An answer to a call of ours; or the end of a request without a body, which is all that comes of it, and nobody reads yet. */
const isOfNoRequest = ({ req, readableFlowing }: Body, piece: unknown): boolean =>
  req !== undefined || (piece === null && readableFlowing === null)

/** What is read of a request that is destroyed. */
interface DestroyedRequest {
  /** Of an answer. */
  req?: object
  readableEnded: boolean
  complete: boolean
  socket?: { _httpMessage?: { req?: object } }
}

/**
 * With its connection go the requests that were pipelined behind the current one. A request whose body was not read to its end
 * says so by 'aborted' and 'error'; all others are destroyed silently.
 */
function watchCutOff(prototype: object): void {
  observeCalls(
    prototype,
    '_destroy',
    'http',
    (request, [error]) => {
      const isCutOff = (error as { code?: unknown } | null | undefined)?.code === 'ECONNRESET'
      if (isCutOff && (request as DestroyedRequest).socket?._httpMessage?.req !== request)
        door.end(request as ServerRequest, null, true)
    },
    (destroy, self, args) => {
      const { req, readableEnded, complete } = self as DestroyedRequest
      return req || (readableEnded && complete) ? apply(destroy, self, args) : door.resume(self, destroy, self, args)
    }
  )
}

/** In HTTP/2 the stream says it, for its request. */
function wrapReset(prototype: object): void {
  wrapFunction(
    prototype,
    'emit',
    emit =>
      function (this: unknown, ...args: unknown[]) {
        const isReset = args[0] === 'aborted' || args[0] === 'error'
        return isReset ? door.resume(this as object, emit, this, args) : apply(emit, this, args)
      }
  )
}

/**
 * Tests and adapters emit 'request' with objects of their own: one whose response is not its own would never be seen to end, and
 * one that fails whoever reads it is none of ours.
 */
function isExchange(request: unknown, response: unknown): request is ServerRequest {
  try {
    return (
      typeof (request as ServerRequest | undefined)?.method === 'string' &&
      typeof (request as ServerRequest).url === 'string' &&
      Array.isArray((request as ServerRequest).rawHeaders) &&
      (response as ServerResponse | undefined)?.req === request
    )
  } catch {
    return false
  }
}

/**
 * Its headers have just been read, or its body is still coming: the first to emit it is the parser, which does nothing after that
 * (parserOnIncoming of Node 24 and 26). Whoever replaced `emit` may; what they do then until they return is taken for the request's.
 */
function isParsed(request: ServerRequest): boolean {
  try {
    return request.socket?.parser?.incoming === request
  } catch {
    return false
  }
}

function watchResponse(prototype: object, isAborted: (response: ServerResponse) => boolean): void {
  observeEvents(prototype, 'http', {
    close(self) {
      const response = self as ServerResponse
      const { req: request, statusCode, headersSent } = response
      if (request) door.end(request as ServerRequest, headersSent ? statusCode : null, isAborted(response))
    },
    // Right after the handler's `end`; http2 has none, there the sending of an answer is not told. What the kernel has taken by
    // then, as it does of most answers, nobody waits for.
    prefinish(self) {
      const { req: request } = self as ServerResponse
      if (request && request.socket?.writableLength !== 0) door.written(request as ServerRequest)
    },
    drain(self) {
      const { req: request } = self as ServerResponse
      if (request) door.sending(request as ServerRequest, false)
    }
  })
}

/** `write` says false when more lies in the buffers than their limit. */
function watchWrites(prototype: object): void {
  observeReturns(prototype, 'write', 'http', false, self => {
    const { req: request } = self as ServerResponse
    if (request) door.sending(request as ServerRequest, true)
  })
}
