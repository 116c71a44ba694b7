// The least that times what perfagent times: one AsyncLocalStorage with the request, the text and the two ends of each query, wait for the
// pool, command and call in an array, a trace header for each call. Nothing is guarded, bounded, reported or sampled, and the libraries are
// those that the service uses, in these versions. What it takes no agent that tells as much can go below.

const { AsyncLocalStorage } = require('node:async_hooks')
const { randomUUID } = require('node:crypto')
const { subscribe, tracingChannel } = require('node:diagnostics_channel')
const { Server } = require('node:http')
const Module = require('node:module')

const requests = new AsyncLocalStorage()
const operationOf = Symbol('operation')
const now = () => performance.now()

const emit = Server.prototype.emit
Server.prototype.emit = function (type, ...args) {
  if (type !== 'request') return emit.call(this, type, ...args)
  const request = { start: now(), end: 0, operations: [] }
  args[1].once('finish', () => {
    request.end = now()
  })
  return requests.run(request, () => emit.call(this, type, ...args))
}

function begin(kind, text) {
  const request = requests.getStore()
  if (!request) return undefined
  const operation = { kind, text, start: now(), end: 0 }
  request.operations.push(operation)
  return operation
}

function end(operation) {
  if (operation) operation.end = now()
}

/** A callback that is the last argument ends the operation, else the promise does. */
function timed(holder, name, kind, textOf) {
  const original = holder[name]
  holder[name] = function (...args) {
    const operation = begin(kind, textOf(args))
    const callback = args.at(-1)
    if (typeof callback === 'function') {
      args[args.length - 1] = function (...results) {
        end(operation)
        return callback.apply(this, results)
      }
      return original.apply(this, args)
    }
    const result = original.apply(this, args)
    result?.then?.(
      () => end(operation),
      () => end(operation)
    )
    return result
  }
}

const load = Module._load
let isPatched = false
Module._load = function (name, ...rest) {
  const loaded = load.call(this, name, ...rest)
  if (name !== 'pg' || isPatched) return loaded
  isPatched = true
  timed(loaded.Client.prototype, 'query', 'db', ([query]) => query?.text ?? query)
  timed(loaded.Pool.prototype, 'connect', 'pool', () => '')
  return loaded
}

tracingChannel('node-redis:command').subscribe({
  start(message) {
    message[operationOf] = begin('cache', message.command)
  },
  asyncEnd: message => end(message[operationOf])
})

const digits = () => randomUUID().replaceAll('-', '')

subscribe('undici:request:create', ({ request }) => {
  const operation = begin('http', request.path)
  if (!operation) return
  request[operationOf] = operation
  request.addHeader('traceparent', `00-${digits()}-${digits().slice(16)}-01`)
})
subscribe('undici:request:trailers', ({ request }) => end(request[operationOf]))
subscribe('undici:request:error', ({ request }) => end(request[operationOf]))
