// What a foreign span is to the timeline, by OpenTelemetry's semantic conventions (stable names, and those before 1.2x) and by
// who made it. Pure.

import type { OperationFacts, SpanAttributes, SpanDetail } from '../types.js'

const INTERNAL = 1
const CLIENT = 3
const PRODUCER = 4
const CACHES = new Set(['redis', 'memcached', 'valkey', 'aws.elasticache'])

/** Calls that this package times itself, by the instrumentation of OpenTelemetry's that would time them a second time. */
const TIMED_BY_US: Record<string, string> = {
  http: 'http',
  undici: 'undici',
  pg: 'pg',
  mysql: 'mysql',
  mysql2: 'mysql2',
  redis: 'redis',
  'redis-4': 'redis',
  ioredis: 'ioredis',
  'generic-pool': 'generic_pool'
}
const PREFIX = '@opentelemetry/instrumentation-'

/** The name of our instrumentation that sees the same calls as the scope. */
export const twinOf = (scope: string): string | undefined =>
  scope.startsWith(PREFIX) ? TIMED_BY_US[scope.slice(PREFIX.length)] : undefined

const NEXT = 'next.js'
const SVELTEKIT = 'sveltekit'

/**
 * Next.js (16.4) has the page that it found on the spans in which it works on it; SvelteKit (2.70, with `experimental.tracing`) on the
 * one around the request, and on those of the requests that it makes of itself meanwhile.
 */
export function routeIn({ scope, attributes }: SpanDetail): string | undefined {
  if (scope.name === NEXT) return textOf(attributes, 'next.route')
  if (scope.name !== SVELTEKIT || attributes['sveltekit.is_sub_request'] !== false) return undefined
  const route = textOf(attributes, 'http.route')
  return route?.startsWith('/') ? route : undefined
}

/** Outside requests Next.js registers instrumentations and loads what its routes need: nobody waits for that. */
export const isHousekeeping = ({ scope, kind }: SpanDetail): boolean => scope.name === NEXT && kind === INTERNAL

/** `wraps`: another operation was timed inside, which is the real wait. */
export function factsOf({ name, kind, attributes }: SpanDetail, wraps: boolean): OperationFacts {
  if (!wraps) {
    const system = textOf(attributes, 'db.system.name', 'db.system')
    if (system !== undefined && (kind === CLIENT || textOf(attributes, 'db.query.text', 'db.statement'))) {
      return databaseFacts(system, name, attributes)
    }
    const broker = textOf(attributes, 'messaging.system')
    if (kind === PRODUCER && broker !== undefined) return messageFacts(broker, attributes)
    const method = textOf(attributes, 'http.request.method', 'http.method')
    if (kind === CLIENT && method !== undefined) return httpFacts(method, attributes)
  }
  return { kind: 'custom', system: 'custom', text: name }
}

function databaseFacts(system: string, name: string, attributes: SpanAttributes): OperationFacts {
  const cache = CACHES.has(system)
  return {
    kind: cache ? 'cache' : 'db',
    system,
    text: textOf(attributes, 'db.query.text', 'db.statement') ?? (cache ? name : undefined),
    target: targetOf(attributes, textOf(attributes, 'db.namespace', 'db.name'))
  }
}

/** RabbitMQ's default exchange has no name: the key is the queue. */
function messageFacts(system: string, attributes: SpanAttributes): OperationFacts {
  const destination =
    textOf(attributes, 'messaging.destination.name', 'messaging.destination') ??
    textOf(attributes, 'messaging.rabbitmq.destination.routing_key', 'messaging.rabbitmq.routing_key')
  return { kind: 'message', system, text: `send ${destination ?? 'message'}`, target: targetOf(attributes) }
}

function httpFacts(method: string, attributes: SpanAttributes): OperationFacts {
  const url = textOf(attributes, 'url.full', 'http.url') ?? textOf(attributes, 'url.path', 'http.target') ?? ''
  return { kind: 'http', system: 'http', text: `${method} ${url}`, target: targetOf(attributes) }
}

export function statusCodeOf(attributes: SpanAttributes): number | undefined {
  const code = attributes['http.response.status_code'] ?? attributes['http.status_code']
  return typeof code === 'number' ? code : undefined
}

function targetOf(attributes: SpanAttributes, namespace?: string): string | undefined {
  const address = textOf(attributes, 'server.address', 'net.peer.name')
  const port = attributes['server.port'] ?? attributes['net.peer.port']
  const target = `${address ?? ''}${port === undefined ? '' : `:${port}`}${namespace === undefined ? '' : `/${namespace}`}`
  return target === '' ? undefined : target
}

export function textOf(attributes: SpanAttributes, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = attributes[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}
