// What the options are set to, and from where: the only reader of process.env. Loading this file has no effect.
//
// Precedence: code > PERFAGENT_… > OTEL_… > config file > default; but what a running process can change (`live`) the config file
// says first: whoever changes it there wants it so, and has it so after a restart. Before that comes what a console says, while
// the process lives. An empty variable counts as unset, as OpenTelemetry's specification says.
// A bad value is a warning that names variable, value and expectation; the next source is used and the application starts.

import { escapeControls } from '../process/plain.js'
import { readConfigFile } from './file.js'
import { meantBy, nearest } from './nearest.js'
import { resourceFromEnvironment } from './resource.js'
import { cut, describeValue, IN_FILE, shown } from './said.js'
import { schemeLines } from './scheme.js'
import { ELSEWHERE, STANDARD, unsupportedLine } from './standard.js'
import { OPTIONS, type Row } from './table.js'
import { choice, type Type } from './types.js'
import { withoutEffect } from './without-effect.js'

export { OPTIONS }

type Rows = typeof OPTIONS
export type OptionName = keyof Rows
export type Config = { [Name in OptionName]: Rows[Name] extends Row<infer Value> ? Value : never }
/** What `start()` takes; undefined is as if it had not been given. */
export type Options = { [Name in OptionName]?: Config[Name] | undefined }
export type Environment = Record<string, string | undefined>

/** Where each value comes from: `console`, `code`, the variable's name, `config file`, or `default`. */
export type Sources = Record<OptionName, string>

export interface Reading {
  config: Config
  sources: Sources
  warnings: string[]
  /** What code said, as it was then. */
  code: Options
  /** What the config file said. */
  file: Options
}

export const NAMES = Object.keys(OPTIONS) as OptionName[]
export const isLive = (name: OptionName): boolean => (OPTIONS[name] as Row<unknown>).live === true
/** Somebody may name the wrong file, and to find what each may have meant takes time. */
const MAX_NAMED = 50

export const environment = (): Environment => withPm2(process.env)

/**
 * In its cluster mode PM2 (7.0) hands a worker the variables of the ecosystem file as JSON in one of them, and puts them into
 * process.env only after what is preloaded has run.
 */
function withPm2(env: Environment): Environment {
  if (env['pm2_env'] === undefined) return env
  try {
    const given = Object.entries(JSON.parse(env['pm2_env']) as object).filter(([, value]) => typeof value !== 'object')
    return { ...env, ...Object.fromEntries(given.map(([name, value]) => [name, String(value)])) }
  } catch {
    return env
  }
}

export interface Given {
  env: Environment
  code?: Options
  /** Absent: the config file is read, if one is named. */
  file?: Options
  /** What a console says of live options. */
  console?: Options
}

export function readConfig({ env, code = {}, file, console = {} }: Given): Reading {
  const warnings: string[] = []
  const config: Record<string, unknown> = {}
  const sources = {} as Sources
  const given = readOptions(code, 'option', warnings).values
  const place = given.configFile ?? (fromVariables('configFile', env, [])?.value as string) ?? ''
  const filed = file ?? fromFile(place, warnings)
  for (const name of NAMES) {
    const [first, last] = isLive(name) ? [filed, {}] : [{}, filed]
    const found =
      (isLive(name) ? own(console, name, BY_CONSOLE) : undefined) ??
      own(first, name, 'config file') ??
      own(given, name, 'code') ??
      fromVariables(name, env, warnings) ??
      own(last, name, 'config file')
    config[name] = found ? found.value : OPTIONS[name].default
    sources[name] = found ? found.source : 'default'
  }
  config['configFile'] = place
  standardExceptions(env, config, sources, warnings)
  warnings.push(...schemeLines(config as Config, sources))
  warnings.push(...misspelt(env), ...unknownNames(code, 'option'))
  const unsupported = unsupportedLine(env, OPTIONS)
  if (unsupported) warnings.push(unsupported)
  warnings.push(...withoutEffect(config as Config, sources, warnings))
  return { config: config as Config, sources, warnings, code: given, file: filed }
}

