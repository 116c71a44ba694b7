// The main thread's wiring: it alone knows everybody on this side. Loading it and creating the agent hooks the libraries and
// does no more; the agent thread starts when the first server listens (or, for a server that listened before, with the first
// slow request), so that command-line tools which inherit NODE_OPTIONS pay for nothing.

import { type Channel, channel } from 'node:diagnostics_channel'
import { instrumentations } from '../instrumentations/index.js'
import { bridgeApi } from './api/index.js'
import { type Config, environment, startLine } from './config.js'
import { createFuse, guard } from './hook/guard.js'
import { createHearing } from './hook/hear.js'
import { beforeLeaving } from './hook/leave.js'
import type { Loaded } from './hook/load.js'
import { type RequestDoor, requestDoor } from './hook/requests.js'
import { factsOfWork } from './hook/work.js'
import { createLive, type LiveSources } from './live.js'
import { log, setLogLevel } from './log.js'
import { type Counting, createCounting } from './metrics/counting.js'
import type { Series } from './metrics/series.js'
import { histogramsOf, sendsMetrics } from './metrics/wanted.js'
import { createLook, type Look } from './record/look.js'
import { createPropagation } from './record/propagation.js'
import { createRecorder, type Outlet, type RequestRecorder } from './record/recorder.js'
import { createSampler } from './record/sampling.js'
import type { Report } from './types.js'
import { createKept } from './worker/kept.js'
import type { ToAgentThread, ToMainThread } from './worker/messages.js'
import { identify } from './worker/service.js'
import { createShared } from './worker/shared.js'
import type { AgentThread } from './worker/thread.js'

export type SlowRequestHook = (report: Report) => unknown
/** Returning nothing keeps the report, with what was changed in it. */
export type ReportFilter = (report: Report) => Report | null | undefined

/** What `globalThis[Symbol.for('perfagent')]` holds: one in a process, whatever copies of the package are loaded. */
export interface Agent {
  version: string
  look: Look
  /** Libraries that were found, at most MAX_LOADED. */
  loaded: Loaded[]
  recorder: RequestRecorder
  /** Begins an operation of the application's own; undefined outside a request. */
  begin(text: string): ((error?: unknown) => void) | undefined
  /** Requests of the application's own making. */
  jobs: RequestDoor<Job>
  annotate(key: string, value: string | number | boolean): void
  /** Absent where no metrics are sent. */
  counting: Counting | undefined
  onSlowRequest(hook: SlowRequestHook, running: boolean): () => void
  /** Changes live options. */
  configure(changes: unknown): void
  beforeReport(filter: ReportFilter): () => void
  flush(): Promise<void>
  stop(): Promise<void>
}

/** Its identity is the request's. */
export interface Job {
  name: string
}

/** The bridge to OpenTelemetry's API, in PERFAGENT_DISABLE. */
const BRIDGE = 'opentelemetry'
/** Published by instrumentations/http when a server begins to listen. */
const LISTENING = 'perfagent:listening'
/** Asked for by a person, not by an exit: as long as one delivery may take. */
const FLUSH_MS = 10_000

/** An application that loads a copy of a library for each tenant is no reason to keep them all. */
const MAX_LOADED = 200

