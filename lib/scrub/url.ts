// A URL or a request's target as it may leave the process: no values of its query, no user and password, no fragment, no
// control character. Pure, and without a parser that throws: targets like `http://[::1` or `//evil` arrive as they are.

import { withoutIds } from './ids.js'

const MAX_CHARS = 2048
/** Names of parameters are kept unless they look like values. */
const NAME = /^[A-Za-z][\w.[\]-]{0,39}$/
const UNSAFE = /[\x00-\x20\x7f-\x9f"<>\\^`\u2028-\u202e\u2066-\u2069]|[\ud800-\udfff]/g

/** `http://me:pw@host/a?b=1#c` → `http://host/a?b=?`. */
export function maskUrl(url: string): string {
  const text = withoutUser(url.slice(0, MAX_CHARS))
  const fragment = text.indexOf('#')
  const whole = fragment < 0 ? text : text.slice(0, fragment)
  const question = whole.indexOf('?')
  const path = question < 0 ? whole : whole.slice(0, question)
  const query = question < 0 ? '' : `?${maskQuery(whole.slice(question + 1))}`
  return (maskMatrix(path) + query).replace(UNSAFE, percentEncode).slice(0, MAX_CHARS)
}

/** Whether maskUrl changes nothing of it: true of most paths, and cheaper than to see that it did not. */
export function isPlainUrl(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (PLAIN[bytes[i]!] === 0) return false
  return to - from <= MAX_CHARS
}

/** 1 for printable ASCII but what a URL has around its parts, and what is made safe. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, char) =>
  char > 0x20 && char < 0x7f && !/["<>\\^`?#:;]/.test(String.fromCharCode(char)) ? 1 : 0
)

/** The path with its ids as `?`, by which like calls are recognised: `http://stock:80/items/17?x=1` → `/items/?`. */
export function pathPattern(url: string): string {
  const { path } = splitUrl(url.slice(0, MAX_CHARS))
  return withoutIds(path.replace(/[?#;].*$/s, '')).replace(UNSAFE, percentEncode)
}

/** Without a scheme there is no host: a request's target is a path, also when it begins with `//`. */
export function splitUrl(url: string): { host: string; path: string } {
  const scheme = /^[a-z][a-z\d+.-]{0,20}:\/\//i.exec(url)
  if (!scheme) return { host: '', path: url }
  const from = scheme[0].length
  const slash = url.slice(from).search(/[/?#]/)
  const host = slash < 0 ? url.slice(from) : url.slice(from, from + slash)
  return { host: host.slice(host.lastIndexOf('@') + 1), path: slash < 0 ? '/' : url.slice(from + slash) }
}

/** A password with a `/` in it ends the host too early: then what follows a colon is no port. */
const USER = /:\/\/(?:[^\s/?#]*@|[^\s/?#:@]*:(?!\d{1,5}(?:[/?#\s]|$))[^\s@]{0,256}@)/g

/** Takes `user:password@` out of every URL in a text. */
export const withoutUser = (text: string): string => text.replace(USER, '://')

const maskQuery = (query: string): string =>
  query
    .split('&')
    .map(pair => {
      const equals = pair.indexOf('=')
      if (equals < 0) return NAME.test(pair) && withoutIds(pair) === pair ? pair : pair && '?'
      const name = pair.slice(0, equals)
      return `${NAME.test(name) ? name : '?'}=?`
    })
    .join('&')

/** `/cart;jsessionid=17/items`. */
const maskMatrix = (path: string): string => path.replace(/;[^/]*/g, part => (part === ';' ? part : ';?'))

const percentEncode = (char: string): string => {
  const code = char.charCodeAt(0)
  return code < 0x80 ? `%${code.toString(16).toUpperCase().padStart(2, '0')}` : '%EF%BF%BD'
}
