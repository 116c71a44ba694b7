// Redis through `ioredis` 5 and 6. From 5.11 it publishes `ioredis:command`; a patch of Redis#sendCommand makes older versions
// publish the same. Pipelines and MULTI pass through it command by command.
//
// The promise of a command is not derived from: a pipeline ignores what sendCommand returns, and the rejection of a derived
// promise would be nobody's. The command's own resolve and reject tell its end.

import { type Ending, type Instrumentation, wrapFunction, wrapMethod } from '../lib/hook/index.js'
import { isBlocking, textOf } from './redis.js'

interface CommandMessage {
  /** In lower case. */
  command: unknown
  /** Without the command's name. */
  args: readonly unknown[]
  serverAddress?: string | undefined
  serverPort?: number | undefined
}

/** What is read of ioredis's own objects. */
interface Redis {
  options: { host?: string; port?: number; path?: string }
}

interface Command {
  name: string
  args: unknown[]
}

export const ioredis: Instrumentation = {
  name: 'ioredis',
  supports: '`ioredis` 5 and 6',
  operations: [
    {
      channel: 'ioredis:command',
      describe: ({ command, args, serverAddress, serverPort }: CommandMessage) => ({
        kind: 'cache',
        system: 'redis',
        text: textOf(command, args[0]),
        target: serverPort === undefined ? serverAddress : `${serverAddress}:${serverPort}`,
        blocking: isBlocking(command, args)
      })
    }
  ],
  patches: [{ module: 'ioredis', file: 'built/Redis.js', versions: '>=5 <5.11', apply: patchRedis }]
}

function patchRedis({ default: Redis }: { default: { prototype: object } }): void {
  wrapMethod(Redis.prototype, 'sendCommand', 'ioredis:command', describeOlder, endOfCommand)
}

function describeOlder({ options }: Redis, [first]: unknown[]): CommandMessage {
  const { name, args } = first as Command
  return options.path
    ? { command: name, args, serverAddress: options.path }
    : { command: name, args, serverAddress: options.host, serverPort: options.port }
}

const endOfCommand: Ending<Redis> = (_result, [command], end) => {
  const endBy = (method: 'resolve' | 'reject') =>
    wrapFunction(
      command as object,
      method,
      original =>
        function (this: unknown, ...args: unknown[]) {
          end(method === 'reject' ? args[0] : undefined)
          return original.apply(this, args)
        }
    )
  return endBy('resolve') && endBy('reject')
}