export function createAgent(sources: LiveSources, version: string): Agent {
  const { config } = sources.reading
  const shared = createShared()
  const kept = createKept(batch => thread?.send({ type: 'kept', batch }))
  const outlet: Outlet = {
    slow(timeline) {
      launch()
      thread!.send({ type: 'slow', timeline })
    },
    kept: sendsSpans(config)
      ? timeline => {
          launch()
          kept.push(timeline)
        }
      : undefined,
    work: launch
  }
  let serviceName: string | undefined
  const tracing = {
    // Asked for with the first call that leaves: it may read a package.json.
    propagation: createPropagation(config.propagators, () => {
      serviceName ??= identify(config, mainFile()).service.name
      return serviceName
    }),
    sampler: createSampler(config)
  }
  const series: Series[] = []
  const counting = sendsMetrics(config)
    ? createCounting(histogramsOf(config), added => {
        series.push(added)
        thread?.send({ type: 'series', series: [added], again: false })
      })
    : undefined
  const recorder = createRecorder(config, shared, tracing, outlet, counting)
  const own = createFuse("the application's own operations")
  const slowRequestHooks = new Set<{ hook: SlowRequestHook; running: boolean }>()
  const filters = new Set<ReportFilter>()
  const loaded: Loaded[] = []
  let thread: AgentThread | undefined
  let leaving = false
  let stopped = false

  const logs = (name: string): boolean => config.logTraceIds.some(wanted => wanted === name || wanted === 'all')
  const hearing = createHearing(
    instrumentations.filter(each => (!each.logs || logs(each.name)) && (!each.onDemand || config.middleware)),
    recorder,
    noteLoaded
  )
  nameUnknown(config.disable)
  hearing.allBut(config.disable)
  const undo = [hearing.stop]
  const jobs = requestDoor('perfagent.request', ({ name }: Job) => factsOfWork({ kind: 'job', name }))
  undo.push(jobs.open(recorder))
  undo.push(once(channel(LISTENING), guard(createFuse('starting'), launch)))
  if (!config.disable.includes(BRIDGE)) {
    const { propagation } = tracing
    const metrics = counting && { histograms: histogramsOf(config), addSource: counting.addSource }
    undo.push(bridgeApi({ recorder, propagation, limits: config, metrics, isEnabled: hearing.hears, onWork: launch }))
  }

  function noteLoaded(found: Loaded): void {
    log('debug', `${found.module} ${found.version} ${found.patched ? 'patched' : 'left as it is'}`)
    if (loaded.length < MAX_LOADED) loaded.push(found)
  }

  function launch(): void {
    if (thread || stopped) return
    log('info', startLine(sources.reading))
    // Loaded here, because most processes that inherit NODE_OPTIONS never come this far (2 ms of 30).
    const { startThread } = require('./worker/thread.js') as typeof import('./worker/thread.js')
    thread = startThread(config, shared, mainFile(), {
      onMessage: guard(createFuse('its thread'), onMessage),
      greetings
    })
    setImmediate(guard(createFuse('starting'), watchExit))
  }

  /**
   * Not before the server has begun to listen: with a listener of 'exit' registered earlier each request costs 3–4 µs more
   * (Node 24; 18–20 instead of 15–16 µs), for a reason inside V8's optimiser. The thread needs longer to start than this.
   */
  function watchExit(): void {
    if (thread) undo.push(beforeLeaving(guard(createFuse('sending the rest'), leave)))
  }

  const live = createLive(sources, changes => {
    setLogLevel(config.logLevel)
    if (changes.disable) {
      nameUnknown(config.disable)
      hearing.allBut(config.disable)
    }
    recorder.reread()
    thread?.send({ type: 'configure', changes })
    thread?.send(inForce())
  })
  const inForce = (problems: string[] = []): ToAgentThread => ({
    type: 'inForce',
    inForce: { options: live.inForce(), instrumentations: instrumentations.map(({ name }) => name), problems }
  })

  function leave(): void {
    leaving = true
    kept.flush()
    thread?.exit(config.exitMs)
  }

  /** A new thread has nothing left of what the last one was working off. */
  function greetings(again: boolean): ToAgentThread[] {
    kept.took()
    return [registeredHooks(), inForce(), { type: 'series', series, again }]
  }

  const registeredHooks = (): ToAgentThread => ({
    type: 'hooks',
    reports: slowRequestHooks.size > 0,
    decides: filters.size > 0
  })

  function onMessage(message: ToMainThread): void {
    if (message.type === 'report') tellHooks(message.report)
    if (message.type === 'decide') answer(message.report.id, decide(message.report))
    if (message.type === 'took') kept.took()
    if (message.type === 'tell') counting?.tell(told => thread?.send({ type: 'told', told }), leaving)
    if (message.type === 'configFile') live.fileIs(message.text)
    if (message.type === 'console') thread?.send(inForce(live.consoleIs(message.options)))
    if (message.type === 'look') thread?.send({ type: 'running', timelines: recorder.takeOverdue() })
  }

  /** A report into which a filter has put what cannot be cloned (a function, a socket) is dropped. */
  function answer(id: string, report: Report | null): void {
    try {
      thread?.send({ type: 'decided', id, report })
    } catch (error) {
      log('warn', `a beforeReport hook made a report that cannot be sent, so it was dropped: ${textOf(error)}`)
      thread?.send({ type: 'decided', id, report: null })
    }
  }

  function tellHooks(report: Report): void {
    for (const { hook, running } of slowRequestHooks) {
      if (report.status === 'running' && !running) continue
      const fail = (error: unknown): void => log('warn', `an onSlowRequest hook failed: ${textOf(error)}`)
      try {
        Promise.resolve(hook(report)).catch(fail)
      } catch (error) {
        fail(error)
      }
    }
  }

  /** A filter that throws drops the report: it may have been about to take a secret out. */
  function decide(report: Report): Report | null {
    let decided: Report | null = report
    for (const filter of filters) {
      try {
        const result = filter(decided)
        if (result === null) return null
        decided = result ?? decided
      } catch (error) {
        log('warn', `a beforeReport hook failed, so its report was dropped: ${textOf(error)}`)
        return null
      }
    }
    return decided
  }

  function register<Entry>(set: Set<Entry>, entry: Entry): () => void {
    set.add(entry)
    thread?.send(registeredHooks())
    return () => {
      set.delete(entry)
      thread?.send(registeredHooks())
    }
  }

  return {
    version,
    loaded,
    recorder,
    counting,
    look: createLook(recorder),
    jobs,
    begin: guard(own, text => {
      const request = recorder.context.getStore()
      const begun = request && recorder.beginOperation(request, { kind: 'custom', system: 'custom', text })
      return begun && guard(own, (error?: unknown) => recorder.endOperation(begun, error, undefined))
    }),
    annotate: guard(own, (key, value) => recorder.context.getStore()?.annotate(key, value)),
    onSlowRequest: (hook, running) => register(slowRequestHooks, { hook, running }),
    beforeReport: filter => register(filters, filter),
    configure: live.configure,
    async flush() {
      kept.flush()
      await thread?.flush(FLUSH_MS)
    },
    async stop() {
      stopped = true
      for (const step of undo) step()
      recorder.stop()
      kept.flush()
      await thread?.flush(config.exitMs)
      await thread?.stop()
      thread = undefined
    }
  }
}

