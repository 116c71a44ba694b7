// Whether there is an error, and what is kept of it: its text, which is never empty, since what has none did not fail. Main thread,
// inside the application's stack.

import { cut } from '../process/cut.js'

const MAX_ERROR = 512

export const hasFailed = (error: unknown): boolean => error !== undefined && error !== null

/** A message may be a getter that throws. */
export function errorText(error: unknown): string {
  try {
    return cut(saidBy(error) || byName(error), MAX_ERROR)
  } catch {
    return 'error'
  }
}

function saidBy(error: unknown): string {
  if (typeof error === 'string') return error
  const { message, errors } = error as { message?: unknown; errors?: unknown }
  if (typeof message === 'string' && message !== '') return message
  // Where a name has several addresses Node (20 to 26) throws an AggregateError without a message of its own.
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined
  const text = (first as { message?: unknown } | null | undefined)?.message
  return typeof text === 'string' ? text : ''
}

function byName(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown }
  for (const text of [code, name]) if (typeof text === 'string' && text !== '') return text
  return typeof error
}
