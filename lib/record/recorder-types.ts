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
  /** Of a slow request: it is explained. */
  slow(timeline: Timeline): void
  /** Of another whose spans are wanted; absent where no spans leave at all. */
  kept: ((request: Request) => void) | undefined
  /** A request came to no server, and perhaps no server will ever listen: the agent thread has to begin. */
  work(): void
}

/** What the application has made of the moment by OpenTelemetry's API. */
export interface Surroundings {
  /** The span in which an operation begins, where that is not the request's own. */
  spanAround(request: Request, facts: OperationFacts): string | undefined
  activeSpanId(): string | undefined
  /** The header `baggage`; '' where all that came was taken away, undefined where nothing is known of it. */
  baggage(): string | undefined
}

export interface RequestRecorder extends Recorder<Request, RecordedOperation, Place> {
  /** Undefined until somebody uses that API. */
  surroundings: Surroundings | undefined
  /** Another tracer writes trace headers and sends the spans. */
  tracedElsewhere: boolean
  /** Whether that tracer hides what begins now from instrumentations: its own deliveries. */
  isHidden: (() => boolean) | undefined
  /** That tracer's span of the request that is current, or begins now. */
  adoptSpan(span: AdoptedSpan): void
  /** An operation that is a span of the API. Undefined also where there is no room for it. */
  beginSpan(request: Request, facts: OperationFacts): RecordedOperation | undefined
  endRequest(request: Request, statusCode: number | null, aborted: boolean, at?: number): void
  endOperation(operation: RecordedOperation, error: unknown, statusCode: number | undefined, at?: number): void
  /** Requests that have run past their threshold since the last call, as they are now. */
  takeOverdue(): Timeline[]
  current(): RequestRef | undefined
  /** The options have changed: that holds from the next request on. */
  reread(): void
  counts: { requests: number; slow: number; handedOver: number }
  stop(): void
}

/** The operation with its request: where the context must be restored when the answer comes. */
export interface RecordedOperation {
  operation: Standing
  request: Request
  /** Of a pool wait, when metrics are kept. */
  pool: WatchedPool | undefined
  method?: string | undefined
  /** Of a wait for a pool: the stack of whoever asked. */
  askedAt?: string | undefined
}
