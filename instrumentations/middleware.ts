// Middleware of Express, Koa and Fastify's hooks as operations, which name the time that they take: a slow session store, an
// authorisation that waits. In use only when PERFAGENT_MIDDLEWARE asks for it, because each request pays for all of them.
//
// In Express, and of a hook with a callback, one ends when it hands on; in Koa with its promise, so it has what runs below it, and the
// innermost names the time. router 2.3 publishes `express.router.request` itself, which ends when the function has returned: of
// one that hands on later it tells nothing, so that version is patched as the others are. What answers the request ends with it.
//
// Hooks of single routes are not seen: fastify 4 and 5 keep them elsewhere.

import { apply, type Callable, type Instrumentation, wrapLoose, wrapMethod, wrapWatched } from '../lib/hook/index.js'

const CHANNEL = 'perfagent:middleware'

interface Message {
  name: string
}

export const middleware: Instrumentation = {
  name: 'middleware',
  supports: 'middleware of `express` 4 and 5 and of `koa` 2 and 3, hooks of `fastify` 4 and 5; by PERFAGENT_MIDDLEWARE',
  onDemand: true,
  operations: [
    { channel: CHANNEL, describe: ({ name }: Message) => ({ kind: 'custom', system: 'custom', text: name }) }
  ],
  patches: [
    { module: 'router', file: 'lib/layer.js', versions: '>=2 <3', apply: patchLayer },
    { module: 'express', file: 'lib/router/layer.js', versions: '>=4 <5', apply: patchLayer },
    { module: 'koa-compose', file: 'index.js', versions: '>=3 <5', apply: patchCompose },
    { module: 'fastify', file: 'lib/hooks.js', versions: '>=4 <6', apply: patchHooks }
  ]
}

const nameOf = (fn: unknown): string => (typeof fn === 'function' && fn.name) || 'anonymous'

/** What is read of Express' layers: of a route, of a router that is mounted, or of a function. */
interface Layer {
  handle: { length: number; stack?: unknown }
  name: string
  method?: string
  route?: unknown
}

const ERROR_HANDLER_LENGTH = 4

/** `handleRequest(req, res, next)` and `handleError(error, req, res, next)`; in Express 4 `handle_request` and `handle_error`. */
function patchLayer(Layer: { prototype: object }): void {
  for (const method of ['handleRequest', 'handle_request']) {
    wrapWatched<Layer>(
      Layer.prototype,
      method,
      CHANNEL,
      ({ handle, name, method: verb, route }): Message | undefined =>
        route || handle.stack || handle.length >= ERROR_HANDLER_LENGTH
          ? undefined
          : { name: `${verb ? 'handler' : 'middleware'} ${name}` },
      (_self, args, end) => endAtCallback(args, end)
    )
  }
  for (const method of ['handleError', 'handle_error']) {
    wrapWatched<Layer>(
      Layer.prototype,
      method,
      CHANNEL,
      ({ handle, name }): Message | undefined =>
        handle.length === ERROR_HANDLER_LENGTH ? { name: `error handler ${name}` } : undefined,
      (_self, args, end) => endAtCallback(args, end)
    )
  }
}

/** Promises end it too: whoever hands on by one. */
function endAtCallback(args: unknown[], end: ((error?: unknown) => void) | undefined): false {
  const at = args.length - 1
  const next = args[at]
  if (!end || typeof next !== 'function') return false
  args[at] = wrapLoose(
    next as Callable,
    original =>
      function (this: unknown, ...given: unknown[]) {
        // Express hands on with words too: 'route', 'router'.
        end(given[0] instanceof Error ? given[0] : undefined)
        return apply(original, this, given)
      }
  )
  return false
}

/** Its argument is the application's own array. */
function patchCompose(compose: Callable): Callable {
  return wrapLoose(
    compose,
    original =>
      function (this: unknown, ...args: unknown[]) {
        const [given] = args
        if (Array.isArray(given)) args[0] = given.map(each => (typeof each === 'function' ? told(each) : each))
        return apply(original, this, args)
      }
  )
}

/** `next` is no callback: it is called, and what it returns waited for. */
const running = { run: (call: () => unknown, _name: string): unknown => call() }
wrapMethod(running, 'run', CHANNEL, (_self, [, name]): Message => ({ name: name as string }))

function told(fn: Callable): Callable {
  const name = `middleware ${nameOf(fn)}`
  return wrapLoose(
    fn,
    original =>
      function (this: unknown, ...args: unknown[]) {
        return running.run(() => apply(original, this, args), name)
      }
  )
}

const OF_REQUESTS = ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onSend']

/** `add(hook, fn)`; in Fastify 5 of a prototype that inherits from nothing, which shimmer cannot take. */
function patchHooks({ Hooks }: { Hooks: { prototype: { add: Callable } } }): void {
  Hooks.prototype.add = wrapLoose(
    Hooks.prototype.add,
    add =>
      function (this: unknown, ...args: unknown[]) {
        const [hook, fn] = args
        if (typeof hook !== 'string' || !OF_REQUESTS.includes(hook) || typeof fn !== 'function')
          return apply(add, this, args)
        const hooked = { fn }
        const message = { name: `${hook} ${nameOf(fn)}` }
        wrapWatched(
          hooked,
          'fn',
          CHANNEL,
          () => ({ ...message }),
          (_self, given, end) => endAtCallback(given, end)
        )
        args[1] = hooked.fn
        return apply(add, this, args)
      }
  )
}
