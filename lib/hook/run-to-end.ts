// When a call of somebody else's is over: it returned, it threw, or its promise was settled. Main thread, inside the application's
// stack.

import { getOwnPropertyNames, PlainPromise, thenOf } from '../process/builtins.js'

/**
 * Calls `end` once the call is over. A native promise is replaced by one derived from it (see wrap.ts). Of what has more to it than that (got's
 * `json`, p-cancelable's `cancel`) it would lose that: such a call ends when it returns.
 */
export function runToEnd<Result>(call: () => Result, end: (error?: unknown) => void): Result {
  let result: Result
  try {
    result = call()
  } catch (error) {
    end(error)
    throw error
  }
  if (!isDerivable(result)) {
    end()
    return result
  }
  return endAtPromise(result, end) as Result
}

export type End = (error?: unknown, value?: unknown) => void

/** The promise that takes the place of one whose end is told. */
export const endAtPromise = (promise: Promise<unknown>, end: End): Promise<unknown> =>
  thenOf(
    promise,
    value => {
      end(undefined, value)
      return value
    },
    error => {
      end(error)
      throw error
    }
  )

/** With the native `then` it gives one of its own class. Symbols do not count, as in wrap.ts. */
const isDerivable = (result: unknown): result is Promise<unknown> =>
  result instanceof PlainPromise &&
  result.then === PlainPromise.prototype.then &&
  getOwnPropertyNames(result).length === 0
