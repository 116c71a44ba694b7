// Cuts an SQL text into tokens that hold no value any more: literals become `?`, comments become blanks. Pure.
//
// One pass, each character looked at a bounded number of times, over at most SCANNED_CHARS of the text. The two dialects
// differ in what ends a literal, and one quote misjudged turns every later literal inside out, so each difference counts:
//
//   postgresql   "…" is a name, '…' knows no backslash (E'…' does), $tag$…$tag$, nested comments, -- always a comment
//   mysql        "…" is a literal, backslash escapes, `…` is a name, # comments, -- needs a blank after it
//   others       "…" is taken for a literal; else as postgresql
//
// Fails closed: at anything unclosed or ambiguous the rest of the text becomes one `?`. PostgreSQL's
// standard_conforming_strings=off and MySQL's NO_BACKSLASH_ESCAPES are not supported: both are off the beaten track.

export interface Token {
  /** `word` keyword or plain identifier, `name` quoted identifier, `param` placeholder, `mark` any other character. */
  kind: 'word' | 'name' | 'literal' | 'param' | 'mark'
  text: string
  /** Blanks or comments came before it. */
  spaced: boolean
}

const SCANNED_CHARS = 8192

interface Dialect {
  mysql: boolean
  doubleQuotesName: boolean
}

/** What a scanner returns for something unclosed. */
const OPEN = -1

export function tokenize(sql: string, system: string): Token[] {
  const text = sql.slice(0, SCANNED_CHARS)
  const mysql = system === 'mysql' || system === 'mariadb'
  const dialect = { mysql, doubleQuotesName: system === 'postgresql' }
  const tokens: Token[] = []
  let spaced = false
  let at = 0

  while (at < text.length) {
    const blankEnd = skipBlank(text, at, dialect)
    if (blankEnd === OPEN) break
    if (blankEnd > at) {
      spaced = true
      at = blankEnd
      continue
    }
    const [kind, end] = scan(text, at, dialect, tokens.at(-1), spaced)
    if (end === OPEN) break
    tokens.push({ kind, text: shown(kind, text.slice(at, end)), spaced })
    spaced = false
    at = end
  }
  if (at < text.length || text.length < sql.length) tokens.push({ kind: 'literal', text: '?', spaced: true })
  return tokens
}

/** The statement again, as far as tokens tell it: equal for those that differ in literals, comments and blanks alone. */
export const textOf = (tokens: Token[]): string => {
  let text = ''
  for (const token of tokens) text += token.spaced && text !== '' ? ` ${token.text}` : token.text
  return text
}

/**
 * The same for statements that differ in numbers alone, and cut into the same tokens: a number that stands alone is a value, or in a value,
 * or in a comment, wherever the quotes around it begin and end. Only in a name it is shown (`namesNumber`).
 */
export const withoutNumbers = (sql: string): string =>
  sql.length > SCANNED_CHARS ? sql : sql.replace(LONE_NUMBER, '0')

/** `$1`, `:1` and `@1` are parameters, `1e5`, `0x1` and `.5` too rare. */
const LONE_NUMBER = /(?<![\w$.:@\x80-\uffff]|[eE][+-])\d+(?:\.\d+)?(?![\w$.\x80-\uffff])/g

/** `"2024 sales"`. */
export const namesNumber = (tokens: Token[]): boolean =>
  tokens.some(({ kind, text }) => kind === 'name' && text.search(LONE_NUMBER) >= 0)

function scan(
  text: string,
  at: number,
  dialect: Dialect,
  previous: Token | undefined,
  spaced: boolean
): [kind: Token['kind'], end: number] {
  const char = text[at]!
  if (char === "'") return ['literal', quoteEnd(text, at, dialect.mysql)]
  if (char === '"') return [dialect.doubleQuotesName ? 'name' : 'literal', quoteEnd(text, at, dialect.mysql)]
  if (char === '`') return ['name', quoteEnd(text, at, false)]
  if (char === '$') return scanDollar(text, at, dialect)
  if (isDigit(text, at)) return ['literal', numberEnd(text, at)]
  if (char === '.' && isDigit(text, at + 1)) {
    const column = previous && !spaced && (previous.kind === 'word' || previous.kind === 'name')
    return column ? ['mark', at + 1] : ['literal', numberEnd(text, at)]
  }
  if (char === '?') return ['param', at + 1]
  if (char === '@' || (char === ':' && text[at - 1] !== ':')) {
    const end = wordEnd(text, at + 1)
    // `:E'…'` is an operator and a literal.
    return end > at + 1 && text[end] !== "'" ? ['param', end] : ['mark', at + 1]
  }
  const end = wordEnd(text, at)
  return end > at ? scanWord(text, at, end, dialect) : ['mark', at + 1]
}

