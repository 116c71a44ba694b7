// What a pool and the event loop of the same process do to each other. Pure. Sockets whose number has a limit are a pool, too.
//
// A connection is held until the loop comes to its answer: the busier the loop, the fuller the pool, at the same work for the
// database. So that time is no demand of the pool's, and with the loop near its end the pool is full before the loop is: less is
// served than either of them alone would let through.
//
// How late the loop comes grows as in a queue, with ρ / (1 - ρ) of its utilisation ρ (Pollaczek and Khinchine, the service times
// unchanged).

import type { CallSums, ResourceSums, ServiceSums } from './sums.js'

/** What lets a process's turns run. */
export const LOOPS = ['event loop', 'CPU quota']
const isPool = ({ resource }: ResourceSums): boolean => resource.startsWith('pool')
/** Asked over connections of their own, for which nobody waits. */
const WITHOUT_POOL = ['service', 'http', 'redis', 'memcached']

/** Pool → unit-seconds in which its connections had their answers and waited for the loop. */
export function poolsLate(
  { service, resources, loopWaitSeconds = 0 }: ServiceSums,
  calls: CallSums[]
): Map<string, number> {
  const answers = calls
    .filter(({ from, system, sampled }) => from === service && !sampled && !WITHOUT_POOL.includes(system))
    .reduce((sum, { requests }) => sum + requests, 0)
  const pools = resources.filter(isPool)
  const all = pools.reduce((sum, { busySeconds }) => sum + busySeconds, 0)
  const lateShare = all > 0 ? Math.min(1, (answers * loopWaitSeconds) / all) : 0
  return new Map([
    ...pools.map(({ resource, busySeconds }) => [resource, busySeconds * lateShare] as const),
    // All of a socket's answers are those of the calls of its peer.
    ...resources.flatMap(({ resource, busySeconds, calls = 0 }) =>
      calls > 0 ? [[resource, Math.min(busySeconds, calls * loopWaitSeconds)] as const] : []
    )
  ])
}

const HALVINGS = 40

/** Requests a second at which the first of its pools is full, with the loop as late as it is then; Infinity: none ever is. */
export function boundWithPools(
  resources: ResourceSums[],
  late: ReadonlyMap<string, number>,
  requests: number,
  seconds: number
): number {
  const loop = Math.max(0, ...resources.filter(({ resource }) => LOOPS.includes(resource)).map(usedOf))
  const pools = resources.filter(pool => (late.get(pool.resource) ?? 0) > 0 && pool.capacity > 0)
  if (pools.length === 0 || loop <= 0 || loop >= 1) return Number.POSITIVE_INFINITY
  // Load as a multiple of the present one: at `most` the loop never comes.
  let [least, most] = [0, 1 / loop]
  for (let i = 0; i < HALVINGS; i++) {
    const times = (least + most) / 2
    if (pools.some(pool => fullAt(times, pool))) most = times
    else least = times
  }
  return (least * requests) / seconds

  function usedOf({ busySeconds, capacity }: ResourceSums): number {
    return capacity > 0 ? busySeconds / (capacity * seconds) : 0
  }

  function fullAt(times: number, { resource, busySeconds, capacity }: ResourceSums): boolean {
    const lateSeconds = late.get(resource)!
    const grown = (times * (1 - loop)) / (1 - times * loop)
    return times * (busySeconds - lateSeconds + lateSeconds * grown) >= capacity * seconds
  }
}
