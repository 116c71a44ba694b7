// Routes of Fastify 4 and 5, and of what else routes by find-my-way (restify 11.1, tried by hand). Its router is patched where routes are
// added, `on`: from then on a handler tells its own path when it is called. `find` and `lookup` would not do, which a compiled router
// replaces (find-my-way 9.10); nor Fastify's own `fastify.request.handler`, which is not there in 4, and in 5 comes only after
// hooks that may be what was slow. A hook of ours would be seen by `printRoutes`.

import { channel } from 'node:diagnostics_channel'
import { apply, type Callable, type Instrumentation, wrapFunction, wrapLoose } from '../lib/hook/index.js'

const found = channel('perfagent:find-my-way:found')

export const fastify: Instrumentation = {
  name: 'fastify',
  supports: 'routes of `fastify` 4 and 5',
  routes: [{ channel: found.name, describe: ({ path }: { path: string }) => path }],
  patches: [{ module: 'find-my-way', file: 'index.js', versions: '>=3 <10', apply: patchRouter }]
}

/** `on(method, path[, options], handler[, store])` */
function patchRouter(Router: { prototype: object }): void {
  wrapFunction(
    Router.prototype,
    'on',
    on =>
      function (this: unknown, ...args: unknown[]) {
        const at = args.findIndex(argument => typeof argument === 'function')
        const path = args[1]
        if (at >= 0 && typeof path === 'string') args[at] = telling(path, args[at] as Callable)
        return apply(on, this, args)
      }
  )
}

function telling(path: string, handler: Callable): Callable {
  const message = { path }
  return wrapLoose(
    handler,
    original =>
      function (this: unknown, ...args: unknown[]) {
        found.publish(message)
        return apply(original, this, args)
      }
  )
}
