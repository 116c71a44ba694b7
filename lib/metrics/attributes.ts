// What the attributes of a series are made of, in the order of their metric's row. Pure; any thread, when a series is first seen.
// Few values of each: what comes from outside is cut to a known set or a code.

import type { Operation } from '../types.js'
import type { AttributeValue } from './series.js'

const METHODS = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE'])
const MAX_CHARS = 255
const CODE = /^[\w.:-]{1,64}$/

const methodOf = (method: string): string => (METHODS.has(method) ? method : '_OTHER')

export const routeValues = (method: string, route: string): [method: string, route: string] => [
  methodOf(method),
  route.slice(0, MAX_CHARS)
]

/** Of `http.server.request.duration`. `statusCode` null: no answer was begun. */
export const serverValues = (
  method: string,
  route: string,
  statusCode: number | null,
  aborted: boolean
): AttributeValue[] => [...routeValues(method, route), statusCode ?? undefined, serverError(statusCode, aborted)]

export const serverError = (statusCode: number | null, aborted: boolean): string | undefined =>
  aborted ? 'aborted' : statusCode !== null && statusCode >= 500 ? String(statusCode) : undefined

/** Of `http.client.request.duration`. */
export function clientValues(
  { text = '', target, statusCode }: Operation,
  errorType: string | undefined
): AttributeValue[] {
  const { address, port } = target?.startsWith('/') ? { address: target, port: undefined } : splitTarget(target)
  const status = statusCode !== undefined && statusCode >= 400 ? String(statusCode) : undefined
  return [methodOf(text.slice(0, text.indexOf(' '))), address, port, statusCode, errorType ?? status]
}

/** Of `db.client.operation.duration`. */
export function dbValues({ system, target }: Operation, errorType: string | undefined): AttributeValue[] {
  const { address, port, namespace } = splitTarget(target)
  return [system, namespace || undefined, address, port, errorType]
}

/** `host:port/database`, where each part may be missing, the host may be `[::1]`, and a socket is a path. */
function splitTarget(target = ''): { address: string | undefined; port: number | undefined; namespace: string } {
  const plain = target.slice(target.lastIndexOf('@') + 1).slice(0, MAX_CHARS)
  const socket = /^(\/.*)\/([^/]*)$/s.exec(plain)
  if (socket) return { address: socket[1], port: undefined, namespace: socket[2]! }
  const [, address = plain, port, namespace = ''] = /^(\[[^\]]*\]|[^:/]*)(?::(\d{1,5}))?(?:\/(.*))?$/s.exec(plain) ?? []
  return { address: address.replace(/^\[|\]$/g, '') || undefined, port: port ? Number(port) : undefined, namespace }
}

/** A code or the name of a class: a sentence would be a series of its own for each value in it. Calls no getter that throws. */
export function errorTypeOf(error: unknown): string {
  try {
    const { code, name } = error as { code?: unknown; name?: unknown }
    for (const text of [code, name]) if (typeof text === 'string' && CODE.test(text)) return text
  } catch {}
  return '_OTHER'
}
