// What an option is, and the kinds of values that options have: how a text becomes one, what is accepted in code, how the
// expectation reads in a warning. Pure, but for where a relative path begins. `parse` returns undefined for what it cannot read, and
// never throws.

import { resolve } from 'node:path'

export interface Row<Value> {
  env: string
  type: Type<Value>
  default: Value
  doc: string
  /** Standard variables honoured when ours is absent, in this order. */
  also?: string[]
  /** Never printed. */
  secret?: boolean
  /** Listed in docs/configuration.md alone, not in the README. */
  rare?: boolean
  /** Changes in a running process (lib/options/live.ts). */
  live?: boolean
}

export const row = <const Value>(entry: Row<Value>): Row<Value> => entry

export interface Type<Value> {
  parse(text: string): Value | undefined
  accepts(value: unknown): boolean
  /** As `parse` would have made it, of a value in code that somebody may change, or that no thread could be sent (a proxy). */
  copy?(value: Value): Value
  /** Completes "X is not …". */
  describe: string
  /** What to write for a text that is none but shows what was meant: `1000` for `1s`. */
  instead?(text: string): string | undefined
  /** The same as `describe` of a value in code, where that is another. */
  describeInCode?: string
  /** As a person would write it; '' for what is empty. */
  print(value: unknown): string
}

type Range = { min?: number; max?: number }

const printPlain = (value: unknown): string => String(value)

export const text: Type<string> = {
  parse: given => given,
  accepts: value => typeof value === 'string',
  describe: 'a text',
  print: printPlain
}

/** A file or folder: which one it is, later changes of the working directory do not change. */
export const place: Type<string> = { ...text, parse: placeOf, copy: placeOf }

function placeOf(given: string): string {
  try {
    return given === '' ? '' : resolve(given)
  } catch {
    // The working directory is gone.
    return given
  }
}

/** The text itself, where a path was asked for: a key among others. */
export const isPem = (given: string): boolean => given.includes('-----BEGIN ')

export const pemFile: Type<string> = {
  ...place,
  parse: given => (isPem(given) ? undefined : placeOf(given)),
  accepts: value => typeof value === 'string' && !isPem(value),
  describe: 'the path of a PEM file'
}

export const bool: Type<boolean> = {
  parse: given => ({ true: true, '1': true, false: false, '0': false })[given.toLowerCase()],
  accepts: value => typeof value === 'boolean',
  instead: given => WORDS[given.toLowerCase()],
  describe: 'true or false',
  print: printPlain
}

const WORDS: Record<string, string> = {
  '1': 'true',
  yes: 'true',
  on: 'true',
  '0': 'false',
  no: 'false',
  off: 'false'
}

/** As OpenTelemetry's specification has it: nothing but the word, in any case. */
export const word: Type<boolean> = { ...bool, parse: given => ({ true: true, false: false })[given.toLowerCase()] }

export const number = (
  { min = 0, max = Number.MAX_SAFE_INTEGER }: Range,
  unit = 'a number',
  units: Record<string, number> = {}
): Type<number> => {
  const accepts = (value: unknown): boolean =>
    typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max
  return {
    accepts,
    parse: given => (/^\d+(\.\d+)?$/.test(given) && accepts(Number(given)) ? Number(given) : undefined),
    instead(given) {
      const [, amount, of = ''] = /^(\d+(?:\.\d+)?) ?([a-z%]+)$/i.exec(given) ?? []
      // In whole thousandths: 10 times 0.01 may be a digit more.
      const meant = Math.round(Number(amount) * (units[of.toLowerCase()] ?? Number.NaN) * 1000) / 1000
      return accepts(meant) ? String(meant) : undefined
    },
    describe: `${unit}, at least ${min}${max < Number.MAX_SAFE_INTEGER ? ` and at most ${max}` : ''}`,
    print: printPlain
  }
}

export const milliseconds = (range: Range): Type<number> =>
  number(range, 'a number of milliseconds', { ms: 1, s: 1000, m: 60_000, min: 60_000 })

export const bytes = (range: Range): Type<number> => number(range, 'a number of bytes', { b: 1, ...KIB, ...MIB })
const KIB = { k: 1024, kb: 1024, kib: 1024 }
const MIB = { m: 1024 ** 2, mb: 1024 ** 2, mib: 1024 ** 2 }

/** 0 to 1. */
export const share: Type<number> = number({ min: 0, max: 1 }, 'a share', { '%': 0.01 })

const slow = milliseconds({ min: 1 })

export const threshold: Type<number | 'auto'> = {
  parse: given => (given.toLowerCase() === 'auto' ? 'auto' : slow.parse(given)),
  accepts: value => value === 'auto' || slow.accepts(value),
  instead: given => slow.instead?.(given),
  describe: `${slow.describe}, or auto`,
  print: printPlain
}

export const choice = <Value extends string>(...values: Value[]): Type<Value> => ({
  parse: given => values.find(value => value === given.toLowerCase()),
  accepts: value => (values as unknown[]).includes(value),
  instead: given =>
    values.find(value => value.startsWith(given.toLowerCase()) || given.toLowerCase().startsWith(value)),
  describe: values.length > 2 ? `one of ${values.join(', ')}` : values.join(' or '),
  print: printPlain
})

export const list: Type<string[]> = {
  parse: given =>
    given
      .split(',')
      .map(entry => entry.trim())
      .filter(Boolean),
  accepts: value => Array.isArray(value) && value.every(entry => typeof entry === 'string'),
  copy: value => [...value],
  describe: 'a list of names joined by commas',
  describeInCode: 'an array of names',
  print: value => (value as string[]).join(',')
}

