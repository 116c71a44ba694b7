// Spans as the API hands them out. Main thread, inside the application's stack. A live one writes to an operation of a request, or
// to the request itself; one that passes stands for a call that perfagent times anyway, and tells nothing.

import type {
  Attributes,
  AttributeValue,
  Exception,
  Link,
  Span,
  SpanContext,
  SpanStatus,
  TimeInput
} from '@opentelemetry/api'
import type { Request } from '../record/request.js'
import type { Operation, SpanDetail } from '../types.js'
import {
  addEvent,
  addLink,
  exceptionAttributes,
  type Limits,
  setAttribute,
  setAttributes,
  setName,
  setStatus
} from './detail.js'
import { harden } from './harden.js'
import { PlainTraceState } from './trace-state.js'

export type EndSpan = (span: LiveSpan, time: TimeInput | undefined) => void

const SAMPLED = 1

export class LiveSpan implements Span {
  /** Another operation was timed inside, so this one is no wait of its own. */
  wraps = false
  ended = false
  #context: SpanContext | undefined

  constructor(
    readonly request: Request,
    /** Undefined: it is the request's own span. */
    readonly operation: Operation | undefined,
    readonly parent: LiveSpan | undefined,
    readonly detail: SpanDetail,
    private readonly limits: Limits,
    private readonly endSpan: EndSpan
  ) {}

  spanContext(): SpanContext {
    if (!this.#context) {
      const { traceId, spanId, sampled, state } = this.request.ids
      this.#context = {
        traceId,
        spanId: this.operation?.spanId ?? spanId,
        traceFlags: sampled ? SAMPLED : 0,
        ...(state ? { traceState: new PlainTraceState(state) } : {})
      }
    }
    return this.#context
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.isRecording()) setAttribute(this.detail, key, value, this.limits)
    return this
  }

  setAttributes(attributes: Attributes): this {
    if (this.isRecording()) setAttributes(this.detail, attributes, this.limits)
    return this
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (!this.isRecording()) return this
    if (isTime(attributesOrTime)) addEvent(this.detail, name, undefined, attributesOrTime, this.limits)
    else addEvent(this.detail, name, attributesOrTime, time, this.limits)
    return this
  }

  addLink(link: Link): this {
    if (this.isRecording()) addLink(this.detail, link, this.limits)
    return this
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link)
    return this
  }

  setStatus(status: SpanStatus): this {
    if (this.isRecording()) setStatus(this.detail, status)
    return this
  }

  updateName(name: string): this {
    if (this.isRecording()) setName(this.detail, name)
    return this
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const attributes = exceptionAttributes(exception)
    if (attributes) this.addEvent('exception', attributes, time)
  }

  end(time?: TimeInput): void {
    this.endSpan(this, time)
  }

  isRecording(): boolean {
    return !this.ended && this.request.status === 'running'
  }
}

harden(LiveSpan.prototype, {
  setAttribute: itself,
  setAttributes: itself,
  addEvent: itself,
  addLink: itself,
  addLinks: itself,
  setStatus: itself,
  updateName: itself,
  recordException() {},
  end() {}
})

function itself(this: LiveSpan): LiveSpan {
  return this
}

/** Numbers, Dates and pairs of numbers; everything else is attributes. */
const isTime = (value: unknown): value is TimeInput =>
  typeof value === 'number' || value instanceof Date || (Array.isArray(value) && typeof value[0] === 'number')

const INVALID: SpanContext = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 }

/** Records nothing. `around` is the live span whose child it would be. */
export class PassingSpan implements Span {
  constructor(
    readonly around: LiveSpan | undefined,
    private readonly context: SpanContext = around?.spanContext() ?? INVALID
  ) {}

  spanContext(): SpanContext {
    return this.context
  }
  setAttribute(): this {
    return this
  }
  setAttributes(): this {
    return this
  }
  addEvent(): this {
    return this
  }
  addLink(): this {
    return this
  }
  addLinks(): this {
    return this
  }
  setStatus(): this {
    return this
  }
  updateName(): this {
    return this
  }
  recordException(): void {}
  end(): void {}
  isRecording(): boolean {
    return false
  }
}

export const liveSpanOf = (span: Span | undefined): LiveSpan | undefined =>
  span instanceof LiveSpan ? span : span instanceof PassingSpan ? span.around : undefined
