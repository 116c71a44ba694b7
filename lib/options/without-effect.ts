// What is said of options that were given and do nothing because of another one: their names, and what to write so that they do. Pure.
//
// Nothing is said of what somebody may want so: a value that is the default, what is switched off by name (`none`, `stdout` alone), what
// can be switched on while the service runs, and OpenTelemetry's variables where reports go another way, which may be there for an SDK.

import type { Config, OptionName, Sources } from './config.js'
import { givenAs } from './said.js'
import { isSent, SIGNALS, type SignalName } from './signals.js'
import { OPTIONS, type Row } from './table.js'

interface Idle {
  options: readonly OptionName[]
  /** What to write; undefined where they have an effect, or nothing is to be said. */
  mend: string | undefined
  /** Of one of the values of the option; else all of it. */
  part?: string
}

/** `warnings`: what is said already. Who has to mend an option, or the one that it needs, is told of that alone. */
export function withoutEffect(config: Config, sources: Sources, warnings: string[]): string[] {
  if (!config.enabled) return []
  const said = warnings.join(' ').replaceAll('PERFAGENT_OTLP_', 'OTEL_EXPORTER_OTLP_')
  const isNews = (text: string): boolean => !(text.match(VARIABLE) ?? []).some(name => said.includes(name))
  const meant = (name: OptionName): boolean =>
    sources[name] !== 'default' &&
    !isDefault(config, name) &&
    (isOurs(sources[name]) || areStandardOnesMeant(config)) &&
    isNews(sources[name])
  const found = new Map<string, string[]>()
  for (const { options, mend, part } of rulesOf(config)) {
    if (mend === undefined || !isNews(mend)) continue
    const names = options.filter(meant).map(name => (part ? `${part} of ` : '') + givenAs(name, sources[name]))
    if (names.length > 0) found.set(mend, [...(found.get(mend) ?? []), ...names])
  }
  const lines = [...found].map(
    ([mend, names]) => `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} without effect: ${mend}`
  )
  return [...overruled(config, sources), ...lines]
}

const VARIABLE = /[A-Z_]{8,}/g

const isDefault = (config: Config, name: OptionName): boolean => {
  const { type, default: value } = OPTIONS[name] as Row<unknown>
  return type.print(config[name]) === type.print(value)
}

const isOurs = (source: string): boolean => !source.startsWith('OTEL_')

const areStandardOnesMeant = (config: Config): boolean =>
  SIGNALS.some(signal => isSent(config, signal)) ||
  (config.export.length === 0 && config.httpEndpoint === '' && config.file === '')

const WITH_NONE = ['export', 'tracesExporter', 'logsExporter', 'metricsExporter', 'propagators'] as const

/** Names beside `none`, which wins. */
const overruled = (config: Config, sources: Sources): string[] =>
  WITH_NONE.filter(name => config[name].length > 1 && (config[name] as string[]).includes('none')).map(
    name => `${givenAs(name, sources[name])}: none wins over all that is named beside it; leave it out`
  )

const rulesOf = (config: Config): Idle[] => [
  { options: ['alertRate', 'alertBlockedMs'], mend: unless(config.alertEndpoint, 'set PERFAGENT_ALERT_ENDPOINT') },
  { options: ['spoolMaxBytes'], mend: unless(config.spoolDir, 'set PERFAGENT_SPOOL_DIR') },
  { options: ['httpEndpoint', 'httpSecret'], mend: wayTo('http', config) },
  { options: ['file', 'fileMaxBytes'], mend: wayTo('file', config) },
  ...profiles(config),
  { options: ['tracesSamplerArg'], mend: ratio(config) },
  { options: ['sampleShare'], mend: share(config) },
  { options: GENERAL, mend: anySignal(config) },
  { options: ['consoleControl'], mend: config.consoleControl === 'any' ? anySignal(config) : undefined },
  ...SIGNALS.map(signal => ({ options: ofSignal(signal), mend: way(signal, config) })),
  ...tls(config)
]

const unless = (value: string, mend: string): string | undefined => (value === '' ? mend : undefined)

/** Who names stdout or none alone has switched off all else, perhaps for a day. */
const isSwitchedOff = ({ export: named }: Config): boolean =>
  named.includes('none') || (named.length > 0 && named.every(name => name === 'stdout'))

function wayTo(exporter: 'http' | 'file', config: Config): string | undefined {
  const { export: named } = config
  const variable = { http: 'PERFAGENT_HTTP_ENDPOINT', file: 'PERFAGENT_FILE' }[exporter]
  const isSet = config[exporter === 'http' ? 'httpEndpoint' : 'file'] !== ''
  // An exporter that is named and not told where to send says so itself.
  if (isSwitchedOff(config) || named.includes(exporter)) return undefined
  if (named.length > 0) return `${isSet ? '' : `set ${variable} and `}add ${exporter} to PERFAGENT_EXPORT`
  return isSet ? undefined : `set ${variable}`
}

const profiles = (config: Config): Idle[] =>
  config.profiles.map(part => ({
    options: ['profiles'],
    part,
    mend: {
      http: () => wayTo('http', config),
      pprof: () => wayTo('file', config),
      cpuprofile: () => wayTo('file', config),
      log: () => way('Logs', config),
      otlp: () => general(config)
    }[part]()
  }))

