// One request while it lives: who it is, what it did. Main thread. Only numbers are written and arrays appended here; text
// is neither copied nor masked, and ids are made when somebody asks for them.

import { inspect } from 'node:util'
import type { RequestFacts } from '../hook/instrumentation.js'
import type { RouteOf } from '../hook/recorder.js'
import { routeOf, takesAll } from '../hook/route.js'
import { now } from '../process/clock.js'
import { cut } from '../process/cut.js'
import { failedToServe } from '../process/http-status.js'
import {
  type BySystem,
  type Operation,
  type OperationFacts,
  type RequestRef,
  type SpanDetail,
  STATUS,
  type Timeline
} from '../types.js'
import { errorText } from './error-text.js'
import type { Footprint } from './footprint.js'
import { type AdoptedSpan, type Ids, newOwnIds, newSpanId, type OwnIds } from './ids.js'
import { joinTrace, type Tracing } from './join.js'
import type { Standing } from './lines.js'
import { Operations } from './operations.js'
import { snapshotPool } from './pools.js'
import type { Incoming } from './propagation.js'
import type { TransferLog } from './transfer.js'

const MAX_ANNOTATIONS = 32
const MAX_ANNOTATION_LENGTH = 256
const NO_HEADERS: readonly string[] = []
const UNTOLD: OperationFacts = { kind: 'custom', system: 'custom' }

export class Request {
  readonly start: number
  end = Number.NaN
  status: 'finished' | 'running' | 'aborted' = 'running'
  statusCode: number | null = null
  slot = -1
  /** What OpenTelemetry's API was told of it. */
  span: SpanDetail | undefined
  reportedRunning = false
  /** Nothing of what it did was let go for want of room. */
  isWhole = true
  thresholdMs = 0
  /** When its handlers had returned. */
  firstTurnEnd = Number.NaN
  /** How the body came and the answer went, where there was something to wait for. */
  upload: TransferLog | undefined
  download: TransferLog | undefined
  /** When its handler had written all of the answer. */
  writtenAt = Number.NaN
  /** What tells it apart from others of its route: `query Cart` of `/graphql`. */
  part: string | undefined
  #operations: Operations | undefined
  #untold: Standing | undefined
  #ids: Ids | undefined
  #ownIds: OwnIds | undefined
  #adopted = false
  #key: object | undefined
  readonly #routes: ReadonlySet<RouteOf>
  readonly #tracing: Tracing
  readonly #footprint: Footprint
  #framework: string | undefined
  #nameOfPath: string | undefined
  #isTraced: boolean | undefined
  #annotations: Record<string, string | number | boolean> | undefined

  constructor(
    readonly id: number,
    readonly facts: RequestFacts,
    /** Requests in flight when it began, itself included. */
    readonly inFlightAtStart: number,
    /** The library's own object, where a framework leaves the name of the route. */
    key: object,
    routes: ReadonlySet<RouteOf>,
    tracing: Tracing,
    footprint: Footprint
  ) {
    this.start = facts.start ?? now()
    this.#key = key
    this.#routes = routes
    this.#tracing = tracing
    this.#footprint = footprint
  }

  /** Each agent has its own. */
  isOf(tracing: Tracing): boolean {
    return this.#tracing === tracing
  }

  /** Now, while it runs. */
  endSoFar(): number {
    return Number.isNaN(this.end) ? now() : this.end
  }

  /** As it is known now: while handlers run, frameworks tell it piece by piece. */
  get route(): string {
    return this.part === undefined ? this.#wholeRoute() : `${this.#wholeRoute()} ${this.part}`
  }

