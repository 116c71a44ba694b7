// Counts what ends: requests, operations, pauses of the collector. Main thread, inside the application's stack (its callers are
// guarded). Nearly free: numbers are added to cells of shared memory that are found by way of objects kept from the last time.
// Prices: benchmarks/metrics.mjs.
//
// Kept true: what is remembered for speed is bounded, like the series themselves.

import type { Operation, Pause } from '../types.js'
import { clientValues, dbValues, errorTypeOf, routeValues, serverError, serverValues } from './attributes.js'
import { OWN, PARTS, timeByPart } from './parts.js'
import { recordOf, type SeriesRegistry } from './series.js'

const MS_PER_S = 1000
/** Routes, peers and callers whose series are found without a text of their attributes. */
const MAX_REMEMBERED = 2000
const MAX_METHODS = 20
const MAX_STATUS_CODES = 100

/** What is read of a request that has ended. */
export interface EndedRequest {
  facts: { method: string }
  route: string
  statusCode: number | null
  status: 'finished' | 'running' | 'aborted'
  start: number
  end: number
  thresholdMs: number
  operations: readonly Operation[] | undefined
  caller: string | undefined
}

export interface Recording {
  request(request: EndedRequest): void
  /** `method`: of a call by HTTP, where it is known without its text. */
  operation(operation: Operation, error: unknown, method?: string): void
  pause(pause: Pause): void
}

/** The series of a method and route. */
interface Route {
  method: string
  name: string
  /** By status code and whether it was aborted; the last one is the next one, most of the time. */
  durations: Map<number, Float64Array>
  lastKey: number
  last: Float64Array | undefined
  parts: (Float64Array | undefined)[]
  slow: Float64Array | undefined
}

/** The series of a peer: those of operations that went well, for HTTP by method and status code. */
interface Peer {
  system: string
  target: string
  well: Float64Array | undefined
  answers: Map<string, Map<number, Float64Array>>
  /** Of the last answer, which is the next one's too, most of the time. */
  lastMethod: string
  lastStatus: number
  last: Float64Array | undefined
}

