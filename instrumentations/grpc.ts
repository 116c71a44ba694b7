// gRPC through `@grpc/grpc-js` 1.10 to 1.14, which publishes nothing and speaks HTTP/2 below what the other instrumentations see.
//
// A client's call begins and ends with the outermost call of its interceptors: all four kinds of method pass there, and its
// listener is told the metadata and the status. Both come from the connection's socket, so the listener is called where the call
// was made. The metadata with the propagation headers is a copy: the application may use its own for the next call.
//
// A server's request begins when the handler gets it. A unary handler's callback ends it, a stream's handler ends it with
// its 'prefinish' (1.10 says 'cancelled' before 'finish' of each stream); a call that was cancelled ends then. Its status is
// told as an HTTP code (lib/process/grpc-codes.ts).

import { AsyncResource } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import {
  addHeaders,
  apply,
  createFuse,
  createGrpcStreams,
  createPieceWatch,
  createStamp,
  guard,
  httpCode,
  httpCodeOf,
  type Instrumentation,
  nameOfCode,
  OK,
  observeEvents,
  requestDoor,
  UNKNOWN,
  wrapFunction
} from '../lib/hook/index.js'

/** What is read of the library's own objects. */
interface Metadata {
  clone(): Metadata
  get(name: string): unknown[]
  set(name: string, value: string): void
  internalRepr: Map<string, unknown[]>
}

interface Status {
  code: number
  details: string
  metadata?: Metadata
}

interface Listener {
  onReceiveMetadata?: (metadata: Metadata) => void
  onReceiveMessage?: (message: unknown) => void
  onReceiveStatus?: (status: Status) => void
}

interface Channel {
  getTarget(): string
  getConnectivityState(connect: boolean): number
  watchConnectivityState(current: number, deadline: number, callback: () => void): void
}

interface Method {
  path: string
  responseStream: boolean
}

interface ClientMessage {
  path: string
  to: Channel
  metadata: Metadata
  /** There is a connection: the call is sent at once. */
  isReady?: boolean
  /** From when up to now nobody asked for the next message. */
  since?: number
  error?: unknown
}

interface ServerCall {
  path?: string
  getPath(): string
  metadata: Metadata
}

const started = channel('perfagent:grpc:start')
const sent = channel('perfagent:grpc:sent')
const connecting = channel('perfagent:grpc:connecting')
const connected = channel('perfagent:grpc:connect')
const failedTry = channel('perfagent:grpc:failed-try')
const gotMetadata = channel('perfagent:grpc:metadata')
const gotStatus = channel('perfagent:grpc:status')
const retried = channel('perfagent:grpc:retried')
const leftUnread = channel('perfagent:grpc:unread')

const streams = createGrpcStreams<ClientMessage>('grpc')

const door = requestDoor('grpc', (call: ServerCall) => ({
  method: 'POST',
  path: call.getPath(),
  headers: headersOf(call.metadata)
}))

export const grpc: Instrumentation = {
  name: 'grpc',
  supports: 'clients and servers of `@grpc/grpc-js` 1.10 to 1.14',
  requests: [door],
  operations: [
    {
      start: started.name,
      end: [gotStatus.name],
      marks: {
        [sent.name]: 'sent',
        [connecting.name]: 'connecting',
        [connected.name]: 'connect',
        [failedTry.name]: 'failedTry',
        ...streams.marks,
        [gotMetadata.name]: 'headers',
        [retried.name]: 'retried'
      },
      unread: leftUnread.name,
      key: (message: ClientMessage) => message,
      describe(message: ClientMessage) {
        const { path, to } = message
        const target = withoutScheme(to.getTarget())
        message.isReady = to.getConnectivityState(false) === READY
        return { kind: 'http', system: 'grpc', text: `POST http://${target}${path}`, target, method: 'POST' }
      },
      inject(message: ClientMessage, headers) {
        const metadata = message.metadata.clone()
        addHeaders(
          headers,
          name => metadata.get(name).length > 0,
          (name, value) => metadata.set(name, value)
        )
        message.metadata = metadata
      }
    }
  ],
  notes: streams.notes,
  patches: [
    { module: '@grpc/grpc-js', file: 'build/src/client-interceptors.js', versions: '>=1.10 <2', apply: patchClient },
    { module: '@grpc/grpc-js', file: 'build/src/metadata.js', versions: '>=1.10 <2', apply: streams.patchMetadata },
    { module: '@grpc/grpc-js', file: 'build/src/server.js', versions: '>=1.10 <2', apply: patchServer },
    { module: '@grpc/grpc-js', file: 'build/src/server-call.js', versions: '>=1.10 <2', apply: patchServerCalls }
  ]
}

