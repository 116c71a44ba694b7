// The contract of a file in instrumentations/: data and pure functions. The agent does the subscribing, the timing and
// the error handling. Main thread; types only.
//
// A library either publishes diagnostics channels itself, or a patch makes its older versions publish the same channels
// with the same messages. So there is one `describe` for all versions, and the patch can be deleted one day.
//
// Messages are the library's own objects. They are typed `never` here so that each file can name the few fields it reads.

import type { OperationFacts } from '../types.js'

export interface Instrumentation {
  /** Name of the file, of the library in reports, and of the entry in PERFAGENT_DISABLE. */
  name: string
  /** Libraries and versions, as the README says them. */
  supports: string
  /** Channels on which requests begin and end. */
  requests?: RequestSource[]
  /** Channels on which operations begin and end. */
  operations?: OperationSource[]
  /** Channels that tell the matched route of the current request. */
  routes?: RouteSource[]
  /** Makes versions of the library that publish nothing publish the channels above. */
  patches?: Patch[]
}

/** What begins a request. The handlers run inside `start`'s `runStores`, which gives them the request as context. */
export interface RequestSource {
  start: string
  /** Published when the handlers have returned: until then this request alone held the main thread. */
  returned?: string
  end: string[]
  /** The object common to the messages of one request. */
  key: (message: never) => object
  describe: (message: never) => RequestFacts | undefined
  /** Read when the request ends. */
  outcome: (message: never) => RequestOutcome
}

export interface RequestFacts {
  method: string
  /** Raw path with query. */
  path: string
  traceparent?: string | undefined
  tracestate?: string | undefined
}

export interface RequestOutcome {
  statusCode: number | null
  aborted: boolean
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
  /** Only of a pool wait: the connection that it ended with. The request is its holder while the pool counts it as busy. */
  acquired?: (message: never) => object | undefined
}

export interface PlainSource {
  start: string
  end: string[]
  /** Its messages have the failure in `error`. */
  error?: string
  /** Channel → name of the moment inside the operation that it tells (see `Operation.marks`). */
  marks?: Record<string, string>
  key: (message: never) => object
  describe: (message: never) => OperationFacts | undefined
  /** Read from the messages of marks and ends: the peer's status code, where there is one. */
  statusCode?: (message: never) => number | undefined
  /**
   * Puts the propagation headers on the outgoing call, right after `start`; none when the application has set one of them: a
   * tracestate of ours does not belong to a trace of theirs.
   */
  inject?: (message: never, headers: [name: string, value: string][]) => void
}

export interface RouteSource {
  channel: string
  /** The request's own object, as in its `RequestSource`; absent: the message is published in the request's context. */
  key?: (message: never) => object
  /** The matched route (`/orders/:id`), or undefined when this message does not tell. */
  describe: (message: never) => string | undefined
}

export interface Patch {
  /** Package name; or a builtin as `node:http`, patched when a server begins to listen and the builtin is loaded. */
  module: string
  /** File inside the package with its extension; absent means the main file, which is not seen when an ES module imports it. */
  file?: string
  /** Comparators joined by spaces: `>=2 <3.20`. Of a builtin: Node's version. */
  versions: string
  /** A returned value replaces the exports. */
  apply: (exports: never, version: string) => unknown
}
