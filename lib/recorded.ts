// What a thread of the application records, and everybody who tells it something: the libraries, OpenTelemetry's API, and the application by
// our own. Main thread and workers. To begin hooks the libraries and does no more. Whether an agent thread runs is the business of
// lib/agent.ts: what happens here is told to an outlet.

import { type Channel, channel } from 'node:diagnostics_channel'
import { instrumentations } from '../instrumentations/index.js'
import { bridgeApi } from './api/index.js'
import { createFuse, guard } from './hook/guard.js'
import { createHearing, sayUnknown } from './hook/hear.js'
import type { Instrumentation } from './hook/instrumentation.js'
import type { Loaded } from './hook/load.js'
import { type RequestDoor, requestDoor } from './hook/requests.js'
import { factsOfWork } from './hook/work.js'
import { type Counting, createCounting } from './metrics/counting.js'
import { histogramsOf, type Series } from './metrics/series.js'
import { type Config, environment } from './options/config.js'
import { nodeFlags } from './options/node-flags.js'
import { isSent } from './options/signals.js'
import { log } from './process/log.js'
import { type Answers, createAnswers } from './record/answers.js'
import { type HeapWatch, heapLimitBytes, oldGenerationBytes, watchHeap } from './record/heap.js'
import { readPoolSizeBy } from './record/look-ups.js'
import { createPropagation } from './record/propagation.js'
import { createRecorder } from './record/recorder.js'
import type { Outlet, RequestRecorder } from './record/recorder-types.js'
import { createSampler } from './record/sampling.js'
import type { Shared } from './worker/shared.js'

export interface Recorded {
  recorder: RequestRecorder
  /** Absent where no metrics are sent. */
  counting: Counting | undefined
  answers: Answers
  /** Libraries that were found, at most MAX_LOADED. */
  loaded: Loaded[]
  /** Requests of the application's own making. */
  jobs: RequestDoor<Job>
  /** Begins an operation of the application's own; undefined outside a request. */
  begin(text: string): ((error?: unknown) => void) | undefined
  annotate(key: string, value: string | number | boolean): void
  /** From now on all instrumentations are heard but those with these names. */
  hearAllBut(disabled: string[]): void
  stopRecording(): void
}

/** Made for each: the object itself is the key by which the door knows the request. */
export interface Job {
  name: string
}

export interface RecordedOptions {
  config: Config
  shared: Shared
  isMainThread: boolean
  /** Asked with each call that names its caller. */
  serviceName(): string
  outlet: Outlet
  /** A server begins to listen, for the first time. */
  onListening(): void
  /** A series is counted from now on. */
  onSeries(series: Series): void
}

/** The bridge to OpenTelemetry's API, in PERFAGENT_DISABLE. */
const BRIDGE = 'opentelemetry'
/** Published by instrumentations/http when a server begins to listen. */
const LISTENING = 'perfagent:listening'

/** An application that loads a copy of a library for each tenant is no reason to keep them all. */
const MAX_LOADED = 200

export function recordAll(options: RecordedOptions): Recorded {
  const { config, shared, isMainThread, outlet } = options
  const propagation = createPropagation(config.propagators, options.serviceName)
  // The agent thread reads the main thread's alone.
  const counting =
    isMainThread && isSent(config, 'Metrics') ? createCounting(histogramsOf(config), options.onSeries) : undefined
  readPoolSizeBy(() => environment()['UV_THREADPOOL_SIZE'])
  const tracing = { propagation, sampler: createSampler(config) }
  const recorder = createRecorder(config, shared, tracing, outlet, heapOfThread(), counting)

  const loaded: Loaded[] = []
  const hearing = createHearing(instrumentations.filter(isWanted), recorder, noteLoaded)
  hearAllBut(config.disable)
  const undo = [hearing.stop]
  const jobs = requestDoor('perfagent.request', ({ name }: Job) => factsOfWork({ kind: 'job', name }))
  undo.push(jobs.open(recorder))
  undo.push(once(channel(LISTENING), options.onListening))
  if (!config.disable.includes(BRIDGE)) {
    const metrics = counting && { histograms: histogramsOf(config), addSource: counting.addSource }
    const { hears } = hearing
    undo.push(bridgeApi({ recorder, propagation, limits: config, metrics, isEnabled: hears, onWork: outlet.work }))
  }

  function isWanted({ name, logs, onDemand }: Instrumentation): boolean {
    if (logs && !config.logTraceIds.some(wanted => wanted === name || wanted === 'all')) return false
    return !onDemand || config.middleware
  }

  function noteLoaded(found: Loaded): void {
    log('debug', `${found.module} ${found.version} ${found.patched ? 'patched' : 'left as it is'}`)
    if (loaded.length < MAX_LOADED) loaded.push(found)
  }

  /** Names that nothing has are said by the main thread alone: workers have its options. */
  function hearAllBut(disabled: string[]): void {
    if (isMainThread) sayUnknown(disabled, [...instrumentations.map(({ name }) => name), BRIDGE])
    hearing.allBut(disabled)
  }

  const own = createFuse("the application's own operations")
  return {
    recorder,
    counting,
    answers: createAnswers(recorder),
    loaded,
    jobs,
    begin: guard(own, text => {
      const request = recorder.context.getStore()
      const begun = request && recorder.beginOperation(request, { kind: 'custom', system: 'custom', text })
      if (!begun || !recorder.isFollowed(begun)) return undefined
      return guard(own, (error?: unknown) => recorder.endOperation(begun, error, undefined))
    }),
    annotate: guard(own, (key, value) => recorder.context.getStore()?.annotate(key, value)),
    hearAllBut,
    stopRecording() {
      for (const step of undo) step()
      recorder.stop()
    }
  }
}

function heapOfThread(): HeapWatch {
  const fuse = createFuse('watching the heap')
  const flags = nodeFlags()
  return watchHeap(
    guard(fuse, () => heapLimitBytes(flags)),
    guard(fuse, oldGenerationBytes)
  )
}

function once(target: Channel, handler: () => void): () => void {
  const handleOnce = (): void => {
    target.unsubscribe(handleOnce)
    handler()
  }
  target.subscribe(handleOnce)
  return () => target.unsubscribe(handleOnce)
}
