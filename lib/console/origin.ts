// Who sent it, and attributes as plain values: what spans and metrics have in common. Pure. Texts and their number are bounded.

import type { Message } from '../otlp/messages.js'
import { cut } from '../process/cut.js'
import type { Origin, Plain } from './rows.js'

const MAX_TEXT = 4_000
const MAX_NAME = 255
const MAX_ATTRIBUTES = 128

/** The instance of a sender that tells nothing of it. */
export const UNTOLD = ':'

export function originOf(resource: Message<'Resource'> | undefined): Origin {
  const told = plainAttributes(resource?.attributes)
  const text = (name: string): string => cut(String(told[name] ?? ''), MAX_NAME)
  const main = text('process.command')
  return {
    service: text('service.name') || 'unknown_service',
    version: text('service.version'),
    instance: text('service.instance.id') || `${text('host.name')}${UNTOLD}${text('process.pid')}`,
    ...(main && { main }),
    ours: told['telemetry.sdk.name'] === 'perfagent'
  }
}

/** Lists and maps as their JSON: the page shows text. */
export function plainAttributes(pairs: Message<'KeyValue'>[] = []): Record<string, Plain> {
  // Without a prototype: `__proto__` is a name like any other.
  const result: Record<string, Plain> = Object.create(null)
  for (const { key = '', value } of pairs.slice(0, MAX_ATTRIBUTES)) {
    const plain = plainOf(value)
    if (plain !== undefined) result[cut(key, MAX_NAME)] = typeof plain === 'string' ? cut(plain, MAX_TEXT) : plain
  }
  return result
}

function plainOf(value: Message<'AnyValue'> | undefined): Plain | undefined {
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue } = value ?? {}
  const nested = arrayValue ?? kvlistValue
  return stringValue ?? boolValue ?? intValue ?? doubleValue ?? (nested && JSON.stringify(nested.values ?? []))
}
