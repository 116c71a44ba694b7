// What the options are set to, and from where: the only reader of process.env. Loading this file has no effect.
//
// Precedence: code > PERFAGENT_… > OTEL_… > default. An empty variable counts as unset, as OpenTelemetry's specification says.
// A bad value is a warning that names variable, value and expectation; the next source is used and the application starts.

import { map } from './option-types.js'
import { OPTIONS, type Row } from './options.js'

export { OPTIONS }

type Rows = typeof OPTIONS
export type OptionName = keyof Rows
export type Config = { [Name in OptionName]: Rows[Name] extends Row<infer Value> ? Value : never }
/** What `start()` takes. */
export type Options = Partial<Config>
export type Environment = Record<string, string | undefined>

/** Where each value comes from: `code`, the variable's name, or `default`. */
export type Sources = Record<OptionName, string>

export interface Reading {
  config: Config
  sources: Sources
  warnings: string[]
}

const NAMES = Object.keys(OPTIONS) as OptionName[]
const MAX_SHOWN = 100

/** Standard variables of which something is asked that is not done. */
const NOT_HONOURED = ['TRACES', 'LOGS'].flatMap(signal =>
  ['PROTOCOL', 'TIMEOUT', 'COMPRESSION', 'CERTIFICATE', 'CLIENT_KEY', 'CLIENT_CERTIFICATE'].map(
    name => `OTEL_EXPORTER_OTLP_${signal}_${name}`
  )
)

export const environment = (): Environment => process.env

export function readConfig({ env, code = {} }: { env: Environment; code?: Options }): Reading {
  const warnings: string[] = []
  const config: Record<string, unknown> = {}
  const sources = {} as Sources
  for (const name of NAMES) {
    const found = fromCode(name, code, warnings) ?? fromVariables(name, env, warnings)
    config[name] = found ? found.value : OPTIONS[name].default
    sources[name] = found ? found.source : 'default'
  }
  standardExceptions(env, config, sources)
  warnings.push(...unknownNames(env, code), ...notHonoured(env))
  return { config: config as Config, sources, warnings }
}

interface Found {
  value: unknown
  source: string
}

function fromCode(name: OptionName, code: Options, warnings: string[]): Found | undefined {
  const value = code[name]
  if (value === undefined) return undefined
  const { type, secret } = OPTIONS[name] as Row<unknown>
  if (type.accepts(value)) return { value, source: 'code' }
  warnings.push(`option ${name}: ${shown(describeValue(value), secret)} is not ${type.describe}; it is ignored`)
  return undefined
}

function fromVariables(name: OptionName, env: Environment, warnings: string[]): Found | undefined {
  const { env: own, also = [], type, secret } = OPTIONS[name] as Row<unknown>
  for (const variable of [own, ...also]) {
    const given = env[variable]?.trim()
    if (given === undefined || given === '') continue
    const value = type.parse(given)
    if (value !== undefined) return { value, source: variable }
    warnings.push(`${variable}=${shown(given, secret)} is not ${type.describe}; it is ignored`)
  }
  return undefined
}

/** The two standard variables that do not name an option one to one. */
function standardExceptions(env: Environment, config: Record<string, unknown>, sources: Sources): void {
  if (sources.enabled === 'default' && env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') {
    config['enabled'] = false
    sources.enabled = 'OTEL_SDK_DISABLED'
  }
  const named = map.parse(env['OTEL_RESOURCE_ATTRIBUTES'] ?? '')?.['service.name']
  if (sources.serviceName === 'default' && named) {
    config['serviceName'] = named
    sources.serviceName = 'OTEL_RESOURCE_ATTRIBUTES'
  }
}

function unknownNames(env: Environment, code: Options): string[] {
  const variables = NAMES.map(name => OPTIONS[name].env)
  const misspelt = Object.keys(env).filter(name => name.startsWith('PERFAGENT_') && !variables.includes(name))
  const foreign = Object.keys(code).filter(name => !Object.hasOwn(OPTIONS, name))
  return [
    ...misspelt.map(name => `${shown(name)} is no option; did you mean ${nearest(name, variables)}?`),
    ...foreign.map(name => `option ${shown(name)} does not exist; did you mean ${nearest(name, NAMES)}?`)
  ]
}

const notHonoured = (env: Environment): string[] =>
  NOT_HONOURED.filter(name => env[name]?.trim()).map(
    name => `${name} is not honoured: set ${name.replace(/_(TRACES|LOGS)_/, '_')} for all signals`
  )

/** For one line of a log: control characters escaped, cut, secrets hidden. */
function shown(value: string, secret = false): string {
  if (secret) return '***'
  const cut = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value
  return withoutUserInfo(cut).replace(
    /[\x00-\x1f\x7f]/g,
    char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  )
}

const withoutUserInfo = (value: string): string => value.replace(/(:\/\/)[^/@\s]*@/g, '$1***@')

/** Never calls toString of what it was given. */
const describeValue = (value: unknown): string =>
  ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : value === null ? 'null' : typeof value

function nearest(name: string, candidates: string[]): string {
  const given = name.slice(0, MAX_SHOWN)
  return candidates.reduce((best, next) => (distance(given, next) < distance(given, best) ? next : best))
}

/** Levenshtein's, by rows. */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const here = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      here.push(Math.min(changed, above[j]! + 1, here[j - 1]! + 1))
    }
    above = here
  }
  return above[b.length]!
}

/** A value as a person would write it. */
export function printValue(name: OptionName, value: unknown): string {
  const { type, secret } = OPTIONS[name] as Row<unknown>
  const printed = type.print(value)
  return printed === '' ? '' : shown(printed, secret)
}

/** One line with what differs from the defaults. */
export function startLine(config: Config, sources: Sources): string {
  const set = NAMES.filter(name => sources[name] !== 'default').map(name => `${name}=${printValue(name, config[name])}`)
  return `started; slow is ${config.slowMs === 'auto' ? 'what is unusual for the route' : `over ${config.slowMs} ms`}${set.length > 0 ? `; ${set.join(' ')}` : ''}`
}

/** The README's table. */
export function toMarkdown(): string {
  const lines = NAMES.map(name => {
    const { env, also = [], type, doc } = OPTIONS[name] as Row<unknown>
    const standard = also.map(variable => `, \`${variable}\``).join('')
    const byDefault = type.print(OPTIONS[name].default)
    return `| \`${env}\`${standard} | \`${name}\` | ${byDefault === '' ? '' : `\`${byDefault}\``} | ${doc} |`
  })
  return ['| variable | in code | default | |', '|---|---|---|---|', ...lines].join('\n')
}
