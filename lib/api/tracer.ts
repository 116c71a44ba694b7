// Tracers whose spans become operations of the request in which they begin, or, outside any, requests of their own. Main thread,
// inside the application's stack.
//
//   parent is a span of a running request      an operation of that request
//   no parent, a remote one, an ended request  a request of its own: server, consumer and internal spans are judged like any
//                                              request; a call that nobody asked for is never slow, its spans leave by the sampler
//   a server's, in a request of ours           the request's own span
//   a scope whose calls perfagent times itself nothing: the span passes

import type {
  Context,
  ContextManager,
  Link,
  Span,
  SpanOptions,
  TimeInput,
  Tracer,
  TracerOptions,
  TracerProvider
} from '@opentelemetry/api'
import type { RequestRecorder } from '../record/recorder-types.js'
import type { Request } from '../record/request.js'
import { type SpanDetail, STATUS } from '../types.js'
import { isContext, isSuppressed, ROOT, SPAN_KEY, spanContextOf, spanIn } from './context.js'
import { factsOf, isHousekeeping, routeIn, statusCodeOf, textOf, twinOf } from './conventions.js'
import { addLink, createDetail, type Limits, setAttributes } from './detail.js'
import { hardened } from './harden.js'
import { incomingFrom, incomingOf } from './propagator.js'
import { type EndSpan, LiveSpan, liveSpanOf, PassingSpan } from './span.js'
import { momentOf } from './time.js'

/** By the API's SpanKind, which is OTLP's less one. */
const KINDS = ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']
const INTERNAL = 0
const SERVER = 1
const JUDGED = ['INTERNAL', 'SERVER', 'CONSUMER']

export interface TracerHost {
  recorder: RequestRecorder
  limits: Limits
  contexts: ContextManager
  /** Whether one of our instrumentations is in use. */
  isEnabled(instrumentation: string): boolean
  /** The provider that has been registered since; undefined while it is this one. */
  successor(): TracerProvider | undefined
  /** A request that no server of ours brought. */
  onWork(): void
}

export interface Tracers extends TracerProvider {
  /** The request's own span. */
  spanOf(request: Request): LiveSpan
  endSpan: EndSpan
}

