// What is said of an OTLP endpoint in the form that gRPC alone knows (`host:4317`), where something goes there over HTTP. It is used as
// gRPC would use it, since what somebody wants encrypted must not leave in the clear. Pure.

import type { Config, Sources } from './config.js'
import { givenAs, isVariable, shown } from './said.js'
import { isSent, SIGNALS } from './signals.js'

export const schemeLines = (config: Config, sources: Sources): string[] =>
  lackingScheme(config).map(name => {
    const where = shown(config[name])
    const said = `${givenAs(name, sources[name])}${isVariable(sources[name]) ? '=' : ': '}${where}`
    return `${said} has no scheme: write http://${where}, or https://${where}, which is used now; or OTEL_EXPORTER_OTLP_PROTOCOL=grpc`
  })

type Endpoint = 'otlpEndpoint' | 'otlpTracesEndpoint' | 'otlpLogsEndpoint' | 'otlpMetricsEndpoint'

function lackingScheme(config: Config): Endpoint[] {
  const named = SIGNALS.filter(
    signal => isSent(config, signal) && (config[`otlp${signal}Protocol`] ?? config.otlpProtocol) !== 'grpc'
  ).map(signal => (config[`otlp${signal}Endpoint`] === '' ? 'otlpEndpoint' : (`otlp${signal}Endpoint` as const)))
  return [...new Set(named)].filter(name => config[name] !== '' && !config[name].includes('://'))
}
