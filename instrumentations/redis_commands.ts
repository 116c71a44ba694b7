// What is said of a Redis command, whatever client sends it: its name and its first key, never another argument. Which
// commands have a key at all is decided where text is masked, before it leaves the process.

const MAX_KEY = 200

/** They wait on purpose: their time is no fault of the server. XREAD and XREADGROUP wait only with BLOCK. */
const BLOCKING = new Set(
  'BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF SUBSCRIBE PSUBSCRIBE SSUBSCRIBE MONITOR'.split(
    ' '
  )
)

const upper = (command: unknown): string => (typeof command === 'string' ? command.toUpperCase() : '?')

export function textOf(command: unknown, key: unknown): string {
  return typeof key === 'string' && key.length <= MAX_KEY ? `${upper(command)} ${key}` : upper(command)
}

export function isBlocking(command: unknown, args: readonly unknown[]): boolean {
  const name = upper(command)
  return (
    BLOCKING.has(name) ||
    (name.startsWith('XREAD') && args.some(arg => typeof arg === 'string' && upper(arg) === 'BLOCK'))
  )
}
