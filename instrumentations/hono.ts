// Routes of Hono 4 on @hono/node-server. A router is given each handler with the route that it was written for, and Hono's own
// router builds itself of them with the first request: where routes are added a handler is made to leave its context with Node's
// request. The context knows which routes matched, and at which of them it has come.
//
// Hono is mostly imported, and its ES modules are files of their own, which no hook sees. But the one Hono that listens can be
// imported again by its path, in time for the first request. That it is in use is seen by the global Response, which the server
// has replaced by its own. `hono/tiny` adds routes at once, so it is seen only where it is required.

import {
  apply,
  type Callable,
  createStamp,
  type Instrumentation,
  type Patch,
  wrapFunction,
  wrapLoose
} from '../lib/hook/index.js'

/** What is read of Hono's context. */
interface Context {
  env?: { incoming?: unknown }
  req: { routeIndex?: number; matchedRoutes: Route[] }
}

interface Route {
  /** `ALL` for middleware, and for routes of all methods. */
  method: string
  path: string
}

const contexts = createStamp<Context>()

export const hono: Instrumentation = {
  name: 'hono',
  supports: 'routes of `hono` 4 on `@hono/node-server`',
  routes: [
    {
      ofRequest: (request: object) => {
        const context = contexts.of(request)
        if (!context) return undefined
        const { routeIndex = 0, matchedRoutes } = context.req
        // Middleware that answers by itself, or takes its time, does so on the way to this one.
        return matchedRoutes.slice(routeIndex).find(isRoute)?.path
      }
    }
  ],
  patches: ['RegExpRouter', 'TrieRouter', 'LinearRouter', 'PatternRouter'].flatMap(patchesOf)
}

const isRoute = ({ method, path }: Route): boolean => method !== 'ALL' || !path.endsWith('*')

let isRequired = false

function patchesOf(name: string): Patch[] {
  const folder = { RegExpRouter: 'reg-exp', TrieRouter: 'trie', LinearRouter: 'linear' }[name] ?? 'pattern'
  const file = `router/${folder}-router/router.js`
  const apply = (exports: Record<string, { prototype: object }>): void => patchRouter(exports[name]!)
  const required = (exports: Parameters<typeof apply>[0]): void => {
    isRequired = true
    apply(exports)
  }
  const importedIf = (): boolean => !isRequired && isServing()
  return [
    { module: 'hono', file: `dist/cjs/${file}`, versions: '>=4 <5', apply: required },
    ...(folder === 'pattern'
      ? []
      : [{ module: 'hono', file: `dist/${file}`, versions: '>=4 <5', apply, importedIf } satisfies Patch])
  ]
}

/**
 * Reading the global would load Node's own, on Node 22 a look at the property does: 12 MB, and with --jitless the process ends.
 * Whoever replaces it has loaded it.
 */
function isServing(): boolean {
  const loaded = (process as { moduleLoadList?: readonly string[] }).moduleLoadList
  if (!loaded?.includes(NODE_FETCH)) return false
  const response = Object.getOwnPropertyDescriptor(globalThis, 'Response')?.value
  return typeof response === 'function' && Object.getPrototypeOf(response) !== Function.prototype
}

const NODE_FETCH = 'NativeModule internal/deps/undici/undici'

/** `add(method, path, [handler, route])` */
function patchRouter(Router: { prototype: object }): void {
  wrapFunction(
    Router.prototype,
    'add',
    add =>
      function (this: unknown, ...args: unknown[]) {
        const entry = args[2]
        if (Array.isArray(entry) && typeof entry[0] === 'function') args[2] = [noting(entry[0]), ...entry.slice(1)]
        return apply(add, this, args)
      }
  )
}

const noting = (handler: Callable): Callable =>
  wrapLoose(
    handler,
    original =>
      function (this: unknown, ...args: unknown[]) {
        const context = args[0] as Context | undefined
        const incoming = context?.env?.incoming
        if (typeof incoming === 'object' && incoming !== null) contexts.put(incoming, context!)
        return apply(original, this, args)
      }
  )
