// The wiring of a thread of the application: it alone knows everybody on this side. Loading it and creating the agent hooks the
// libraries and does no more; the agent thread starts when the first server listens (or, for a server that listened before, with
// the first slow request), so that command-line tools which inherit NODE_OPTIONS pay for nothing. There is one agent thread: the
// main thread starts it, worker threads join it.

import { type Channel, channel } from 'node:diagnostics_channel'
import type { Worker } from 'node:worker_threads'
import { instrumentations } from '../instrumentations/index.js'
import { bridgeApi } from './api/index.js'
import { keepCompiled, mapsOf } from './hook/compiled.js'
import { createFuse, guard } from './hook/guard.js'
import { createHearing, sayUnknown } from './hook/hear.js'
import { beforeLeaving, beforeWorkerIsEnded, beforeWorkerLeaves } from './hook/leave.js'
import type { Loaded } from './hook/load.js'
import { type RequestDoor, requestDoor } from './hook/requests.js'
import { holdTick } from './hook/ticks.js'
import { factsOfWork } from './hook/work.js'
import { type Counting, createCounting } from './metrics/counting.js'
import { histogramsOf, type Series } from './metrics/series.js'
import { type Config, environment, startLine } from './options/config.js'
import { createLive, type Live, type LiveSources } from './options/live.js'
import { nodeFlags } from './options/node-flags.js'
import { isSent } from './options/signals.js'
import { log, setLogLevel } from './process/log.js'
import { type Answers, createAnswers } from './record/answers.js'
import { heapLimitBytes, oldGenerationBytes, watchHeap } from './record/heap.js'
import { readPoolSizeBy } from './record/look-ups.js'
import { createPropagation } from './record/propagation.js'
import { createRecorder } from './record/recorder.js'
import type { Outlet, RequestRecorder } from './record/recorder-types.js'
import { createSampler } from './record/sampling.js'
import type { ReportFilter, SlowRequestHook } from './types.js'
import { endWorker } from './worker/ends.js'
import { joinThread } from './worker/join.js'
import { createKept } from './worker/kept.js'
import { awaitWorkers, bequeath } from './worker/meeting.js'
import type { FromAgentThread, ToAgentThread } from './worker/messages.js'
import { createReportHooks } from './worker/report-hooks.js'
import { applicationFile, identify } from './worker/service.js'
import { createShared } from './worker/shared.js'
import { type AgentThread, startThread, type ThreadHost } from './worker/thread.js'

