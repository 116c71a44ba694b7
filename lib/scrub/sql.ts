// An SQL text as it may leave the process: no literal, no comment, blanks folded, lists of values folded to `(?)`, so that
// statements that differ in values alone become one text. Pure; what is a value is decided in sql-tokens.ts.

import { type Token, textOf, tokenize } from './sql-tokens.js'

/** Linear: at most 8 kB are scanned, in under 1 ms (test/scrub/sql.test.ts). */
export const maskSql = (sql: string, system: string): string => maskTokens(tokenize(sql, system))

export const maskTokens = (tokens: Token[]): string => textOf(foldLists(withoutSecrets(tokens)))

const VALUE: Token = { kind: 'literal', text: '?', spaced: true }

const isWord = (token: Token | undefined, words: RegExp): boolean => token?.kind === 'word' && words.test(token.text)

/** Statements whose values may stand without quotes, or are secrets in all their parts, end after verb and object. */
function withoutSecrets(tokens: Token[]): Token[] {
  const secret = tokens.findIndex(
    (token, i) => isWord(token, /^identified$/i) || (startsStatement(tokens, i) && isAboutLogins(tokens, i))
  )
  if (secret < 0) return tokens
  return [...tokens.slice(0, startsStatement(tokens, secret) ? secret + 2 : secret + 1), VALUE]
}

const startsStatement = (tokens: Token[], at: number): boolean => at === 0 || tokens[at - 1]!.text === ';'

const isAboutLogins = (tokens: Token[], at: number): boolean => {
  if (isWord(tokens[at], /^set$/i)) return isWord(tokens[at + 1], /^password$/i)
  if (!isWord(tokens[at], /^(?:create|alter)$/i)) return false
  const object = isWord(tokens[at + 1], /^or$/i) ? at + 3 : at + 1
  return isWord(tokens[object], /^(?:user|role|group|login|server|subscription|secret)$/i)
}

/** `IN (1, 2)` → `IN (?)`; of `VALUES (…), (…)` the first row is kept. */
function foldLists(tokens: Token[]): Token[] {
  const folded: Token[] = []
  let i = 0
  while (i < tokens.length) {
    const token = tokens[i++]!
    folded.push(token)
    if (!isWord(token, /^(?:in|values?|array)$/i)) continue

    const open = tokens[i]
    const listEnd = valuesEnd(tokens, i)
    if (open && listEnd > 0) {
      folded.push(open, { ...VALUE, spaced: false }, { ...tokens[listEnd - 1]!, spaced: false })
      i = listEnd
    } else if (!isWord(token, /^values?$/i)) continue
    else {
      const rowEnd = groupEnd(tokens, i)
      folded.push(...tokens.slice(i, rowEnd))
      i = rowEnd
    }
    while (isWord(token, /^values?$/i) && tokens[i]?.text === ',' && tokens[i + 1]?.text === '(') {
      i = groupEnd(tokens, i + 1)
    }
  }
  return folded
}

/** The place after the bracket that closes the one at `at`; `at` when there is none. */
function groupEnd(tokens: Token[], at: number): number {
  if (tokens[at]?.text !== '(') return at
  let depth = 0
  for (let i = at; i < tokens.length; i++) {
    if (tokens[i]!.text === '(') depth++
    else if (tokens[i]!.text === ')' && --depth === 0) return i + 1
  }
  return tokens.length
}

/** The same for a bracket that holds nothing but values; 0 when it holds anything else. */
function valuesEnd(tokens: Token[], at: number): number {
  if (tokens[at]?.text !== '(' && tokens[at]?.text !== '[') return 0
  let depth = 0
  let values = 0
  for (let i = at; i < tokens.length; i++) {
    const { kind, text } = tokens[i]!
    if (text === '(' || text === '[') depth++
    else if (text === ')' || text === ']') {
      if (--depth === 0) return values > 0 ? i + 1 : 0
    } else if (isValue(tokens, i)) values++
    else if (kind !== 'mark' || !/[,:+-]/.test(text)) return 0
  }
  return 0
}

const isValue = (tokens: Token[], at: number): boolean => {
  const token = tokens[at]!
  if (token.kind === 'literal' || token.kind === 'param') return true
  // The type in `$1::int`.
  return isWord(token, /^(?:null|true|false|default)$/i) || (token.kind === 'word' && tokens[at - 1]!.text === ':')
}