/** OpenTelemetry calls `console` what is `stdout` in an option of ours, and here and there each is taken for the other. */
const CALLED: Record<string, string> = { console: 'stdout', stdout: 'console' }

/** As `list`, of known names alone. */
export const choices = <Value extends string>(...values: readonly Value[]): Type<Value[]> => {
  const known = (names: unknown[]): boolean => names.every(name => (values as readonly unknown[]).includes(name))
  const namesIn = (given: string): string[] => (list.parse(given) ?? []).map(name => name.toLowerCase())
  return {
    parse(given) {
      const names = namesIn(given)
      return known(names) ? (names as Value[]) : undefined
    },
    instead(given) {
      const meant = namesIn(given).map(name => (known([name]) ? name : CALLED[name]))
      return known(meant) ? meant.join(',') : undefined
    },
    accepts: value => list.accepts(value) && known(value as string[]),
    copy: value => [...value],
    describe: `a list of ${values.join(', ')}`,
    describeInCode: `an array of ${values.join(', ')}`,
    print: list.print
  }
}

/** A URL, or what should have been one, without user, password and the values of its query. */
export const withoutCredentials = (url: string): string =>
  url.replace(/^([a-z][a-z\d+.-]*:?\/+)?.*@/is, '$1***@').replace(/([?&][^?=&]*=)[^&]*/g, '$1***')

/** An option that may be left to another one. */
export const optional = <Value>(type: Type<Value>): Type<Value | undefined> => ({
  ...type,
  print: value => (value === undefined ? '' : type.print(value))
})

const HOST_AND_PORT = /^(?:[\w.-]+|\[[\da-f:.]+\]):\d{1,5}$/i

/** http(s) only, and only what a URL parser takes; kept as it was written. */
export const endpoint: Type<string> = {
  parse: given => (isHttpUrl(given) ? given : undefined),
  accepts: value => typeof value === 'string' && (value === '' || isHttpUrl(value)),
  instead: given => (HOST_AND_PORT.test(given) ? `http://${given}` : undefined),
  describe: 'an http:// or https:// URL',
  print: value => withoutCredentials(value as string)
}

/** As `endpoint`, and the form that gRPC knows: without a scheme. */
export const target: Type<string> = {
  parse: given => (HOST_AND_PORT.test(given) && isHttpUrl(`http://${given}`) ? given : endpoint.parse(given)),
  accepts: value => typeof value === 'string' && (value === '' || target.parse(value) !== undefined),
  describe: 'an http:// or https:// URL, or for gRPC host:port',
  print: endpoint.print
}

/** The parser of URLs takes `http:/host` and `http:host` too, as nobody means them. */
const isHttpUrl = (given: string): boolean => /^https?:\/\//i.test(given) && URL.canParse(given)

/** `name=value,…`, both percent-decoded (OTEL_RESOURCE_ATTRIBUTES). Null prototype, since names come from outside. */
export const map: Type<Record<string, string>> = {
  parse: given => readPairs(given, (name, value) => [decode(name), decode(value)]),
  accepts: value => isRecord(value) && Object.values(value).every(entry => typeof entry === 'string'),
  copy: value => ({ ...value }),
  describe: 'a list of name=value joined by commas',
  describeInCode: 'an object of texts',
  print: printPairs
}

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** As W3C baggage: a name is a token, in which `%` is a letter. Each can be sent: found out here, where a person can act. */
export const headers: Type<Record<string, string>> = {
  parse(given) {
    const read = readPairs(given, (name, value) => [name, decode(value)])
    return read && areHeaders(read) ? read : undefined
  },
  accepts: value => map.accepts(value) && areHeaders(value as Record<string, string>),
  copy: value => ({ ...value }),
  describe: 'a list of headers as name=value, percent-encoded and joined by commas',
  describeInCode: 'an object of headers',
  print: printPairs
}

const areHeaders = (pairs: Record<string, string>): boolean =>
  Object.entries(pairs).every(([name, value]) => HEADER_NAME.test(name) && HEADER_VALUE.test(value))

/** `POST /pay=200,…`: method in upper case. */
export const routes: Type<Record<string, number>> = {
  parse: given => readPairs(given, (name, value) => [routeOf(name), slow.parse(value)]),
  accepts: value => isRecord(value) && Object.entries(value).every(([name, ms]) => routeOf(name) && slow.accepts(ms)),
  copy: value => Object.fromEntries(Object.entries(value).map(([name, entry]) => [routeOf(name)!, entry])),
  describe: 'a list like POST /pay=200,GET /export=5000',
  describeInCode: "an object like { 'POST /pay': 200 }",
  print: printPairs
}

/** As reports have it. Undefined for what no request can be: without a method, or without a route. */
function routeOf(name: string): string | undefined {
  const end = name.search(/\s/)
  const [method, route] = [name.slice(0, Math.max(0, end)), name.slice(end).trim()]
  return /^[a-z-]+$/i.test(method) && route !== '' ? `${method.toUpperCase()} ${route}` : undefined
}

function readPairs<Value>(
  given: string,
  read: (name: string, value: string) => [string | undefined, Value | undefined]
): Record<string, Value> | undefined {
  const result = Object.create(null) as Record<string, Value>
  for (const pair of given.split(',').filter(entry => entry.trim() !== '')) {
    // A value may hold `=` (base64), a name may not.
    const at = pair.indexOf('=')
    if (at === -1) return undefined
    const [name, value] = read(pair.slice(0, at).trim(), pair.slice(at + 1).trim())
    if (!name || value === undefined) return undefined
    result[name] = value
  }
  return result
}

function printPairs(value: unknown): string {
  return Object.entries(value as object)
    .map(([name, entry]) => `${name}=${entry}`)
    .join(',')
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}
