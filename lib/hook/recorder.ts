// What the hooks tell; lib/record implements it, and a stand-in of the tests. Main thread; types only. `Request` and
// `Operation` are opaque to the hooks.

import type { AsyncLocalStorage } from 'node:async_hooks'
import type { OperationFacts, SocketsFacts } from '../types.js'
import type { Earlier, RequestFacts, RoutePart } from './instrumentation.js'
import type { TraceIds } from './log-line.js'

/** The matched route of a request, by its `key`. */
export type RouteOf = (key: object) => string | undefined

/** Which request is current, as of AsyncLocalStorage; it is one, or does the same. */
export type Context<Request> = Pick<AsyncLocalStorage<Request>, 'run' | 'enterWith' | 'getStore'>

/** Code outside any request that waits for a connection. */
export interface Outside {
  request: undefined
  askedAt: string | undefined
}

export interface Recorder<
  Request extends object = object,
  Operation extends object = object,
  Place extends object = object
> {
  context: Context<Request>
  /** `key` is the library's own object for the request. */
  beginRequest(key: object, facts: RequestFacts): Request
  /** The handlers have returned: the request's first turn is over. */
  endFirstTurn(request: Request): void
  /** `statusCode` is null when no answer was begun. The first end counts. */
  endRequest(request: Request, statusCode: number | null, aborted: boolean): void
  /** What it did failed, where no status code tells so. */
  failRequest(request: Request, error: unknown): void
  /** A piece of the request's body has come, `last`: the end of it; `awaited`: and somebody had read all before it. */
  received(request: Request, last: boolean, awaited: boolean): void
  /** Whoever reads by listening has done its work with that piece; `isFull`: nobody has read it, and no other can come. */
  taken(request: Request, isFull: boolean): void
  /** The next piece may come. */
  asked(request: Request): void
  /** The answer's buffers are full (`stalled`), or empty again. */
  sending(request: Request, stalled: boolean): void
  /** The handler has written all of its answer. */
  written(request: Request): void
  setRoute(request: Request, route: string): void
  /** The first holds. */
  setPart(request: Request, part: RoutePart): void
  /** Names that frameworks leave on the library's own object; read when somebody asks, which for a fast request is never. */
  routes: Set<RouteOf>
  /** Undefined when the request has ended. */
  beginOperation(request: Request, facts: OperationFacts): Operation | undefined
  /** False where there is no room for it: nothing that is told of it is heeded, so nothing should be held for that. */
  isFollowed(operation: Operation): boolean
  mark(operation: Operation, name: string, statusCode: number | undefined, earlier: Earlier | undefined): void
  /** Up to now its body lay unread. */
  leftUnread(operation: Operation, since: number): void
  /** So much of it waits in the process to be sent; 0: nothing any more. */
  unsent(operation: Operation, bytes: number): void
  endOperation(operation: Operation, error: unknown, statusCode: number | undefined): void
  /** It is sent on a connection that answers in order, which `connection` stands for. */
  stand(operation: Operation, connection: object): void
  /** So is what is no operation, because no request has it: its end is told by what this returns. */
  standOutside(connection: object, request: Request | undefined, describe: () => OperationFacts | undefined): Place
  leave(place: Place, error: unknown): void
  /** One of the few threads that look up names is asked for; told by what this returns, its end. */
  lookUp(operation: Operation | undefined, request: Request | undefined, facts: OperationFacts): () => void
  /** Its client gives it up, and is answered all the same: told by what this returns. */
  giveUp(operation: Operation): Place | undefined
  requestOf(operation: Operation): Request
  /** Code outside any request asks a pool for a connection: stands for its wait, which is no operation. */
  askOutside(): Outside
  /** Whoever waited holds the connection from now on. */
  acquired(wait: Operation | Outside, connection: object): void
  /** How full they are is looked at from now on. */
  watchSockets(facts: SocketsFacts): void
  /** For a line of a log that is written in this request. */
  traceIds(request: Request): TraceIds
  /** Headers by which a peer joins the trace; [] for none. */
  propagation(operation: Operation): [header: string, value: string][]
}