interface Found {
  value: unknown
  source: string
}

function own(options: Options, name: OptionName, source: string): Found | undefined {
  const value = Object.hasOwn(options, name) ? options[name] : undefined
  return value === undefined ? undefined : { value, source }
}

function fromFile(file: string, warnings: string[]): Options {
  if (file === '') return {}
  const read = readConfigFile(file)
  if ('values' in read) {
    const { values } = readOptions(read.values, IN_FILE, warnings)
    warnings.push(...unknownNames(read.values, IN_FILE))
    return values
  }
  warnings.push(unreadLine(file, read.problem))
  return {}
}

export const unreadLine = (file: string, problem: string): string =>
  `${OPTIONS.configFile.env}=${shown(file)} ${problem}; it is ignored`

/** As a source, and as the beginning of what is said of it. */
export const BY_CONSOLE = 'console'

/** The options among what somebody gave that have a value of their type, and the names of those whose value is wrong. */
export function readOptions(
  given: unknown,
  what: string,
  warnings: string[]
): { values: Options; wrong: OptionName[] } {
  const values: Record<string, unknown> = {}
  const wrong: OptionName[] = []
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    warnings.push(
      `perfagent was given ${shown(describeValue(given))}, which is not an object of options; it is ignored`
    )
    return { values, wrong }
  }
  for (const name of NAMES) {
    const value = (given as Options)[name]
    if (value === undefined) continue
    const { type, secret } = OPTIONS[name] as Row<unknown>
    if (type.accepts(value)) {
      values[name] = type.copy ? type.copy(value) : value
      continue
    }
    wrong.push(name)
    const expected = type.describeInCode ?? type.describe
    const kind = typeof value === 'string' && !secret ? 'the text ' : ''
    warnings.push(`${what} ${name}: ${kind}${shown(describeValue(value), secret)} is not ${expected}; it is ignored`)
  }
  return { values, wrong }
}

function fromVariables(name: OptionName, env: Environment, warnings: string[]): Found | undefined {
  const { env: own, also = [], type, secret } = OPTIONS[name] as Row<unknown>
  for (const variable of [own, ...also]) {
    const value = fromVariable(variable, type, env, warnings, secret)
    if (value !== undefined) return { value, source: variable }
  }
  return undefined
}

function fromVariable<Value>(
  variable: string,
  type: Type<Value>,
  env: Environment,
  warnings: string[],
  secret = false
): Value | undefined {
  const given = env[variable]?.trim()
  if (given === undefined || given === '') return undefined
  const value = type.parse(given)
  const said = `${variable}=${shown(given, secret)}`
  const quoted = given.length > 1 && /^["']/.test(given) && given.at(-1) === given[0]
  const quotes = 'the quotes are a part of it: leave them out'
  const instead = value === undefined ? type.instead?.(given) : undefined
  const write = instead ? `: write ${instead}` : ''
  if (value === undefined)
    warnings.push(`${said} is not ${type.describe}${write}; it is ignored${quoted ? `; ${quotes}` : ''}`)
  else if (quoted) warnings.push(`${said}: ${quotes}`)
  return value
}

/** What does not name an option one to one. */
function standardExceptions(
  env: Environment,
  config: Record<string, unknown>,
  sources: Sources,
  warnings: string[]
): void {
  const disabled = fromVariable('OTEL_SDK_DISABLED', choice('true', 'false'), env, warnings)
  if (sources.enabled === 'default' && disabled === 'true') {
    config['enabled'] = false
    sources.enabled = 'OTEL_SDK_DISABLED'
  }
  const given = config['resourceAttributes'] as Record<string, string>
  const named = given['service.name']
  if (sources.serviceName === 'default' && named) {
    config['serviceName'] = named
    sources.serviceName = sources.resourceAttributes
  }
  const seen = resourceFromEnvironment(env)
  // Null prototype, since names come from outside.
  if (Object.keys(seen).length > 0) config['resourceAttributes'] = Object.assign(Object.create(null), seen, given)
}

/** Kubernetes tells each container of all services in its namespace: one may be called perfagent. */
const OF_A_SERVICE = /_SERVICE_(?:HOST$|PORT(?:_|$))|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_|$)|$)/

