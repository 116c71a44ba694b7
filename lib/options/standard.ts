// OpenTelemetry's variables for SDKs and exporters (specification 1.5x: sdk-environment-variables, OTLP exporter, resource), and
// why one is not honoured. Which of them are, the option table says (`also` of its rows). Data and pure functions.

import type { Environment } from './config.js'

/** Those that name no option one to one, and what they do. */
export const ELSEWHERE: Record<string, string> = {
  OTEL_SDK_DISABLED: '`true`: nothing is hooked, nothing is started (`PERFAGENT_ENABLED` wins).'
}

const AT_ONCE = 'Reports leave at once, in batches bounded by bytes.'
const WHOLE = "A report's record leaves whole, since cut JSON is none; its texts are bounded."
const OTHER_EXPORTER = 'There is no such exporter.'

/** Honoured where the option table has it, else not, and why. */
export const STANDARD: Record<string, string> = {
  OTEL_RESOURCE_ATTRIBUTES: '',
  OTEL_SERVICE_NAME: '',
  OTEL_ENTITIES: 'In development.',
  OTEL_LOG_LEVEL: '',
  OTEL_PROPAGATORS: '',
  OTEL_TRACES_SAMPLER: '',
  OTEL_TRACES_SAMPLER_ARG: '',
  OTEL_CONFIG_FILE: 'Set variables instead.',
  OTEL_EXPERIMENTAL_CONFIG_FILE: 'Set variables instead.',
  OTEL_BSP_SCHEDULE_DELAY: AT_ONCE,
  OTEL_BSP_EXPORT_TIMEOUT: 'The deadline is `OTEL_EXPORTER_OTLP_TIMEOUT`.',
  OTEL_BSP_MAX_QUEUE_SIZE: '`PERFAGENT_QUEUE_MAX_BYTES` bounds the queue.',
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: AT_ONCE,
  OTEL_BLRP_SCHEDULE_DELAY: AT_ONCE,
  OTEL_BLRP_EXPORT_TIMEOUT: 'The deadline is `OTEL_EXPORTER_OTLP_TIMEOUT`.',
  OTEL_BLRP_MAX_QUEUE_SIZE: '`PERFAGENT_QUEUE_MAX_BYTES` bounds the queue.',
  OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: AT_ONCE,
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '',
  OTEL_ATTRIBUTE_COUNT_LIMIT: '',
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '',
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '',
  OTEL_SPAN_EVENT_COUNT_LIMIT: '',
  OTEL_SPAN_LINK_COUNT_LIMIT: '',
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '',
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: '',
  OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: WHOLE,
  OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: WHOLE,
  OTEL_EXPORTER_OTLP_ENDPOINT: '',
  OTEL_EXPORTER_OTLP_INSECURE: '',
  OTEL_EXPORTER_OTLP_CERTIFICATE: '',
  OTEL_EXPORTER_OTLP_CLIENT_KEY: '',
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: '',
  OTEL_EXPORTER_OTLP_HEADERS: '',
  OTEL_EXPORTER_OTLP_COMPRESSION: '',
  OTEL_EXPORTER_OTLP_TIMEOUT: '',
  OTEL_EXPORTER_OTLP_PROTOCOL: '',
  ...ofSignal('TRACES'),
  ...ofSignal('METRICS'),
  ...ofSignal('LOGS'),
  OTEL_TRACES_EXPORTER: '',
  OTEL_METRICS_EXPORTER: '',
  OTEL_LOGS_EXPORTER: '',
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: '',
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: '',
  OTEL_METRICS_EXEMPLAR_FILTER: '',
  OTEL_METRIC_EXPORT_INTERVAL: '',
  OTEL_METRIC_EXPORT_TIMEOUT: '',
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: OTHER_EXPORTER,
  OTEL_EXPORTER_ZIPKIN_TIMEOUT: OTHER_EXPORTER,
  OTEL_EXPORTER_PROMETHEUS_HOST: OTHER_EXPORTER,
  OTEL_EXPORTER_PROMETHEUS_PORT: OTHER_EXPORTER,
  OTEL_SEMCONV_STABILITY_OPT_IN: 'The stable conventions are used, always.',
  OTEL_NODE_RESOURCE_DETECTORS: 'All attributes are detected; `PERFAGENT_RESOURCE_ATTRIBUTES` replaces single ones.',
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'Use `PERFAGENT_DISABLE`.',
  OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'Use `PERFAGENT_DISABLE`.'
}

function ofSignal(signal: string): Record<string, string> {
  const names = 'ENDPOINT INSECURE CERTIFICATE CLIENT_KEY CLIENT_CERTIFICATE HEADERS COMPRESSION TIMEOUT PROTOCOL'
  return Object.fromEntries(names.split(' ').map(name => [`OTEL_EXPORTER_OTLP_${signal}_${name}`, '']))
}

type Rows = Record<string, { env: string; also?: string[]; doc: string }>

export const isHonoured = (variable: string, rows: Rows): boolean =>
  variable in ELSEWHERE || Object.values(rows).some(({ also = [] }) => also.includes(variable))

/** One line, however many are set, with what to do instead or why. */
export function unsupportedLine(env: Environment, rows: Rows): string | undefined {
  const set = Object.keys(STANDARD).filter(name => env[name]?.trim() && !isHonoured(name, rows))
  if (set.length === 0) return undefined
  const reasons = [...new Set(set.map(name => STANDARD[name]!))]
  const said = reasons.map(why => `${set.filter(name => STANDARD[name] === why).join(', ')}: ${plain(why)}`)
  return `not supported and without effect: ${said.join('; ')}`
}

/** Within a sentence: without Markdown's marks and the full stop. */
const plain = (why: string): string =>
  why
    .replaceAll('`', '')
    .replace(/\.$/, '')
    .replace(/^[A-Z](?=[a-z])/, first => first.toLowerCase())

/** The table of docs/configuration.md. */
export function standardTable(rows: Rows): string {
  const lines = [...Object.keys(ELSEWHERE), ...Object.keys(STANDARD)].map(name => {
    const [option, row] = Object.entries(rows).find(([, { also = [] }]) => also.includes(name)) ?? []
    const what = ELSEWHERE[name] ?? (row ? row.doc : STANDARD[name])
    return `| \`${name}\` | ${isHonoured(name, rows) ? 'honoured' : 'no'} | ${option ? `\`${option}\`` : ''} | ${what} |`
  })
  return ['| variable | | option | |', '|---|---|---|---|', ...lines].join('\n')
}