/** `getInterceptingCall(interceptors, method, options, channel)` */
function patchClient(interceptors: object): void {
  wrapFunction(
    interceptors,
    'getInterceptingCall',
    original =>
      function (this: unknown, ...args: unknown[]) {
        const call = apply(original, this, args) as object
        if (started.hasSubscribers) tellStart(call, args[1] as Method, args[3] as Channel)
        return call
      }
  )
}

const fuse = createFuse('grpc')

/** `start(metadata[, listener])`. An interceptor of the application's may have made the call, and be its listener. */
const tellStart = guard(fuse, (call: object, method: Method, to: Channel) =>
  wrapFunction(
    call,
    'start',
    original =>
      function (this: unknown, ...args: unknown[]) {
        return apply(original, this, begin(call, method, to, args) ?? args)
      }
  )
)

/** The arguments with which it starts. */
const begin = guard(fuse, (call: object, method: Method, to: Channel, args: unknown[]): unknown[] => {
  const [metadata, listener] = args as [Metadata, Listener | undefined]
  const message: ClientMessage = { path: method.path, to, metadata }
  const told = telling(listener ?? {}, message, method.responseStream ? watchReader(call, message) : undefined)
  started.publish(message)
  message.metadata = streams.follow(message, metadata, message.metadata)
  if (message.isReady) sent.publish(message)
  else if (message.isReady === false) {
    connecting.publish(message)
    watchConnection(message)
  }
  return [message.metadata, told]
})

/** By the channel: the calls that wait for its connection, as long as it is watched. */
const unconnected = createStamp<Set<ClientMessage> | undefined>()

/**
 * A call is sent when its channel is ready. The channel keeps a watcher until its state changes, which it does not while a peer is away:
 * so there is one for all calls.
 */
function watchConnection(message: ClientMessage): void {
  const waiting = unconnected.of(message.to)
  if (waiting) waiting.add(message)
  else watch(message.to, new Set([message]))
}

/** A change of the state is told once, so it is asked for again until then. */
const watch = guard(fuse, (to: Channel, calls: Set<ClientMessage>): void => {
  const state = to.getConnectivityState(false)
  const told = TOLD_BY_STATE[state]
  if (told) for (const message of calls) told.publish(message)
  const goesOn = calls.size > 0 && state !== READY && state !== SHUT_DOWN
  unconnected.put(to, goesOn ? calls : undefined)
  if (goesOn) to.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => watch(to, calls))
})

/** `dns:127.0.0.1:50051`, `dns:///stock:50051` → `stock:50051`. */
const withoutScheme = (target: string): string => target.replace(/^[a-z-]+:(?:\/\/[^/]*\/)?(?=[^/])/i, '')

/** A stream asks for its next message when there is room for it. */
const watchReader = createPieceWatch<ClientMessage>('grpc', 'startRead', leftUnread)

