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
  /** The same, where it is like one of a command. */
  shown: string
  blocking: boolean
  /** With BLOCK among its arguments it waits. */
  mayBlock: boolean
}

/** Clients spell a command the same each time; to write it in capitals and look it up took a tenth of an operation. */
const kinds = new Map<unknown, CommandKind>()
const MAX_KINDS = 500
const LIKE_A_NAME = /^[A-Z][A-Z0-9_.]{0,31}$/

function kindOf(command: unknown): CommandKind {
  const known = kinds.get(command)
  if (known) return known
  const name = typeof command === 'string' ? command.toUpperCase() : '?'
  const shown = LIKE_A_NAME.test(name) ? name : '?'
  const kind = { name, shown, blocking: BLOCKING.has(name), mayBlock: name.startsWith('XREAD') }
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

/** Of a pipeline or MULTI: how many commands it has, and the name of each as its client spells it, where that is known. */
interface Batch {
  size: number
  nameAt: ((index: number) => unknown) | undefined
}

/** `PIPELINE 100 (60 GET, 40 HSET)`: never a key or a value. */
export const batchFacts = (mode: string, batch: Batch, target: string | undefined): OperationFacts => ({
  kind: 'cache',
  system: 'redis',
  text: `${mode} ${batch.size}${namesIn(batch)}`,
  target
})

const MAX_NAMES = 20
const MAX_SHOWN = 5

/** Most have few names, and one many times in a row. */
function namesIn({ size, nameAt }: Batch): string {
  if (!nameAt) return ''
  const names: unknown[] = []
  const counts: number[] = []
  let at = -1
  for (let i = 0; i < size; i++) {
    const name = nameAt(i)
    if (at < 0 || names[at] !== name) at = names.indexOf(name)
    if (at < 0 && names.length < MAX_NAMES) at = names.push(name) - 1
    if (at >= 0) counts[at] = (counts[at] ?? 0) + 1
  }
  return names.length === 0 ? '' : ` (${sayCounts(names, counts, size)})`
}

function sayCounts(names: unknown[], counts: number[], size: number): string {
  if (names.length === 1) return sayCount(names[0], size)
  const order = counts.map((_, i) => i).sort((a, b) => counts[b]! - counts[a]!)
  const shown = order.slice(0, MAX_SHOWN)
  const others = shown.reduce((rest, i) => rest - counts[i]!, size)
  const said = shown.map(i => sayCount(names[i], counts[i]!))
  return (others > 0 ? [...said, `${others} others`] : said).join(', ')
}

const sayCount = (command: unknown, count: number): string =>
  count === 1 ? kindOf(command).shown : `${count} ${kindOf(command).shown}`