export function createTracers(host: TracerHost): Tracers {
  const { recorder, limits, contexts } = host
  const own = new WeakMap<Request, LiveSpan>()

  const endSpan: EndSpan = (span, time) => {
    const { request, operation, detail, parent } = span
    if (span.ended || (operation === undefined && !span.detail.scope.name && request.facts.path !== '')) return
    span.ended = true
    if (operation === undefined) {
      recorder.setRoute(request, textOf(detail.attributes, 'http.route') ?? detail.name)
      recorder.endRequest(request, statusCodeOf(detail.attributes) ?? null, false, endOf(request.start, time))
      return
    }
    const { kind, system, text, target } = factsOf(detail, span.wraps)
    Object.assign(operation, { kind, system, text, target })
    if (parent && (kind !== 'custom' || span.wraps)) parent.wraps = true
    const error = detail.status.code === STATUS.error ? detail.status.message || 'error' : undefined
    recorder.endOperation(
      { operation, request, pool: undefined },
      error,
      statusCodeOf(detail.attributes),
      endOf(operation.start, time)
    )
  }

  function spanOf(request: Request): LiveSpan {
    let span = own.get(request)
    if (!span) {
      request.span ??= createDetail('', SERVER + 1, { name: '', version: '' })
      span = new LiveSpan(request, undefined, undefined, request.span, limits, endSpan)
      own.set(request, span)
    }
    return span
  }

  /** What is neither options nor context is as if it had not been given. */
  function startSpan(
    scope: SpanDetail['scope'],
    name: string,
    options: SpanOptions | undefined,
    context: Context | undefined
  ): Span {
    return start(scope, name, options ?? {}, isContext(context) ? context : contexts.active())
  }

  const startHardened = hardened('startSpan', startSpan, () => new PassingSpan(undefined))

  function start(scope: SpanDetail['scope'], name: string, options: SpanOptions, context: Context): Span {
    const given = options.root ? undefined : spanIn(context)
    const parent = liveSpanOf(given)
    if (isSuppressed(context)) return new PassingSpan(parent)
    const twin = twinOf(scope.name)
    const isTimedByUs = twin !== undefined && host.isEnabled(twin)
    const served = options.kind === SERVER ? servedNow(isTimedByUs) : undefined
    if (served) return adopt(served, options)
    if (isTimedByUs) return new PassingSpan(parent)
    const detail = createDetail(
      name,
      (KINDS[options.kind ?? INTERNAL] ? (options.kind ?? INTERNAL) : INTERNAL) + 1,
      scope
    )
    setAttributes(detail, options.attributes, limits)
    addLinks(detail, options.links, limits)
    const begun = options.startTime === undefined ? undefined : momentOf(options.startTime)
    return parent?.request.status === 'running'
      ? beginOperation(parent, detail, begun)
      : beginRequest(given, detail, begun)
  }

  /** Who serves a request of ours tells of that one, whatever parent its own reading of the headers has found. */
  function servedNow(isTimedByUs: boolean): Request | undefined {
    const current = recorder.context.getStore()
    const isServed = current && (isTimedByUs || (current.facts.path !== '' && current.status === 'running'))
    return isServed ? current : undefined
  }

  function adopt(request: Request, { attributes }: SpanOptions): Span {
    return spanOf(request).setAttributes(attributes ?? {})
  }

  function beginOperation(parent: LiveSpan, detail: SpanDetail, begun: number | undefined): Span {
    const { request } = parent
    const route = routeIn(detail)
    if (route !== undefined) recorder.setRoute(request, route)
    const recorded = recorder.beginSpan(request, { ...factsOf(detail, false), start: begun })
    if (!recorded) return new PassingSpan(parent)
    const { operation } = recorded
    operation.span = detail
    if (parent.operation) operation.parentSpanId = parent.operation.spanId
    return new LiveSpan(request, operation, parent, detail, limits, endSpan)
  }

  function beginRequest(given: Span | undefined, detail: SpanDetail, begun: number | undefined): Span {
    const told = spanContextOf(given)
    const incoming = incomingOf(given) ?? (told && incomingFrom(told))
    const kind = KINDS[detail.kind - 1] ?? KINDS[INTERNAL]!
    const late = liveSpanOf(given) !== undefined
    const judged = JUDGED.includes(kind) && !late && !isHousekeeping(detail)
    const { attributes } = detail
    const facts = {
      method: textOf(attributes, 'http.request.method', 'http.method') ?? kind,
      path: '',
      headers: [],
      start: begun,
      neverSlow: !judged
    }
    const request = recorder.beginRequest(facts, facts)
    request.span = detail
    recorder.setRoute(request, textOf(attributes, 'http.route') ?? detail.name)
    if (incoming) request.join(incoming)
    if (judged) host.onWork()
    return spanOf(request)
  }

  return { spanOf, endSpan, getTracer }

  function getTracer(name: string, version?: string, options?: TracerOptions): Tracer {
    const scope = { name: textFrom(name), version: textFrom(version) }
    return {
      startSpan(spanName, spanOptions, context) {
        const successor = host.successor()
        if (successor) return successor.getTracer(name, version, options).startSpan(spanName, spanOptions, context)
        return startHardened(scope, spanName, spanOptions, context)
      },
      startActiveSpan(spanName: string, ...args: unknown[]) {
        const successor = host.successor()
        if (successor) {
          const theirs = successor.getTracer(name, version, options) as {
            startActiveSpan(...all: unknown[]): unknown
          }
          return theirs.startActiveSpan(spanName, ...args) as never
        }
        const last = args.length - 1
        const fn = args[last] as (span: Span) => never
        const spanOptions = last > 0 ? (args[0] as SpanOptions) : undefined
        const context = last > 1 ? (args[1] as Context) : undefined
        const span = startHardened(scope, spanName, spanOptions, context)
        return contexts.with(around(context, span), fn, undefined, span)
      }
    }
  }

  function around(context: unknown, span: Span): Context {
    return withSpan(isContext(context) ? context : contexts.active(), span)
  }
}

const withSpan = hardened(
  'context',
  (context: Context, span: Span) => context.setValue(SPAN_KEY, span),
  hardened(
    'context',
    (_context: Context, span: Span) => contextWith(span),
    context => context
  )
)

const addLinks = hardened(
  'links of a span',
  (detail: SpanDetail, links: Link[] | undefined, limits: Limits) => {
    for (const link of links ?? []) addLink(detail, link, limits)
  },
  () => {}
)

const textFrom = hardened(
  'name of a scope',
  (text: unknown) => String(text ?? ''),
  () => ''
)

const endOf = (start: number, time: TimeInput | undefined): number | undefined =>
  time === undefined ? undefined : Math.max(start, momentOf(time))

/** The context of a request for which nobody has made one. */
export const contextWith = (span: Span): Context => ROOT.setValue(SPAN_KEY, span)
