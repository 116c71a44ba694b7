// What every request did, from its beginning to the decision whether it was slow. Main thread, inside the application's
// stack (its callers in lib/hook are guarded).
//
// A fast request is counted and forgotten. A slow one is handed over as plain data.

import type { RouteOf } from '../hook/recorder.js'
import type { Work } from '../hook/work.js'
import type { Counting } from '../metrics/counting.js'
import { BLOCK_MS } from '../process/beat.js'
import { now } from '../process/clock.js'
import type { Heap, Timeline } from '../types.js'
import { addUntold, type Shared } from '../worker/shared.js'
import { createBeats } from './beats.js'
import { createContext } from './context.js'
import { errorText, hasFailed } from './error-text.js'
import type { HeapWatch } from './heap.js'
import { type AdoptedSpan, loadRandom, newSpanId } from './ids.js'
import type { Tracing } from './join.js'
import { leaveLine } from './lines.js'
import {
  acquired,
  asked,
  askOutside,
  continued,
  giveUp,
  isFollowed,
  leave,
  leftUnread,
  lookAt,
  lookUp,
  mark,
  received,
  requestOf,
  sending,
  stand,
  standOutside,
  taken,
  took,
  unsent,
  waitsFor,
  written
} from './meanwhile.js'
import { createOverdue } from './overdue.js'
import { askedAt } from './pools.js'
import type { Outlet, RequestRecorder } from './recorder-types.js'
import { Request } from './request.js'
import { type Runtime, startRuntime } from './runtime.js'
import { createSlots } from './slots.js'
import { createSlowPolicy, type SlowOptions } from './slow.js'
import { toTimeline } from './timeline.js'
import { watchTurns } from './turns.js'
import { failSpan, nameOfWork, spanOfWork } from './work.js'

/** Of all agents of this thread: what a request of a stopped one still holds is not taken for that of another of its number. */
let lastId = 0

export interface RecorderOptions extends SlowOptions {
  maxOperations: number
}

