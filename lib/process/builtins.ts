// Functions of the language as they were when the agent was loaded, for code that runs in the application's stack and that nothing
// guards. Any thread.
//
// An application may replace each of them while it runs (a polyfill, fake timers, a tracer), and what takes their place may throw, or call
// whom we watch. A guard holds that; where there is none, the application's own call would fail. So there: these, loops over indices
// instead of iterators and methods of arrays, and neither `f(...args)` nor `[a, b] = args`, which ask Array.prototype for its iterator as
// soon as somebody has replaced it.

export const apply = Reflect.apply as <Args extends unknown[]>(
  call: (this: never, ...args: Args) => unknown,
  self: unknown,
  args: Readonly<Args>
) => unknown

export const { getOwnPropertyNames, getPrototypeOf } = Object

export const PlainPromise = Promise
const { then } = PlainPromise.prototype

/** As a plain promise's own `then` does it, whatever that is now. */
export const thenOf = <Value>(
  promise: Promise<Value>,
  resolved: (value: Value) => Value,
  rejected: (error: unknown) => never
): Promise<Value> => apply(then, promise, [resolved, rejected]) as Promise<Value>
