// What the attributes of a series are made of, in the order of their metric's row. Pure; any thread, when a series is first seen.
// Few values of each: what comes from outside is cut to a known set or a code.

import { failedToGet, failedToServe } from '../process/http-status.js'
import type { Operation } from '../types.js'
import { methodOf, placeOf } from './conventions.js'
import type { AttributeValue } from './series.js'

const MAX_CHARS = 255
const CODE = /^[\w.:-]{1,64}$/

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
  aborted ? 'aborted' : failedToServe(statusCode) ? String(statusCode) : undefined

/** Of `http.client.request.duration`. */
export function clientValues(
  { kind, text = '', target, statusCode }: Operation,
  errorType: string | undefined
): AttributeValue[] {
  const { address, port } = placeOf(kind, target)
  const status = failedToGet(statusCode) ? String(statusCode) : undefined
  return [methodOf(text.slice(0, text.indexOf(' '))), address, port, statusCode, errorType ?? status]
}

/** Of `db.client.operation.duration`. */
export function dbValues({ kind, system, target }: Operation, errorType: string | undefined): AttributeValue[] {
  const { address, port, namespace } = placeOf(kind, target)
  return [system, namespace, address, port, errorType]
}

/** A code or the name of a class: a sentence would be a series of its own for each value in it. Calls no getter that throws. */
export function errorTypeOf(error: unknown): string {
  try {
    const { code, name } = error as { code?: unknown; name?: unknown }
    for (const text of [code, name]) if (typeof text === 'string' && CODE.test(text)) return text
  } catch {}
  return '_OTHER'
}
