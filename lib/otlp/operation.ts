// What an operation is called in OpenTelemetry's stable semantic conventions (database and HTTP client spans, 1.3x). Pure.

import { methodOf, placeOf } from '../metrics/conventions.js'
import { failedToGet } from '../process/http-status.js'
import type { ReportOperation, Trace } from '../types.js'
import type { Attributes } from './attributes.js'

export function operationAttributes(operation: ReportOperation): Attributes {
  const { kind, count, phases, pool } = operation
  const told = conventions(operation)
  told['error.type'] = errorType(operation)
  told['perfagent.operation.kind'] = kind
  if (count > 1) told['perfagent.operation.count'] = count
  for (const name in phases) told[phaseAttribute(name)] = phases[name]
  if (pool) {
    told['perfagent.pool.size'] = pool.size
    told['perfagent.pool.in_use'] = pool.inUse
    told['perfagent.pool.waiting'] = pool.waiting
  }
  return told
}

function conventions({ kind, system, name, text, target, statusCode }: ReportOperation): Attributes {
  const { address, port, namespace } = placeOf(kind, target)
  const server = { 'server.address': address, 'server.port': port }
  switch (kind) {
    case 'db':
    case 'cache':
      return {
        'db.system.name': system,
        'db.namespace': namespace,
        'db.query.text': text,
        'db.query.summary': name,
        'db.operation.name': name.split(' ', 1)[0],
        ...server
      }
    case 'http': {
      const [method = '', url = ''] = text.split(' ', 2)
      return { ...methodAttributes(method), 'url.full': url, 'http.response.status_code': statusCode, ...server }
    }
    case 'pool':
      // Pools of databases and of sockets alike: the conventions have names for the former alone.
      return { 'perfagent.operation.system': system, 'perfagent.pool.name': target, ...server }
    case 'message':
      return {
        'messaging.system': system,
        'messaging.operation.type': 'send',
        'messaging.destination.name': name.slice(name.indexOf(' ') + 1),
        ...server
      }
    case 'dns':
      return { 'dns.question.name': name.slice(name.indexOf(' ') + 1) }
    case 'process':
      return { 'process.executable.name': name }
    case 'custom':
      return {}
  }
}

export function methodAttributes(method: string): Attributes {
  const known = methodOf(method)
  return { 'http.request.method': known, ...(known !== method && { 'http.request.method_original': method }) }
}

/** As the conventions want it in a span's name: whoever calls may make up methods, each of which would be a name of its own. */
export const methodInName = (method: string): string => (methodOf(method) === method ? method : 'HTTP')

export function operationName({ kind, name }: ReportOperation): string {
  if (kind !== 'http') return name
  const [method = ''] = name.split(' ', 1)
  return methodInName(method) + name.slice(method.length)
}

/** A code or a class name; a sentence would be a type of its own for each value in it. */
function errorType({ kind, error, statusCode }: ReportOperation): string | undefined {
  if (error !== null) return /^[\w.:-]{1,64}(?=: |$)/.exec(error)?.[0] ?? '_OTHER'
  return kind === 'http' && failedToGet(statusCode) ? String(statusCode) : undefined
}

export const isFailed = (operation: ReportOperation): boolean => errorType(operation) !== undefined

/** `socketMs` → `perfagent.phase.socket_ms`. */
export const phaseAttribute = (name: string): string => `perfagent.phase.${snake(name)}`

const snake = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/** When it ended, from the request's start; what never ended lasted as long as its request. */
export const endOf = ({ startMs, durationMs }: ReportOperation, report: Trace): number =>
  durationMs === null ? Math.max(startMs, report.durationMs) : startMs + durationMs
