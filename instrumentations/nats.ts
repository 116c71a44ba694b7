// NATS through `@nats-io/transport-node` 3 (and what else stands on @nats-io/nats-core) and its forerunner `nats` 2, which publish
// nothing; nobody has an instrumentation of OpenTelemetry's for them. A request is an operation until its answer, which JetStream's
// confirmations are too; what is published waits for nobody, and is told for the trace that goes with it. A message that a
// subscription's callback is given is a request. One that comes out of an iterator is not: there is no call to stand around it.

import { channel } from 'node:diagnostics_channel'
import {
  addHeaders,
  apply,
  type Callable,
  createFuse,
  factsOfWork,
  guard,
  type Instrumentation,
  requestDoor,
  runToEnd,
  runWork,
  wrapFunction,
  wrapLoose
} from '../lib/hook/index.js'

/** What is read of the library's own objects. */
interface Connection {
  /** Of the server; undefined when it is closed. */
  info?: { host?: string; port?: number; headers?: boolean }
  options?: { inboxPrefix?: string }
}

interface Headers extends Iterable<[name: string, values: string[]]> {
  append(name: string, value: string): void
  has(name: string): boolean
}

interface Options {
  headers?: Headers
}

interface Call {
  text: string
  connection: Connection
  options: Options | undefined
  /** With those of the trace, where there is one. */
  headers?: Headers
  error?: unknown
}

interface Delivery {
  subject: string
  message: { headers?: Headers }
}

const sent = channel('perfagent:nats:start')
const answered = channel('perfagent:nats:end')
const failed = channel('perfagent:nats:error')

const door = requestDoor('nats', ({ subject, message }: Delivery) => {
  const name = patternOf(subject)
  const attributes = {
    'messaging.system': 'nats',
    'messaging.operation.type': 'process',
    'messaging.destination.name': name
  }
  return factsOfWork({ kind: 'message', name, attributes }, pairsOf(message.headers))
})

export const nats: Instrumentation = {
  name: 'nats',
  supports: '`@nats-io/transport-node` 3, `nats` 2: requests, sending, and callbacks of subscriptions',
  requests: [door],
  operations: [
    {
      start: sent.name,
      end: [answered.name],
      error: failed.name,
      key: (call: Call) => call,
      describe: ({ text, connection: { info } }: Call) => ({
        kind: 'message',
        system: 'nats',
        text,
        target: info?.host && `${info.host}:${info.port}`
      }),
      inject
    }
  ],
  patches: [
    { module: '@nats-io/nats-core', file: 'lib/headers.js', versions: '>=3 <4', apply: noteHeaders },
    { module: '@nats-io/nats-core', file: 'lib/nats.js', versions: '>=3 <4', apply: patchConnection },
    { module: 'nats', file: 'lib/nats-base-client/headers.js', versions: '>=2.10 <3', apply: noteHeaders },
    { module: 'nats', file: 'lib/nats-base-client/nats.js', versions: '>=2.10 <3', apply: patchConnection }
  ]
}

/** The library's; those of both packages are alike. */
let makeHeaders: (() => Headers) | undefined

function noteHeaders({ headers }: { headers: () => Headers }): void {
  makeHeaders = headers
}

/** On a copy: the application may use its own for the next message. */
function inject(call: Call, trace: [name: string, value: string][]): void {
  if (trace.length === 0 || !makeHeaders || !call.connection.info?.headers) return
  const headers = makeHeaders()
  for (const [name, values] of call.options?.headers ?? []) for (const value of values) headers.append(name, value)
  addHeaders(
    trace,
    name => headers.has(name),
    (name, value) => headers.append(name, value)
  )
  call.headers = headers
}

/** A request publishes by the connection's own method. */
let isRequesting = false

function patchConnection({ NatsConnectionImpl }: { NatsConnectionImpl: { prototype: object } }): void {
  const { prototype } = NatsConnectionImpl
  wrapFunction(prototype, 'request', original => telling('request', original))
  wrapFunction(prototype, 'publish', original => telling('send', original))
  wrapFunction(
    prototype,
    'subscribe',
    original =>
      function (this: unknown, ...args: unknown[]) {
        bindDelivery(this as Connection, args)
        return apply(original, this, args)
      }
  )
}

const fuse = createFuse('nats')

const bindDelivery = guard(fuse, (connection: Connection, args: unknown[]): void => {
  const [subject, options] = args as [unknown, { callback?: unknown } | undefined]
  if (typeof subject !== 'string' || typeof options?.callback !== 'function' || isInbox(connection, subject)) return
  args[1] = { ...options, callback: delivering(options.callback as Callable, subject) }
})

const telling = (what: 'request' | 'send', original: Callable): Callable =>
  function (this: unknown, ...args: unknown[]) {
    const call = begin(what, this as Connection, args)
    if (!call) return apply(original, this, args)
    const run = (): unknown => apply(original, this, args)
    return runToEnd(what === 'request' ? () => whileRequesting(run) : run, error => end(call, error))
  }

function whileRequesting<Result>(run: () => Result): Result {
  isRequesting = true
  try {
    return run()
  } finally {
    isRequesting = false
  }
}

/** `(subject, data, options)`. What the library asks of its own server by publishing has no subject of the application's. */
const begin = guard(fuse, (what: 'request' | 'send', connection: Connection, args: unknown[]): Call | undefined => {
  const [subject, , options] = args as [unknown, unknown, Options | undefined]
  if (!sent.hasSubscribers || typeof subject !== 'string') return undefined
  if (what === 'send' && (isRequesting || subject.startsWith('$') || isInbox(connection, subject))) return undefined
  const call: Call = { text: `${what} ${patternOf(subject)}`, connection, options }
  sent.publish(call)
  if (call.headers) args[2] = { ...options, headers: call.headers }
  return call
})

function end(call: Call, error: unknown): void {
  call.error = error
  const told = error === undefined ? answered : failed
  told.publish(call)
}

/** Answers come there. */
const isInbox = (connection: unknown, subject: string): boolean =>
  subject.startsWith(`${(connection as Connection).options?.inboxPrefix ?? '_INBOX'}.`)

const delivering = (callback: Callable, subject: string): Callable =>
  wrapLoose(
    callback,
    original =>
      function (this: unknown, ...args: unknown[]) {
        const message = args[1] as Delivery['message'] | undefined
        if (args[0] || !message) return apply(original, this, args)
        return runWork(door, { subject, message }, original, this, args)
      }
  )

function pairsOf(headers: Headers | undefined): string[] {
  const pairs: string[] = []
  for (const [name, values] of headers ?? []) for (const value of values) pairs.push(name.toLowerCase(), value)
  return pairs
}

const ID = /(?<=^|\.)(?:\d+|(?=[^.]*\d)[\w-]{16,})(?=\.|$)/g

/** Subjects have ids in them: `orders.17.paid`. */
const patternOf = (subject: string): string => subject.replace(ID, '?')
