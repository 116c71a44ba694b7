// Calls by http.request and https.request, and what builds on them.
//
// From Node 22 the library publishes `http.client.request.created` while headers can still be written; on Node 20 a patch
// publishes it at the last such moment, when the header is rendered. The rest is seen by a wrapped `emit` of ClientRequest:
// listeners would change the application's counts, and an 'error' listener would swallow its uncaught errors. 'close' ends
// the call in all cases: body read, aborted, failed. Node publishes its `http.client.response.finish` when the answer's
// headers came, not its end.
//
// Only a socket that still connects gets listeners, which remove themselves, for the times of DNS, TCP and TLS.

import { type Channel, channel } from 'node:diagnostics_channel'
import { type Instrumentation, wrapFunction } from '../lib/hook/index.js'

const created = channel('http.client.request.created')
const end = channel('perfagent:http.client.request:end')
const moments = {
  socket: channel('perfagent:http.client.request:socket'),
  dns: channel('perfagent:http.client.request:dns'),
  connect: channel('perfagent:http.client.request:connect'),
  tls: channel('perfagent:http.client.request:tls'),
  headers: channel('perfagent:http.client.request:headers')
}

/** What is read of ClientRequest. */
interface ClientRequest {
  method: string
  protocol: string
  host: string
  path: string
  socketPath?: string
  headersSent: boolean
  getHeader(name: string): unknown
  setHeader(name: string, value: string): void
}

interface ConnectingSocket {
  connecting: boolean
  encrypted?: boolean
  once(event: string, listener: () => void): void
  removeListener(event: string, listener: () => void): void
}

interface Message {
  request: ClientRequest
  statusCode?: number
  error?: unknown
}

export const httpClient: Instrumentation = {
  name: 'http_client',
  operations: [
    {
      start: 'http.client.request.created',
      end: [end.name as string],
      marks: Object.fromEntries(Object.entries(moments).map(([mark, { name }]) => [name as string, mark])),
      key: ({ request }: Message) => request,
      describe: ({ request }: Message) => ({
        kind: 'http',
        system: 'http',
        text: `${request.method} ${request.protocol}//${authority(request)}${request.path}`,
        target: request.socketPath ?? withPort(authority(request), request.protocol)
      }),
      statusCode: ({ statusCode }: Message) => statusCode,
      inject({ request }: Message, header, value) {
        // Headers given as an array, or with `Expect`, are rendered already.
        if (!request.headersSent && request.getHeader(header) === undefined) request.setHeader(header, value)
      }
    }
  ],
  patches: [
    { module: 'node:http', versions: '<22', apply: publishCreated },
    { module: 'node:http', versions: '>=20', apply: publishMoments }
  ]
}

function authority(request: ClientRequest): string {
  const host = request.getHeader('host')
  return typeof host === 'string' ? host : request.host
}

const withPort = (host: string, protocol: string): string =>
  /:\d+$/.test(host) ? host : `${host}:${protocol === 'https:' ? 443 : 80}`

interface HttpModule {
  ClientRequest: { prototype: object }
}

function publishCreated({ ClientRequest }: HttpModule): void {
  wrapFunction(
    ClientRequest.prototype,
    '_implicitHeader',
    render =>
      function (this: unknown, ...args: unknown[]) {
        if (created.hasSubscribers) created.publish({ request: this })
        return render.apply(this, args)
      }
  )
}

function publishMoments({ ClientRequest }: HttpModule): void {
  const publish = (request: object, event: unknown, value: unknown): void => {
    switch (event) {
      case 'socket':
        moments.socket.publish({ request })
        if ((value as ConnectingSocket).connecting) watchConnecting(value as ConnectingSocket, request)
        break
      case 'response':
        moments.headers.publish({ request, statusCode: (value as { statusCode: number }).statusCode })
        break
      case 'error':
        end.publish({ request, error: value })
        break
      case 'close':
        end.publish({ request })
    }
  }

  wrapFunction(
    ClientRequest.prototype,
    'emit',
    emit =>
      function (this: unknown, ...args: unknown[]) {
        if (end.hasSubscribers) publish(this as object, args[0], args[1])
        return emit.apply(this, args)
      }
  )
}

function watchConnecting(socket: ConnectingSocket, request: object): void {
  const tell = (moment: Channel) => (): void => moment.publish({ request })
  const onLookup = tell(moments.dns)
  const onSecure = tell(moments.tls)
  socket.once('lookup', onLookup)
  if (socket.encrypted) socket.once('secureConnect', onSecure)
  socket.once('connect', () => {
    socket.removeListener('lookup', onLookup)
    moments.connect.publish({ request })
  })
}