function ratio({ tracesSampler }: Config): string | undefined {
  if (tracesSampler.includes('ratio')) return undefined
  const ours = tracesSampler === 'slow' ? ', or PERFAGENT_SAMPLE_SHARE in its place' : ''
  return `the sampler ${tracesSampler} has no use for it; set OTEL_TRACES_SAMPLER=parentbased_traceidratio${ours}`
}

function share(config: Config): string | undefined {
  const { tracesSampler, sampleShare } = config
  if (tracesSampler !== 'slow') return `it is of the sampler slow; leave ${tracesSampler} out`
  return sampleShare === 0 ? undefined : way('Traces', config)
}

const GENERAL = [
  'otlpEndpoint',
  'otlpHeaders',
  'otlpProtocol',
  'otlpCompression',
  'otlpCertificate',
  'otlpClientKey',
  'otlpClientCertificate',
  'otlpInsecure'
] as const satisfies OptionName[]

const METRICS = [
  'metricIntervalMs',
  'metricTimeoutMs',
  'metricTemporality',
  'metricHistogram',
  'exemplarFilter'
] as const satisfies OptionName[]

const ofSignal = (signal: SignalName): OptionName[] => [
  `otlp${signal}Endpoint`,
  `otlp${signal}Headers`,
  `otlp${signal}Protocol`,
  `otlp${signal}Compression`,
  `otlp${signal}TimeoutMs`,
  `otlp${signal}Certificate`,
  `otlp${signal}ClientKey`,
  `otlp${signal}ClientCertificate`,
  `otlp${signal}Insecure`,
  ...(signal === 'Metrics' ? METRICS : [])
]

const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT'

/** Of what goes to the general endpoint alone. */
function general(config: Config): string | undefined {
  const { export: named, otlpEndpoint } = config
  if (isSwitchedOff(config) || named.includes('otlp')) return undefined
  if (named.length > 0) return 'add otlp to PERFAGENT_EXPORT'
  return unless(otlpEndpoint, `set ${ENDPOINT}`)
}

function anySignal(config: Config): string | undefined {
  const isTold = ({ tracesExporter, logsExporter, metricsExporter }: Config): boolean =>
    [tracesExporter, logsExporter, metricsExporter].every(exporters => exporters.length > 0)
  return SIGNALS.some(signal => isSent(config, signal)) || isTold(config) ? undefined : general(config)
}

function way(signal: SignalName, config: Config): string | undefined {
  const told = { Traces: config.tracesExporter, Logs: config.logsExporter, Metrics: config.metricsExporter }[signal]
  if (isSent(config, signal) || told.length > 0) return undefined
  const mend = general(config)
  return mend === `set ${ENDPOINT}` ? `${mend}, or OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT` : mend
}

/** How one signal leaves: its endpoint, and the options that say how it is encrypted. */
interface Way {
  endpoint: string
  options: { certificate: OptionName; clientKey: OptionName; clientCertificate: OptionName; insecure: OptionName }
  isSet: { clientKey: boolean; clientCertificate: boolean; insecure: boolean }
}

function wayOf(signal: SignalName, config: Config): Way {
  const inForce = <Part extends 'Endpoint' | 'Certificate' | 'ClientKey' | 'ClientCertificate'>(part: Part) =>
    config[`otlp${signal}${part}`] === '' ? (`otlp${part}` as const) : (`otlp${signal}${part}` as const)
  const insecure = config[`otlp${signal}Insecure`] === undefined ? 'otlpInsecure' : (`otlp${signal}Insecure` as const)
  const [clientKey, clientCertificate] = [inForce('ClientKey'), inForce('ClientCertificate')]
  return {
    endpoint: config[inForce('Endpoint')],
    options: { certificate: inForce('Certificate'), clientKey, clientCertificate, insecure },
    isSet: {
      clientKey: config[clientKey] !== '',
      clientCertificate: config[clientCertificate] !== '',
      insecure: config[insecure] === true
    }
  }
}

/** An option of several signals does nothing where it does so for none of them. */
function tls(config: Config): Idle[] {
  const ways = SIGNALS.filter(signal => isSent(config, signal)).map(signal => wayOf(signal, config))
  const names = new Set(ways.flatMap(({ options }) => Object.values(options)))
  return [...names].map(name => {
    const mends = ways
      .filter(({ options }) => Object.values(options).includes(name))
      .map(way => (name === way.options.insecure ? mendOfInsecure(way) : mendOfTls(way, name)))
    return { options: [name], mend: mends.every(mend => mend !== undefined) ? mends[0] : undefined }
  })
}

const mendOfInsecure = ({ endpoint, isSet }: Way): string | undefined =>
  isSet.insecure && /^https:/i.test(endpoint)
    ? 'https is encrypted all the same; write http:// if it should not be'
    : undefined

function mendOfTls({ endpoint, options, isSet }: Way, name: OptionName): string | undefined {
  // The default is http://localhost.
  const isClear = endpoint.includes('://') ? /^http:/i.test(endpoint) : endpoint === '' || isSet.insecure
  if (isClear) return 'nothing is encrypted on that way; write the endpoint with https://'
  if (name === options.clientKey && !isSet.clientCertificate) return 'set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE too'
  if (name === options.clientCertificate && !isSet.clientKey) return 'set OTEL_EXPORTER_OTLP_CLIENT_KEY too'
  return undefined
}
