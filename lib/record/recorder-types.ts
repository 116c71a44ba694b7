// What the recorder is to the agent and to OpenTelemetry's API, beyond what the hooks see of it (lib/hook/recorder.ts). Main thread;
// types only.

import type { Recorder } from '../hook/recorder.js'
import type { WatchedPool } from '../metrics/pools.js'
import type { OperationFacts, RequestRef, Timeline } from '../types.js'
import type { AdoptedSpan } from './ids.js'
import type { Place, Standing } from './lines.js'
import type { Request } from './request.js'

/** Where timelines go. */
export interface Outlet {
  /** A slow request, which is to be explained. */
  slow(timeline: Timeline): void
  /** A request that was not slow, and whose spans are wanted. Undefined where no spans leave at all. */
  kept: ((request: Request) => void) | undefined
  /** A request has begun without a server. Perhaps none will ever listen, so the agent thread has to be started. */
  work(): void
}

/** What the application has made current by OpenTelemetry's API. */
export interface Surroundings {
  /** The span in which an operation begins, if it is another than the request's own. */
  spanAround(request: Request, facts: OperationFacts): string | undefined
  activeSpanId(): string | undefined
  /** The header `baggage`; '' where all that came was taken away, undefined where nothing is known of it. */
  baggage(): string | undefined
}

export interface RequestRecorder extends Recorder<Request, RecordedOperation, Place> {
  /** Undefined until somebody uses OpenTelemetry's API. */
  surroundings: Surroundings | undefined
  /** Another tracer writes trace headers and sends the spans. */
  tracedElsewhere: boolean
  /** Whether what begins now is that tracer's own (it sends its spans), which instrumentations are not to see. */
  isHidden: (() => boolean) | undefined
  /** That tracer has a span of its own for the request that is current, or that begins in this turn. */
  adoptSpan(span: AdoptedSpan): void
  /** An operation that is a span of OpenTelemetry's API. Undefined when the request has ended, or when there is no room for it. */
  beginSpan(request: Request, facts: OperationFacts): RecordedOperation | undefined
  endRequest(request: Request, statusCode: number | null, aborted: boolean, at?: number): void
  endOperation(operation: RecordedOperation, error: unknown, statusCode: number | undefined, at?: number): void
  /** Requests that have run past their threshold since the last call, as they are now. */
  takeOverdue(): Timeline[]
  /** The same as the thread ends, after which nothing follows. */
  takeLast(): Timeline[]
  /** How many are in flight of which a report was asked for while they ran. */
  toldRunning(): number
  current(): RequestRef | undefined
  /** The options have changed: that holds from the next request on. */
  reread(): void
  stop(): void
}

/** An operation with its request, in whose context it is to be when the answer comes. */
export interface RecordedOperation {
  operation: Standing
  request: Request
  /** Of a pool wait, when metrics are kept. */
  pool: WatchedPool | undefined
  method?: string | undefined
  /** Of a wait for a pool: the stack of whoever asked. */
  askedAt?: string | undefined
}
