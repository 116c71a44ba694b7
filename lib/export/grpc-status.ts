// What a gRPC status means for a batch. Pure. The codes that may be retried are those of OTLP's specification; how long to wait
// says `google.rpc.RetryInfo` in the details, or `grpc-retry-pushback-ms`, which also can forbid it (gRPC's proposal A6).

import { retryDelayMs } from '../otlp/answer.js'
import { type CodeName, codeName } from '../process/grpc-codes.js'
import type { Outcome } from './exporter.js'
import { MAX_RETRY_AFTER_MS } from './retry.js'

const RETRIED = new Set<CodeName>([
  'CANCELLED',
  'DEADLINE_EXCEEDED',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNAVAILABLE',
  'DATA_LOSS'
])
/** About this payload alone, as 400 and 413 are over HTTP. */
const QUIET = new Set<CodeName>(['INVALID_ARGUMENT', 'RESOURCE_EXHAUSTED'])

const MAX_MESSAGE_CHARS = 200

type Trailers = Record<string, string | string[] | undefined>

/** Undefined for OK. */
export function outcomeOf(trailers: Trailers): Outcome | undefined {
  const name = codeName(Number(trailers['grpc-status'])) ?? 'UNKNOWN'
  if (name === 'OK') return undefined
  const reason = `answered ${name}${messageOf(trailers['grpc-message'])}`
  const askedMs = retryDelayMs(detailsOf(trailers['grpc-status-details-bin']))
  const pushback = trailers['grpc-retry-pushback-ms']
  const pushbackMs = pushback === undefined ? undefined : /^\d+$/.test(String(pushback)) ? Number(pushback) : -1
  // With RetryInfo an exhausted server will recover; without it the message was too much.
  const retried = RETRIED.has(name) || (name === 'RESOURCE_EXHAUSTED' && askedMs !== undefined)
  if (!retried || pushbackMs === -1) return { type: 'refused', reason, quiet: QUIET.has(name) }
  const afterMs = pushbackMs ?? askedMs
  return { type: 'retry', reason, afterMs: afterMs === undefined ? undefined : Math.min(afterMs, MAX_RETRY_AFTER_MS) }
}

function messageOf(value: string | string[] | undefined): string {
  if (typeof value !== 'string' || value === '') return ''
  let text = value
  try {
    text = decodeURIComponent(value)
  } catch {}
  return ` (${text.slice(0, MAX_MESSAGE_CHARS)})`
}

const detailsOf = (value: string | string[] | undefined): Uint8Array =>
  typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0)