export function createRecorder(
  options: RecorderOptions,
  shared: Shared,
  tracing: Tracing,
  outlet: Outlet,
  heap: HeapWatch,
  counting?: Counting
): RequestRecorder {
  const context = createContext<Request>()
  const routes = new Set<RouteOf>()
  const policy = createSlowPolicy(options, heap, more => addUntold(shared, more))
  const slots = createSlots(shared)
  const turns = watchTurns(context)
  const beats = createBeats(slots, turns, heap, policy, lastId)
  const { beat, collected, noteSilence } = beats
  /** Options are a table of so many keys that V8 looks each up: 80 instructions an operation. */
  let { maxOperations } = options
  let inFlight = 0
  /** Another tracer's server span, begun in this turn, in which its request will begin too. */
  let spanOfNext: AdoptedSpan | undefined
  let runtime: Runtime | undefined

  const thresholdOf = (request: Request): number =>
    request.facts.neverSlow
      ? Number.POSITIVE_INFINITY
      : policy.thresholdMs(request.facts.method, policy.perRoute ? request.route : undefined)

  /** Its route is another now than when it began. */
  function judgeAgain(request: Request): void {
    if (!policy.perRoute || request.status !== 'running') return
    request.thresholdMs = thresholdOf(request)
    if (!request.reportedRunning) slots.changed(request)
  }

  /** 1 when no other request ran at any time in between, else the larger count at its two ends, but at least 2. */
  function concurrencyOf(request: Request): number {
    const alone = request.inFlightAtStart === 1 && beats.newest === request
    return alone ? 1 : Math.max(2, request.inFlightAtStart, inFlight)
  }

  function isReported(request: Request, durationMs: number, full: Heap | undefined): boolean {
    const { method } = request.facts
    if (!request.isWhole && !full) {
      policy.turnAway(method, request.route)
      return false
    }
    return full !== undefined || request.reportedRunning || policy.admit(method, request.route, durationMs, request.end)
  }

  /** `full`: the heap is, and holds no turns. */
  function timelineOf(request: Request, full?: Heap): Timeline {
    runtime?.notePauses()
    // Told at the end alone: what is asked for while it runs may never arrive, or too late to be news.
    const dropped = request.status === 'running' ? 0 : policy.takeDropped(request.facts.method, request.route)
    noteSilence(now())
    const own = toTimeline(request, concurrencyOf(request), dropped)
    const timeline = full ? { ...own, heap: full } : { ...own, ...turns.between(own.start, own.end, request) }
    if (isEndedOutside(request)) timeline.endedOutside = true
    return recorder.tracedElsewhere ? { ...timeline, tracedElsewhere: true } : timeline
  }

  /** The end of an answer is told in the context of its last write; by HTTP/2 in nobody's, where headers begin with `:method`. */
  const isEndedOutside = ({ status, facts }: Request): boolean =>
    status === 'finished' && !facts.work && !facts.headers[0]?.startsWith(':') && !context.getStore()

  const overdue = createOverdue(slots, policy, timelineOf)

  function beginWork(request: Request, work: Work): void {
    request.span = spanOfWork(work)
    recorder.setRoute(request, nameOfWork(work))
    outlet.work()
  }

  const recorder: RequestRecorder = {
    context,
    routes,
    surroundings: undefined,
    tracedElsewhere: false,
    isHidden: undefined,

    beginRequest(key, facts) {
      if (!runtime) {
        loadRandom()
        heap.open()
      }
      runtime ??= startRuntime(shared, { inFlight: () => inFlight, beat, collected }, counting)
      inFlight++
      const request = new Request(++lastId, facts, inFlight, key, routes, tracing, heap.footprint)
      if (spanOfNext) request.adopt(spanOfNext)
      spanOfNext = undefined
      beats.newest = request
      request.thresholdMs = thresholdOf(request)
      slots.take(request)
      runtime.wake()
      if (facts.work) beginWork(request, facts.work)
      return request
    },

    failRequest(request, error) {
      if (request.span) failSpan(request.span, errorText(error))
    },

    endFirstTurn(request) {
      const end = request.endSoFar()
      request.firstTurnEnd = end
      if (end - request.start >= BLOCK_MS && !heap.isFull) turns.held(request.start, end, request)
    },

    endRequest(request, statusCode, aborted, at = now()) {
      if (request.status !== 'running') return
      request.end = at
      request.status = aborted ? 'aborted' : 'finished'
      request.statusCode = statusCode
      request.settleRoute()
      // It began while another agent ran, which was stopped: that one's slot and count are no business of these.
      if (!request.isOf(tracing)) return request.release()
      slots.give(request)
      if (policy.perRoute) request.thresholdMs = thresholdOf(request)
      const durationMs = request.end - request.start
      const { method } = request.facts
      const isSlow = durationMs >= request.thresholdMs
      const full = isSlow ? heap.toTell(at) : undefined
      if (isSlow && isReported(request, durationMs, full)) outlet.slow(timelineOf(request, full))
      else if (outlet.kept && !recorder.tracedElsewhere && tracing.sampler.keeps(request)) outlet.kept(request)
      // Work that came to no server is no request of HTTP's.
      if (request.facts.path !== '') counting?.request(request)
      if (policy.perRoute) policy.observe(method, request.route, durationMs, request.end)
      inFlight--
      request.release()
    },

    setPart(request, { name, attributes }) {
      if (request.part !== undefined || request.status !== 'running') return
      request.part = name
      for (const [key, value] of Object.entries(attributes)) request.annotate(key, value)
      judgeAgain(request)
    },

    setRoute(request, route) {
      request.setRoute(route)
      judgeAgain(request)
    },

    beginOperation(request, facts) {
      if (request.status !== 'running' || recorder.isHidden?.()) return undefined
      const operation = request.begin(facts, maxOperations, counting !== undefined)
      const around = recorder.surroundings?.spanAround(request, facts)
      if (around !== undefined) operation.parentSpanId = around
      const pool = counting && facts.pool ? counting.pool(facts.pool) : undefined
      const stack = facts.kind === 'pool' ? askedAt() : undefined
      return { operation, request, pool, method: facts.method, askedAt: stack }
    },

    beginSpan(request, facts) {
      if (request.status !== 'running') return undefined
      const operation = request.begin(facts, maxOperations, counting !== undefined)
      if (request.isUntold(operation)) return undefined
      operation.spanId = newSpanId()
      return { operation, request, pool: undefined }
    },

    endOperation({ operation, request, pool, method }, error, statusCode, at = now()) {
      if (request.finish(operation, error, statusCode, at)) counting?.operation(operation, error, pool, method)
      if (operation.place) leaveLine(operation.place, at, hasFailed(error))
    },

    watchSockets: facts => counting?.sockets(facts),
    propagation: ({ operation, request }) =>
      recorder.tracedElsewhere ? [] : request.traceHeaders(operation, recorder.surroundings?.baggage()),
    traceIds({ ids: { traceId, spanId, sampled } }) {
      const active = recorder.surroundings?.activeSpanId()
      return { trace_id: traceId, span_id: active ?? spanId, trace_flags: sampled ? '01' : '00' }
    },
    adoptSpan(span) {
      const request = context.getStore()
      if (request) request.adopt(span)
      else {
        spanOfNext = span
        queueMicrotask(() => {
          spanOfNext = undefined
        })
      }
    },
    current: () => context.getStore()?.ref,
    reread() {
      maxOperations = options.maxOperations
      policy.reread()
    },

    // What is noted on a request or an operation while it is under way, whatever the others do.
    received,
    taken,
    asked,
    continued,
    sending,
    written,
    mark,
    leftUnread,
    unsent,
    stand,
    standOutside,
    giveUp,
    leave,
    lookUp,
    isFollowed,
    requestOf,
    askOutside,
    acquired,
    took,
    lookAt,
    waitsFor,

    takeOverdue: overdue.take,
    takeLast: overdue.takeLast,
    toldRunning: overdue.told,

    stop() {
      turns.stop()
      context.disable()
      runtime?.stop()
      runtime = undefined
    }
  }
  return recorder
}
