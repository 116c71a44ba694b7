// HTTP servers: node:http, node:https, and node:http2's compatibility API. Requests begin and end here.
//
// Node's own `http.server.request.start` is published without `runStores` (18 to 26), so it cannot set the handlers' context.
// Therefore `emit` of the servers is wrapped: 'request' runs inside our channel's stores, and everything else (upgrades,
// CONNECT, errors) passes. A request ends with the 'close' of its response, seen by a wrapped `emit` too: a listener would
// change what `listenerCount` says, and 'close' comes in all cases, after 'finish' or without it. All but one: when a client
// goes away, Node closes no response of the requests that it had pipelined behind the current one; it destroys the requests.

import { channel } from 'node:diagnostics_channel'
import { type Instrumentation, wrapFunction } from '../lib/hook/index.js'

const start = channel('perfagent:http.server.request:start')
const returned = channel('perfagent:http.server.request:returned')
const end = channel('perfagent:http.server.request:end')
const listening = channel('perfagent:listening')

/** What is read of IncomingMessage and Http2ServerRequest. */
interface ServerRequest {
  method: string
  url: string
  headers: Record<string, string | string[] | undefined>
}

/** What is read of ServerResponse and Http2ServerResponse. */
interface ServerResponse {
  req?: object
  statusCode: number
  headersSent: boolean
  writableFinished: boolean
}

interface Message {
  request: ServerRequest
  response: ServerResponse
}

type Emit = (this: object, ...args: unknown[]) => unknown

export const http: Instrumentation = {
  name: 'http',
  requests: [
    {
      start: start.name as string,
      returned: returned.name as string,
      end: [end.name as string],
      key: ({ request }: Message) => request,
      describe: ({ request }: Message) => ({
        method: request.method,
        path: request.url,
        traceparent: single(request.headers['traceparent']),
        tracestate: single(request.headers['tracestate'])
      }),
      outcome: ({ response }: Message) => ({
        statusCode: response.headersSent ? response.statusCode : null,
        aborted: !response.writableFinished
      })
    }
  ],
  patches: [
    { module: 'node:http', versions: '>=20', apply: patchServerModule },
    { module: 'node:https', versions: '>=20', apply: patchServerModule },
    { module: 'node:http2', versions: '>=20', apply: patchHttp2 }
  ]
}

const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined

interface ServerModule {
  Server: { prototype: object }
  /** https has none of its own: its messages are http's. */
  ServerResponse?: { prototype: object }
  IncomingMessage?: { prototype: object }
}

function patchServerModule({ Server, ServerResponse, IncomingMessage }: ServerModule): void {
  wrapServer(Server.prototype)
  if (ServerResponse) wrapResponse(ServerResponse.prototype)
  if (IncomingMessage) endPipelined(IncomingMessage.prototype)
}

interface Http2Module {
  createServer(): object
  createSecureServer(): object
  Http2ServerResponse: { prototype: object }
}

/** The server classes of http2 are not exported: an unused server of each kind leads to them. */
function patchHttp2({ createServer, createSecureServer, Http2ServerResponse }: Http2Module): void {
  for (const server of [createServer(), createSecureServer()]) wrapServer(Object.getPrototypeOf(server))
  wrapResponse(Http2ServerResponse.prototype)
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
            if (start.hasSubscribers && isExchange(args[1], args[2]))
              return runRequest(emit as Emit, this as object, args)
            break
          case 'listening':
            listening.publish(this as object)
        }
        return emit.apply(this, args)
      }
  )
}

function runRequest(emit: Emit, server: object, args: unknown[]): unknown {
  const message = { request: args[1], response: args[2] }
  return start.runStores(message, () => {
    try {
      return emit.apply(server, args)
    } finally {
      returned.publish(message)
    }
  })
}

/** Tests emit 'request' with objects of their own, which may be nothing like a request. */
const isExchange = (request: unknown, response: unknown): boolean =>
  typeof (request as ServerRequest | undefined)?.method === 'string' &&
  typeof (request as ServerRequest).url === 'string' &&
  typeof (request as ServerRequest).headers === 'object' &&
  typeof response === 'object' &&
  response !== null

function wrapResponse(prototype: object): void {
  wrapFunction(
    prototype,
    'emit',
    emit =>
      function (this: unknown, ...args: unknown[]) {
        if (args[0] === 'close' && end.hasSubscribers) {
          const response = this as ServerResponse
          if (response.req) end.publish({ request: response.req, response })
        }
        return emit.apply(this, args)
      }
  )
}

/** What is read of a request that is destroyed with its connection. */
interface DestroyedRequest {
  socket?: { _httpMessage?: { req?: object } }
}

const NO_RESPONSE: ServerResponse = { statusCode: 0, headersSent: false, writableFinished: false }

function endPipelined(prototype: object): void {
  wrapFunction(
    prototype,
    '_destroy',
    destroy =>
      function (this: unknown, ...args: unknown[]) {
        const aborted = (args[0] as { code?: unknown } | null | undefined)?.code === 'ECONNRESET'
        if (aborted && end.hasSubscribers && (this as DestroyedRequest).socket?._httpMessage?.req !== this) {
          end.publish({ request: this, response: NO_RESPONSE })
        }
        return destroy.apply(this, args)
      }
  )
}
