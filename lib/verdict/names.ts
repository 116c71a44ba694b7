// What an operation is called: its short name, its masked text, and by what it is recognised as one of many alike. All that
// is shown of an operation is made here. Pure, but for a memory of texts that were seen before.

import { memo } from '../scrub/memo.js'
import { maskCommand } from '../scrub/redis.js'
import type { Redact } from '../scrub/secrets.js'
import { maskTokens } from '../scrub/sql.js'
import { summarizeSql } from '../scrub/sql-summary.js'
import { namesNumber, type Token, textOf, tokenize, withoutNumbers } from '../scrub/sql-tokens.js'
import { maskUrl, pathPattern, splitUrl, withoutUser } from '../scrub/url.js'
import type { Operation } from '../types.js'

export interface Name {
  /** `SELECT orders`, `GET user:?`, `GET stock:8080`. */
  name: string
  /** Masked; '' when statements are not to be shown. */
  text: string
  /** As the sentences say it: `SELECT orders`, `GET stock:8080/items/?`. */
  label: string
  /** Equal for operations that differ in their values alone. */
  alike: string
}

/** What of an operation tells its name. */
export type Named = Pick<Operation, 'kind' | 'system' | 'text' | 'target'>

export type NameOf = (operation: Named) => Name

const TEXT_MAX_CHARS = 2000
const LABEL_MAX_CHARS = 120

export function createNameOf(redact: Redact, sqlText: 'masked' | 'off'): NameOf {
  const dialects = new Map<string, (sql: string) => Name>()
  const sqlNamer = (system: string): ((sql: string) => Name) => {
    let namer = dialects.get(system)
    if (!namer) {
      namer = createSqlNamer(system)
      dialects.set(system, namer)
    }
    return namer
  }
  const shown = (name: Name): Name => (sqlText === 'masked' ? name : { ...name, text: '' })

  return operation => {
    const { kind, system, text = '' } = operation
    switch (kind) {
      case 'db':
        if (!text) return plainName(system)
        return isCommand(operation) ? plainName(text) : shown(sqlNamer(system)(text))
      case 'cache':
        return text ? commandName(maskCommand(text)) : plainName(system)
      case 'http':
        return httpName(operation)
      case 'pool':
        return plainName(`${pooledBy(system)} wait`)
      case 'message':
      case 'dns':
        return plainName(redact(text || kind))
      case 'process':
        return processName(redact(text || 'program'))
      case 'custom':
        return plainName(redact(text || 'operation'))
    }
  }
}

/** `find orders`: of what has no SQL, only the name and the collection are recorded. A statement that a span brings is masked. */
const isCommand = ({ system, text = '' }: Named): boolean =>
  system === 'mongodb' && /^[A-Za-z]{1,40}(?: [\w.$-]{1,120})?$/.test(text)

/** What is waited for: `generic-pool` does not say what it holds. */
export const pooledBy = (system: string): string => (system === 'generic-pool' ? 'resource' : 'connection')

/** `host:port/database`, never with a user. */
export const targetOf = ({ target = '' }: Pick<Named, 'target'>): string =>
  ellipsis(target.slice(target.lastIndexOf('@') + 1), LABEL_MAX_CHARS)

const plainName = (text: string): Name => {
  const name = ellipsis(text, LABEL_MAX_CHARS)
  return { name, text: name, label: name, alike: name }
}

const processName = (text: string): Name => {
  const name = plainName(text)
  return { ...name, label: `child process ${name.label}` }
}

/** Size and commands of a batch are no part of its name: `MULTI 3 (2 SET, GET)` and `MULTI 5` are alike. */
function commandName(text: string): Name {
  const batch = /^(?:MULTI|PIPELINE)(?= \d)/.exec(text)?.[0]
  return batch === undefined ? plainName(text) : { name: batch, text, label: text, alike: batch }
}

/**
 * A loop with values in its statements runs a thousand texts of one form. Where they are numbers only the first is cut into tokens; of
 * others each is, and named once.
 */
function createSqlNamer(system: string): (sql: string) => Name {
  const ofNumberless = memo<Name | null>()
  const ofText = memo<Name>()
  const ofForm = memo<Name>()
  const named = (tokens: Token[]): Name => ofForm(textOf(tokens), () => sqlName(tokens))
  return sql => {
    const numberless = withoutNumbers(sql)
    const name = ofNumberless(numberless, () => {
      const tokens = tokenize(numberless, system)
      return namesNumber(tokens) ? null : named(tokens)
    })
    return name ?? ofText(sql, () => named(tokenize(sql, system)))
  }
}

function sqlName(tokens: Token[]): Name {
  const name = summarizeSql(tokens)
  const text = ellipsis(maskTokens(tokens), TEXT_MAX_CHARS)
  return { name, text, label: ellipsis(name, LABEL_MAX_CHARS), alike: text }
}

function httpName(operation: Named): Name {
  const { text = '' } = operation
  const space = text.indexOf(' ')
  const method = /^[A-Z]{1,16}$/.test(text.slice(0, space)) ? text.slice(0, space) : 'HTTP'
  const url = withoutUser(text.slice(space + 1))
  const host = targetOf(operation) || ellipsis(maskUrl(splitUrl(url).host), LABEL_MAX_CHARS)
  const label = ellipsis(`${method} ${host}${pathPattern(url)}`, LABEL_MAX_CHARS)
  return { name: `${method} ${host}`, text: ellipsis(`${method} ${maskUrl(url)}`, TEXT_MAX_CHARS), label, alike: label }
}

export const ellipsis = (text: string, maxChars: number): string =>
  text.length > maxChars ? `${text.slice(0, maxChars - 1)}…` : text
