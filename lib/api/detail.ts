// What a span is told before it ends, within the limits of OpenTelemetry's specification: what is beyond them is counted.
// Main thread, inside the application's stack: nothing of the application's is called, nothing throws.

import type { Attributes, Exception, Link, SpanStatus, TimeInput } from '@opentelemetry/api'
import { now } from '../process/clock.js'
import { cut } from '../process/cut.js'
import { newSpanDetail } from '../record/work.js'
import { type AttributeValue, type SpanAttributes, type SpanDetail, STATUS } from '../types.js'
import { isValid } from './context.js'
import { hardened } from './harden.js'
import { momentOf } from './time.js'

export interface Limits {
  spanAttributes: number
  spanAttributeChars: number
  spanEvents: number
  spanLinks: number
  eventAttributes: number
  linkAttributes: number
}

const MAX_NAME_CHARS = 1024
/** A report says 2048 of it, without what is redacted. */
const MAX_MESSAGE_CHARS = 8192
const MAX_ARRAY = 1000
const ALL_FLAGS = 0xff

export const createDetail = (name: string, kind: number, scope: SpanDetail['scope']): SpanDetail =>
  newSpanDetail(nameOf(name), kind, scope)

export function setName(detail: SpanDetail, name: string): void {
  detail.name = nameOf(name)
}

export function setAttribute(detail: SpanDetail, key: string, value: unknown, limits: Limits): void {
  const { attributes, dropped } = detail
  dropped.attributes += put(attributes, key, value, limits.spanAttributes, limits.spanAttributeChars)
}

export function setAttributes(detail: SpanDetail, given: Attributes | undefined, limits: Limits): void {
  for (const [key, value] of entriesOf(given)) setAttribute(detail, key, value, limits)
}

export function addEvent(
  detail: SpanDetail,
  name: string,
  attributes: Attributes | undefined,
  time: TimeInput | undefined,
  limits: Limits
): void {
  if (detail.events.length >= limits.spanEvents) {
    detail.events.shift()
    detail.dropped.events++
  }
  if (limits.spanEvents === 0) return
  const at = time === undefined ? now() : momentOf(time)
  detail.events.push({ name: nameOf(name), at, ...bounded(attributes, limits.eventAttributes, limits) })
}

export function addLink(detail: SpanDetail, link: Link, limits: Limits): void {
  if (!isValid(link.context)) return
  const { traceId, spanId, traceFlags, traceState } = link.context
  if (detail.links.length >= limits.spanLinks) {
    detail.dropped.links++
    return
  }
  detail.links.push({
    traceId,
    spanId,
    traceState: String(traceState?.serialize() ?? ''),
    flags: Number.isInteger(traceFlags) ? traceFlags & ALL_FLAGS : 0,
    ...bounded(link.attributes, limits.linkAttributes, limits)
  })
}

/** Ok is final, and nothing unsets a status; what is none changes none. */
export function setStatus(detail: SpanDetail, { code, message }: SpanStatus): void {
  if (detail.status.code === STATUS.ok || ((code as number) !== STATUS.ok && code !== STATUS.error)) return
  detail.status = {
    code,
    message: code === STATUS.error && typeof message === 'string' ? cut(message, MAX_MESSAGE_CHARS) : ''
  }
}

/** By the conventions: an event `exception`. Undefined when there is nothing to say. */
export function exceptionAttributes(exception: Exception): Attributes | undefined {
  if (typeof exception === 'string') return { 'exception.message': exception }
  const { code, name, message, stack } = exception
  const type = code === undefined || code === '' ? name : String(code)
  if (!type && !message) return undefined
  return {
    ...(type ? { 'exception.type': type } : {}),
    ...(message ? { 'exception.message': message } : {}),
    ...(stack ? { 'exception.stacktrace': stack } : {})
  }
}

const nameOf = (name: unknown): string => cut(String(name), MAX_NAME_CHARS)

function bounded(
  given: Attributes | undefined,
  maxCount: number,
  { spanAttributeChars }: Limits
): { attributes: SpanAttributes; droppedAttributes: number } {
  const attributes: SpanAttributes = {}
  let droppedAttributes = 0
  for (const [key, value] of entriesOf(given)) {
    droppedAttributes += put(attributes, key, value, maxCount, spanAttributeChars)
  }
  return { attributes, droppedAttributes }
}

/** One that throws, by a getter or a proxy, loses itself and nothing else. */
const entriesOf = hardened(
  'attributes',
  (given: Attributes | undefined): [string, unknown][] => Object.entries(given ?? {}),
  () => []
)

/** Returns how many were dropped. A value that is none by the specification is not there at all. */
function put(attributes: SpanAttributes, key: string, value: unknown, maxCount: number, maxChars: number): number {
  const kept = typeof key === 'string' && key !== '' ? usable(value, maxChars) : undefined
  if (kept === undefined) return 0
  if (!Object.hasOwn(attributes, key) && Object.keys(attributes).length >= maxCount) return 1
  attributes[key] = kept
  return 0
}

/** A copy of a value that is one by the specification, else undefined. */
export function usable(value: unknown, maxChars: number): AttributeValue | undefined {
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ARRAY).map(item => (item == null ? null : plain(item, maxChars)))
    return items.includes(undefined) ? undefined : (items as AttributeValue)
  }
  return plain(value, maxChars)
}

function plain(value: unknown, maxChars: number): string | number | boolean | undefined {
  if (typeof value === 'string') return cut(value, maxChars)
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined
}
