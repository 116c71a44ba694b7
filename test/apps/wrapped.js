// Prints all that can be seen of the functions that the libraries export: name, length, own keys and their kinds, prototype. What is
// wrapped must look as it did. On stderr is which function has which source, for the test to know that some are wrapped.

const http = require('node:http')
const { createHash } = require('node:crypto')
const { Console } = require('node:console')
const { Worker } = require('node:worker_threads')

const libraries = [
  'node:http',
  'node:https',
  'node:http2',
  'node:tls',
  'node:child_process',
  'node:dns',
  'node:dns/promises',
  'node:fs',
  'pg',
  'pg-pool',
  'mysql',
  'mysql2',
  'mysql2/promise',
  'mariadb',
  'mariadb/callback'
]
libraries.push('redis', '@redis/client', 'ioredis', 'express', 'undici', 'router')
const inner = ['pg/lib/client.js', 'mysql/lib/Connection.js', 'mysql/lib/Pool.js', 'mysql2/lib/base/connection.js']
const { toString: textOf } = Function.prototype
const lines = []
const sources = []
const seen = new Set()

/** What a function in sloppy mode has, and none of ours. */
const SLOPPY = ['arguments', 'caller']
const kind = ({ value, get, set, enumerable, configurable, writable }) =>
  [get && 'get', set && 'set', typeof value, enumerable && 'e', configurable && 'c', writable && 'w']
    .filter(Boolean)
    .join('')

const OBSERVED = ['emit', 'push', 'write']
const isPrototype = object => Object.hasOwn(object, 'constructor') && Object.getPrototypeOf(object)?.emit !== undefined
/** They make a call again by what their constructor stores there. */
const AGAIN = ['RetryHandler', 'RedirectHandler']
const isHidden = (object, key) =>
  (OBSERVED.includes(key) && isPrototype(object)) ||
  (key === 'dispatch' && AGAIN.includes(object.constructor?.name) && Object.hasOwn(object, 'constructor'))

function look(at, object) {
  if ((typeof object !== 'object' && typeof object !== 'function') || object === null || seen.has(object)) return
  if (seen.size > 20_000 || at.split('.').length > 5) return
  seen.add(object)
  if (ArrayBuffer.isView(object) || object instanceof Map || object instanceof Set) return
  // One of its own is what a prototype gets when only its events, or its pieces of a body, are to be seen.
  const keys = Reflect.ownKeys(object).filter(key => !SLOPPY.includes(key) && !isHidden(object, key))
  const isFunction = typeof object === 'function'
  if (isFunction) sources.push(`${at} ${createHash('sha1').update(textOf.call(object)).digest('hex')}`)
  const described = keys.map(key => {
    const descriptor = Object.getOwnPropertyDescriptor(object, key)
    return `${String(key)}:${kind(descriptor)}`
  })
  const own = isFunction ? `${object.name}/${object.length}/${'prototype' in object}` : ''
  lines.push(
    `${at} ${own} ${Object.keys(object).filter(key => keys.includes(key)).length} ${described.sort().join(' ').slice(0, 2000)}`
  )
  for (const key of keys) {
    const { value } = Object.getOwnPropertyDescriptor(object, key)
    look(`${at}.${String(key)}`, value)
  }
}

const server = http.createServer().listen(0, '127.0.0.1', () => {
  lookAtAll()
  // What is wrapped once the agent thread has been started.
  setImmediate(() => {
    look('Worker.prototype.terminate', Worker.prototype.terminate)
    look('process.reallyExit', process.reallyExit)
    tell()
  })
})

function lookAtAll() {
  for (const name of [...libraries, ...inner]) {
    try {
      look(name, require(name))
    } catch (error) {
      lines.push(`${name} ${error.code}`)
    }
  }
  look('process', { kill: process.kill, emit: process.emit, on: process.on })
  for (const event of process.eventNames())
    lines.push(`process ${String(event)} ${event === 'exit' ? '' : process.listenerCount(event)}`)
  // The agent itself, and the place where all copies of OpenTelemetry's API look for who implements it.
  const known = [Symbol.for('perfagent'), Symbol.for('opentelemetry.js.api.1')]
  const others = Reflect.ownKeys(globalThis).filter(key => !known.includes(key))
  lines.push(`globals ${others.map(String).join()}`)
  lines.push(`error ${typeof Error.prepareStackTrace} ${Error.stackTraceLimit}`)
}

function tell() {
  new Console(process.stdout).log(lines.filter(line => !line.startsWith('process exit')).join('\n'))
  if (process.argv[2] === 'sources') process.stderr.write(`${sources.join('\n')}\n`)
  server.close()
  process.disconnect?.()
}
