// Calls by http.request and https.request, and what builds on them.
//
// From Node 22 the library publishes `http.client.request.created` while headers can still be written; on Node 20 a patch
// publishes it at the last such moment, when the header is rendered. The rest is seen by a wrapped `emit` of ClientRequest:
// listeners would change the application's counts, and an 'error' listener would swallow its uncaught errors. The last piece of
// the answer ends the call; ./http.ts sees it come. 'close' ends it in all other cases, aborted or failed; after an answer it
// comes only with the end of a connection that is not kept. Node publishes its `http.client.response.finish` when the answer's
// headers came, not its end.

import { channel } from 'node:diagnostics_channel'
import {
  type Agent,
  addHeaders,
  addRequest,
  createMoments,
  createStamp,
  createTarget,
  createUnsent,
  type Fullness,
  type Instrumentation,
  isConnecting,
  isForeign,
  limitOf,
  marksOf,
  noteWays,
  observeCalls,
  opensItself,
  type SocketsFacts,
  takenFrom,
  WAITING,
  watchConnecting
} from '../lib/hook/index.js'

const created = channel('http.client.request.created')
const end = channel('perfagent:http.client.request:end')
const limited = channel('perfagent:http.client:limited')
const unsent = createUnsent('http.client.request')
const moments = createMoments('http.client.request', [
  ...(['opening', 'socket', 'connecting', 'resolving', 'dns', 'connect', 'securing', 'tls'] as const),
  ...(['writing', 'written', 'headers'] as const)
])

/** What is read of ClientRequest. */
interface ClientRequest {
  method: string
  protocol: string
  host: string
  path: string
  agent?: Agent
  socketPath?: string
  headersSent: boolean
  writableEnded: boolean
  /** Null while it has none. */
  socket: object | null
  getHeader(name: string): unknown
  hasHeader(name: string): boolean
  setHeader(name: string, value: string): void
  /** The header as it will be sent, and whether it was. */
  _header?: string | null
  _headerSent?: boolean
  /** What waits for a socket. */
  outputData?: { data: unknown }[]
}

interface Message {
  request: ClientRequest
  statusCode?: number
  error?: unknown
}

export const httpClient: Instrumentation = {
  name: 'http_client',
  supports: 'calls by `node:http`, `node:https`, and what builds on them',
  operations: [
    {
      start: 'http.client.request.created',
      end: [end.name],
      marks: marksOf(moments),
      key: ({ request }: Message) => request,
      waits: { channel: WAITING, describe: takenFrom, call: ({ request }: Message) => request, since: 'socket' },
      // ./http.ts sees it.
      unread: 'perfagent:http.client.request:unread',
      describe: ({ request }: Message) => {
        const { host, port } = peerOf(request)
        return {
          kind: 'http',
          system: 'http',
          text: `${request.method} ${urlOf(request, host, port)}`,
          target: request.socketPath ?? targetOf(host, port),
          method: request.method
        }
      },
      statusCode: ({ statusCode }: Message) => statusCode,
      inject({ request }: Message, headers) {
        if (request.headersSent) injectRendered(request, headers)
        else {
          addHeaders(
            headers,
            name => request.hasHeader(name),
            (name, value) => request.setHeader(name, value)
          )
        }
      }
    }
  ],
  unsent: unsent.channel,
  notes: [{ channel: created.name, note: noteOpening }],
  sockets: [{ channel: limited.name, describe: socketsOf }],
  patches: [
    { module: 'node:http', versions: '<22', apply: publishCreated },
    // After the one above, because what is wrapped last looks first.
    { module: 'node:http', versions: '>=20', apply: notePorts },
    { module: 'node:http', versions: '>=20', apply: publishMoments },
    { module: 'node:http', versions: '>=20', apply: publishLimited },
    { module: 'node:http', versions: '>=20', apply: noteWays },
    { module: 'node:https', versions: '>=20', apply: noteWays }
  ]
}

/** ClientRequest keeps the host, but of the port only what the Host header says, which a proxy may have set to its own. */
const ports = createStamp<number | string>()
const targetOf = createTarget()

function peerOf(request: ClientRequest): { host: string; port: number | string } {
  const host = request.host.includes(':') && !request.host.startsWith('[') ? `[${request.host}]` : request.host
  return { host, port: ports.of(request) ?? portInHeader(request) ?? defaultPort(request) }
}

const portInHeader = (request: ClientRequest): string | undefined =>
  /:(\d+)$/.exec(String(request.getHeader('host')))?.[1]

/** Through a proxy the path is a whole URL, and of CONNECT it is an authority. */
function urlOf(request: ClientRequest, host: string, port: number | string): string {
  if (!request.path.startsWith('/')) return request.path
  return `${request.protocol}//${host}${Number(port) === defaultPort(request) ? '' : `:${port}`}${request.path}`
}

const defaultPort = ({ protocol }: ClientRequest): number => (protocol === 'https:' ? 443 : 80)

/**
 * Headers given as an array, or with `Expect`, are rendered by the constructor; with `Expect` they wait for a socket already.
 * The text is not sent yet, and it is what proxy agents change too (`_header`, `outputData`, Node 20 to 26).
 */
