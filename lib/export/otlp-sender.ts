// Sends one OTLP message: encoded, packed and posted as the settings say. Agent thread.

import type { IncomingHttpHeaders } from 'node:http'
// The synchronous one: the other would take a thread of the pool that the application's fs, dns and crypto share.
import { gzipSync } from 'node:zlib'
import { rejectedIn } from '../otlp/answer.js'
import { toJson, toProtobuf } from '../otlp/encode.js'
import type { Message, MessageName } from '../otlp/messages.js'
import { ownVersion } from '../place.js'
import { addressOf } from './address.js'
import type { Io, Outcome } from './exporter.js'
import { createGrpcTransport } from './grpc.js'
import { hintFor } from './hints.js'
import type { Settings, Signal } from './otlp-settings.js'
import { createTransport, type Transport } from './transport.js'

/** A gRPC server takes 4 MiB unless it was told otherwise; a report's JSON is most of its record, and grows a little in it. */
const MAX_GRPC_BATCH_BYTES = 3 * 1024 * 1024

export interface Sender {
  /** For log lines: without credentials. */
  place: string
  deadlineMs: number
  maxBatchBytes?: number
  /** `pieces`: what is encoded already, of the same message; of protobuf alone. */
  send(message: Message<MessageName> | undefined, pieces: Uint8Array[], abort: AbortSignal): Promise<Outcome>
  close(): void
}

/** What a console of ours says of itself in each answer. */
const CONSOLE_HEADER = 'perfagent-console'

const lookFor = (found: NonNullable<Io['foundConsole']>, settings: Settings) => (headers: IncomingHttpHeaders) => {
  if (headers[CONSOLE_HEADER] !== undefined) found(settings)
}

export function createSender(signal: Signal, settings: Settings, io: Io): Sender {
  const { protocol, gzip, timeoutMs, tls } = settings
  const address = addressOf(settings.url, settings.headers)
  const userAgent = `OTel-OTLP-Exporter-perfagent/${ownVersion()}`
  const grpc = protocol === 'grpc'
  const transport: Transport = grpc
    ? createGrpcTransport({ address, method: signal.method, gzip, timeoutMs, tls, userAgent, io })
    : createTransport(address, tls, io)
  const json = protocol === 'http/json'
  let hasDelivered = false
  const headers = {
    'user-agent': userAgent,
    'content-type': json ? 'application/json' : 'application/x-protobuf',
    ...(gzip && { 'content-encoding': 'gzip' })
  }
  return {
    place: grpc ? new URL(address.url).origin : address.printed,
    deadlineMs: timeoutMs,
    ...(grpc && { maxBatchBytes: MAX_GRPC_BATCH_BYTES }),
    async send(message, pieces, abort) {
      const first =
        message && (json ? Buffer.from(toJson(signal.message, message)) : toProtobuf(signal.message, message))
      // Protobuf's messages that are joined are one, with the lists of all.
      const encoded = first ? [first, ...pieces] : pieces
      const body = gzip && !grpc ? [gzipSync(Buffer.concat(encoded))] : encoded
      const answered = io.foundConsole && lookFor(io.foundConsole, settings)
      const outcome = await transport.post({ body, headers, signal: abort, rejectedIn, ...(answered && { answered }) })
      if (outcome.type === 'delivered') hasDelivered = true
      return hasDelivered ? outcome : withHint(outcome)
    },
    close: transport.close
  }

  /** The options are right where something was delivered. */
  function withHint(outcome: Outcome): Outcome {
    if (outcome.type === 'delivered') return outcome
    const hint = hintFor({ reason: outcome.reason, path: signal.path, url: settings.url, protocol })
    return hint ? { ...outcome, reason: `${outcome.reason}: ${hint}` } : outcome
  }
}
