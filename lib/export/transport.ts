// The one door to Node's HTTP client on this thread: POSTs a body and reads the beginning of the answer. Agent thread. With an
// agent of its own, and where nobody's instrumentation, dispatcher or proxy setting is: those are on the main thread. Loaded with
// the first delivery. Not undici, which takes 13 MB (Node 20) to 17 MB (Node 24) more of memory, and 130 ms to load.
//
// Kept true: no redirect is followed (the headers hold keys; node:http follows none), no more than MAX_ANSWER_BYTES of an
// answer are read, nothing is inflated, a connection that failed and a late answer are outcomes; there are no more connections than
// were allowed, and of them all one look-up at a time.

import { lookup } from 'node:dns'
import type { Agent, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http'
import type { LookupFunction } from 'node:net'
import type { Address } from './address.js'
import type { Io, Outcome } from './exporter.js'
import { outcomeOf } from './retry.js'
import { readTls, type Tls } from './tls.js'

export const MAX_ANSWER_BYTES = 64 * 1024

export interface Transport {
  post(request: {
    /** In pieces, which are sent one behind the other: joined they would be a copy, of up to some MB. */
    body: Uint8Array[]
    headers?: Record<string, string>
    signal: AbortSignal
    /** Looks at what a 2xx said: how much of it was thrown away. */
    rejectedIn?: (body: Uint8Array, contentType: string) => number
    /** Told of each 2xx; `start` is undefined where the answer was longer than anybody's should be. */
    answered?: (headers: IncomingHttpHeaders, start: Buffer | undefined) => void
  }): Promise<Outcome>
  close(): void
}

export function createTransport(address: Address, tls: Tls, io: Io, maxSockets = 1): Transport {
  let agent: Agent | undefined
  /** Answers that were no 2xx. */
  let refusals = 0

  return {
    async post({ body, headers, signal, rejectedIn, answered }) {
      if (address.refused) return { type: 'refused', reason: address.refused }
      try {
        const client = clientFor(address.url)
        agent ??= new client.Agent({ keepAlive: true, maxSockets, lookup: oneAtATime(), ...readTls(tls) })
        const length = { 'content-length': String(lengthOf(body)) }
        const options = { method: 'POST', headers: { ...headers, ...address.headers, ...length }, agent, signal }
        const before = refusals
        const answer = await send(client, address.url, options, body, () => refusals === before)
        const status = answer.statusCode!
        const taken = status >= 200 && status < 300
        const start = await beginning(answer, signal)
        if (!taken) {
          refusals++
          return outcomeOf({ status, retryAfter: answer.headers['retry-after'] }, io.epochMs())
        }
        answered?.(answer.headers, start)
        const readable = rejectedIn && start && !answer.headers['content-encoding']
        const rejected = readable ? rejectedIn(start, answer.headers['content-type'] ?? '') : 0
        return { type: 'delivered', rejected }
      } catch (error) {
        return { type: 'retry', reason: reasonOf(error, signal) }
      }
    },
    close() {
      agent?.destroy()
    }
  }
}

export const lengthOf = (body: Uint8Array[]): number => body.reduce((sum, { length }) => sum + length, 0)

type Client = typeof import('node:http') | typeof import('node:https')

/** Not import(): that would pass through loaders that the application registered for all threads. */
const clientFor = (url: string): Client => require(url.startsWith('https:') ? 'node:https' : 'node:http') as Client

/**
 * A kept connection that the backend had closed meanwhile says nothing about the backend: then a new one is taken. Not so where another
 * delivery was refused meanwhile, for it may have been told to wait.
 */
function send(
  client: Client,
  url: string,
  options: RequestOptions,
  body: Uint8Array[],
  mayRepeat: () => boolean
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = client.request(url, options, resolve)
    request.on('error', (error: NodeJS.ErrnoException) => {
      const closed = request.reusedSocket && error.code === 'ECONNRESET'
      if (closed && mayRepeat()) resolve(send(client, url, options, body, mayRepeat))
      else reject(error)
    })
    for (const piece of body) request.write(piece)
    request.end()
  })
}

/** Several connections ask once: a look-up takes a thread of the pool that the application's fs, dns and crypto share. */
function oneAtATime(): LookupFunction {
  const asking: Parameters<LookupFunction>[2][] = []
  return (host, options, answered) => {
    if (asking.push(answered) > 1) return
    lookup(host, options, (...answer) => {
      for (const each of asking.splice(0)) each(...answer)
    })
  }
}

/** Undefined when there is more than anybody should answer: the rest is not read, and its connection is closed. */
async function beginning(body: IncomingMessage, signal: AbortSignal): Promise<Buffer | undefined> {
  // Destroying it makes it emit an error that is of no interest.
  body.on('error', () => {})
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) {
      body.destroy()
      return undefined
    }
    chunks.push(chunk)
  }
  signal.throwIfAborted()
  return Buffer.concat(chunks)
}

export function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return (signal.reason as Error).message
  const { message, code, errors } = error as Error & { code?: string; errors?: Error[] }
  // With several addresses for a name Node throws an AggregateError, whose own message is empty.
  // OpenSSL's end with a line break.
  return `cannot be reached (${message.trim() || errors?.[0]?.message || code || 'no reason given'})`
}
