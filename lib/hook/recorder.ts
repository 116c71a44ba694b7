// What the hooks tell about requests and operations. Main thread; types only. lib/record implements it, and so does a stand-in of the
// tests. To the hooks a `Request`, an `Operation` and a `Place` are opaque: they get them from the recorder and hand them back.

import type { AsyncLocalStorage } from 'node:async_hooks'
import type { OperationFacts, SocketsFacts, Taken } from '../types.js'
import type { Earlier, RequestFacts, RoutePart } from './instrumentation.js'
import type { TraceIds } from './log-line.js'

/** The matched route of a request, by its `key`. */
export type RouteOf = (key: object) => string | undefined

/** Which request is current: an AsyncLocalStorage, or what does the same. */
export type Context<Request> = Pick<AsyncLocalStorage<Request>, 'run' | 'enterWith' | 'getStore'>

/** A wait for a connection outside any request. */
export interface Outside {
  request: undefined
  askedAt: string | undefined
}

/** A call outside any request that has a socket. */
export interface OutsideCall {
  request: undefined
  since: number
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
  /** `statusCode` is null when no answer was begun. Only the first call for a request counts. */
  endRequest(request: Request, statusCode: number | null, aborted: boolean): void
  /** The request failed, and no status code tells so. */
  failRequest(request: Request, error: unknown): void
  /** A piece of the request's body has come. `last`: it is the end. `awaited`: somebody had read all that came before. */
  received(request: Request, last: boolean, awaited: boolean): void
  /** The listeners for that piece have returned. `isFull`: nobody has read it, and no more fits into the buffer. */
  taken(request: Request, isFull: boolean): void
  /** The application wants the next piece of the body. */
  asked(request: Request): void
  /** The caller, which asked before it sends its body, was told to send it. */
  continued(request: Request): void
  /** The answer's buffers are full (`stalled`), or empty again. */
  sending(request: Request, stalled: boolean): void
  /** The handler has written all of its answer. */
  written(request: Request): void
  setRoute(request: Request, route: string): void
  /** What tells it apart from other requests of its route. Only the first call for a request counts. */
  setPart(request: Request, part: RoutePart): void
  /** How to read the route that a framework has left on the library's object. It is read when somebody asks, so mostly never. */
  routes: Set<RouteOf>
  /** Undefined when the request has ended. */
  beginOperation(request: Request, facts: OperationFacts): Operation | undefined
  /** False where there was no room for the operation: whatever is told about it is ignored, so nothing need be kept in order to tell it. */
  isFollowed(operation: Operation): boolean
  /** It has reached the moment `name` (`Operation.marks`). */
  mark(operation: Operation, name: string, statusCode: number | undefined, earlier: Earlier | undefined): void
  /** The body of its answer lay unread from `since` until now. */
  leftUnread(operation: Operation, since: number): void
  /** So many bytes of it wait in the process to be sent; 0: none any more. */
  unsent(operation: Operation, bytes: number): void
  endOperation(operation: Operation, error: unknown, statusCode: number | undefined): void
  /** The operation is sent on a connection that answers in order, and gets a place in its line (lib/record/lines.ts). */
  stand(operation: Operation, connection: object): void
  /** The same for a call that is no operation, because no request made it. It is over when `leave` is called with its place. */
  standOutside(connection: object, request: Request | undefined, describe: () => OperationFacts | undefined): Place
  leave(place: Place, error: unknown): void
  /** A name is looked up, for which libuv has few threads. The returned function is to be called when that is over. */
  lookUp(operation: Operation | undefined, request: Request | undefined, facts: OperationFacts): () => void
  /** Its client waits no longer, but the answer will still come: then `leave` is to be called with the returned place. */
  giveUp(operation: Operation): Place | undefined
  requestOf(operation: Operation): Request
  /** A pool is asked for a connection outside any request. */
  askOutside(): Outside
  /** The wait is over: who waited holds the connection from now on. */
  acquired(wait: Operation | Outside, connection: object): void
  /** Holds the connection from now on; it was no wait. */
  took(request: Request | undefined, connection: object): void
  /** Who has what a call waits for. `callOf` finds the call of a key in `busy`, where it is known. */
  lookAt(taken: Taken, callOf: (key: object) => Operation | OutsideCall | undefined): object
  /** The operation waits for what was looked at. */
  waitsFor(operation: Operation, looked: object): void
  /** From now on it is looked at how many of these sockets are in use. */
  watchSockets(facts: SocketsFacts): void
  /** For a log line that is written in this request. */
  traceIds(request: Request): TraceIds
  /** Headers by which a peer joins the trace; [] for none. */
  propagation(operation: Operation): [header: string, value: string][]
}
