// Plain values as OTLP's KeyValue lists, and who the sender is. Pure.

import type { Plain } from '../metrics/reading.js'
import type { Service, SpanAttributes, Thread } from '../types.js'
import type { Message } from './messages.js'

/** What is undefined, null or '' is left out. */
export type Attributes = Record<string, Plain | null | undefined>

export function attributes(values: Attributes): Message<'KeyValue'>[] {
  const list: Message<'KeyValue'>[] = []
  // Not by entries and flatMap, which make two arrays for each.
  for (const key in values) {
    const value = values[key]
    if (isTold(value)) list.push({ key, value: anyValue(value) })
  }
  return list
}

/** Told by others: an empty text says something. */
export const anyAttributes = (values: SpanAttributes): Message<'KeyValue'>[] =>
  Object.entries(values).map(([key, value]) => ({
    key,
    value: Array.isArray(value)
      ? { arrayValue: { values: value.map(item => (item === null ? {} : anyValue(item))) } }
      : anyValue(value)
  }))

/** JSON has no NaN, and an attribute that says nothing is none. */
const isTold = (value: Plain | null | undefined): value is Plain =>
  typeof value === 'number' ? Number.isFinite(value) : value !== undefined && value !== null && value !== ''

export function anyValue(value: Plain): Message<'AnyValue'> {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  // -0 is an integer to JavaScript and none to protobuf.
  return Number.isSafeInteger(value) ? { intValue: value + 0 } : { doubleValue: value }
}

export const resourceOf = (
  { name, version, instance, host, pid, attributes: further }: Service,
  agentVersion: string
): Message<'Resource'> => ({
  attributes: attributes({
    // Last wins.
    ...further,
    'service.name': name,
    'service.version': version,
    'service.instance.id': instance,
    'host.name': host,
    'process.pid': pid,
    'telemetry.sdk.name': 'perfagent',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': agentVersion,
    'telemetry.distro.name': 'perfagent',
    'telemetry.distro.version': agentVersion
  })
})

/** None for the main thread. */
export const threadOf = (thread: Thread | undefined): Attributes =>
  thread ? { 'thread.id': thread.id, 'thread.name': thread.name } : {}

export const scopeOf = (agentVersion: string): Message<'InstrumentationScope'> => ({
  name: 'perfagent',
  version: agentVersion
})

/** Reports of one agent share their service; reports of several may come together all the same. */
export function byService<Item extends { service: Service }>(items: Item[]): Item[][] {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = JSON.stringify(item.service)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return [...groups.values()]
}
