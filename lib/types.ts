// The words of docs/design.md as types. What is recorded of a request is here; what is gathered and what is reported has files of its
// own in types/, and is exported from here too. Any thread; moments are milliseconds of lib/process/clock.ts, which all threads share.

import type { SpanDetail } from './types/span.js'

export type * from './types/evidence.js'
export type * from './types/hooks.js'
export type * from './types/in-force.js'
export * from './types/report.js'
export * from './types/span.js'

export type OperationKind = 'db' | 'cache' | 'http' | 'pool' | 'message' | 'dns' | 'process' | 'custom'

/** What an instrumentation says about a call. `text` is raw: it stays in the process and is masked on the agent thread. */
export interface OperationFacts {
  kind: OperationKind
  /** `postgresql`, `mysql`, `redis`, `http`, …: OpenTelemetry's `db.system.name` where there is one. */
  system: string
  /** SQL text, `COMMAND key`, `METHOD url`, `send topic`, `lookup host`, or the name of a program. */
  text?: string | undefined
  /** `host:port/database`, `host:port`. */
  target?: string | undefined
  /** Of a call by HTTP: what `text` begins with. */
  method?: string | undefined
  /** Only of a pool wait: how full the pool was when the wait began. */
  pool?: PoolFacts | undefined
  /** True for commands that wait on purpose (BLPOP): their time is no fault of the server. */
  blocking?: boolean | undefined
  /** It is sent to a pooler (`pgbouncer`), which keeps it back until it has a connection to the server. */
  pooled?: boolean | undefined
  /** When it began, where that was before it was told. */
  start?: number | undefined
}

/** A pool as it was when somebody began to wait for it. */
export interface PoolFacts extends Taken {
  /** The library's own pool, and how it is read again: its metrics are sampled. */
  of: object
  look: (of: never) => PoolFacts
  /** `host:port/database`, asked for when somebody has got a connection. */
  name: (of: never) => string
  /** What it holds may be no connections to a database, which are all that the conventions have metrics for. */
  ofDatabase?: false
}

/** The sockets that a client may have open to one peer, where their number has a limit. */
export interface SocketsFacts {
  /** What lives as long as they do, and how it is read again: their metrics are sampled. */
  of: object
  look: (of: never) => Fullness
  /** `host:port`. */
  name: (of: never) => string
}

export interface Fullness {
  size: number
  inUse: number
}

/** What somebody waits for. `busy` holds the library's own objects: a pool's connections, or the calls that have the sockets of a client. */
export interface Taken extends Fullness {
  waiting: number
  /** Open and free: of a pool that may check a connection before it gives it, or sockets to another peer. */
  free?: number
  busy: Iterable<object>
}

/** Who held a connection while somebody waited (`request` is null outside any). */
export interface Holder {
  request: RequestRef | null
  heldMs: number
  /** The stack of whoever asked for it: text, then frames. */
  takenAt?: string | Frame[] | undefined
  /** Of a socket: the call that had it. */
  call?: Pick<Operation, 'kind' | 'system' | 'text' | 'target'>
}

/** How one report names another request. */
export interface RequestRef {
  id: number
  method: string
  route: string
  traceId: string
  /** The caller's span, where there is one: a call of this very process, when it calls itself. */
  parentSpanId?: string
  /** Absent while it runs. What runs later may only be called from a connection that it had opened. */
  endedAt?: number
}

/** One call made on a request's behalf, as recorded. */
export interface Operation {
  kind: OperationKind
  system: string
  text: string | undefined
  target: string | undefined
  start: number
  /** NaN while it runs. */
  end: number
  error: string | undefined
  /**
   * Moments inside the call, by name: `opening`, `opened`, `socket`, `connecting`, `resolving`, `dns`, `connect`, `securing`, `tls`,
   * `queued`, `sent`, `lost`, `resent`, `full`, `stream`, `writing`, `written`, `headers`, `retried`, `failedTry`, `batched`, `unseen`.
   */
  marks: Record<string, number> | undefined
  /** When the answer's body had come, and nobody read it. */
  unread?: Interval[] | undefined
  /** Of a large message: how much of it waited in the process as it was written, and until when the kernel had taken all (NaN: not yet). */
  unsent?: Unsent | undefined
  /** More than 1 when calls beyond the limit were folded into this one: then `busyMs` is the sum of theirs. */
  count: number
  busyMs: number
  /** Of those that were folded, the most that were under way at once. */
  atOnce?: number
  /** As it was when a wait for a pool began, or a call's wait for a socket. */
  pool: { size: number; inUse: number; waiting: number; free?: number; holders: Holder[] } | undefined
  blocking: boolean
  pooled?: boolean | undefined
  /** Set when it was sent to a peer in `traceparent`. */
  spanId: string | undefined
  statusCode: number | undefined
  /** The span in which it began, where that is not the request's own. */
  parentSpanId?: string | undefined
  /** Of a span that the application or a foreign instrumentation made. */
  span?: SpanDetail | undefined
  /** Where its connection answers in order, and others stood before it. */
  ahead?: Ahead | undefined
}