/** What `globalThis[Symbol.for('perfagent')]` holds: one in a thread, whatever copies of the package are loaded. */
export interface Agent {
  version: string
  answers: Answers
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
/** Published by Node when a socket is made that will connect. */
const CONNECTS = 'net.client.socket'
/** Asked for by a person, not by an exit: as long as one delivery may take. */
const FLUSH_MS = 10_000

/** An application that loads a copy of a library for each tenant is no reason to keep them all. */
const MAX_LOADED = 200

export interface AgentOptions {
  version: string
  config: Config
  /** Where the options come from; undefined in a worker thread, whose options are the main thread's. */
  sources: LiveSources | undefined
  /** The application's, where the service's name is looked for. Asked for late: a preloaded agent is there before it. */
  mainFile?: () => string
}

export function createAgent({ version, config, sources, mainFile = applicationFile }: AgentOptions): Agent {
  const shared = createShared()
  const kept = createKept(batch => thread?.send({ type: 'kept', batch }))
  const outlet: Outlet = {
    slow(timeline) {
      launch()
      thread!.send({ type: 'slow', timeline })
    },
    kept: isSent(config, 'Traces')
      ? request => {
          launch()
          kept.push(request)
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
  // The agent thread reads the main thread's alone.
  const counting =
    sources && isSent(config, 'Metrics')
      ? createCounting(histogramsOf(config), added => {
          series.push(added)
          thread?.send({ type: 'series', series: [added], again: false })
        })
      : undefined
  const ofHeap = createFuse('watching the heap')
  const flags = nodeFlags()
  const heap = watchHeap(
    guard(ofHeap, () => heapLimitBytes(flags)),
    guard(ofHeap, oldGenerationBytes)
  )
  readPoolSizeBy(() => environment()['UV_THREADPOOL_SIZE'])
  const recorder = createRecorder(config, shared, tracing, outlet, heap, counting)
  const takeLast = guard(createFuse('telling what still runs'), recorder.takeLast)
  const own = createFuse("the application's own operations")
  const hooks = createReportHooks(message => thread?.send(message))
  const loaded: Loaded[] = []
  const ofStart = createFuse('starting')
  const launchForServer = guard(ofStart, () => launch(setImmediate))
  const meeting = sources && awaitWorkers(guard(ofStart, () => launch()))
  let thread: AgentThread | undefined
  let leaving = false
  let stopped = false

  const logs = (name: string): boolean => config.logTraceIds.some(wanted => wanted === name || wanted === 'all')
  const hearing = createHearing(
    instrumentations.filter(each => (!each.logs || logs(each.name)) && (!each.onDemand || config.middleware)),
    recorder,
    noteLoaded
  )
  hearAllBut(config.disable)
  const undo = [hearing.stop, keepCompiled()]
  const jobs = requestDoor('perfagent.request', ({ name }: Job) => factsOfWork({ kind: 'job', name }))
  undo.push(jobs.open(recorder))
  undo.push(once(channel(LISTENING), launchForServer))
  undo.push(once(channel(CONNECTS), guard(createFuse('holding a tick'), holdTick)))
  if (!config.disable.includes(BRIDGE)) {
    const { propagation } = tracing
    const metrics = counting && { histograms: histogramsOf(config), addSource: counting.addSource }
    undo.push(bridgeApi({ recorder, propagation, limits: config, metrics, isEnabled: hearing.hears, onWork: launch }))
  }

  /** Names that nothing has are said by the main thread alone: workers have its options. */
  function hearAllBut(disabled: string[]): void {
    if (sources) sayUnknown(disabled, [...instrumentations.map(({ name }) => name), BRIDGE])
    hearing.allBut(disabled)
  }

  function noteLoaded(found: Loaded): void {
    log('debug', `${found.module} ${found.version} ${found.patched ? 'patched' : 'left as it is'}`)
    if (loaded.length < MAX_LOADED) loaded.push(found)
  }

  /**
   * The exit is watched at once: the turn in which work has begun may be the last. But for a server not before it has begun to listen: with
   * a listener of 'exit' registered earlier each request costs 3–4 µs more (Node 24; 18–20, not 15–16 µs), for a reason inside V8's optimiser.
   */
  function launch(when = (watch: () => void): unknown => watch()): void {
    if (thread || stopped) return
    holdTick()
    if (sources) log('info', startLine(sources.reading))
    thread = startOrJoin({ onMessage: guard(createFuse('its thread'), onMessage), greetings })
    when(guard(ofStart, watchExit))
  }

  const startOrJoin = (host: ThreadHost): AgentThread =>
    meeting ? startThread(config, shared, mainFile(), meeting, host, counting !== undefined) : joinThread(shared, host)

  function watchExit(): void {
    if (!thread || stopped) return
    if (meeting) {
      undo.push(beforeLeaving(guard(createFuse('sending the rest'), leave), guard(createFuse('coming back'), comeBack)))
      const end = guard(createFuse('ending workers'), ({ threadId }: Worker) => endWorker(meeting.ends, threadId))
      undo.push(beforeWorkerIsEnded(end))
    } else undo.push(beforeWorkerLeaves(guard(createFuse('leaving'), leave)))
  }

  const live: Live | undefined =
    sources &&
    createLive(sources, changes => {
      apply(changes)
      leaveToWorkers()
      thread?.send({ type: 'configure', changes })
      if (live) thread?.send(inForce(live))
    })
  if (live) leaveToWorkers()

  /** `config` has them already. */
  function apply(changes: Partial<Config>): void {
    setLogLevel(config.logLevel)
    if (changes.disable) hearAllBut(config.disable)
    recorder.reread()
  }

  const inForce = (live: Live, problems: string[] = []): ToAgentThread => ({
    type: 'inForce',
    inForce: { options: live.inForce(), instrumentations: instrumentations.map(({ name }) => name), problems }
  })

  /** A copy: what cannot be copied would have each `new Worker` of the application throw. */
  function leaveToWorkers(): void {
    if (meeting)
      bequeath({ version, config: structuredClone(config), mainFile: mainFile(), agentThreadId: meeting.agentThreadId })
  }

  function leave(mostMs = Number.POSITIVE_INFINITY): void {
    leaving = true
    kept.flush()
    const livesOn = mostMs < Number.POSITIVE_INFINITY
    for (const timeline of (!livesOn && takeLast()) || []) thread?.send({ type: 'slow', timeline })
    thread?.exit(Math.min(config.exitMs, mostMs), livesOn)
  }

  function comeBack(): void {
    leaving = false
    thread?.comeBack?.()
  }

  /** A new thread has nothing left of what the last one was working off. */
  function greetings(again: boolean): ToAgentThread[] {
    kept.took()
    return [hooks.registered(), ...(live ? [inForce(live)] : []), { type: 'series', series, again }]
  }

  function onMessage(message: FromAgentThread): void {
    switch (message.type) {
      case 'report':
        hooks.tell(message.report)
        break
      case 'decide':
        hooks.decide(message.report)
        break
      case 'took':
        kept.took(message.room)
        break
      case 'askMetrics':
        counting?.tell(told => thread?.send({ type: 'metrics', told }), leaving)
        break
      case 'askMaps':
        thread?.send({ type: 'maps', maps: mapsOf(message.files) })
        break
      case 'askRunning':
        thread?.send({ type: 'running', timelines: recorder.takeOverdue() })
        break
      case 'configFile':
        live?.fileIs(message.text)
        break
      case 'console':
        if (live) thread?.send(inForce(live, live.consoleIs(message.options)))
        break
      case 'configured':
        Object.assign(config, message.changes)
        apply(message.changes)
    }
  }

  return {
    version,
    loaded,
    recorder,
    counting,
    answers: createAnswers(recorder),
    jobs,
    begin: guard(own, text => {
      const request = recorder.context.getStore()
      const begun = request && recorder.beginOperation(request, { kind: 'custom', system: 'custom', text })
      if (!begun || !recorder.isFollowed(begun)) return undefined
      return guard(own, (error?: unknown) => recorder.endOperation(begun, error, undefined))
    }),
    annotate: guard(own, (key, value) => recorder.context.getStore()?.annotate(key, value)),
    onSlowRequest: hooks.onSlowRequest,
    beforeReport: hooks.beforeReport,
    configure(changes) {
      if (live) live.configure(changes)
      else log('warn', 'options are changed in the main thread: configure did nothing in this worker thread')
    },
    async flush() {
      kept.flush()
      await thread?.flush(FLUSH_MS)
    },
    async stop() {
      stopped = true
      if (meeting) bequeath(undefined)
      meeting?.stop()
      for (const step of undo) step()
      recorder.stop()
      kept.flush()
      await thread?.stop(config.exitMs)
      thread = undefined
    }
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
