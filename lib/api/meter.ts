// The API's meters: instruments of the application's own, which are told with perfagent's metrics at each collection. Main thread;
// what counts runs inside the application's stack, and its callbacks run only while metrics are collected.
//
// An instrument of the same scope, name, kind and unit is the same one. Those that were made before an SDK's provider registers
// stay here; what is made of their meters afterwards is the SDK's.

import type {
  BatchObservableCallback,
  Meter,
  MeterOptions,
  MeterProvider,
  MetricOptions,
  Observable,
  ObservableCallback,
  ObservableResult
} from '@opentelemetry/api'
import type { MetricSource } from '../metrics/counting.js'
import type { Reading } from '../metrics/reading.js'
import type { HistogramKind } from '../metrics/series.js'
import { cut } from '../process/cut.js'
import { log } from '../process/log.js'
import { harden, hardened } from './harden.js'
import { createStream, type Room, type Stream, type StreamFacts } from './stream.js'

const MAX_INSTRUMENTS = 1000
const MAX_CALLBACKS = 1000
const MAX_SCOPE_CHARS = 255
const NAME = /^[a-z][\w./-]{0,254}$/i
const NAMES = 'a letter, then letters, digits and _ . - /, 255 in all'
const MAX_UNIT_CHARS = 63
const MAX_DESCRIPTION_CHARS = 1024
/** ValueType.INT. */
const INT = 0
/** The specification's, for milliseconds. */
const BOUNDS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000]

type Scope = NonNullable<Reading['scope']>
type Kind = Reading['kind']
type Call = (...args: unknown[]) => unknown

export interface MeterHost {
  histograms: HistogramKind
  /** The provider that has been registered since; undefined while it is this one. */
  successor(): MeterProvider | undefined
  /** Something is measured for the first time. */
  onFirst(): void
}

export interface Meters extends MeterProvider {
  source: MetricSource
}

/** Calls what the application gave; what it observes later than `isOpen` belongs to no collection. */
type Observing = (isOpen: () => boolean) => unknown

