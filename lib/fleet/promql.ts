// An engine's answers to lib/fleet/questions.ts as sums. Pure.

import { type Counted, type Measured, measuredCalls, NOTHING_SHOWN, withCalls, withOwnTime } from './measured.js'
import { type NameUse, oneName } from './one-name.js'
import { ADDRESS, CALLER, CAUSE, DATABASE, INSTANCE, MAIN, PART, type QueryName, RESOURCE, ROUTE } from './questions.js'
import type { ServiceSums, Sums } from './sums.js'
import { atLeast } from './way.js'

/** One row of an instant query's answer. */
export interface Row {
  labels: Record<string, string>
  value: number
}

export type Results = Record<QueryName, Row[]>

const MS_PER_S = 1000

/** Of the stretch that was asked for, or of the end of it in which there were services. */
export function sumsOf(results: Results, by: string, askedFromMs: number, toMs: number): Sums {
  const rows = new Map(Object.entries(results).map(([name, rows]) => [name, byService(rows, by)]))
  const rowsOf = (name: QueryName, service: string): Row[] => rows.get(name)?.get(service) ?? []
  const one = (name: QueryName, service: string): number | undefined => rowsOf(name, service)[0]?.value
  const byLabel = (name: QueryName, service: string, ...names: string[]): Record<string, number> =>
    Object.fromEntries(rowsOf(name, service).map(({ labels, value }) => [keyOf(labels, names), value]))

  const names = results.requests.flatMap(({ labels, value }) => (labels[by] && value > 0 ? [labels[by]] : []))
  const measured = new Map(names.map(service => [service, measuredOf(service)]))
  const calls = measuredCalls(measured, NOTHING_SHOWN)
  const fromMs = Math.max(askedFromMs, toMs - coveredMs())
  return {
    fromMs,
    toMs,
    services: withOwnTime(names.map(serviceSums), calls, measured, NOTHING_SHOWN, (toMs - fromMs) / MS_PER_S),
    calls
  }

  /** Who tells nothing of its instances, or has none any more, may have been there all the time. */
  function coveredMs(): number {
    const isTold = names.every(service => one('instances', service) !== undefined)
    return isTold ? (results.covered[0]?.value ?? Number.POSITIVE_INFINITY) * MS_PER_S : Number.POSITIVE_INFINITY
  }

  function measuredOf(service: string): Measured {
    const parts = byLabel('parts', service, PART)
    const counted = (
      [count, failed, seconds]: readonly [QueryName, QueryName, QueryName],
      ...names: string[]
    ): [string, Counted][] => {
      const [allFailed, allSeconds] = [byLabel(failed, service, ...names), byLabel(seconds, service, ...names)]
      return Object.entries(byLabel(count, service, ...names)).map(([key, count]) => {
        const sums = { count, failed: allFailed[key] ?? 0, seconds: allSeconds[key] ?? 0 }
        return [key, { ...sums, p50Ms: undefined, p99Ms: undefined }]
      })
    }
    const callers = counted(['calls', 'failedCalls', 'callSeconds'], CALLER)
    const called = counted(['made', 'failedMade', 'madeSeconds'], ...ADDRESS)
    const fastest = byLabel('fastest', service, ...ADDRESS)
    const databases = counted(['queried', 'failedQueried', 'queriedSeconds'], DATABASE)
    return {
      waitedSeconds: results.parts.length > 0 ? (parts['http'] ?? 0) : undefined,
      callers: new Map(callers.filter(([from]) => names.includes(from))),
      peers: new Map([
        ...called.map(
          ([to, counts]) => [to, { ...counts, system: 'http', fastestSeconds: atLeast(fastest[to] ?? 0) }] as const
        ),
        ...databases.map(([to, counts]) => [to, { ...counts, system: to }] as const)
      ]),
      loopWaitSeconds: one('loopWait', service)
    }
  }

  function toldOf(service: string): NameUse {
    const most = new Map(
      rowsOf('reachedMost', service).map(({ labels }) => [labels[ROUTE], keyOf(labels, [...INSTANCE])])
    )
    const reaches = Object.entries(byLabel('reach', service, ROUTE))
    return {
      mains: new Map(Object.entries(byLabel('mains', service, MAIN))),
      routes: reaches.map(([route, reachShare]) => ({ route, reachShare, instance: most.get(route) ?? '' }))
    }
  }

  function serviceSums(service: string): ServiceSums {
    const requests = one('requests', service)!
    const seconds = one('seconds', service) ?? 0
    const received = [...measured.get(service)!.callers.values()].reduce((sum, { count }) => sum + count, 0)
    const instances = one('instances', service) ?? 0
    const capacity = byLabel('capacity', service, RESOURCE)
    const busiest = byLabel('busiest', service, RESOURCE)
    const cpu = one('cpu', service)
    return {
      service,
      oneName: oneName(service, toldOf(service), calls),
      instances,
      requests,
      failed: one('failed', service) ?? 0,
      seconds,
      ownSeconds: seconds,
      entryRequests: Math.max(0, requests - received),
      p50Ms: toMsOf(one('p50', service)),
      p99Ms: toMsOf(one('p99', service)),
      slowOnly: false,
      byCause: byLabel('causes', service, CAUSE),
      slow: { requests: one('slow', service) ?? 0, reports: one('reports', service) ?? 0 },
      resources: [
        ...rowsOf('busy', service).map(({ labels, value }) => {
          const resource = labels[RESOURCE] ?? ''
          const units = capacity[resource] ?? 0
          // Instances of a service are alike: each has as many units.
          const fullestSeconds = units > 0 ? ((busiest[resource] ?? 0) * instances) / units : undefined
          const most = Math.max(fullestSeconds ?? 0, value / units)
          const peakShare = units > 0 ? (most * MS_PER_S) / (toMs - fromMs) : undefined
          const told = { resource, busySeconds: value, capacity: units, fullestSeconds, peakShare }
          return withCalls(told, measured.get(service)!)
        }),
        // Nobody says how many cores a process may use: it has use, and no bound.
        ...(cpu === undefined ? [] : [{ resource: 'CPU', busySeconds: cpu, capacity: 0 }])
      ],
      loopWaitSeconds: measured.get(service)!.loopWaitSeconds,
      waited: []
    }
  }
}

function byService(rows: Row[], by: string): Map<string, Row[]> {
  const services = new Map<string, Row[]>()
  for (const row of rows) {
    const service = row.labels[by]
    if (service === undefined || !Number.isFinite(row.value)) continue
    const own = services.get(service)
    if (own) own.push(row)
    else services.set(service, [row])
  }
  return services
}

/** `orders:8080`, `postgresql`, `web`: what is not told is left out. */
const keyOf = (labels: Record<string, string>, names: string[]): string =>
  names.flatMap(name => labels[name] || []).join(':')

const toMsOf = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * MS_PER_S
