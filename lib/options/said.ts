// How an option and what it was given stand in a line for people: by the name under which it was given, the value cut, escaped and without
// credentials. Pure.

import { escapeControls } from '../process/plain.js'
import { isPem, withoutCredentials } from './types.js'

/** How a warning begins that is about the config file. */
export const IN_FILE = 'config file: option'

const MAX_SHOWN = 100

/** Masked before it is cut, which could take away the `@` by which a password is known. */
export const shown = (value: string, secret = false): string =>
  secret || isPem(value) ? '***' : cut(escapeControls(withoutCredentials(value)))

export const cut = (text: string): string => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text)

/** Never calls toString of what it was given. */
export function describeValue(value: unknown): string {
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value)
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** `source` as Sources has it. */
export const isVariable = (source: string): boolean => /^[A-Z]/.test(source)

/** `PERFAGENT_FILE`, `option file`, `config file: option file`. */
export const givenAs = (name: string, source: string): string =>
  isVariable(source) ? source : `${source === 'code' ? 'option' : IN_FILE} ${name}`