  // Methods, and no private getters: V8 calls those by way of C++ (seen in profiles of Node 24).
  #wholeRoute(): string {
    const framework = this.#framework ?? this.#frameworkNow()
    if (framework !== undefined && !takesAll(framework)) return framework
    const told = this.span?.attributes['http.route']
    if (typeof told === 'string' && told.startsWith('/')) return told
    this.#nameOfPath ??= routeOf(this.facts.path)
    return this.#nameOfPath
  }

  setRoute(route: string): void {
    this.#framework = route
  }

  /** At its end, when a framework has told all that it will. From then on the request keeps nothing of the library's alive. */
  settleRoute(): void {
    this.#framework ??= this.#frameworkNow()
    this.#key = undefined
  }

  #frameworkNow(): string | undefined {
    if (!this.#key) return undefined
    for (const routeOf of this.#routes) {
      const route = routeOf(this.#key)
      if (route !== undefined) return route
    }
    return undefined
  }

  get ids(): Ids {
    this.#ids ??= joinTrace(this.#tracing, this.#tracing.propagation.extract(this.facts.headers), this.#ownIds)
    return this.#ids
  }

  /** Undefined while neither a caller nor anybody here knows of the trace. */
  get knownIds(): Ids | undefined {
    return this.#ids ?? (this.#mayBeTraced() ? this.ids : undefined)
  }

  /** Of such a trace: `ids`, when somebody asks for it after all, is the text of these. */
  get ownIds(): OwnIds {
    this.#ownIds ??= newOwnIds()
    return this.#ownIds
  }

  /** The trace's flag. Ids are made for it only where it depends on them. */
  get sampled(): boolean {
    const { sampler } = this.#tracing
    const known = sampler.byTraceId ? this.ids : this.knownIds
    return known ? known.sampled : sampler.sampled(undefined, '')
  }

  /** The trace of a caller that is not known by headers. */
  join(incoming: Incoming): void {
    this.#ids = joinTrace(this.#tracing, incoming)
  }

  /** Its span is another tracer's too, by whose name it is found. */
  adopt(span: AdoptedSpan): void {
    if (this.#adopted) return
    this.#adopted = true
    this.#ids = { ...this.ids, ...span }
  }

  /** Without making ids: undefined when neither a caller nor a called peer knows of the trace. */
  get knownTraceId(): string | undefined {
    if (this.#ids) return this.#ids.traceId
    return this.#mayBeTraced() ? this.#tracing.propagation.extract(this.facts.headers).parent?.traceId : undefined
  }

  #mayBeTraced(): boolean {
    this.#isTraced ??= this.#tracing.propagation.mayConcern(this.facts.headers)
    return this.#isTraced
  }

  get failed(): boolean {
    return failedToServe(this.statusCode) || this.span?.status.code === STATUS.error
  }

  /** The service that called, where it has perfagent. */
  get caller(): string | undefined {
    if (this.#ids) return this.#ids.caller
    return this.#mayBeTraced() ? this.#tracing.propagation.callerOf(this.facts.headers) : undefined
  }

  get ref(): RequestRef {
    const { id, facts, route, end } = this
    const { traceId, parentSpanId } = this.ids
    return {
      id,
      method: facts.method,
      route,
      traceId,
      ...(parentSpanId !== null && { parentSpanId }),
      ...(!Number.isNaN(end) && { endedAt: end })
    }
  }

  /** Node keeps it on promises and timers (20, 22; on timers from 24 on), and an application prints those, in its logs. */
  [inspect.custom](): string {
    return '{}'
  }

  annotate(key: string, value: string | number | boolean): void {
    this.#annotations ??= Object.create(null) as Record<string, string | number | boolean>
    if (!(key in this.#annotations) && Object.keys(this.#annotations).length >= MAX_ANNOTATIONS) return
    this.#annotations[cut(key, MAX_ANNOTATION_LENGTH)] =
      typeof value === 'string' ? cut(value, MAX_ANNOTATION_LENGTH) : value
  }

  /**
   * A call begins. Where there is no room to keep it, it may still be `timed`, for metrics; where not even for that, or nobody wants it, what
   * is returned stands for all calls of which nothing is known (`isUntold`).
   */
  begin(facts: OperationFacts, limit: number, timed = false): Standing {
    this.#operations ??= new Operations(this.#footprint)
    if (!this.#operations.follow()) return this.#leaveUntold()
    const operation = operationOf(facts)
    if (this.#operations.keep(operation, limit)) return operation
    this.isWhole = false
    if (timed) return operation
    this.#operations.unfollow()
    return this.#leaveUntold()
  }

  /** Whether it is the one that stands for all calls of which nothing is known. That has ended, so what is told of it changes nothing. */
  isUntold(operation: Operation): boolean {
    return operation === this.#untold
  }

  #leaveUntold(): Standing {
    this.isWhole = false
    this.#untold ??= { ...operationOf(UNTOLD), end: this.start }
    return this.#untold
  }

  /** False when it had ended before. */
  finish(operation: Operation, error: unknown, statusCode: number | undefined, at = now()): boolean {
    if (!Number.isNaN(operation.end)) return false
    operation.end = at
    operation.statusCode = statusCode ?? operation.statusCode
    if (error !== undefined && error !== null) operation.error = errorText(error)
    this.#operations?.end(operation)
    return true
  }

  get droppedOperations(): number {
    return this.#operations?.dropped ?? 0
  }

  get annotations(): Readonly<Timeline['annotations']> | undefined {
    return this.#annotations
  }

  /** So far; undefined for none. */
  get operations(): readonly Standing[] | undefined {
    return this.#operations?.kept
  }

  /** So far, by system; undefined for never. */
  get gotAtOnce(): BySystem[] | undefined {
    return this.#operations?.gotAtOnce
  }

  /** It has ended: from now on only its name is wanted, by those who wait for what it holds. */
  release(): void {
    this.#operations?.leave()
    this.#operations = undefined
    this.#letGoOfHeaders()
  }

  /** It still runs, and there is no room: what it did so far counts as dropped. */
  letGo(): void {
    this.isWhole = false
    if (this.#operations) this.#operations.dropped += this.#operations.letGo()
    this.#letGoOfHeaders()
  }

  /**
   * All but those of the trace, which log lines may ask for later: Node's timer for a kept connection keeps the context, and with it the
   * request, until the connection's next one. 20 headers were 2.4 kB of 3.3 kB for each idle connection.
   */
  #letGoOfHeaders(): void {
    const { facts } = this
    facts.headers = this.#ids || !this.#mayBeTraced() ? NO_HEADERS : this.#tracing.propagation.fieldsIn(facts.headers)
  }

  /** `baggage` where the application has changed it, '' for none. Whoever is called by what is not told is a child of the request itself. */
  traceHeaders(operation: Operation, baggage?: string): [header: string, value: string][] {
    operation.spanId ??= this.isUntold(operation) ? this.ids.spanId : newSpanId()
    const ids = baggage === undefined ? this.ids : { ...this.ids, baggage: baggage || undefined }
    return this.#tracing.propagation.inject(ids, operation.spanId)
  }
}

const operationOf = (facts: OperationFacts): Standing => ({
  kind: facts.kind,
  system: facts.system,
  text: facts.text,
  target: facts.target,
  start: facts.start ?? now(),
  end: Number.NaN,
  error: undefined,
  marks: undefined,
  count: 1,
  busyMs: 0,
  pool: facts.pool && snapshotPool(facts.pool),
  blocking: facts.blocking === true,
  pooled: facts.pooled,
  spanId: undefined,
  statusCode: undefined,
  ahead: undefined,
  place: undefined
})
