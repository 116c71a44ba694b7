// How much of the system's time is each service's own, out of sums. Pure.
//
// Time is handed down: what came from outside is received by the entries; a service keeps of what it received the part in which it
// waited for no other service, and hands the rest to those that it called, in proportion to how long it waited for each. So what
// a request waited in front of a busy process, which that process has not measured, is that process's; what several calls at
// once took is counted once; and all parts add up to what came in.

export interface Party {
  service: string
  /** Durations of its requests that came from outside the system, as it measured them. */
  entrySeconds: number
  /** Its requests' time in which a call to a service of the system was outstanding. */
  waitedSeconds: number
}

export interface Calls {
  from: string
  to: string
  /** Durations of the calls, as the caller measured them; where it does not tell, as the one that was called did. */
  seconds: number
  /** The part in which the caller waited for them and for none that ended later: 1 when nothing runs beside them. */
  criticalShare: number
}

/** Service → seconds. Time goes round in a circle of calls at most that often. */
const MAX_STEPS = 200
const LEAST_SHARE = 1e-9

export function ownTime(parties: Party[], calls: Calls[]): Map<string, number> {
  const observed = new Map(parties.map(({ service, entrySeconds }) => [service, entrySeconds]))
  for (const { to, seconds } of calls) observed.set(to, (observed.get(to) ?? 0) + seconds)
  const handing = parties.map(({ service, waitedSeconds }) => {
    const to = calls.filter(({ from, seconds, criticalShare }) => from === service && seconds * criticalShare > 0)
    const all = to.reduce((sum, { seconds, criticalShare }) => sum + seconds * criticalShare, 0)
    const total = observed.get(service) ?? 0
    return {
      service,
      handedShare: all > 0 && total > 0 ? Math.min(1, waitedSeconds / total) : 0,
      shares: to.map(({ to, seconds, criticalShare }) => ({ to, share: (seconds * criticalShare) / all }))
    }
  })

  const own = new Map<string, number>(parties.map(({ service }) => [service, 0]))
  let received = new Map(parties.map(({ service, entrySeconds }) => [service, entrySeconds]))
  const least = LEAST_SHARE * parties.reduce((sum, { entrySeconds }) => sum + entrySeconds, 0)
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = new Map<string, number>()
    let handed = 0
    for (const { service, handedShare, shares } of handing) {
      const seconds = received.get(service) ?? 0
      own.set(service, own.get(service)! + seconds * (1 - handedShare))
      for (const { to, share } of shares) next.set(to, (next.get(to) ?? 0) + seconds * handedShare * share)
      handed += seconds * handedShare
    }
    if (handed <= least) break
    received = next
  }
  return own
}
