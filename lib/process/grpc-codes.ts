// The status codes of gRPC by their numbers: their names, and the HTTP codes that google/rpc/code.proto names for them. Pure.

export const OK = 0
export const UNKNOWN = 2

const CODES = [
  ['OK', 200],
  ['CANCELLED', 499],
  ['UNKNOWN', 500],
  ['INVALID_ARGUMENT', 400],
  ['DEADLINE_EXCEEDED', 504],
  ['NOT_FOUND', 404],
  ['ALREADY_EXISTS', 409],
  ['PERMISSION_DENIED', 403],
  ['RESOURCE_EXHAUSTED', 429],
  ['FAILED_PRECONDITION', 400],
  ['ABORTED', 409],
  ['OUT_OF_RANGE', 400],
  ['UNIMPLEMENTED', 501],
  ['INTERNAL', 500],
  ['UNAVAILABLE', 503],
  ['DATA_LOSS', 500],
  ['UNAUTHENTICATED', 401]
] as const

export type CodeName = (typeof CODES)[number][0]

/** Undefined for a number that is no code. */
export const codeName = (code: number): CodeName | undefined => CODES[code]?.[0]

export const nameOfCode = (code: number): string => codeName(code) ?? String(code)

export const httpCode = (code = OK): number => CODES[code]?.[1] ?? 500

/** Of what a handler's callback is given; an error without a code is UNKNOWN to the caller. */
export function httpCodeOf(error: unknown): number {
  if (error === null || error === undefined) return httpCode(OK)
  const { code } = error as { code?: unknown }
  return httpCode(typeof code === 'number' ? code : UNKNOWN)
}
