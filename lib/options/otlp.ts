// The rows of the option table about OTLP: those for all signals, and the same for each signal, which win. Names and meaning
// are those of OpenTelemetry's exporter specification. Data only.

import {
  choice,
  choices,
  headers,
  milliseconds,
  optional,
  pemFile,
  type Row,
  row,
  type Type,
  target,
  word
} from './types.js'

const OTLP_PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number]

const protocol: Type<OtlpProtocol> = choice(...OTLP_PROTOCOLS)
const compression = choice('none', 'gzip')
const timeoutMs = milliseconds({ min: 1, max: 600_000 })
const exporter = choices('otlp', 'console', 'none')

interface SignalSettings {
  Endpoint: string
  Headers: Record<string, string>
  Protocol: OtlpProtocol | undefined
  Compression: 'none' | 'gzip' | undefined
  TimeoutMs: number | undefined
  Certificate: string
  ClientKey: string
  ClientCertificate: string
  Insecure: boolean | undefined
}

type SignalRows<Signal extends string> = {
  [Name in keyof SignalSettings as `otlp${Signal}${Name}`]: Row<SignalSettings[Name]>
}

function rowsOf<const Signal extends string>(signal: Signal, what: string): SignalRows<Signal> {
  const named = (name: string, standard = name) => ({
    env: `PERFAGENT_OTLP_${signal.toUpperCase()}_${name}`,
    also: [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${standard}`]
  })
  const file = (name: string, of: string) =>
    row({ ...named(name), type: pemFile, default: '', doc: `PEM file of ${of}, for ${what} alone.`, rare: true })
  const settings: { [Name in keyof SignalSettings]: Row<SignalSettings[Name]> } = {
    Endpoint: row({
      ...named('ENDPOINT'),
      type: target,
      default: '',
      doc: `URL for ${what}, used as it is.`,
      rare: true
    }),
    Headers: row({
      ...named('HEADERS'),
      type: headers,
      default: {},
      doc: `Headers for ${what} alone.`,
      secret: true,
      rare: true
    }),
    Protocol: row({
      ...named('PROTOCOL'),
      type: optional(protocol),
      default: undefined,
      doc: `Protocol of ${what} alone.`,
      rare: true
    }),
    Compression: row({
      ...named('COMPRESSION'),
      type: optional(compression),
      default: undefined,
      doc: `Compression of ${what} alone.`,
      rare: true
    }),
    TimeoutMs: row({
      ...named('TIMEOUT_MS', 'TIMEOUT'),
      type: optional(timeoutMs),
      default: undefined,
      doc: `Deadline of one delivery of ${what}.`,
      rare: true
    }),
    Certificate: file('CERTIFICATE', 'the certificates to trust'),
    ClientKey: file('CLIENT_KEY', "the client's key"),
    ClientCertificate: file('CLIENT_CERTIFICATE', "the client's certificate"),
    Insecure: row({
      ...named('INSECURE'),
      type: optional(word),
      default: undefined,
      doc: `The same of ${what} alone.`,
      rare: true
    })
  }
  const rows = Object.entries(settings).map(([name, entry]) => [`otlp${signal}${name}`, entry])
  return Object.fromEntries(rows) as SignalRows<Signal>
}

const exporterRow = (signal: string, what: string) =>
  row({
    env: `PERFAGENT_${signal}_EXPORTER`,
    type: exporter,
    default: [] as ('otlp' | 'console' | 'none')[],
    doc: `Where ${what} go: \`otlp\`, \`console\` (reports on stdout), \`none\`. Unset: to OTLP where that has an endpoint.`,
    also: [`OTEL_${signal}_EXPORTER`],
    rare: true
  })

export const OTLP_OPTIONS = {
  tracesExporter: exporterRow('TRACES', 'spans'),
  logsExporter: exporterRow('LOGS', 'log records'),
  otlpEndpoint: row({
    env: 'PERFAGENT_OTLP_ENDPOINT',
    type: target,
    default: '',
    doc: 'Base URL for OTLP; over HTTP, `/v1/traces`, `/v1/logs` and `/v1/metrics` are appended. A signal can have settings of its own.',
    also: ['OTEL_EXPORTER_OTLP_ENDPOINT']
  }),
  otlpHeaders: row({
    env: 'PERFAGENT_OTLP_HEADERS',
    type: headers,
    default: {},
    doc: 'Headers of every OTLP request: `name=value,…`, percent-encoded.',
    also: ['OTEL_EXPORTER_OTLP_HEADERS'],
    secret: true
  }),
  otlpProtocol: row({
    env: 'PERFAGENT_OTLP_PROTOCOL',
    type: protocol,
    default: 'http/protobuf',
    doc: 'Transport and encoding of OTLP requests: `http/protobuf`, `http/json`, `grpc`.',
    also: ['OTEL_EXPORTER_OTLP_PROTOCOL']
  }),
  otlpCompression: row({
    env: 'PERFAGENT_OTLP_COMPRESSION',
    type: compression,
    default: 'none',
    doc: 'Compression of OTLP requests: `none`, `gzip`.',
    also: ['OTEL_EXPORTER_OTLP_COMPRESSION']
  }),
  otlpTimeoutMs: row({
    env: 'PERFAGENT_OTLP_TIMEOUT_MS',
    type: timeoutMs,
    default: 10_000,
    doc: 'Deadline of one delivery, from connecting to the last byte of the answer.',
    also: ['OTEL_EXPORTER_OTLP_TIMEOUT']
  }),
  otlpCertificate: row({
    env: 'PERFAGENT_OTLP_CERTIFICATE',
    type: pemFile,
    default: '',
    doc: 'PEM file of the certificates to trust.',
    also: ['OTEL_EXPORTER_OTLP_CERTIFICATE'],
    rare: true
  }),
  otlpClientKey: row({
    env: 'PERFAGENT_OTLP_CLIENT_KEY',
    type: pemFile,
    default: '',
    doc: "PEM file of the client's key.",
    also: ['OTEL_EXPORTER_OTLP_CLIENT_KEY'],
    rare: true
  }),
  otlpClientCertificate: row({
    env: 'PERFAGENT_OTLP_CLIENT_CERTIFICATE',
    type: pemFile,
    default: '',
    doc: "PEM file of the client's certificate.",
    also: ['OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE'],
    rare: true
  }),
  otlpInsecure: row({
    env: 'PERFAGENT_OTLP_INSECURE',
    type: word,
    default: false,
    doc: 'Of gRPC with an endpoint that has no scheme: without TLS.',
    also: ['OTEL_EXPORTER_OTLP_INSECURE'],
    rare: true
  }),
  ...rowsOf('Traces', 'spans'),
  ...rowsOf('Logs', 'log records'),
  ...rowsOf('Metrics', 'metrics')
}
