// Who has the connections of undici's Pools and Clients, as their queues grow. Main thread, inside the application's stack. What undici
// keeps to itself is under symbols (6 to 8).

import type { Taken } from '../types.js'
import { type Fields, ofSymbol, symbolOf } from './symbols.js'

/** `by`: the Pool or the Client that keeps the call. */
export interface Queued {
  by: Fields
  call: object
}

/** Undefined of what has no limit of its own, as a BalancedPool. */
export function takenBy({ by }: Queued): Taken | undefined {
  const row = rowOf(by)
  if (row) return { size: 1, inUse: 1, waiting: waitingIn(row) - 1, busy: [oldestOf(by)] }
  const size = ofSymbol(by, 'connections')
  const clients = ofSymbol(by, 'clients')
  if (typeof size !== 'number' || !Array.isArray(clients)) return undefined
  const others = Number(ofSymbol(by, 'queued')) - 1
  return { size, inUse: clients.length, waiting: others, busy: clients.map(oldestOf) }
}

/** The call that was given to a Client last, where another one has its connection. */
export function lastBehind(client: Fields): object | undefined {
  const row = rowOf(client)
  if (!row) return undefined
  return waitingIn(row) > 0 ? (row.calls.at(-1) ?? undefined) : undefined
}

/** For one of them the connection may still be made. */
const waitingIn = ({ calls, running, pending }: Row): number => calls.length - Math.max(pending, running + 1)

const oldestOf = (client: Fields): object => {
  const row = rowOf(client)
  return row?.calls[row.running] ?? UNKNOWN
}

const UNKNOWN = {}

/** Calls that are over, from `running` on those that were sent, from `pending` on those that wait. */
interface Row {
  calls: (object | null)[]
  running: number
  pending: number
}

function rowOf(client: Fields): Row | undefined {
  const { queue, running, pending } = symbolsOf(client)
  if (!queue || !running || !pending) return undefined
  return {
    calls: client[queue] as Row['calls'],
    running: client[running] as number,
    pending: client[pending] as number
  }
}

interface Symbols {
  queue: symbol | undefined
  running: symbol | undefined
  pending: symbol | undefined
}

/** By their class: all clients of a copy of undici have the same. */
const known = new WeakMap<object, Symbols>()

function symbolsOf(client: Fields): Symbols {
  const found = known.get(client.constructor)
  if (found) return found
  const symbols = {
    queue: symbolOf(client, 'queue'),
    running: symbolOf(client, 'running index'),
    pending: symbolOf(client, 'pending index')
  }
  known.set(client.constructor, symbols)
  return symbols
}
