// A request's body, as far as it may go: bounded while it comes and again while it is inflated, so that neither a long body nor
// a small one that inflates to gigabytes is ever held.

import type { IncomingMessage } from 'node:http'
import { createGunzip, createInflate } from 'node:zlib'

/** What a sender is answered instead of being heard. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string
  ) {
    super(message)
  }
}

/** OpenTelemetry's Collector takes 20 MiB; a batch of 512 spans has about one. */
const MAX_BODY_BYTES = 20 * 1024 * 1024
/** Reports are JSON and shrink to a tenth; the Collector takes 20 MiB inflated. It is all that a bomb can make us hold. */
const MAX_INFLATED_BYTES = 24 * 1024 * 1024

export async function readBody(request: IncomingMessage, maxBytes = MAX_BODY_BYTES): Promise<Buffer> {
  if (Number(request.headers['content-length']) > maxBytes) throw tooLarge(maxBytes)
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return collect(request, maxBytes)
  const packed = await collect(request, maxBytes)
  if (encoding === 'gzip' || encoding === 'deflate') return inflate(packed, encoding)
  throw new Refused(415, `content encoding ${encoding} is not understood; gzip is`)
}

async function inflate(packed: Buffer, encoding: 'gzip' | 'deflate'): Promise<Buffer> {
  const stream = encoding === 'gzip' ? createGunzip() : createInflate()
  try {
    stream.end(packed)
    return await collect(stream, MAX_INFLATED_BYTES)
  } catch (error) {
    if (error instanceof Refused) throw error
    throw new Refused(400, `the body is no ${encoding}: ${(error as Error).message}`)
  } finally {
    stream.destroy()
  }
}

async function collect(stream: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}

const tooLarge = (limit: number): Refused => new Refused(413, `the body is larger than ${limit} bytes`)