function nameUnknown(disabled: string[]): void {
  const names = [...instrumentations.map(({ name }) => name), BRIDGE]
  for (const name of disabled.filter(name => !names.includes(name))) {
    log('warn', `no instrumentation is called ${name.slice(0, 100)}; there are ${names.join(', ')}`)
  }
}

function once(target: Channel, handler: () => void): () => void {
  const handleOnce = (): void => {
    target.unsubscribe(handleOnce)
    handler()
  }
  target.subscribe(handleOnce)
  return () => target.unsubscribe(handleOnce)
}

/** Who exports no spans pays nothing for those of requests that were not slow. */
const sendsSpans = ({ export: named, otlpEndpoint, otlpTracesEndpoint, tracesExporter }: Config): boolean => {
  const asked = named.includes('otlp') || tracesExporter.includes('otlp')
  if (named.includes('none') || (named.length > 0 && !asked)) return false
  return asked || (tracesExporter.length === 0 && (otlpEndpoint !== '' || otlpTracesEndpoint !== ''))
}

/** PM2 (7.0) starts a file of its own, in both its modes, which loads the application's. */
const PM2 = /[\\/]pm2[\\/]lib[\\/]ProcessContainer(?:Fork)?\.js$/

function mainFile(): string {
  const started = require.main?.filename ?? process.argv[1] ?? ''
  return PM2.test(started) ? (environment()['pm_exec_path'] ?? started) : started
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : typeof error)
