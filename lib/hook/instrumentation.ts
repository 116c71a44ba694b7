// The contract of a file in instrumentations/: data and pure functions. The agent does the subscribing, the timing and
// the error handling. Main thread; types only.
//
// A library either publishes diagnostics channels itself, or a patch makes its older versions publish the same channels
// with the same messages. So there is one `describe` for all versions, and the patch can be deleted one day.
//
// Messages are the library's own objects. They are typed `never` here so that each file can name the few fields it reads.

import type { Channel } from 'node:diagnostics_channel'
import type { OperationFacts, SocketsFacts } from '../types.js'
import type { TraceIds } from './log-line.js'
import type { RequestDoor } from './requests.js'
import type { Work } from './work.js'

/** A channel tells its own: `found.name`. */
export type ChannelName = Channel['name']

export interface Instrumentation {
  /** Name of the file, of the library in reports, and of the entry in PERFAGENT_DISABLE. */
  name: string
  /** Libraries and versions, as the README says them. */
  supports: string
  /** In use only when an option asks for it. */
  onDemand?: true
  /** Doors through which requests come and go. */
  requests?: RequestDoor[]
  /** Channels on which operations begin and end. */
  operations?: OperationSource[]
  /** Channel of what waits to be sent for operations (unsent.ts), by the objects that stand for them: keys, or messages of tracing channels. */
  unsent?: ChannelName
  /** Channels that tell of sockets whose number has a limit. */
  sockets?: SocketsSource[]
  /** How the matched route of a request is told. */
  routes?: RouteSource[]
  /** Channels that tell of no operation, but what the messages of operations mean. */
  notes?: NoteSource[]
  /** Names of carriers, by which callbacks keep the request in which they were handed to the library (carrier.ts). */
  carries?: string[]
  /** Lines of a log, into which PERFAGENT_LOG_TRACE_IDS puts the ids of the trace. Only then is it in use. */
  logs?: LogSource[]
  /** Makes versions of the library that publish nothing publish the channels above. */
  patches?: Patch[]
}

export interface RequestFacts {
  method: string
  /** Raw path with query. */
  path: string
  /** Names and values in turn, as they came. Read only when somebody asks for the trace. */
  headers: readonly string[]
  /** When it began, where that was before it was told. */
  start?: number | undefined
  /** It is work that nobody waits for: it has no threshold. */
  neverSlow?: boolean
  /** It came to no server: `path` is '' then. */
  work?: Work
}

/** A tracing channel (`tracing:NAME:start` and its four siblings), or plain channels joined by a common object. */
export type OperationSource = TracingSource | PlainSource

/**
 * The operation begins at `start` and ends at `asyncStart` (the answer came; `asyncEnd` is when the application's callback
 * has returned), or at `end` when the call threw or was synchronous.
 */
export interface TracingSource {
  channel: string
  describe: (message: never) => OperationFacts | undefined
  /** As those of plain channels, told by the same message. */
  marks?: Record<string, string>
  /** As that of plain channels; its messages have that of the call in `call`. */
  unread?: ChannelName
  /** What stands for the connection on which it is sent, where that answers in order; undefined while there is none. */
  inOrder?: (message: never) => object | undefined
  /** Of such a connection, by the error: the client waits no longer, but the answer still comes before those to later calls. */
  givesUp?: (error: never) => boolean
  /** It has come. */
  answered?: ChannelName
  /** It needs one of the few threads of libuv that look up names. */
  looksUp?: (message: never) => boolean
  /** Only of a pool wait: its result is a connection. The request is its holder while the pool counts it as busy. */
  acquires?: true
  /** Of such a wait, when the call has returned: the connection that is being opened for it, and is its own from then on. */
  opening?: (message: never) => object | undefined
}

export interface PlainSource {
  start: ChannelName
  end: ChannelName[]
  /** Its messages have the failure in `error`. */
  error?: ChannelName
  /** Channel → name of the moment inside the operation that it tells (see `Operation.marks`). */
  marks?: Record<string, string>
  /** Its messages have in `since` from when up to now the answer's body lay unread. */
  unread?: ChannelName
  key: (message: never) => object
  /** Read with each mark: moments that were before it was known whose they are. They count when the last was after the call's start. */
  earlier?: (message: never) => Earlier | undefined
  describe: (message: never) => OperationFacts | undefined
  /** Read from the messages of marks and ends: the peer's status code, where there is one. */
  statusCode?: (message: never) => number | undefined
  /**
   * Puts the propagation headers on the outgoing call, right after `start`. What the application has set itself stays (see
   * `addHeaders`).
   */
  inject?: (message: never, headers: [name: string, value: string][]) => void
}

/** `moments` by the names of marks, and the last of them. */
export interface Earlier {
  moments: Record<string, number>
  last: number
}

export interface NoteSource {
  channel: ChannelName
  note: (message: never) => void
}

/** Told as often as one likes: each `of` is watched once. */
export interface SocketsSource {
  channel: ChannelName
  describe: (message: never) => SocketsFacts | undefined
}

/**
 * The matched route (`/orders/:id`), or undefined where it is not told: by the library's own object for a request, which is
 * read when somebody asks for the name, or by a message that is published in the request's context.
 */
export type RouteSource = { ofRequest: (key: never) => string | undefined } | RouteChannel | PartChannel

export interface RouteChannel {
  channel: ChannelName
  describe: (message: never) => string | undefined
}

/** Published in the request's context by what tells requests of one route apart; the first of a request names it. */
export interface PartChannel {
  channel: ChannelName
  within: (message: never) => RoutePart | undefined
}

/** `query Cart` of `/graphql`; `attributes` are those of OpenTelemetry's conventions. */
export interface RoutePart {
  name: string
  attributes: Record<string, string>
}

/** Before a line is written; `add` changes the message, never what the application logged. */
export interface LogSource {
  channel: ChannelName
  add: (message: never, ids: TraceIds) => void
}

export interface Patch {
  /** Package name; or a builtin as `node:http`, patched when a server begins to listen and the builtin is loaded. */
  module: string
  /** File inside the package with its extension, also of its main file. Not of builtins. */
  file?: string
  /** Comparators joined by spaces: `>=2 <3.20`. Of a builtin: Node's version. */
  versions: string
  /** A returned value replaces the exports. */
  apply: (exports: never, version: string) => unknown
  /**
   * The file is an ES module, which no hook sees: when a server begins to listen and this is true, it is imported from the
   * package that the application's main file finds. A returned value of `apply` means nothing then.
   */
  importedIf?: () => boolean
  /** The file is an ES module, patched as it is imported, by perfagent/esm: a returned value replaces the default export. */
  imported?: true
}
