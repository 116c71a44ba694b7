// What metrics tell of a service in a stretch of time: all its requests, and how long each of its resources was busy. Pure. The
// names are OpenTelemetry's (HTTP, Node.js runtime and process conventions) and those of our own agents' sums; a further
// source of a resource is a row in RESOURCES.

import type { ResourceSums } from '../../fleet/sums.js'
import type { Series } from '../metrics.js'

export interface Measured {
  instances: Set<string>
  requests: number
  failed: number
  seconds: number
  resources: ResourceSums[]
  /** Since when, for rates. */
  fromMs: number
}

const REQUESTS = 'http.server.request.duration'

type Busy = (series: Series, seconds: number, value: number) => { resource: string; busySeconds: number } | undefined

/** Metric → whose busy time it tells, from a step of `seconds` in which `value` was added (or, of a gauge, was the value). */
const RESOURCES: Record<string, Busy> = {
  'perfagent.resource.busy_time': ({ attributes }, _seconds, value) => ({
    resource: nameOf(attributes),
    busySeconds: value
  }),
  'nodejs.eventloop.utilization': (_series, seconds, value) => ({ resource: EVENT_LOOP, busySeconds: value * seconds }),
  'nodejs.eventloop.time': ({ attributes }, _seconds, value) =>
    attributes['nodejs.eventloop.state'] === 'active' ? { resource: EVENT_LOOP, busySeconds: value } : undefined,
  'process.cpu.time': (_series, _seconds, value) => ({ resource: CPU, busySeconds: value })
}
const EVENT_LOOP = 'event loop'
const CPU = 'CPU'
/** How many units an instance has, where its metrics do not say. Of the CPU that is not known: it has use, and no bound. */
const UNITS: Record<string, number> = { [EVENT_LOOP]: 1 }
const CAPACITY = 'perfagent.resource.capacity'

const nameOf = (attributes: Series['attributes']): string => String(attributes['perfagent.resource'] ?? 'resource')

export function measuredServices(all: Iterable<Series>, fromMs: number, toMs: number): Map<string, Measured> {
  const services = new Map<string, Measured>()
  const busy = new Map<string, { service: string; resource: string; busySeconds: number }>()
  const capacities = new Map<string, number>()
  for (const series of all) {
    const { service, instance } = series.origin
    const steps = series.steps.filter(step => step.fromMs >= fromMs && step.toMs <= toMs)
    if (steps.length === 0) continue
    if (series.name === CAPACITY) {
      const key = JSON.stringify([service, nameOf(series.attributes)])
      capacities.set(key, (capacities.get(key) ?? 0) + steps.at(-1)!.value)
      continue
    }
    const source = Object.hasOwn(RESOURCES, series.name) ? RESOURCES[series.name] : undefined
    if (series.name !== REQUESTS && !source) continue
    const sums = services.get(service) ?? newMeasured(toMs)
    services.set(service, sums)
    sums.instances.add(instance)
    for (const step of steps) {
      sums.fromMs = Math.min(sums.fromMs, step.fromMs)
      const seconds = (step.toMs - step.fromMs) / 1000
      if (series.name === REQUESTS) addRequests(sums, series, step)
      const used = source?.(series, seconds, step.value)
      if (!used) continue
      const key = JSON.stringify([service, used.resource])
      const found = busy.get(key) ?? { service, ...used, busySeconds: 0 }
      found.busySeconds += used.busySeconds
      busy.set(key, found)
    }
  }
  for (const [key, { service, resource, busySeconds }] of busy) {
    const sums = services.get(service)!
    const capacity = capacities.get(key) ?? (UNITS[resource] ?? 0) * sums.instances.size
    sums.resources.push({ resource, busySeconds, capacity })
  }
  return services
}

const newMeasured = (toMs: number): Measured => ({
  instances: new Set(),
  requests: 0,
  failed: 0,
  seconds: 0,
  resources: [],
  fromMs: toMs
})

function addRequests(sums: Measured, { attributes }: Series, { count, value }: { count: number; value: number }): void {
  sums.requests += count
  sums.seconds += value
  const failed = Number(attributes['http.response.status_code'] ?? 0) >= 500 || attributes['error.type'] !== undefined
  if (failed) sums.failed += count
}