function misspelt(env: Environment): string[] {
  const variables = NAMES.map(name => OPTIONS[name].env)
  const inKubernetes = Boolean(env['KUBERNETES_SERVICE_HOST'])
  const others = Object.keys(env).filter(name => !(inKubernetes && OF_A_SERVICE.test(name)))
  const said = someOf(
    // In lower case too: no variable of another's is so called.
    others.filter(name => name.toUpperCase().startsWith('PERFAGENT_') && !variables.includes(name)),
    name => `${shown(name)} is no option${didYouMean(nearest(name.toUpperCase(), variables))}`,
    rest => `there are ${rest} more variables that are no option`
  )
  const standard = Object.keys({ ...ELSEWHERE, ...STANDARD })
  // Other parts of OpenTelemetry have variables of their own, so these are said only where they are nearly one that we know.
  const slips = others.filter(name => name.startsWith('OTEL_') && !standard.includes(name)).slice(0, MAX_NAMED)
  for (const name of slips) {
    const meant = meantBy(name, standard)
    if (meant) said.push(`${shown(name)} is no variable of OpenTelemetry's; did you mean ${meant}?`)
  }
  return said
}

export function unknownNames(given: unknown, what: string): string[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return []
  return someOf(
    Object.keys(given).filter(name => !Object.hasOwn(OPTIONS, name)),
    name =>
      `${what} ${shown(name)} does not exist${isWrapper(name, given) ? UNWRAP : didYouMean(nearest(name, NAMES))}`,
    rest => `${what}: ${rest} more do not exist`
  )
}

/** As a file for several tools has it. */
const isWrapper = (name: string, given: object): boolean =>
  name === 'perfagent' && typeof (given as Record<string, unknown>)[name] === 'object'

const UNWRAP = '; write what is in it at the top'

const didYouMean = (name: string | undefined): string =>
  name ? `; did you mean ${name}?` : '; npx perfagent options lists those that there are'

function someOf(names: string[], say: (name: string) => string, sayRest: (rest: number) => string): string[] {
  const rest = names.length - MAX_NAMED
  return [...names.slice(0, MAX_NAMED).map(say), ...(rest > 0 ? [sayRest(rest)] : [])]
}

/** A value as a person would write it, without secrets. */
export function printValue(name: OptionName, value: unknown): string {
  const { type, secret } = OPTIONS[name] as Row<unknown>
  const printed = type.print(value)
  return secret && printed !== '' ? '***' : escapeControls(printed)
}

/** One line with what differs from the defaults. */
export function startLine({ config, sources }: Pick<Reading, 'config' | 'sources'>): string {
  const set = NAMES.filter(name => sources[name] !== 'default').map(
    name => `${name}=${cut(printValue(name, config[name]))}`
  )
  const slow = config.slowMs === 'auto' ? 'what is unusual for the route' : `over ${config.slowMs} ms`
  return `started; slow is ${slow}${set.length > 0 ? `; ${set.join(' ')}` : ''}`
}

/** The README's table; with `rare` ones that of docs/configuration.md. */
export function toMarkdown({ rare }: { rare: boolean }): string {
  const shown = NAMES.filter(name => rare || !(OPTIONS[name] as Row<unknown>).rare)
  const lines = shown.map(name => {
    const { env, also = [], type, doc, default: value } = OPTIONS[name] as Row<unknown>
    const standard = also.map(variable => `, \`${variable}\``).join('')
    const byDefault = type.print(value)
    return `| \`${env}\`${standard} | \`${name}\` | ${byDefault === '' ? '' : `\`${byDefault}\``} | ${doc} |`
  })
  return ['| variable | in code | default | |', '|---|---|---|---|', ...lines].join('\n')
}
