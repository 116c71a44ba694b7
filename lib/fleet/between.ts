// Time that lies between two services: a caller waited, the one that it called was not at work, and neither's loop was late for so long.
// Pure. It is received like time of a service's own and handed on to nobody, so that of the whole it is known how much it is.

import type { Calls, Party } from './own-time.js'
import type { Between } from './sums.js'

/** Calls as both of their ends tell. */
export interface Way {
  from: string
  /** Whom the caller may have waited for at the addresses that it called. */
  among: string[]
  /** As the caller counted them, and saw them. */
  calls: number
  wholeSeconds: number
  /** As the one that was called did. */
  requests: number
  atWorkSeconds: number
  betweenSeconds: number
}

interface Ways {
  parties: Party[]
  calls: Calls[]
  /** Of a caller, the longest first. `own`: how much of the system's time is each party's. */
  between(from: string, own: ReadonlyMap<string, number>): Between[]
}

export function waysOf(seen: (Way & Calls)[]): Ways {
  const ways = new Map<string, (Way & Calls)[]>()
  for (const call of seen.filter(({ betweenSeconds }) => betweenSeconds > 0)) {
    const key = keyOf(call)
    ways.set(key, [...(ways.get(key) ?? []), call])
  }
  return {
    parties: [...ways.keys()].map(service => ({ service, entrySeconds: 0, waitedSeconds: 0 })),
    calls: [...ways].flatMap(([to, calls]) => calls.map(call => ({ ...call, to, seconds: call.betweenSeconds }))),
    between: (from, own) =>
      [...ways]
        .filter(([, [first]]) => first!.from === from)
        .map(([key, calls]) => betweenOf(calls, own.get(key) ?? 0))
        .sort((a, b) => b.seconds - a.seconds)
  }
}

/** No service has such a name. */
const keyOf = ({ from, among }: Way): string => `${[from, ...among].join('\n')}\n`

function betweenOf(calls: Way[], seconds: number): Between {
  const sum = (numberOf: (call: Way) => number): number => calls.reduce((all, call) => all + numberOf(call), 0)
  return {
    to: calls[0]!.among,
    seconds,
    waitedSeconds: sum(({ wholeSeconds }) => wholeSeconds) / sum(({ calls }) => calls),
    atWorkSeconds: sum(({ atWorkSeconds }) => atWorkSeconds) / sum(({ requests }) => requests)
  }
}
