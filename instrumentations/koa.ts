// Routes of Koa 2 and 3 by @koa/router and koa-router, which leave the pattern that matched on Koa's context. From Node's
// request nothing leads there, so what koa-compose makes of middleware is patched: Koa calls it with the context, once for each
// request. (Koa's own main file is not seen when an ES module imports it.)

import { apply, type Callable, createStamp, type Instrumentation, wrapLoose } from '../lib/hook/index.js'

/** What is read of Koa's context. */
interface Context {
  req?: unknown
  _matchedRoute?: unknown
}

const contexts = createStamp<Context>()

export const koa: Instrumentation = {
  name: 'koa',
  supports: 'routes of `koa` 2 and 3 with `@koa/router` 8 to 15 or `koa-router`',
  routes: [
    {
      ofRequest: (request: object) => {
        const pattern = contexts.of(request)?._matchedRoute
        return pattern instanceof RegExp ? pattern.source : typeof pattern === 'string' ? pattern : undefined
      }
    }
  ],
  patches: [{ module: 'koa-compose', file: 'index.js', versions: '>=3 <5', apply: patchCompose }]
}

function patchCompose(compose: Callable): Callable {
  return wrapLoose(
    compose,
    original =>
      function (this: unknown, ...args: unknown[]) {
        return noting(apply(original, this, args) as Callable)
      }
  )
}

const noting = (composed: Callable): Callable =>
  wrapLoose(
    composed,
    original =>
      function (this: unknown, ...args: unknown[]) {
        const context = args[0] as Context | undefined
        const request = context?.req
        if (typeof request === 'object' && request !== null) contexts.put(request, context!)
        return apply(original, this, args)
      }
  )
