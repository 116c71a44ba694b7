// Redis through `ioredis` 5 and 6, and Valkey through its fork `iovalkey` 0, by patches only. From 5.11 ioredis publishes
// `ioredis:command`, but (5.11, 6.0) as soon as anybody listens the rejection of a command that nobody handles stays silent; a command
// that waits for the connection is told when it is written, without its wait and in the context of the request that connected; HELLO and
// INFO are told too.
//
// The promise of a command is not derived from: a pipeline ignores what sendCommand returns, and the rejection of a derived
// promise would be nobody's. The command's own resolve and reject tell its end. A pipeline or MULTI is one operation. With
// automatic pipelining one pipeline serves many requests, so there the single commands are told.
//
// What a connection was lost under, its client sends again on the next one, of its own accord: for that time the server is not to blame.

import { type Channel, channel } from 'node:diagnostics_channel'
import {
  apply,
  batchFacts,
  commandFacts,
  createFuse,
  createTarget,
  guard,
  type Instrumentation,
  observeCalls,
  type Patch,
  wrapMethod,
  wrapWatched
} from '../lib/hook/index.js'

const fuse = createFuse('ioredis')

/** What is read of ioredis's own objects; a Cluster has no address. */
interface Redis {
  status: string
  isCluster: boolean
  options: { host?: string; port?: number; path?: string; sentinels?: unknown; name?: string }
  /** What is not answered; not of a Cluster. */
  commandQueue?: { length: number; peekAt(index: number): { command: Command } | undefined }
}