/** A word may be the prefix of a literal: E'…', N'…', B'…', X'…', MySQL's _utf8mb4'…', and of others U&'…'. */
function scanWord(text: string, at: number, end: number, { mysql }: Dialect): [kind: Token['kind'], end: number] {
  if (!mysql && text[end] === '&' && /^u&'/i.test(text.slice(at, at + 3)))
    return ['literal', quoteEnd(text, at + 2, false)]
  if (text[end] !== "'") return ['word', end]
  if (mysql)
    return /^(?:[nbx]|_\w+)$/i.test(text.slice(at, end)) ? ['literal', quoteEnd(text, end, true)] : ['word', end]
  if (end > at + 1 || !/^[enbx]$/i.test(text[at]!)) return ['word', end]
  return ['literal', /e/i.test(text[at]!) ? escapeStringEnd(text, end) : quoteEnd(text, end, false)]
}

/** PostgreSQL joins literals that a line break parts, and the later ones are E'…' like the first. */
function escapeStringEnd(text: string, at: number): number {
  let end = quoteEnd(text, at, true)
  while (end !== OPEN) {
    let next = end
    while (next < text.length && (isBlank(text, next) || text.startsWith('--', next))) {
      next = isBlank(text, next) ? next + 1 : lineEnd(text, next, true)
    }
    if (text[next] !== "'" || !/[\r\n]/.test(text.slice(end, next))) return end
    end = quoteEnd(text, next, true)
  }
  return OPEN
}

/** `$1` is a placeholder; `$$…$$` and `$tag$…$tag$` are literals in PostgreSQL and newest MySQL. */
function scanDollar(text: string, at: number, { mysql }: Dialect): [kind: Token['kind'], end: number] {
  if (isDigit(text, at + 1)) {
    let end = at + 1
    while (isDigit(text, end)) end++
    return ['param', end]
  }
  let tagEnd = at + 1
  while (isWordPart(text, tagEnd) && text[tagEnd] !== '$') tagEnd++
  if (text[tagEnd] !== '$') return mysql ? ['word', tagEnd] : ['mark', at + 1]
  // In older MySQL `$a$` is an identifier: one text, two readings.
  if (mysql) return ['literal', OPEN]
  const tag = text.slice(at, tagEnd + 1)
  const close = text.indexOf(tag, tagEnd + 1)
  return ['literal', close < 0 ? OPEN : close + tag.length]
}

function quoteEnd(text: string, at: number, backslash: boolean): number {
  const quote = text[at]!
  for (let i = at + 1; i < text.length; i++) {
    if (backslash && text[i] === '\\') i++
    else if (text[i] === quote) {
      if (text[i + 1] !== quote) return i + 1
      i++
    }
  }
  return OPEN
}

/** Letters that follow a number are the next token, so that `1E'…'` is not taken for an exponent. */
const NUMBER = /0x[\da-f_]+|0b[01_]+|0o[0-7_]+|(?:\d[\d_]*)?(?:\.[\d_]*)?(?:e[+-]?\d[\d_]*)?/iy

function numberEnd(text: string, at: number): number {
  NUMBER.lastIndex = at
  NUMBER.test(text)
  return NUMBER.lastIndex
}

/** The end of the blank or comment at `at`, or `at` itself. */
function skipBlank(text: string, at: number, dialect: Dialect): number {
  if (isBlank(text, at)) return at + 1
  if (text.startsWith('/*', at)) return commentEnd(text, at, dialect)
  if (!dialect.mysql) return text.startsWith('--', at) ? lineEnd(text, at, true) : at
  const dashes = text.startsWith('--', at) && (at + 2 >= text.length || isBlank(text, at + 2))
  return dashes || text[at] === '#' ? lineEnd(text, at, false) : at
}

const lineEnd = (text: string, at: number, atReturn: boolean): number => {
  while (at < text.length && text[at] !== '\n' && !(atReturn && text[at] === '\r')) at++
  return at
}

function commentEnd(text: string, at: number, { mysql, doubleQuotesName: nests }: Dialect): number {
  if (!nests) {
    const close = text.indexOf('*/', at + 2)
    const body = text.slice(at + 2, close)
    // Whether MySQL runs a `/*!50000 … */` depends on the server's version; whether others nest, on the server.
    const ambiguous = mysql ? /^M?!/.test(body) && /['"`#]|--/.test(body) : body.includes('/*')
    return close < 0 || ambiguous ? OPEN : close + 2
  }
  let depth = 0
  for (let i = at; i < text.length - 1; i++) {
    const two = text.slice(i, i + 2)
    if (two === '/*') depth++
    else if (two === '*/') depth--
    else continue
    i++
    if (depth === 0) return i + 1
  }
  return OPEN
}

/** A quoted name may hold control characters, which a terminal would obey. */
const shown = (kind: Token['kind'], text: string): string => {
  if (kind === 'literal') return '?'
  return kind === 'name' ? text.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ') : text
}

const isBlank = (text: string, at: number): boolean => text.charCodeAt(at) <= 0x20 || text.charCodeAt(at) === 0x7f

const isDigit = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  return code >= 0x30 && code <= 0x39
}

const isWordPart = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  const letter = code | 0x20
  return (letter >= 0x61 && letter <= 0x7a) || isDigit(text, at) || code === 0x5f || code === 0x24 || code >= 0x80
}

const wordEnd = (text: string, at: number): number => {
  while (isWordPart(text, at)) at++
  return at
}