function injectRendered(request: ClientRequest, headers: [name: string, value: string][]): void {
  const rendered = request._header
  const [first] = request.outputData ?? []
  const waiting = request._headerSent === true && first?.data === rendered ? first : undefined
  if (!rendered?.endsWith('\r\n\r\n') || (request._headerSent !== false && !waiting)) return
  const lowerCase = rendered.toLowerCase()
  let added = ''
  addHeaders(
    headers,
    name => lowerCase.includes(`\r\n${name}:`),
    (name, value) => {
      added += `${name}: ${value}\r\n`
    }
  )
  request._header = `${rendered.slice(0, -2)}${added}\r\n`
  if (waiting) waiting.data = request._header
}

interface Limited {
  agent: Agent
  name: string
  request: ClientRequest
}

/** An agent's sockets to one peer. */
interface Sockets {
  agent: Agent
  name: string
  peer: string
}

/** Whoever calls more with one agent has none that all wait for. */
const MAX_PEERS = 20

/** By the agent's name for the peer. They live as long as the agent, which has a peer's array only while there are any. */
const socketsOfAgent = createStamp<Map<string, Sockets>>()

/** Not those of an agent that may have as many as it likes, which is Node's own way. A new socket is no part of each call. */
function publishLimited({ Agent }: HttpModule): void {
  observeCalls(Agent.prototype, 'createSocket', 'http_client', (self, [request, options]) => {
    const agent = self as Agent
    if (!limited.hasSubscribers || limitOf(agent) === Number.POSITIVE_INFINITY) return
    limited.publish({ agent, name: agent.getName(options), request })
  })
}

/** Whose agent is about to make a socket by a way of its own, which may take long (a proxy's). */
const served = createStamp<true>()

/** In a microtask, since the message is the call's beginning. */
function noteOpening({ request }: Message): void {
  if (!served.of(request) && !isForeign(request.agent)) return
  queueMicrotask(() => {
    if (!request.socket) moments.opening.publish({ request })
  })
}

function socketsOf({ agent, name, request }: Limited): SocketsFacts | undefined {
  const known = socketsOfAgent.of(agent) ?? new Map<string, Sockets>()
  if (known.size === 0) socketsOfAgent.put(agent, known)
  let sockets = known.get(name)
  if (!sockets) {
    if (known.size >= MAX_PEERS) return undefined
    const { host, port } = peerOf(request)
    sockets = { agent, name, peer: request.socketPath ?? targetOf(host, port) }
    known.set(name, sockets)
  }
  return { of: sockets, look: lookAt, name: ({ peer }: Sockets) => peer }
}

const lookAt = ({ agent, name }: Sockets): Fullness => {
  return { size: limitOf(agent), inUse: agent.sockets[name]?.length ?? 0 }
}

interface HttpModule {
  ClientRequest: { prototype: object }
  /** https has its own, which inherits from this one. */
  Agent: { prototype: object }
}

function notePorts({ Agent }: HttpModule): void {
  const note = (_agent: object, [request, options]: unknown[]): void => {
    const port = (options as { port?: number | string } | undefined)?.port
    if (port) ports.put(request as object, port)
    if (opensItself((request as ClientRequest).agent)) served.put(request as object, true)
  }
  observeCalls(Agent.prototype, 'addRequest', 'http_client', note, addRequest)
}

const published = createStamp<true>()

/** What the constructor renders itself (headers as an array, or with `Expect`) does not pass `_implicitHeader`. */
function publishCreated({ ClientRequest, Agent }: HttpModule): void {
  const publish = (request: object): void => {
    // Proxy agents change the path and render the header again.
    if (!created.hasSubscribers || published.of(request)) return
    published.put(request, true)
    created.publish({ request })
    // Where the body comes later the socket was there first.
    const { socket } = request as ClientRequest
    if (socket) publishSocket(request, socket)
  }
  observeCalls(ClientRequest.prototype, '_implicitHeader', 'http_client', publish)
  observeCalls(Agent.prototype, 'addRequest', 'http_client', (_agent, [request]) => {
    if ((request as ClientRequest).headersSent) publish(request as object)
  })
}

function publishMoments({ ClientRequest }: HttpModule): void {
  observeCalls(ClientRequest.prototype, 'emit', 'http_client', (request, [event, value]) => {
    if (!end.hasSubscribers) return
    switch (event) {
      case 'socket':
        publishSocket(request, value)
        break
      // Right after the application's `end`, or when what was written before it is on its way: all of it is the socket's now.
      case 'prefinish':
        if (beingWritten.of(request)) moments.written.publish({ request })
        unsent.look(request, (request as ClientRequest).socket)
        break
      case 'response':
      case 'upgrade':
      case 'connect':
        moments.headers.publish({ request, statusCode: (value as { statusCode?: number } | undefined)?.statusCode })
        break
      case 'error':
        end.publish({ request, error: value })
        break
      case 'close':
        end.publish({ request })
    }
  })
}

/** Most bodies are whole before there is a socket, and a GET has none. */
const beingWritten = createStamp<true>()

function publishSocket(request: object, socket: unknown): void {
  moments.socket.publish({ request })
  const { method, writableEnded } = request as ClientRequest
  if (!writableEnded && method !== 'GET' && method !== 'HEAD') {
    beingWritten.put(request, true)
    moments.writing.publish({ request })
  }
  if (!isConnecting(socket)) return
  moments.connecting.publish({ request })
  if (socket._host) moments.resolving.publish({ request })
  watchConnecting(socket, moment => moments[moment].publish({ request }))
}