/** A Command or a Pipeline. */
interface Settled {
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

interface Command extends Settled {
  name: string
  args: unknown[]
}

interface Pipeline extends Settled {
  redis: Redis
  _queue: Command[]
  _transactions: number
}

interface CommandMessage {
  redis: Redis
  command: unknown
  args: readonly unknown[]
  /** By automatic pipelining: with others, whenever that is. */
  isAutomatic?: true
}

type PipelineMessage = { pipeline: Pipeline }

/** A command that came when there was no connection waits in the client's queue, and comes again when there is one. */
const UNCONNECTED = channel('perfagent:ioredis:unconnected')
const SENT = channel('perfagent:ioredis:sent')
/** Its connection was lost under it; it was sent again on the next one. */
const LOST = channel('perfagent:ioredis:lost')
const RESENT = channel('perfagent:ioredis:resent')
/** With automatic pipelining all of a batch are settled in one moment, when the last answer of it came. */
const BATCHED = channel('perfagent:ioredis:batched')
/** A command that has timed out stays in the client's row, and is resolved once more when it is answered. */
const ANSWERED = channel('perfagent:ioredis:answered')

const hasTimedOut = ({ message }: Error): boolean => message === 'Command timed out'

export const ioredis: Instrumentation = {
  name: 'ioredis',
  supports: '`ioredis` 5 and 6, `iovalkey` 0',
  operations: [
    {
      channel: 'perfagent:ioredis:command',
      describe: ({ redis, command, args }: CommandMessage) => commandFacts(command, args[0], args, targetOf(redis)),
      // Of pipelines too: a message is of one operation, whatever its channel.
      marks: {
        [UNCONNECTED.name]: 'connecting',
        [SENT.name]: 'sent',
        [LOST.name]: 'lost',
        [RESENT.name]: 'resent',
        [BATCHED.name]: 'batched'
      },
      inOrder: ({ redis, isAutomatic, pipeline }: CommandMessage & Partial<PipelineMessage>) =>
        isAutomatic ? undefined : connectionOf(redis ?? pipeline!.redis),
      givesUp: hasTimedOut,
      answered: ANSWERED.name
    },
    {
      channel: 'perfagent:ioredis:pipeline',
      describe: ({ pipeline: { redis, _queue: queue } }: PipelineMessage) => {
        const isMulti = queue[0]?.name === 'multi' && queue.at(-1)?.name === 'exec'
        const batch = isMulti
          ? { size: queue.length - 2, nameAt: (i: number) => queue[i + 1]!.name }
          : { size: queue.length, nameAt: (i: number) => queue[i]!.name }
        return batchFacts(isMulti ? 'MULTI' : 'PIPELINE', batch, targetOf(redis))
      },
      inOrder: ({ pipeline }: PipelineMessage) => connectionOf(pipeline.redis),
      givesUp: hasTimedOut,
      answered: ANSWERED.name
    }
  ],
  patches: [
    { file: 'built/Redis.js', apply: patchSendCommand },
    { file: 'built/Redis.js', apply: patchSetStatus },
    { file: 'built/cluster/index.js', apply: patchSendCommand },
    { file: 'built/Pipeline.js', apply: patchPipeline },
    { file: 'built/autoPipelining.js', apply: patchAutoPipelining }
  ].flatMap((patch): Patch[] => [
    { ...patch, module: 'ioredis', versions: '>=5 <7' },
    { ...patch, module: 'iovalkey', versions: '>=0.1 <1' }
  ])
}

type Class = { default: { prototype: object } }

/** What comes before it is ready is sent when it is, after what the client says by itself. */
const connectionOf = (redis: Redis): object | undefined =>
  redis.status === 'ready' && !redis.isCluster ? redis : undefined

/** A Redis and a Cluster; the latter hands over to one of its nodes at once unless it is still connecting. */
function patchSendCommand({ default: Client }: Class): void {
  wrapWatched<Redis>(
    Client.prototype,
    'sendCommand',
    'perfagent:ioredis:command',
    (redis, [first, stream]) => {
      const command = first as Command
      const isAgain = underWay.has(command)
      if (isAgain && redis.status === 'ready') tellSent(command)
      const isTold = stream !== undefined || isAgain || isOwn(redis, command)
      if (isTold || (redis.isCluster && redis.status === 'ready')) return undefined
      return { redis, command: command.name, args: command.args }
    },
    (redis, [first], end, message) => {
      const command = first as Command
      if (redis.status !== 'ready') tellKept(command, message)
      return untilSettled(command, command, message, end, undefined, () => ANSWERED.publish(message))
    }
  )
}

/** Messages of what may have to be told once more, as sent, as sent again; of a pipeline by its first command. */
const queued = new WeakMap<Settled, object>()
const lost = new WeakMap<Settled, object>()

function tellKept(first: Command, message: object): void {
  queued.set(first, message)
  UNCONNECTED.publish(message)
}

function tellSent(command: Command): void {
  tell(SENT, queued, command)
  tell(RESENT, lost, command)
}

function tell(moment: Channel, of: WeakMap<Settled, object>, command: Command): void {
  const message = of.get(command)
  if (!message) return
  of.delete(command)
  moment.publish(message)
}

/** Of more it is not told. */
const MAX_LOST = 1000

function patchSetStatus({ default: Redis }: Class): void {
  observeCalls(Redis.prototype, 'setStatus', 'ioredis', (redis, [status]) => {
    if (status === 'close') tellLost(redis as Redis)
  })
}

function tellLost({ commandQueue }: Redis): void {
  if (!commandQueue) return
  for (let i = 0; i < Math.min(commandQueue.length, MAX_LOST); i++) {
    const { command } = commandQueue.peekAt(i)!
    const message = underWay.get(command)
    if (!message) continue
    lost.set(command, message)
    LOST.publish(message)
  }
}

function patchPipeline({ default: Pipeline }: Class): void {
  wrapWatched<Pipeline>(
    Pipeline.prototype,
    'exec',
    'perfagent:ioredis:pipeline',
    pipeline => {
      // With a transaction open this call only adds EXEC.
      const first = pipeline._queue[0]
      if (!first || pipeline._transactions > 0 || underWay.has(first) || isAutomatic(pipeline)) return undefined
      return { pipeline }
    },
    (pipeline, _args, end, message) => {
      const first = pipeline._queue[0]!
      if (pipeline.redis.status !== 'ready') tellKept(first, message)
      return untilSettled(
        pipeline,
        first,
        message,
        end,
        guard(fuse, (results: unknown) => {
          const failure = failureOf(results)
          const last = pipeline._queue.at(-1)
          if (last && failure && hasTimedOut(failure)) tellAnswered(last, message)
          return failure
        })
      )
    }
  )
}

/** The last of a pipeline that has timed out. */
function tellAnswered(command: Command, message: object): void {
  for (const outcome of ['resolve', 'reject'] as const) {
    const original = command[outcome]
    command[outcome] = value => {
      apply(original, command, [value])
      ANSWERED.publish(message)
    }
  }
}

function patchAutoPipelining(autoPipelining: object): void {
  wrapMethod(
    autoPipelining,
    'executeWithAutoPipelining',
    'perfagent:ioredis:command',
    (_self, [redis, _method, command, args]) => ({ redis, command, args, isAutomatic: true }),
    (_result, _args, _end, message) => {
      BATCHED.publish(message)
      return false
    }
  )
}

/**
 * Commands come again after a reconnection or a redirection, pipelines after a redirection: they have begun only once. Their messages, of a
 * pipeline by its first command.
 */
const underWay = new WeakMap<Command, object>()
const letGo = guard(fuse, (first: Command) => underWay.delete(first))

function untilSettled(
  settled: Settled,
  first: Command,
  message: object,
  end: ((error?: unknown) => void) | undefined,
  errorIn: (value: unknown) => unknown = () => undefined,
  again?: () => void
): true {
  underWay.set(first, message)
  if (end) endWhenSettled(settled, first, end, errorIn, again)
  return true
}

function endWhenSettled(
  settled: Settled,
  first: Command,
  end: (error?: unknown) => void,
  errorIn: (value: unknown) => unknown,
  again: (() => void) | undefined
): void {
  const { resolve, reject } = settled
  let isOver = false
  const over = (error?: unknown): void => {
    letGo(first)
    if (isOver) again?.()
    isOver = true
    end(error)
  }
  settled.resolve = value => {
    // It may find that the reply cannot be read, and reject.
    apply(resolve, settled, [value])
    over(errorIn(value))
  }
  settled.reject = error => {
    // A cluster sends the command elsewhere from in here.
    over(error)
    apply(reject, settled, [error])
  }
}

/** Of the results of a pipeline, which is never rejected for an error of the server. */
const failureOf = (results: unknown): Error | undefined =>
  Array.isArray(results) ? results.find(result => result?.[0])?.[0] : undefined

/** What the client says of itself as it connects, in its own spelling; some of it when it is connected already. */
const HANDSHAKE = new Set(['hello', 'auth', 'select', 'client', 'readonly', 'info'])
const OWN = new Map<string, unknown[]>([
  ['client', ['setname']],
  ['cluster', ['SLOTS', 'INFO']],
  ['readonly', [undefined]]
])

const isOwn = ({ status }: Redis, { name, args }: Command): boolean =>
  (status === 'connect' && HANDSHAKE.has(name)) || OWN.get(name)?.includes(args[0]) === true

/** Marked so by the library (`kExec`). */
const isAutomatic = (pipeline: object): boolean =>
  Object.getOwnPropertySymbols(pipeline).some(({ description }) => description === 'exec')

const targetAt = createTarget()

function targetOf({ options: { host, port, path, sentinels, name } }: Redis): string | undefined {
  if (path) return path
  if (sentinels) return name
  return host ? targetAt(host, port) : undefined
}
