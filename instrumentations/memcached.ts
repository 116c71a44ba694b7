// memcached through `memcached` 2.2 and `memjs` 1, which publish nothing (2.2, 1.3). Each has one method that all its commands pass.
// The callback that it is given is called by a connection's socket, so what comes after it runs where the command was given.
//
// `memcached` gives a function that makes the command; it is called here, and what it made is handed on. memjs gives bytes, and
// each attempt is told: between two it waits by a timer.

import { apply, createFuse, guard, type Instrumentation, wrapFunction, wrapMethod } from '../lib/hook/index.js'

type Callback = (this: unknown, ...args: unknown[]) => void

/** What is read of the libraries' own objects. */
interface Query {
  type: string
  key?: unknown
  callback?: Callback
}

interface MemcachedClient {
  servers: string[]
}

type Answered = ((answer: unknown) => void) & { quiet?: boolean }

interface MemjsServer {
  host: string
  port: number
  responseCallbacks: Record<number, Answered>
  errorCallbacks: Record<number, Answered>
}

interface Command {
  type: string
  key: unknown
  target: string | undefined
  send: (callback: Callback) => unknown
}

const MAX_KEY = 200

export const memcached: Instrumentation = {
  name: 'memcached',
  supports: '`memcached` 2.2, `memjs` 1',
  operations: [
    {
      channel: 'perfagent:memcached:command',
      describe: ({ type, key, target }: Command) => ({
        kind: 'cache',
        system: 'memcached',
        text: typeof key === 'string' && key && key.length <= MAX_KEY ? `${type} ${key}` : type,
        target
      })
    }
  ],
  patches: [
    { module: 'memcached', file: 'lib/memcached.js', versions: '>=2.2 <3', apply: patchMemcached },
    { module: 'memjs', file: 'lib/memjs/server.js', versions: '>=1 <2', apply: patchMemjs }
  ]
}

const told = { send: (command: Command, callback: Callback): unknown => command.send(callback) }
wrapMethod<Command>(told, 'send', 'perfagent:memcached:command', (_self, [command]) => command as Command)

const fuse = createFuse('memcached')

/** `command(compile[, server])` */
function patchMemcached(Client: { prototype: object }): void {
  wrapFunction(
    Client.prototype,
    'command',
    original =>
      function (this: unknown, ...args: unknown[]) {
        const compile = args[0] as (noreply?: unknown) => Query
        const server = args[1] as string | undefined
        const query = compile()
        // With an argument it makes the same command for another server, whose answer nobody waits for.
        args[0] = (noreply?: unknown) => (noreply ? compile(noreply) : query)
        const facts = factsOf(query, this as MemcachedClient, server)
        if (!facts) return apply(original, this, args)
        const { callback, ...command } = facts
        const send = (callback: Callback): unknown => {
          query.callback = callback
          return apply(original, this, args)
        }
        return told.send({ ...command, send }, callback)
      }
  )
}

/** A list of keys is the application's own. Undefined: nobody waits for the answer, or there is nothing to tell. */
const factsOf = guard(fuse, ({ type, key, callback }: Query, { servers }: MemcachedClient, server?: string) => {
  if (typeof callback !== 'function') return undefined
  return { type, key: Array.isArray(key) ? key[0] : key, target: server ?? onlyOne(servers), callback }
})

const OPCODES: Record<number, string> = {
  0: 'get',
  1: 'set',
  2: 'add',
  3: 'replace',
  4: 'delete',
  5: 'incr',
  6: 'decr',
  14: 'append',
  15: 'prepend',
  28: 'touch'
}

/** The place in a request of the command's code, and of the lengths and the beginning of what follows. */
const OPCODE_AT = 1
const KEY_LENGTH_AT = 2
const EXTRAS_LENGTH_AT = 4
const NUMBER_AT = 12
const HEADER_BYTES = 24

/** `write(request)`: what waits for the answer stands ready in the server's tables, by the number in the request. */
function patchMemjs({ Server }: { Server: { prototype: object } }): void {
  wrapFunction(
    Server.prototype,
    'write',
    original =>
      function (this: unknown, ...args: unknown[]) {
        const server = this as MemjsServer
        const awaited = awaitedIn(server, args[0])
        if (!awaited) return apply(original, this, args)
        const { number, onResponse, onError, ...command } = awaited
        const send = (callback: Callback): unknown => {
          server.responseCallbacks[number] = response => callback(null, response)
          server.errorCallbacks[number] = error => callback(error ?? 'failed')
          return apply(original, this, args)
        }
        return told.send({ ...command, send }, (error, response) => (error ? onError(error) : onResponse(response)))
      }
  )
}

const awaitedIn = guard(fuse, (server: MemjsServer, request: unknown) => {
  if (!Buffer.isBuffer(request) || request.length < HEADER_BYTES) return undefined
  const number = request.readUInt32BE(NUMBER_AT)
  const { [number]: onResponse } = server.responseCallbacks
  const { [number]: onError } = server.errorCallbacks
  // One that is answered in many parts has no end of its own.
  if (!onResponse || !onError || onResponse.quiet) return undefined
  return { number, onResponse, onError, ...commandIn(request), target: `${server.host}:${server.port}` }
})

function commandIn(request: Buffer): Pick<Command, 'type' | 'key'> {
  const start = HEADER_BYTES + request[EXTRAS_LENGTH_AT]!
  const length = Math.min(request.readUInt16BE(KEY_LENGTH_AT), MAX_KEY + 1)
  return { type: OPCODES[request[OPCODE_AT]!] ?? 'command', key: request.toString('utf8', start, start + length) }
}

/** Of several the library chooses one by the key. */
const onlyOne = <Server>(servers: Server[]): Server | undefined => (servers.length === 1 ? servers[0] : undefined)