export interface Unsent extends Interval {
  bytes: number
}

/** What a call waited for on its connection before it was its turn. */
export interface Ahead {
  /** When it was sent, where its client had kept it back until it was connected. */
  since?: number
  /** The last answer before its own. NaN: it has not come. */
  until: number
  /** Of what took long meanwhile and was no call of the same request, the longest. */
  call?: AheadCall | undefined
  /** Its answer was read together with this one's: which of the two took the time is not known. */
  together?: AheadCall | undefined
  /** Sent before it on another connection to the same server, and answered right before it. */
  elsewhere?: AheadCall | undefined
}

/** From the answer before it, or its own start, to its answer (NaN: it has not come). `request`: null outside any. */
export interface AheadCall extends Interval, Pick<Operation, 'kind' | 'system' | 'text' | 'target' | 'blocking'> {
  request: RequestRef | null
  /** Its client waits for it no longer. */
  givenUp?: boolean
}

/** All that happened in a request, in time order: what the main thread hands to the agent thread. Plain data. */
export interface Timeline {
  id: number
  status: 'finished' | 'running' | 'aborted'
  /** It runs, and nothing follows: its thread ends. */
  isLast?: boolean | undefined
  traceId: string
  spanId: string
  parentSpanId: string | null
  /** What other systems noted in `tracestate`; '' for nothing. */
  traceState: string
  /** The trace's flag, as peers were told. */
  sampled: boolean
  /** The service that called, where it has perfagent. */
  caller: string | undefined
  /** Start as epoch milliseconds. */
  at: number
  start: number
  /** For a running request: the moment of the look. */
  end: number
  thresholdMs: number
  method: string
  /** Raw: query values leave only masked. */
  path: string
  route: string
  statusCode: number | null
  operations: Operation[]
  /** How often it got a connection at once, which is no operation. */
  gotAtOnce?: BySystem[]
  /** Stretches in which this request's own code is known to have held the main thread (its handler's first turn). */
  ownTurns: Interval[]
  /**
   * Who ran: triples of start and end, both whole microseconds since the request's start, and the request's id (0: none; or SEVERAL).
   * All that ran from `from` to `to`, newest first; before and after only first turns that held the loop. A plain array where it came
   * as JSON.
   */
  turns?: { from: number; to: number; stretchesUs: ArrayLike<number>; requests: RequestRef[] } | undefined
  /** When the event loop was silent, and no request but this one had begun since its last turn. */
  silences?: Silence[]
  /** The request's body, when it was waited for. */
  upload?: Transfer | undefined
  /** The answer, when its caller did not take it at once. */
  download?: Transfer | undefined
  /** The most requests in flight at once while this one ran, itself included: 1 means that it was alone. */
  concurrency: number
  /** Its answer was ended by code whose context was nobody's, so what runs outside of any request may be its own work. */
  endedOutside?: boolean
  /** An OpenTelemetry SDK sends the spans. */
  tracedElsewhere?: boolean
  /** What the application told of the request's own span, or of the span that stands for it. */
  span?: SpanDetail | undefined
  annotations: Record<string, string | number | boolean>
  /** The heap was nearly full: calls and turns are not kept then. */
  heap?: Heap
  dropped: { operations: number; reports: number }
}

export interface BySystem {
  system: string
  count: number
}

/** V8's old generation. */
export interface Heap {
  usedBytes: number
  limitBytes: number
}

export interface Interval {
  start: number
  end: number
}

/** In `stretchesUs`, instead of a request's id: several that are not named. */
export const SEVERAL = -1

/** From the beginning of that request on. */
export interface Silence extends Interval {
  request: RequestRef
}

/** When this side had to wait for its caller to send, or to take, the next piece. */
export interface Transfer {
  waits: Interval[]
  /** False while pieces are missing. */
  over: boolean
}

export interface Pause extends Interval {
  kind: 'minor' | 'major' | 'incremental' | 'weakcb'
}

export interface Frame {
  function: string
  /** Absolute path, `node:…`, or '' for native code. */
  file: string
  line: number
  column: number
}
