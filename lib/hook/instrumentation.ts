// The contract of a file in instrumentations/: data and pure functions. The agent does the subscribing, the timing and
// the error handling. Main thread; types only.
//
// A library either publishes diagnostics channels itself, or a patch makes its older versions publish the same channels
// with the same messages. So there is one `describe` for all versions, and the patch can be deleted one day.
//
// Messages are the library's own objects. They are typed `never` here so that each file can name the few fields it reads.

import type { Channel } from 'node:diagnostics_channel'
import type { OperationFacts, SocketsFacts, Taken } from '../types.js'
import type { TraceIds } from './log-line.js'
import type { RequestDoor } from './requests.js'
import type { Work } from './work.js'

/** Taken from the channel itself (`found.name`), so that none is written twice. */
export type ChannelName = Channel['name']

export interface Instrumentation {
  /** The file's name. Reports call the library so, and so does PERFAGENT_DISABLE. */
  name: string
  /** Libraries and versions, as the README says them. */
  supports: string
  /** In use only when an option asks for it. */
  onDemand?: true
  /** Doors through which requests come and go. */
  requests?: RequestDoor[]
  /** Channels on which operations begin and end. */
  operations?: OperationSource[]
  /** Channel on which unsent.ts tells how much of an operation waits to be sent. */
  unsent?: ChannelName
  /** Channels that tell of a connection of a pool whom nobody had to wait for, and which no operation takes. */
  takes?: TakenSource[]
  /** Channels that tell of sockets of which there can be only so many. */
  sockets?: SocketsSource[]
  /** How it is known which route a request matched. */
  routes?: RouteSource[]
  /** Channels that begin or end no operation, but tell what its file needs to understand those that do. */
  notes?: NoteSource[]
  /** Names of carriers, which bring a callback back into the request that handed it to the library (carrier.ts). */
  carries?: string[]
  /** Where lines of a log pass, to get the ids of the trace. In use only with PERFAGENT_LOG_TRACE_IDS. */
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
  /** When it began; absent: now. */
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
  /** Channel → name of the moment inside the operation that it tells (`Operation.marks`). Its message is that of the call. */
  marks?: Record<string, string>
  /** Its messages have in `call` the message of the call, and in `since` from when until now the body of the answer lay unread. */
  unread?: ChannelName
  /** Where connections answer in order: the object that stands for the one on which this call is sent; undefined while there is none. */
  inOrder?: (message: never) => object | undefined
  /** Whether this error means that the client waits no longer, though the answer will still come, before those to later calls. */
  givesUp?: (error: never) => boolean
  /** Tells that it has come. */
  answered?: ChannelName
  /** Whether the call looks up a name, for which libuv has few threads. */
  looksUp?: (message: never) => boolean
  /** For a wait for a pool: the result is a connection, which the request holds as long as the pool counts it as busy. */
  acquires?: true
  /** For such a wait, when the call has returned: the connection that is being opened for it, and which the request holds from then on. */
  opening?: (message: never) => object | undefined
}

export interface PlainSource {
  start: ChannelName
  end: ChannelName[]
  /** Its messages have the failure in `error`. */
  error?: ChannelName
  /** Channel → name of the moment inside the operation that it tells (`Operation.marks`). */
  marks?: Record<string, string>
  /** Its messages have in `since` from when until now the body of the answer lay unread. */
  unread?: ChannelName
  /** The object that all messages of one operation have in common. */
  key: (message: never) => object
  /**
   * Read with each mark: moments that passed before it was known to which operation they belong, as those of a connection that was being
   * opened. They count when the last of them was after the operation's start.
   */
  earlier?: (message: never) => Earlier | undefined
  describe: (message: never) => OperationFacts | undefined
  /** Read from the messages of marks and ends: the peer's status code, where there is one. */
  statusCode?: (message: never) => number | undefined
  /** As of a tracing source. */
  inOrder?: (message: never) => object | undefined
  /** The connection of a pool that whoever made the call holds from now on, where it is known. */
  takes?: (message: never) => object | undefined
  /** How it is known that a call has to wait until another one is over. */
  waits?: WaitSource
  /**
   * Puts the propagation headers on the outgoing call, right after `start`. What the application has set itself stays (see
   * `addHeaders`).
   */
  inject?: (message: never, headers: [name: string, value: string][]) => void
}

/** For a socket, where their number has a limit. May be told before the call itself is, in the context of whoever made it. */
export interface WaitSource {
  channel: ChannelName
  /** `busy`: the keys of the calls that have the sockets. */
  describe: (message: never) => Taken | undefined
  /** By this message, or by that of `start`: what stands for the call. */
  call: (message: never) => object | undefined
  /** The mark from which on a call has its socket. */
  since: string
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

/** Published in the context of whoever holds the connection from then on. */
export interface TakenSource {
  channel: ChannelName
  connection: (message: never) => object
}

/** The same sockets may be told of again and again: each `of` is watched once. */
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

/** Published before a line is written. `add` changes the message, never what the application logged. */
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
