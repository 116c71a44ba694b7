// When a call of somebody else's is over: it returned, it threw, or its promise was settled. Main thread, inside the application's
// stack.

/** Calls `end` once the call is over. A native promise is replaced by one derived from it (see wrap.ts). */
export function runToEnd<Result>(call: () => Result, end: (error?: unknown) => void): Result {
  let result: Result
  try {
    result = call()
  } catch (error) {
    end(error)
    throw error
  }
  if (!(result instanceof Promise)) {
    end()
    return result
  }
  return result.then(
    value => {
      end()
      return value
    },
    error => {
      end(error)
      throw error
    }
  ) as Result
}