export function createRecording(series: SeriesRegistry): Recording {
  const { histograms } = series
  const server = recordOf('serverDuration', histograms)
  const client = recordOf('clientDuration', histograms)
  const database = recordOf('dbDuration', histograms)
  const collector = recordOf('gcDuration', histograms)
  const methods = new Map<string, Map<string, Route>>()
  const databases = createPeers()
  const caches = createPeers()
  const callees = createPeers()
  const callers = new Map<string, [calls: Float64Array, time: Float64Array]>()
  let routes = 0
  let lastRoute: Route | undefined

  /** The one of the last request, often. */
  function routeOf(method: string, name: string): Route {
    if (lastRoute?.name !== name || lastRoute.method !== method) lastRoute = findRoute(method, name)
    return lastRoute
  }

  function findRoute(method: string, name: string): Route {
    const known = methods.get(method)
    const found = known?.get(name)
    if (found) return found
    const route: Route = {
      method,
      name,
      durations: new Map(),
      lastKey: -1,
      last: undefined,
      parts: new Array(PARTS.length),
      slow: undefined
    }
    if (routes >= MAX_REMEMBERED) return route
    routes++
    if (known) known.set(name, route)
    else methods.set(method, new Map([[name, route]]))
    return route
  }

  function durationCells(route: Route, statusCode: number | null, aborted: boolean): Float64Array {
    const key = (statusCode ?? 0) * 2 + (aborted ? 1 : 0)
    if (route.lastKey === key) return route.last!
    let cells = route.durations.get(key)
    if (!cells) {
      cells = series.cells('serverDuration', serverValues(route.method, route.name, statusCode, aborted))
      if (route.durations.size < MAX_STATUS_CODES) route.durations.set(key, cells)
    }
    route.lastKey = key
    route.last = cells
    return cells
  }

  function addParts(route: Route, { operations, start, end, status }: EndedRequest): void {
    const spent = timeByPart(operations, start, end, status)
    for (let i = 0; i < PARTS.length; i++) {
      if (spent[i] !== 0) addPart(route, i, spent[i]!)
    }
  }

  function addPart(route: Route, part: number, ms: number): void {
    route.parts[part] ??= series.cells('requestTime', [...routeValues(route.method, route.name), PARTS[part]])
    route.parts[part]![0]! += ms / MS_PER_S
  }

  function addCall(caller: string, seconds: number, errorType: string | undefined): void {
    const key = errorType === undefined ? caller : `${caller}\n${errorType}`
    let cells = callers.get(key)
    if (!cells) {
      const values = [caller, errorType]
      cells = [series.cells('calls', values), series.cells('callTime', values)]
      if (callers.size < MAX_REMEMBERED) callers.set(key, cells)
    }
    cells[0][0]! += 1
    cells[1][0]! += seconds
  }

  function databaseCells(operation: Operation, error: unknown): Float64Array {
    if (isError(error)) return series.cells('dbDuration', dbValues(operation, errorTypeOf(error)))
    const peer = operation.kind === 'db' ? databases(operation) : caches(operation)
    peer.well ??= series.cells('dbDuration', dbValues(operation, undefined))
    return peer.well
  }

  function clientCells(operation: Operation, error: unknown, method: string): Float64Array {
    if (isError(error)) return series.cells('clientDuration', clientValues(operation, errorTypeOf(error)))
    const { statusCode = 0 } = operation
    const peer = callees(operation)
    if (peer.lastStatus === statusCode && peer.lastMethod === method) return peer.last!
    const { answers } = peer
    let byStatus = answers.get(method)
    if (!byStatus) {
      byStatus = new Map()
      if (answers.size < MAX_METHODS) answers.set(method, byStatus)
    }
    let cells = byStatus.get(statusCode)
    if (!cells) {
      cells = series.cells('clientDuration', clientValues(operation, undefined))
      if (byStatus.size < MAX_STATUS_CODES) byStatus.set(statusCode, cells)
    }
    peer.lastMethod = method
    peer.lastStatus = statusCode
    peer.last = cells
    return cells
  }

  return {
    request(request) {
      const { statusCode, status, start, end, thresholdMs, caller } = request
      const aborted = status === 'aborted'
      const seconds = (end - start) / MS_PER_S
      const route = routeOf(request.facts.method, request.route)
      server(durationCells(route, statusCode, aborted), seconds)
      if (request.operations === undefined) addPart(route, OWN, end - start)
      else addParts(route, request)
      if (end - start >= thresholdMs) {
        route.slow ??= series.cells('slowRequests', routeValues(route.method, route.name))
        route.slow[0]! += 1
      }
      if (caller !== undefined) addCall(caller, seconds, serverError(statusCode, aborted))
    },

    operation(operation, error, method = methodIn(operation)) {
      const seconds = (operation.end - operation.start) / MS_PER_S
      switch (operation.kind) {
        case 'db':
        case 'cache':
          database(databaseCells(operation, error), seconds)
          break
        case 'http':
          client(clientCells(operation, error, method), seconds)
      }
    },

    pause({ kind, start, end }) {
      collector(series.cells('gcDuration', [kind]), (end - start) / MS_PER_S)
    }
  }
}

const isError = (error: unknown): boolean => error !== undefined && error !== null

/** To read a text that was put together of two copies it first, which is 600 instructions (Node 24). */
const methodIn = ({ kind, text = '' }: Operation): string => (kind === 'http' ? text.slice(0, text.indexOf(' ')) : '')

/** Peers of one kind: most services have one of each, so the last is the next one, where all kinds together take turns. */
function createPeers(): (operation: Operation) => Peer {
  const peers = new Map<string, Peer>()
  let last: Peer | undefined

  function find(system: string, target: string): Peer {
    const found = peers.get(target)
    if (found?.system === system) return found
    const peer: Peer = {
      system,
      target,
      well: undefined,
      answers: new Map(),
      lastMethod: '',
      lastStatus: -1,
      last: undefined
    }
    if (peers.size < MAX_REMEMBERED) peers.set(target, peer)
    return peer
  }

  return ({ system, target = '' }) => {
    if (last?.target !== target || last.system !== system) last = find(system, target)
    return last
  }
}
