// Where a signal goes over OTLP and how: the general settings, and those of the signal, which win. By OpenTelemetry's exporter
// specification. Pure. A new signal is a line in SIGNALS and its rows in lib/options/otlp.ts.

import type { Config } from '../options/config.js'
import type { OtlpProtocol } from '../options/otlp.js'
import { isSent, type SignalName } from '../options/signals.js'
import type { MessageName } from '../otlp/messages.js'
import type { Tls } from './tls.js'

export interface Signal {
  name: string
  path: string
  /** Of gRPC. */
  method: string
  message: MessageName
}

const COLLECTOR = '/opentelemetry.proto.collector'

export const SIGNALS = {
  Traces: {
    name: 'traces',
    path: '/v1/traces',
    method: `${COLLECTOR}.trace.v1.TraceService/Export`,
    message: 'ExportTraceServiceRequest'
  },
  Logs: {
    name: 'logs',
    path: '/v1/logs',
    method: `${COLLECTOR}.logs.v1.LogsService/Export`,
    message: 'ExportLogsServiceRequest'
  },
  Metrics: {
    name: 'metrics',
    path: '/v1/metrics',
    method: `${COLLECTOR}.metrics.v1.MetricsService/Export`,
    message: 'ExportMetricsServiceRequest'
  }
} as const satisfies Record<SignalName, Signal>

/** In development: the specification has no variables for it yet, so the general settings are its own. */
export const PROFILES: Signal = {
  name: 'profiles',
  path: '/v1development/profiles',
  method: `${COLLECTOR}.profiles.v1development.ProfilesService/Export`,
  message: 'ExportProfilesServiceRequest'
}

export interface Settings {
  url: string
  headers: Record<string, string>
  protocol: OtlpProtocol
  gzip: boolean
  timeoutMs: number
  tls: Tls
}

/** The specification's, for those who ask for OTLP and say no more. */
const DEFAULT_BASE = { http: 'http://localhost:4318', grpc: 'http://localhost:4317' }

/** Undefined when the signal goes nowhere: it was told off, or only others were given an endpoint. */
export function settingsOf(config: Config, name: SignalName): Settings | undefined {
  if (!isSent(config, name)) return undefined
  return settingsWith(config, SIGNALS[name].path, true, {
    endpoint: config[`otlp${name}Endpoint`],
    insecure: config[`otlp${name}Insecure`],
    headers: config[`otlp${name}Headers`],
    protocol: config[`otlp${name}Protocol`],
    compression: config[`otlp${name}Compression`],
    timeoutMs: config[`otlp${name}TimeoutMs`],
    certificate: config[`otlp${name}Certificate`],
    clientKey: config[`otlp${name}ClientKey`],
    clientCertificate: config[`otlp${name}ClientCertificate`]
  })
}

/** Undefined when there is no general endpoint. */
export const generalSettings = (config: Config, path: string): Settings | undefined =>
  settingsWith(config, path, config.export.includes('otlp'), {})

/** A signal's own settings; what is missing is as the general ones say. */
interface OwnSettings {
  endpoint?: string
  insecure?: boolean | undefined
  headers?: Record<string, string>
  protocol?: OtlpProtocol | undefined
  compression?: string | undefined
  timeoutMs?: number | undefined
  certificate?: string
  clientKey?: string
  clientCertificate?: string
}

function settingsWith(config: Config, path: string, asked: boolean, own: OwnSettings): Settings | undefined {
  const protocol = own.protocol ?? config.otlpProtocol
  const base = config.otlpEndpoint || (asked ? DEFAULT_BASE[protocol === 'grpc' ? 'grpc' : 'http'] : '')
  if (!own.endpoint && base === '') return undefined
  const insecure = own.insecure ?? config.otlpInsecure
  return {
    url: own.endpoint ? withScheme(own.endpoint, insecure) : urlOf(withScheme(base, insecure), protocol, path),
    headers: { ...config.otlpHeaders, ...own.headers },
    protocol,
    gzip: (own.compression ?? config.otlpCompression) === 'gzip',
    timeoutMs: own.timeoutMs ?? config.otlpTimeoutMs,
    tls: {
      certificate: own.certificate || config.otlpCertificate,
      clientKey: own.clientKey || config.otlpClientKey,
      clientCertificate: own.clientCertificate || config.otlpClientCertificate
    }
  }
}

const withScheme = (target: string, insecure: boolean): string =>
  /^https?:\/\//i.test(target) ? target : `${insecure ? 'http' : 'https'}://${target}`

/** A base keeps its path and its query: `https://host/otlp?x=1` → `https://host/otlp/v1/traces?x=1`. gRPC has no paths. */
function urlOf(base: string, protocol: OtlpProtocol, path: string): string {
  if (protocol === 'grpc') return base
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`
  return url.href
}
