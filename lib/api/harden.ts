// What the application calls never throws into it, whatever it was given: getters that throw, proxies, what is no list.
// Main thread.

import { type Fuse, fail } from '../hook/guard.js'
import { apply } from '../process/builtins.js'

type Method<This, Args extends unknown[], Result> = (this: This, ...args: Args) => Result

/** No fuse that blows: arguments are the application's, and one odd caller must not switch the API off for all others. */
const createEndlessFuse = (name: string): Fuse => ({ name, failures: Number.NEGATIVE_INFINITY, blown: false })

/** `fn` that never throws: when it fails, `otherwise` says what is answered. */
export function hardened<This, Args extends unknown[], Result>(
  name: string,
  fn: Method<This, Args, Result>,
  otherwise: Method<This, Args, Result>
): Method<This, Args, Result> {
  const fuse = createEndlessFuse(`OpenTelemetry's ${name}`)
  return function (...args) {
    try {
      return apply(fn, this, args) as Result
    } catch (error) {
      fail(fuse, error)
      return apply(otherwise, this, args) as Result
    }
  }
}

/** What is answered for each method that fails. */
export type Otherwise<Target> = {
  [Name in keyof Target]?: Target[Name] extends (...args: infer Args) => infer Result
    ? Method<Target, Args, Result>
    : never
}

/** Hardens methods in their place: of an object, or of a class by its prototype. */
export function harden<Target extends object>(target: Target, otherwise: Otherwise<Target>): Target {
  const holder = target as Record<string, Method<unknown, unknown[], unknown>>
  for (const [name, instead] of Object.entries(otherwise)) {
    const value = hardened(name, holder[name]!, instead as Method<unknown, unknown[], unknown>)
    Object.defineProperty(target, name, { value, writable: true, configurable: true })
  }
  return target
}
