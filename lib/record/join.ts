// Which trace a request belongs to: its caller's, or one that begins with it. Main thread.

import { type Ids, newSpanId, newTraceId, type OwnIds, textOf } from './ids.js'
import type { Incoming, Propagation } from './propagation.js'
import type { Sampler } from './sampling.js'

/** How traces are spoken of to the outside. */
export interface Tracing {
  propagation: Propagation
  sampler: Sampler
}

/** `ownIds`: of a trace that began with it, and that nobody has asked for until now. */
export function joinTrace({ sampler }: Tracing, incoming: Incoming, ownIds?: OwnIds): Ids {
  const { parent, sampled: wish, debug, state, caller, baggage } = incoming
  const own = ownIds && textOf(ownIds)
  const traceId = parent?.traceId ?? own?.traceId ?? newTraceId()
  return {
    traceId,
    spanId: own?.spanId ?? newSpanId(),
    parentSpanId: parent?.spanId ?? null,
    sampled: debug || sampler.sampled(parent ? parent.sampled : wish, traceId),
    random: parent?.random ?? true,
    debug,
    state,
    caller,
    baggage
  }
}
