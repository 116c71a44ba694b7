// The one door to Node's HTTP client on this thread: POSTs a body and reads the beginning of the answer. Agent thread. With an
// agent of its own, and where nobody's instrumentation, dispatcher or proxy setting is: those are on the main thread. Loaded with
// the first delivery. undici was here before: it took 13 MB (Node 20) to 17 MB (Node 24) more of memory, and 130 ms to load.
//
// Kept true: no redirect is followed (the headers hold keys; node:http follows none), no more than MAX_ANSWER_BYTES of an
// answer are read, nothing is inflated, a connection that failed and a late answer are outcomes.

import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http'
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

export function createTransport(address: Address, tls: Tls, io: Io): Transport {
  let agent: Agent | undefined

  return {
    async post({ body, headers, signal, rejectedIn, answered }) {
      if (address.refused) return { type: 'refused', reason: address.refused }
      try {
        const client = clientFor(address.url)
        agent ??= new client.Agent({ keepAlive: true, maxSockets: 1, ...readTls(tls) })
        const answer = await send(client, address.url, { ...headers, ...address.headers }, body, agent, signal)
        const status = answer.statusCode!
        const taken = status >= 200 && status < 300
        const start = await beginning(answer, signal)
        if (!taken) return outcomeOf({ status, retryAfter: answer.headers['retry-after'] }, io.epochMs())
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

/** A kept connection that the backend had closed meanwhile says nothing about the backend: then a new one is taken. */
function send(
  client: Client,
  url: string,
  headers: Record<string, string>,
  body: Uint8Array[],
  agent: Agent,
  signal: AbortSignal
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const lengths = { 'content-length': String(lengthOf(body)) }
    const request = client.request(url, { method: 'POST', headers: { ...headers, ...lengths }, agent, signal }, resolve)
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (request.reusedSocket && error.code === 'ECONNRESET') resolve(send(client, url, headers, body, agent, signal))
      else reject(error)
    })
    for (const piece of body) request.write(piece)
    request.end()
  })
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
  return `cannot be reached (${message || errors?.[0]?.message || code || 'no reason given'})`
}