export function createMeters({ histograms, successor, onFirst }: MeterHost): Meters {
  const streams = new Map<string, Stream>()
  const room: Room = { series: 0 }
  const streamsOf = new WeakMap<object, Stream>()
  const observed = new Set<Stream>()
  const callbacks = new Set<Observing>()
  let saidFull = false
  let saidUnnamed = false
  let collection = 0

  function streamFor(scope: Scope, kind: Kind, counted: boolean, name: unknown, options: unknown): Stream | undefined {
    if (typeof name !== 'string' || !NAME.test(name)) {
      if (!saidUnnamed) log('warn', `${nameOf(name)} is no name of an instrument, which counts nothing: ${NAMES}`)
      saidUnnamed = true
      return undefined
    }
    const facts = factsOf(scope, kind, counted, name, options, histograms)
    const key = JSON.stringify([scope.name, scope.version, name.toLowerCase(), kind, facts.unit, counted])
    const found = streams.get(key)
    if (found) return found
    if (streams.size >= MAX_INSTRUMENTS) {
      if (!saidFull) log('warn', `the application has over ${MAX_INSTRUMENTS} instruments: the others count nothing`)
      saidFull = true
      return undefined
    }
    const stream = createStream(facts, room, onFirst)
    streams.set(key, stream)
    return stream
  }

  /** False: there is no room. */
  function addCallback(observing: Observing): boolean {
    if (callbacks.size >= MAX_CALLBACKS) return false
    callbacks.add(observing)
    onFirst()
    return true
  }

  function createObservable(stream: Stream | undefined): Observable {
    const own = new Map<ObservableCallback, Observing>()
    const observable: Observable = {
      addCallback(callback) {
        if (!stream || typeof callback !== 'function' || own.has(callback)) return
        const observing: Observing = isOpen => {
          const observe: ObservableResult['observe'] = (value, attributes) => {
            if (isOpen()) stream.observe(value, attributes)
          }
          return callback(harden({ observe }, { observe() {} }))
        }
        if (addCallback(observing)) own.set(callback, observing)
      },
      removeCallback(callback) {
        const observing = own.get(callback)
        if (observing) callbacks.delete(observing)
        own.delete(callback)
      }
    }
    if (stream) {
      observed.add(stream)
      streamsOf.set(observable, stream)
    }
    return harden(observable, { addCallback() {}, removeCallback() {} })
  }

  /** Those of a batch, with the observables that each was given for. */
  const batches = new Map<BatchObservableCallback, Set<{ list: Observable[]; observing: Observing }>>()

  function addBatch(callback: BatchObservableCallback, observables: Observable[]): void {
    const list = [...observables]
    const allowed = new Set(list.flatMap(each => streamsOf.get(each) ?? []))
    if (typeof callback !== 'function' || allowed.size === 0) return
    const observing: Observing = isOpen => {
      const observe = (observable: Observable, value: number, attributes?: object): void => {
        const stream = streamsOf.get(observable)
        if (isOpen() && stream && allowed.has(stream)) stream.observe(value, attributes)
      }
      return callback(harden({ observe }, { observe() {} }) as never)
    }
    if (addCallback(observing)) batches.set(callback, (batches.get(callback) ?? new Set()).add({ list, observing }))
  }

  function removeBatch(callback: BatchObservableCallback, observables: Observable[]): void {
    for (const batch of batches.get(callback) ?? []) {
      const isSame = batch.list.length === observables.length && batch.list.every(each => observables.includes(each))
      if (!isSame) continue
      callbacks.delete(batch.observing)
      batches.get(callback)!.delete(batch)
    }
    if (batches.get(callback)?.size === 0) batches.delete(callback)
  }

  function createMeter(scope: Scope, options: MeterOptions | undefined): Meter {
    const synchronous = (kind: Kind, method: 'add' | 'record') => (name: string, told?: MetricOptions) => {
      const stream = streamFor(scope, kind, true, name, told)
      const record = (value: unknown, attributes?: unknown): void => stream?.record(value, attributes)
      return harden({ [method]: record }, { [method]() {} }) as never
    }
    const observable = (kind: Kind) => (name: string, told?: MetricOptions) =>
      createObservable(streamFor(scope, kind, false, name, told))

    const meter: Meter = {
      createCounter: synchronous('counter', 'add'),
      createUpDownCounter: synchronous('updown', 'add'),
      createHistogram: synchronous('histogram', 'record'),
      createGauge: synchronous('gauge', 'record'),
      createObservableCounter: observable('counter'),
      createObservableUpDownCounter: observable('updown'),
      createObservableGauge: observable('gauge'),
      addBatchObservableCallback: addBatch,
      removeBatchObservableCallback: removeBatch
    }
    for (const name of Object.keys(meter) as (keyof Meter)[]) {
      const ours = hardened<unknown, unknown[], unknown>(name, meter[name] as Call, () => inert(name))
      const call: Call = (...args) => {
        const theirs = successor()?.getMeter(scope.name, scope.version, options)
        return theirs ? (theirs[name] as Call).apply(theirs, args) : ours(...args)
      }
      Object.assign(meter, { [name]: call })
    }
    return meter
  }

  function getMeter(name: string, version?: string, options?: MeterOptions): Meter {
    return createMeter({ name: scopeText(name), version: scopeText(version) }, options)
  }

  return {
    getMeter: hardened('getMeter', getMeter, () => createMeter({ name: '', version: '' }, undefined)),
    source: {
      ask() {
        const asked = ++collection
        for (const stream of observed) stream.clear()
        return [...callbacks].map(observing => observe(observing, () => collection === asked)).filter(isPromise)
      },
      read() {
        collection++
        return [...streams.values()].map(stream => stream.reading()).filter(({ points }) => points.length > 0)
      }
    }
  }
}

const observe = hardened(
  'callback of an observable',
  (observing: Observing, isOpen: () => boolean) => observing(isOpen),
  () => undefined
)

const isPromise = (answer: unknown): answer is Promise<unknown> => answer instanceof Promise

const nameOf = (name: unknown): string => (typeof name === 'string' ? JSON.stringify(name.slice(0, 100)) : typeof name)

const scopeText = (text: unknown): string => cut(String(text ?? ''), MAX_SCOPE_CHARS)

function factsOf(
  scope: Scope,
  kind: Kind,
  counted: boolean,
  name: string,
  options: unknown,
  histograms: HistogramKind
): StreamFacts {
  const { unit, description, valueType, advice } = (options ?? {}) as MetricOptions
  const given = boundsOf(advice?.explicitBucketBoundaries)
  return {
    scope,
    kind,
    counted,
    name,
    unit: typeof unit === 'string' ? cut(unit, MAX_UNIT_CHARS) : '',
    description: typeof description === 'string' ? cut(description, MAX_DESCRIPTION_CHARS) : '',
    whole: valueType === INT,
    histogram: given ? 'explicit' : histograms,
    bounds: given ?? BOUNDS
  }
}

const MAX_BOUNDS = 200

/** Undefined: none were given, or they are none. */
function boundsOf(given: unknown): number[] | undefined {
  if (!Array.isArray(given) || !given.every(bound => Number.isFinite(bound))) return undefined
  return [...new Set<number>(given)].sort((a, b) => a - b).slice(0, MAX_BOUNDS)
}

/** An instrument that counts nothing; undefined for what makes none. */
const inert = (method: string): unknown =>
  method.startsWith('create') ? { add() {}, record() {}, addCallback() {}, removeCallback() {} } : undefined
