// Takes secrets out of texts that are written by others, error messages above all: values behind a telling name, credentials
// in URLs and headers, quoted values, card numbers. Pure; linear in the text, which is cut first.
//
// Fails closed where a message is ambiguous: it rather loses a word too many than shows a password.

import { withoutUser } from './url.js'

const MAX_CHARS = 2048

/** Found anywhere in a name. */
const LONG_NAMES = ['password', 'passwd', 'passphrase', 'secret', 'token', 'session', 'credit', 'bearer', 'signature']
const MORE_LONG_NAMES = ['authorization', 'cookie', 'credential', 'apikey', 'privatekey']
/** Found as a word of a name (`api_key`, `x-auth`, `cardNumber`): `monkey` and `author` are none. */
const SHORT_NAMES = [
  'pwd',
  'key',
  'auth',
  'card',
  'jwt',
  'sso',
  'saml',
  'csrf',
  'xsrf',
  'sig',
  'pass',
  'pin',
  'cvv',
  'cvc'
]

export type Redact = (text: string) => string

export function createRedact(moreNames: readonly string[]): Redact {
  const isSecret = secretNames(moreNames)
  return text => {
    const cut = text.slice(0, MAX_CHARS)
    const steps = [withoutUser, withoutTokens, (t: string) => withoutNamed(t, isSecret), withoutQuoted, withoutCards]
    const redacted = steps.reduce((t, step) => step(t), cut)
    return redacted.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ').slice(0, MAX_CHARS)
  }
}

/** Whether a name tells that its value is a secret. */
export function secretNames(moreNames: readonly string[]): (name: string) => boolean {
  const long = [...LONG_NAMES, ...MORE_LONG_NAMES, ...moreNames.map(name => name.toLowerCase()).filter(Boolean)]
  const short = new Set(SHORT_NAMES.flatMap(name => [name, `${name}s`]))
  return name => {
    const lower = name.toLowerCase()
    if (long.some(part => lower.includes(part) || lower.replace(/[-_.]/g, '').includes(part))) return true
    return name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).some(word => short.has(word.toLowerCase()))
  }
}

const JWT = /\beyJ[\w-]*(?:\.[\w-]*){0,4}/g
const SCHEME = /\b(Bearer|Basic|Digest|Negotiate)[ \t]+[^\s,;]+/gi

const withoutTokens = (text: string): string => text.replace(JWT, '?').replace(SCHEME, '$1 ?')

/** `name=value`, `name: value`, `"name":"value"`, `name => value`. Behind a colon the value reaches to the next comma. */
function withoutNamed(text: string, isSecret: (name: string) => boolean): string {
  const name = /[\w.-]+/g
  let masked = ''
  let from = 0
  for (let match = name.exec(text); match; match = name.exec(text)) {
    const separator = separatorAt(text, name.lastIndex)
    if (!separator || !isSecret(match[0])) continue
    const end = valueEnd(text, separator.end, separator.spaces)
    if (end === separator.end) continue
    masked += `${text.slice(from, separator.end)}?`
    from = end
    name.lastIndex = end
  }
  return masked + text.slice(from)
}

const SEPARATOR = /["'`)\]]{0,2}[ \t]{0,8}(:=|=>|[:=])[ \t]{0,8}/y

function separatorAt(text: string, at: number): { end: number; spaces: boolean } | undefined {
  SEPARATOR.lastIndex = at
  const match = SEPARATOR.exec(text)
  return match ? { end: SEPARATOR.lastIndex, spaces: match[1] === ':' } : undefined
}

function valueEnd(text: string, at: number, spaces: boolean): number {
  const quote = text[at]
  if (quote === '"' || quote === "'" || quote === '`') {
    for (let i = at + 1; i < text.length; i++) {
      if (text[i] === '\\') i++
      else if (text[i] === quote && text[i + 1] !== quote) return i + 1
      else if (text[i] === quote) i++
    }
    return text.length
  }
  const end = text.slice(at).search(spaces ? /[,;&}\r\n]/ : /[\s,;&}]/)
  return end < 0 ? text.length : at + end
}

/** A piece of the statement: quotes in it are not escaped. */
const STATEMENT = /(\bnear )['"].*$/s

/** mariadb's own: a column that was given no other name is called as its literal. */
const COLUMN = /(\bduplicate field name )`.*$/s

/** MySQL's `Duplicate entry 'O'Brien' for key 'users.name'`: nor are those of the value. */
function withoutDuplicate(text: string): string {
  const from = text.indexOf("Duplicate entry '") + "Duplicate entry '".length
  const to = text.lastIndexOf("' for key")
  return from < "Duplicate entry '".length || to < from ? text : `${text.slice(0, from)}?${text.slice(to)}`
}

/**
 * `'…'` always (values, in the messages of every database); `"…"` unless it holds a plain identifier, which PostgreSQL quotes
 * so (`relation "orders" does not exist`), and is not what a colon or `near` announces as input.
 */
function withoutQuoted(message: string): string {
  const text = withoutDuplicate(message.replace(STATEMENT, '$1?').replace(COLUMN, '$1?'))
  let masked = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const quote = text[at]
    if ((quote !== "'" && quote !== '"') || !opensQuote(text, at)) continue
    const end = quoteEnd(text, at)
    const content = text.slice(at + 1, end - 1)
    const identifier =
      quote === '"' &&
      /^[A-Za-z_][\w.$-]{0,62}$/.test(content) &&
      !/(?::|near) *$/.test(text.slice(Math.max(0, at - 8), at))
    if (!identifier) {
      masked += `${text.slice(from, at)}${quote}?${quote}`
      from = end
    }
    at = end - 1
  }
  return masked + text.slice(from)
}

/** The apostrophe of "can't" opens nothing; that of N'…' or E'…' does. */
const opensQuote = (text: string, at: number): boolean =>
  !/\w/.test(text[at - 1] ?? ' ') || /(?:^|\W)[ENBX]$/i.test(text.slice(Math.max(0, at - 2), at))

/** A quote inside a value is doubled or followed by a letter; whether a backslash escapes one, each database says itself. */
function quoteEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === text[at]) {
      if (text[i - 1] === '\\') break
      if (text[i + 1] === text[at]) i++
      else if (!/\w/.test(text[i + 1] ?? ' ')) return i + 1
    }
  }
  return text.length + 1
}

const DIGITS = /\d(?:[ -]?\d){12,}/g
const CARD_MIN_DIGITS = 13
const CARD_MAX_DIGITS = 19

/** Every window of 13 to 19 digits between boundaries, because a date or a security code may follow a card's number. */
const withoutCards = (text: string): string => text.replace(DIGITS, run => (holdsCard(run) ? '?' : run))

function holdsCard(run: string): boolean {
  const groups = run.split(/[ -]/)
  for (let from = 0; from < groups.length; from++) {
    let digits = ''
    for (let to = from; to < groups.length && digits.length < CARD_MAX_DIGITS; to++) {
      digits += groups[to]!
      if (digits.length >= CARD_MIN_DIGITS && digits.length <= CARD_MAX_DIGITS && passesLuhn(digits)) return true
    }
  }
  return false
}

function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 0x30
    sum += i % 2 === 0 ? digit : digit * 2 > 9 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}