function telling(listener: Listener, message: ClientMessage, gotPiece?: () => void): Listener {
  const resource = new AsyncResource('PERFAGENT_GRPC')
  const inPlace = <Value>(told: ((value: Value) => void) | undefined) =>
    told && ((value: Value) => resource.runInAsyncScope(told, listener, value))
  const onReceiveMetadata = inPlace(listener.onReceiveMetadata)
  const onReceiveMessage = inPlace(listener.onReceiveMessage)
  const onReceiveStatus = inPlace(listener.onReceiveStatus)
  return {
    onReceiveMetadata(metadata) {
      gotMetadata.publish(message)
      tellRetried(metadata, message)
      onReceiveMetadata?.(metadata)
    },
    ...(onReceiveMessage && {
      onReceiveMessage(value) {
        gotPiece?.()
        onReceiveMessage(value)
      }
    }),
    onReceiveStatus(status) {
      end(message, status)
      onReceiveStatus?.(status)
    }
  }
}

const end = guard(fuse, (message: ClientMessage, { code, details, metadata }: Status) => {
  unconnected.of(message.to)?.delete(message)
  if (code !== OK) message.error = new Error(`${nameOfCode(code)}: ${details}`)
  tellRetried(metadata, message)
  gotStatus.publish(message)
})

/** By a retry policy the client itself sends a call again, after a pause, and tells so with the answer (gRPC's proposal A6). */
const tellRetried = guard(fuse, (metadata: Metadata | undefined, message: ClientMessage) => {
  if (metadata && metadata.get('grpc-previous-rpc-attempts').length > 0) retried.publish(message)
})

type Handler = (this: unknown, ...args: unknown[]) => unknown

/** `register(path, handler, serialize, deserialize, type)` */
function patchServer({ Server }: { Server: { prototype: object } }): void {
  wrapFunction(
    Server.prototype,
    'register',
    original =>
      function (this: unknown, ...args: unknown[]) {
        const handler = args[1]
        if (typeof handler === 'function') args[1] = asRequest(handler as Handler)
        return apply(original, this, args)
      }
  )
}

const asRequest = (handler: Handler): Handler =>
  function (this: unknown, ...args: unknown[]) {
    const call = args[0] as ServerCall
    const callback = args[1] as ((error: unknown, ...rest: unknown[]) => void) | undefined
    if (callback) {
      args[1] = (error: unknown, ...rest: unknown[]) => {
        callback(error, ...rest)
        door.end(call, codeTold(error) ?? httpCode(UNKNOWN), false)
      }
    }
    try {
      return door.run(call, handler, this, args)
    } catch (error) {
      door.end(call, 500, false)
      throw error
    }
  }

/** An error is the application's own object. */
const codeTold = guard(fuse, httpCodeOf)

const ANSWERED_ONCE = ['ServerUnaryCallImpl', 'ServerReadableStreamImpl']
const ANSWERED_BY_STREAM = ['ServerWritableStreamImpl', 'ServerDuplexStreamImpl']

type Calls = Record<string, { prototype: object }>

function patchServerCalls(calls: Calls): void {
  const cancelled = (call: object): void => door.end(call as ServerCall, null, true)
  const prefinish = (call: object): void => {
    const { pendingStatus } = call as { pendingStatus?: Status }
    door.end(call as ServerCall, httpCode(pendingStatus?.code), false)
  }
  for (const kind of ANSWERED_ONCE) observeEvents(calls[kind]!.prototype, 'grpc', { cancelled })
  for (const kind of ANSWERED_BY_STREAM) observeEvents(calls[kind]!.prototype, 'grpc', { cancelled, prefinish })
}

function headersOf({ internalRepr }: Metadata): string[] {
  const headers: string[] = []
  for (const [name, values] of internalRepr) {
    for (const value of values) if (typeof value === 'string') headers.push(name, value)
  }
  return headers
}

const READY = 2
/** It could not connect, and waits before it tries again. */
const TRANSIENT_FAILURE = 3
const SHUT_DOWN = 4
const TOLD_BY_STATE: Record<number, typeof connected | undefined> = {
  [READY]: connected,
  [TRANSIENT_FAILURE]: failedTry
}
