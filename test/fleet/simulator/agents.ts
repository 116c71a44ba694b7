// What the agents of a simulated system send: the sums of lib/metrics/table.ts, collected at intervals, and the spans of a share of
// the traces. Only what an agent sees of its own process goes into them.

import type { Origin, Plain, SpanRow } from '../../../lib/console/rows.js'
import type { Store } from '../../../lib/console/store.js'
import { METRICS } from '../../../lib/metrics/table.js'
import { type Operation, poolName, type Served, type Watcher } from './engine.js'
import type { System } from './system.js'

const PORT = '8080'

interface Sum {
  name: string
  attributes: Record<string, Plain>
  value: number
  count: number
}

export interface Agents extends Watcher {
  /** All that they have to send, as of a stretch of time. */
  send(store: Store, fromMs: number, toMs: number): void
}

type Sums = Map<string, Sum>

export function agentsOf({ services }: System): Agents {
  const agents = new Map(
    services.map(({ name, instances }) => [name, Array.from({ length: instances }, (_, i) => agentOf(name, i))])
  )
  const sampled: Served[] = []

  return {
    served(request) {
      const { service, instance, caller, start, end, failed, operations } = request
      if (caller === undefined && request.sampled) sampled.push(request)
      const add = agents.get(service)![instance]!.add
      const outcome: Record<string, Plain> = failed ? { 'error.type': '500' } : {}
      add(METRICS.serverDuration, `${failed}`, { ...ROUTE, ...outcome }, end - start, 1)
      if (caller !== undefined) {
        add(METRICS.calls, `${caller} ${failed}`, { 'perfagent.caller': caller, ...outcome }, 1000)
        add(METRICS.callTime, `${caller} ${failed}`, { 'perfagent.caller': caller, ...outcome }, end - start)
      }
      addParts(request, (part, ms) => add(METRICS.requestTime, part, { ...ROUTE, 'perfagent.part': part }, ms))
      for (const { kind, target, start: from, end: to } of operations) {
        if (kind === 'http') add(METRICS.clientDuration, target, peerOf(target), to - from, 1)
        if (kind === 'db') add(METRICS.dbDuration, target, databaseOf(target), to - from, 1)
      }
    },
    ran(service, instance, wallMs, cpuMs) {
      const { ran } = agents.get(service)![instance]!
      ran.wallMs += wallMs
      ran.cpuMs += cpuMs
    },
    held(service, instance, ms) {
      agents.get(service)![instance]!.ran.heldMs += ms
    },
    delayed(service, instance, ms) {
      const { delays } = agents.get(service)![instance]!
      delays.push(ms)
    },
    send(store, fromMs, toMs) {
      for (const { name: service, quotaCores, poolSize } of services) {
        for (const { origin, sums, delays, ran } of agents.get(service)!) {
          const time = { origin, startMs: fromMs, atMs: toMs }
          const delta = (
            { name }: { name: string },
            attributes: Record<string, Plain>,
            value: number,
            count = 0
          ): void => store.addMetric({ ...time, name, attributes, value, count, kind: 'delta' })
          const gauge = ({ name }: { name: string }, attributes: Record<string, Plain>, value: number): void =>
            store.addMetric({ ...time, name, attributes, value, count: 0, kind: 'gauge' })
          const resource = (name: string, busyMs: number, capacity: number): void => {
            delta(METRICS.busyTime, { 'perfagent.resource': name }, busyMs / 1000)
            gauge(METRICS.capacity, { 'perfagent.resource': name }, capacity)
          }
          for (const { name, attributes, value, count } of sums.values()) delta({ name }, attributes, value, count)
          resource('event loop', ran.wallMs, 1)
          if (quotaCores < Infinity) resource('CPU quota', ran.cpuMs, quotaCores)
          if (ran.heldMs > 0) resource(`pool ${poolName(service)}`, ran.heldMs, poolSize)
          delta(METRICS.cpuTime, { 'cpu.mode': 'user' }, ran.cpuMs / 1000)
          const delayMs = delays.reduce((sum, ms) => sum + ms, 0) / delays.length
          if (delays.length > 0) gauge(METRICS.loopWait, {}, delayMs / 1000)
        }
      }
      for (const [i, entry] of sampled.entries()) sendSpans(store, entry, fromMs, i)
    }
  }
}

function agentOf(service: string, instance: number) {
  const sums: Sums = new Map()
  return {
    origin: originOf(service, instance),
    sums,
    delays: [] as number[],
    ran: { wallMs: 0, cpuMs: 0, heldMs: 0 },
    add({ name }: { name: string }, key: string, attributes: Record<string, Plain>, ms: number, count = 0): void {
      const whole = `${name} ${key}`
      let sum = sums.get(whole)
      if (!sum) {
        sum = { name, attributes, value: 0, count: 0 }
        sums.set(whole, sum)
      }
      sum.value += ms / 1000
      sum.count += count
    }
  }
}

const ROUTE = { 'http.request.method': 'GET', 'http.route': '/' }

const peerOf = (target: string): Record<string, Plain> => {
  return { 'http.request.method': 'GET', 'server.address': target, 'server.port': PORT }
}

function databaseOf(target: string): Record<string, Plain> {
  const [, host = '', port = '', namespace = ''] = /^(.*):(\d+)\/(.*)$/.exec(target) ?? []
  return { 'db.system.name': 'postgresql', 'db.namespace': namespace, 'server.address': host, 'server.port': port }
}

const originOf = (service: string, instance: number): Origin => {
  return { service, version: '1', instance: `${service}-${instance}`, ours: true }
}

/** An instant belongs to the operation that ends last of those outstanding. */
function addParts({ start, end, operations }: Served, add: (part: string, ms: number) => void): void {
  let until = end
  let own = end - start
  for (const { kind, start: from, end: to } of operations.toSorted((a, b) => b.end - a.end)) {
    const ms = Math.min(to, until) - from
    if (ms <= 0) continue
    add(kind, ms)
    own -= ms
    until = from
  }
  add('own', own)
}

function sendSpans(store: Store, entry: Served, baseMs: number, trace: number): void {
  const traceId = `${trace}`
  let spans = 0
  const send = (served: Served, parentSpanId: string): void => {
    const spanId = `${++spans}`
    const { service, instance, start, end, failed, operations } = served
    const base = { traceId, origin: originOf(service, instance), attributes: {} }
    const time = { startMs: baseMs + start, endMs: baseMs + end }
    store.addSpan({ ...base, ...time, spanId, parentSpanId, name: 'GET /', kind: 'server', failed })
    for (const operation of operations) {
      const row = spanOf(operation, base, `${++spans}`, spanId, baseMs)
      store.addSpan(row)
      if (operation.served) send(operation.served, row.spanId)
    }
  }
  send(entry, '')
}

const ATTRIBUTES: Record<Operation['kind'], (target: string) => Record<string, Plain>> = {
  http: target => ({ 'server.address': target, 'server.port': PORT }),
  db: () => ({ 'db.system.name': 'postgresql' }),
  cache: () => ({ 'db.system.name': 'redis' }),
  pool: () => ({})
}

function spanOf(
  { kind, target, start, end, failed }: Operation,
  base: Pick<SpanRow, 'traceId' | 'origin'>,
  spanId: string,
  parentSpanId: string,
  baseMs: number
): SpanRow {
  return {
    ...base,
    spanId,
    parentSpanId,
    name: kind,
    kind: kind === 'pool' ? 'internal' : 'client',
    startMs: baseMs + start,
    endMs: baseMs + end,
    failed,
    attributes: ATTRIBUTES[kind](target)
  }
}
