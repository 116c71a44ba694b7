// The one door to undici: POSTs a body and reads the beginning of the answer. Agent thread. The agent's own undici, not the
// application's fetch, so that nobody's instrumentation, dispatcher or proxy setting sees it; loaded with the first report
// (undici 7 takes about 130 ms to load).
//
// Kept true: no redirect is followed (the headers hold keys; undici follows none unless told to), no more than
// MAX_ANSWER_BYTES of an answer are read, nothing is inflated, a connection that failed and a late answer are outcomes.

import type { Agent } from 'undici'
import type { Address } from './address.js'
import type { Io, Outcome } from './exporter.js'
import { outcomeOf } from './retry.js'
import { readTls, type Tls } from './tls.js'

export const MAX_ANSWER_BYTES = 64 * 1024

export interface Transport {
  post(request: {
    body: Uint8Array
    headers?: Record<string, string>
    signal: AbortSignal
    /** Looks at what a 2xx said: how much of it was thrown away. */
    rejectedIn?: (body: Uint8Array, contentType: string) => number
  }): Promise<Outcome>
  close(): void
}

export function createTransport(address: Address, tls: Tls, io: Io): Transport {
  let agent: Agent | undefined

  return {
    async post({ body, headers, signal, rejectedIn }) {
      if (address.refused) return { type: 'refused', reason: address.refused }
      try {
        // Not import(): that would pass through loaders that the application registered for all threads.
        const { request, Agent } = require('undici') as typeof import('undici')
        agent ??= new Agent(agentOptions(tls))
        const answer = await request(address.url, {
          method: 'POST',
          body,
          headers: { ...headers, ...address.headers },
          signal,
          dispatcher: agent
        })
        const status = answer.statusCode
        const taken = status >= 200 && status < 300
        const start = await beginning(answer.body, signal)
        if (!taken) return outcomeOf({ status, retryAfter: single(answer.headers['retry-after']) }, io.epochMs())
        const readable = rejectedIn && start && !answer.headers['content-encoding']
        const rejected = readable ? rejectedIn(start, single(answer.headers['content-type']) ?? '') : 0
        return { type: 'delivered', rejected }
      } catch (error) {
        return { type: 'retry', reason: reasonOf(error, signal) }
      }
    },
    close() {
      void agent?.destroy()
    }
  }
}

const agentOptions = (tls: Tls): Agent.Options => ({
  connections: 1,
  pipelining: 1,
  // The caller's signal bounds the whole delivery; undici's own limits are between two bytes.
  headersTimeout: 0,
  bodyTimeout: 0,
  connect: {
    timeout: 0,
    ...readTls(tls)
  }
})

type AnswerBody = AsyncIterable<Buffer> & { destroy(): unknown; on(event: 'error', listener: () => void): unknown }

/** Undefined when there is more than anybody should answer: the rest is not read, and its connection is closed. */
async function beginning(body: AnswerBody, signal: AbortSignal): Promise<Buffer | undefined> {
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

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)

export function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return (signal.reason as Error).message
  const { message, code, errors } = error as Error & { code?: string; errors?: Error[] }
  // With several addresses for a name Node throws an AggregateError, whose own message is empty.
  return `cannot be reached (${message || errors?.[0]?.message || code || 'no reason given'})`
}
