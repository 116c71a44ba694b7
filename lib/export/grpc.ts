// Unary gRPC calls over node:http2: one message out, one back, as OTLP/gRPC wants it. Agent thread. Written here because that is
// little, and a gRPC runtime much (@grpc/grpc-js 1.14 with its dependencies: 24 packages, 13 MB installed).
//
//   request   POST /package.Service/Method, content-type application/grpc, te: trailers, grpc-timeout
//             body: 1 byte 0 or 1 (gzip), 4 bytes length, the message
//   answer    headers, body of the same form, trailers with grpc-status; or, of what failed at once, headers with grpc-status
//
// Kept true: one connection, used for all calls until the server says GOAWAY (Node closes it by itself), it breaks, or an answer did
// not come in time (the next call makes a new one); no more than MAX_ANSWER_BYTES are read; every failure is an outcome.

import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2'
import { gzipSync } from 'node:zlib'
import type { Address } from './address.js'
import type { Io, Outcome } from './exporter.js'
import { outcomeOf } from './grpc-status.js'
import { outcomeOf as httpOutcomeOf } from './retry.js'
import { readTls, type Tls } from './tls.js'
import { lengthOf, MAX_ANSWER_BYTES, reasonOf, type Transport } from './transport.js'

const PREFIX_BYTES = 5
/** NGHTTP2_CANCEL. */
const CANCEL = 8

export interface GrpcOptions {
  address: Address
  /** `/package.Service/Method`. */
  method: string
  gzip: boolean
  timeoutMs: number
  tls: Tls
  userAgent: string
  io: Io
}

interface Answer {
  headers: IncomingHttpHeaders
  trailers: IncomingHttpHeaders
  body: Buffer
  tooLong: boolean
}

export function createGrpcTransport(options: GrpcOptions): Transport {
  const { address, tls, io } = options
  let session: ClientHttp2Session | undefined

  return {
    async post({ body, signal, rejectedIn }) {
      if (address.refused) return { type: 'refused', reason: address.refused }
      try {
        const answer = await call(connected(), options, body, signal)
        return outcome(answer, io.epochMs(), rejectedIn)
      } catch (error) {
        // After a deadline the connection may be one that only looks alive.
        session?.destroy()
        session = undefined
        return { type: 'retry', reason: reasonOf(causeOf(error), signal) }
      }
    },
    close() {
      session?.destroy()
    }
  }

  function connected(): ClientHttp2Session {
    if (session && !session.closed && !session.destroyed) return session
    const made = http2().connect(new URL(address.url).origin, { ...readTls(tls), settings: { enablePush: false } })
    const forget = (): void => {
      if (session === made) session = undefined
    }
    // An error reaches the calls under way, too; without a listener it would end the thread.
    made.on('error', forget)
    made.on('close', forget)
    made.unref()
    session = made
    return made
  }
}

/**
 * Loaded with the first call, because few speak gRPC: with TLS, on which it stands, it takes 0.5 MB of the heap and as much outside
 * it (Node 24). Not import(), as in transport.ts.
 */
const http2 = (): typeof import('node:http2') => require('node:http2')

function call(
  session: ClientHttp2Session,
  { address, method, gzip, timeoutMs, userAgent }: GrpcOptions,
  message: Uint8Array[],
  signal: AbortSignal
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const stream = session.request({
      ':method': 'POST',
      ':path': method,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': `${Math.min(Math.ceil(timeoutMs), 99_999_999)}m`,
      'grpc-accept-encoding': 'identity',
      ...(gzip && { 'grpc-encoding': 'gzip' }),
      'user-agent': userAgent,
      ...lowerCased(address.headers)
    })
    const answer: Answer = { headers: {}, trailers: {}, body: Buffer.alloc(0), tooLong: false }
    const chunks: Buffer[] = []
    let size = 0
    const abort = (): void => {
      stream.close(CANCEL)
      reject(signal.reason)
    }
    signal.addEventListener('abort', abort, { once: true })
    // The session's error comes to a stream that has not begun yet; both are listened to, the first counts.
    session.once('error', reject)
    stream.on('error', reject)
    stream.on('response', headers => {
      answer.headers = headers
    })
    stream.on('trailers', trailers => {
      answer.trailers = trailers
    })
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_ANSWER_BYTES) chunks.push(chunk)
      else if (!answer.tooLong) {
        answer.tooLong = true
        stream.close(CANCEL)
      }
    })
    stream.on('close', () => {
      signal.removeEventListener('abort', abort)
      session.removeListener('error', reject)
      answer.body = Buffer.concat(chunks)
      if (answer.headers[':status'] !== undefined || answer.tooLong) resolve(answer)
      else reject(new Error('the connection was closed before an answer came'))
    })
    for (const piece of framed(message, gzip)) stream.write(piece)
    stream.end()
  })
}

/** A stream that waited for a connection says only that it was cancelled. */
const causeOf = (error: unknown): unknown => (error as Error).cause ?? error

/** gRPC allows names in lower case alone, and HTTP/2 too. */
const lowerCased = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

function framed(message: Uint8Array[], gzip: boolean): Uint8Array[] {
  const content = gzip ? [gzipSync(Buffer.concat(message))] : message
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix[0] = gzip ? 1 : 0
  prefix.writeUInt32BE(lengthOf(content), 1)
  return [prefix, ...content]
}

/** Undefined when it is not one whole uncompressed message: we said that we take no other. */
function messageIn(body: Buffer): Buffer | undefined {
  const whole = body.length >= PREFIX_BYTES && body[0] === 0 && body.readUInt32BE(1) === body.length - PREFIX_BYTES
  return whole ? body.subarray(PREFIX_BYTES) : undefined
}

function outcome(
  { headers, trailers, body, tooLong }: Answer,
  epochMs: number,
  rejectedIn: ((body: Uint8Array, contentType: string) => number) | undefined
): Outcome {
  if (tooLong) return { type: 'refused', reason: `answered more than ${MAX_ANSWER_BYTES / 1024} KiB` }
  const status = Number(headers[':status'])
  if (status !== 200) return httpOutcomeOf({ status, retryAfter: headers['retry-after'] }, epochMs)
  const said = trailers['grpc-status'] !== undefined ? trailers : headers
  // A stream that was reset after its headers has none: what became of the message is not known.
  if (said['grpc-status'] === undefined) return { type: 'retry', reason: 'ended without a gRPC status' }
  const failed = outcomeOf(said)
  if (failed) return failed
  const message = messageIn(body)
  return { type: 'delivered', rejected: message && rejectedIn ? rejectedIn(message, 'application/x-protobuf') : 0 }
}
