// Redis through `redis` 4.1 to 6, that is `@redis/client`. From 5.12 it publishes `node-redis:command`; a patch of its command
// queue, through which single commands, pipelines and MULTI all pass, makes older versions publish the same. The queue does
// not know the server's address, so older versions tell none. From 5.12 a batch is one operation.

import { type Instrumentation, wrapMethod } from '../lib/hook/index.js'

interface CommandMessage {
  command: unknown
  /** With the command's name first. */
  args: readonly unknown[]
  serverAddress?: string
  serverPort?: number
}

interface BatchMessage {
  batchMode: string
  batchSize: number
  serverAddress?: string
  serverPort?: number
}

const targetOf = ({
  serverAddress,
  serverPort
}: {
  serverAddress?: string
  serverPort?: number
}): string | undefined => (serverAddress === undefined ? undefined : `${serverAddress}:${serverPort}`)

export const redis: Instrumentation = {
  name: 'redis',
  supports: '`redis` 4 to 6',
  operations: [
    {
      channel: 'node-redis:command',
      describe: (message: CommandMessage) => ({
        kind: 'cache',
        system: 'redis',
        text: textOf(message.command, message.args[1]),
        target: targetOf(message),
        blocking: isBlocking(message.command, message.args)
      })
    },
    {
      channel: 'node-redis:batch',
      describe: (message: BatchMessage) => ({
        kind: 'cache',
        system: 'redis',
        text: message.batchMode,
        target: targetOf(message)
      })
    }
  ],
  patches: [
    { module: '@redis/client', file: 'dist/lib/client/commands-queue.js', versions: '>=1 <5.12', apply: patchQueue }
  ]
}

function patchQueue({ default: Queue }: { default: { prototype: object } }): void {
  wrapMethod(Queue.prototype, 'addCommand', 'node-redis:command', (_queue, [args]) =>
    Array.isArray(args) ? { command: args[0], args } : undefined
  )
}

const MAX_KEY = 200

/** They wait on purpose: their time is no fault of the server. XREAD and XREADGROUP wait only with BLOCK. */
const BLOCKING = new Set(
  'BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF SUBSCRIBE PSUBSCRIBE SSUBSCRIBE MONITOR'.split(
    ' '
  )
)

const upper = (command: unknown): string => (typeof command === 'string' ? command.toUpperCase() : '?')

/** The command's name and its first key, never another argument. Which commands have a key is decided where it is masked. */
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
