// Commands of Redis as facts, alike for all its clients: their names, their first keys, and which of them wait on purpose. Main thread,
// inside the application's stack.

import type { OperationFacts } from '../types.js'

const MAX_KEY = 200

/** They wait on purpose: their time is no fault of the server. XREAD and XREADGROUP wait only with BLOCK. */
const BLOCKING = new Set(
  'BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF SUBSCRIBE PSUBSCRIBE SSUBSCRIBE MONITOR'.split(
    ' '
  )
)

const isBlock = (arg: unknown): boolean => typeof arg === 'string' && arg.toUpperCase() === 'BLOCK'

/** Undefined where it is long, or no text. Nothing of the application runs here: nothing but strings and buffers is looked at. */
export function shortText(arg: unknown): string | undefined {
  if (typeof arg === 'string') return arg.length <= MAX_KEY ? arg : undefined
  return Buffer.isBuffer(arg) && arg.length <= MAX_KEY ? Buffer.prototype.toString.call(arg) : undefined
}

interface CommandKind {
  /** In capitals. */
  name: string
  blocking: boolean
  /** With BLOCK among its arguments it waits. */
  mayBlock: boolean
}

/** Clients spell a command the same each time; to write it in capitals and look it up took a tenth of an operation. */
const kinds = new Map<unknown, CommandKind>()
const MAX_KINDS = 500

function kindOf(command: unknown): CommandKind {
  const known = kinds.get(command)
  if (known) return known
  const name = typeof command === 'string' ? command.toUpperCase() : '?'
  const kind = { name, blocking: BLOCKING.has(name), mayBlock: name.startsWith('XREAD') }
  if (kinds.size < MAX_KINDS && name.length <= MAX_KEY && typeof command === 'string') kinds.set(command, kind)
  return kind
}

function isBlocking(command: unknown, args: readonly unknown[]): boolean {
  const { blocking, mayBlock } = kindOf(command)
  // BLOCK stands before the names of the streams.
  return blocking || (mayBlock && args.slice(0, 8).some(isBlock))
}

/** The command's name and its first key, never another argument. Which commands have a key is decided where it is masked. */
export function commandFacts(
  command: unknown,
  key: unknown,
  args: readonly unknown[],
  target: string | undefined
): OperationFacts {
  const { name } = kindOf(command)
  const shown = shortText(key)
  return {
    kind: 'cache',
    system: 'redis',
    text: shown === undefined ? name : `${name} ${shown}`,
    target,
    blocking: isBlocking(command, args)
  }
}

/** `MULTI 3`, `PIPELINE 100`. */
export const batchFacts = (mode: string, size: number, target: string | undefined): OperationFacts => ({
  kind: 'cache',
  system: 'redis',
  text: `${mode} ${size}`,
  target
})
