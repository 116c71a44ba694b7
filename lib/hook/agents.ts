// How agents of node:http give sockets to calls: how many there may be, by what way one is made, and who waits until another call is over.
// Main thread, inside the application's stack.

import { channel } from 'node:diagnostics_channel'
import { apply } from '../process/builtins.js'
import type { Taken } from '../types.js'
import { createFuse, guard } from './guard.js'
import type { Callable } from './replace.js'
import { ofSymbol } from './symbols.js'

/** What is read of an Agent. By its name for them, the sockets to a peer: in use, kept open, and what waits for one. */
export interface Agent {
  createSocket: unknown
  createConnection: unknown
  maxSockets: number
  maxTotalSockets: number
  totalSocketCount?: number
  sockets: Record<string, Socket[] | undefined>
  freeSockets: Record<string, object[] | undefined>
  /** Of others than Node's, in a row. */
  requests?: Record<string, object[] | undefined> & { length?: number }
  getName(options: unknown): string
}

/** With the call that it is for. */
interface Socket {
  _httpMessage?: object | null
}

/** Infinity where an agent of somebody's own has no such numbers. */
export const limitOf = ({ maxSockets, maxTotalSockets }: Agent): number =>
  Math.min(maxSockets, maxTotalSockets) || Number.POSITIVE_INFINITY

/** How Node's own agents make a socket: at once. */
const ways = new Set<unknown>()

export function noteWays({ Agent }: { Agent: { prototype: object } }): void {
  const { createSocket, createConnection } = Agent.prototype as Agent
  ways.add(createSocket).add(createConnection)
}

/** It is about to make a socket by a way of its own, which may take long (a proxy's), and has room: nobody waits for another call. */
export const opensItself = (agent: Agent | undefined): boolean =>
  agent?.totalSocketCount !== undefined &&
  !(ways.has(agent.createSocket) && ways.has(agent.createConnection)) &&
  agent.totalSocketCount < limitOf(agent)

/** An agent that is none of Node's: `agent-base` up to 6 has no queue, `tunnel` and `tunnel-agent` have an array. */
export const isForeign = (agent: Agent | undefined): boolean =>
  agent !== undefined && agent.totalSocketCount === undefined && !agent.requests?.length

/** Tells a call that waits for a socket. */
export const WAITING = 'perfagent:http.client.request:waiting'
const waiting = channel(WAITING)

export interface Waiting {
  agent: Agent
  /** Of the row in which it stands. */
  name: string
  /** Node keeps the options of a call that waits under a symbol (20 to 26), and those of no other. */
  request: Record<symbol, unknown> & { socket: object | null }
}

const fuse = createFuse('http_client')

/** Node's `addRequest`, with a look at whether the call had to wait. */
export function addRequest(add: Callable, agent: object, args: unknown[]): unknown {
  const result = apply(add, agent, args)
  noteWaiting(agent as Agent, args[0] as Waiting['request'])
  return result
}

/**
 * A later turn of the same tick: calls that were made before it in this one know their sockets only then. The row is asked for by its name,
 * because a crawler has a row for each host: to look through 5000 of them made a call that waits 20 times as dear.
 */
const noteWaiting = guard(fuse, (agent: Agent, request: Waiting['request']): void => {
  if (!waiting.hasSubscribers || limitOf(agent) === Number.POSITIVE_INFINITY) return
  const options = ofSymbol(request, 'requestOptions')
  const name = options ? agent.getName(options) : undefined
  if (name && agent.requests?.[name]?.at(-1) === request) process.nextTick(tellWaiting, { agent, name, request })
})

const tellWaiting = guard(fuse, (message: Waiting): void => {
  if (!message.request.socket) waiting.publish(message)
})

export function takenFrom({ agent, name, request }: Waiting): Taken {
  const { sockets, freeSockets, requests = {}, maxSockets, maxTotalSockets } = agent
  const own = sockets[name] ?? []
  const before = requests[name]?.lastIndexOf(request) ?? 0
  const isOwnLimit = own.length + (freeSockets[name]?.length ?? 0) >= maxSockets
  if (isOwnLimit) return { size: maxSockets, inUse: own.length, waiting: before, busy: callsOn([own]) }
  const all = Object.values(sockets)
  const inUse = all.reduce((sum, { length = 0 } = []) => sum + length, 0)
  return { size: maxTotalSockets, inUse, free: maxTotalSockets - inUse, waiting: before, busy: callsOn(all) }
}

function* callsOn(rows: (Socket[] | undefined)[]): Generator<object, void> {
  for (const row of rows) for (const { _httpMessage } of row ?? []) yield _httpMessage ?? UNKNOWN
}

const UNKNOWN = {}
