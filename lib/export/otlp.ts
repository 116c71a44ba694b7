// OTLP over HTTP: spans and log records, each with its own address, headers and queue, since a backend may take one and not
// the other. Endpoints, headers, compression and protocol by OpenTelemetry's exporter specification.

import { readFileSync } from 'node:fs'
import path from 'node:path'
// The synchronous one: the other would take a thread of the pool that the application's fs, dns and crypto share.
import { gzipSync } from 'node:zlib'
import type { Config } from '../config.js'
import { rejectedIn } from '../otlp/answer.js'
import { toJson, toProtobuf } from '../otlp/encode.js'
import { logRecords } from '../otlp/logs.js'
import type { Message, MessageName } from '../otlp/messages.js'
import { spans } from '../otlp/spans.js'
import type { Report } from '../types.js'
import { addressOf } from './address.js'
import type { Destination, Exporter, Io } from './exporter.js'
import { unpack } from './packed.js'
import { createTransport } from './transport.js'

/** The specification's, for those who ask for OTLP and say no more. */
const DEFAULT_BASE = 'http://localhost:4318'
const MAX_BATCH = 64

const agentVersion = (): string =>
  JSON.parse(readFileSync(path.join(__dirname, '../../../package.json'), 'utf8')).version as string

export const otlp: Exporter = {
  name: 'otlp',
  destinations(config, io) {
    const { otlpEndpoint, otlpTracesEndpoint, otlpLogsEndpoint, otlpHeaders } = config
    const asked = config.export.includes('otlp')
    if (!(otlpEndpoint || otlpTracesEndpoint || otlpLogsEndpoint || asked)) return []
    const base = otlpEndpoint || (otlpTracesEndpoint || otlpLogsEndpoint ? '' : DEFAULT_BASE)
    const version = agentVersion()
    // A standard sampler is obeyed to the letter; the report leaves as a log record all the same.
    const leaves = ({ sampled }: Report): boolean => config.tracesSampler === 'slow' || sampled
    const signals: Signal<MessageName>[] = [
      {
        name: 'traces',
        url: otlpTracesEndpoint || signalUrl(base, 'traces'),
        headers: { ...otlpHeaders, ...config.otlpTracesHeaders },
        message: 'ExportTraceServiceRequest',
        make: reports => spans(reports.filter(leaves), version)
      },
      {
        name: 'logs',
        url: otlpLogsEndpoint || signalUrl(base, 'logs'),
        headers: { ...otlpHeaders, ...config.otlpLogsHeaders },
        message: 'ExportLogsServiceRequest',
        make: reports => logRecords(reports, version)
      }
    ]
    return signals.filter(({ url }) => url !== '').map(signal => destinationOf(signal, config, io))
  }
}

interface Signal<Name extends MessageName> {
  name: string
  /** '' when only the other signal was given an endpoint. */
  url: string
  headers: Record<string, string>
  message: Name
  make(reports: Report[]): Message<Name> | undefined
}

/** A base keeps its path and its query: `https://host/otlp?x=1` → `https://host/otlp/v1/traces?x=1`. */
function signalUrl(base: string, signal: string): string {
  if (base === '') return ''
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${signal}`
  return url.href
}

function destinationOf(signal: Signal<MessageName>, config: Config, io: Io): Destination {
  const json = config.otlpProtocol === 'http/json'
  const gzip = config.otlpCompression === 'gzip'
  const address = addressOf(signal.url, signal.headers)
  const { otlpCertificate: certificate, otlpClientKey: clientKey, otlpClientCertificate: clientCertificate } = config
  const transport = createTransport(address, { certificate, clientKey, clientCertificate }, io)
  const headers = {
    'content-type': json ? 'application/json' : 'application/x-protobuf',
    ...(gzip && { 'content-encoding': 'gzip' })
  }
  return {
    name: `otlp ${signal.name}`,
    place: address.printed,
    maxBatch: MAX_BATCH,
    async send(batch, abort) {
      const message = signal.make(batch.map(unpack))
      if (!message) return { type: 'delivered' }
      const encoded = json ? Buffer.from(toJson(signal.message, message)) : toProtobuf(signal.message, message)
      return transport.post({ body: gzip ? gzipSync(encoded) : encoded, headers, signal: abort, rejectedIn })
    },
    close: transport.close
  }
}
