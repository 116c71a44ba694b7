// The agent of a thread of the application: what is recorded (lib/recorded.ts), wired to the agent thread that explains it. It is published
// as a file of its own, dist/agent.js, which is loaded when the agent is needed (lib/needed.ts). To create it hooks the libraries and does
// no more; the agent thread starts when the first server listens (or, for a server that listened before, with the first slow request).
// There is one agent thread: the main thread starts it, worker threads join it.

import type { Worker } from 'node:worker_threads'
import { instrumentations } from '../instrumentations/index.js'
import { watchHandedServers } from './hook/cluster-servers.js'
import { mapsOf } from './hook/compiled.js'
import { createFuse, guard } from './hook/guard.js'
import { beforeLeaving, beforeWorkerIsEnded, beforeWorkerLeaves } from './hook/leave.js'
import { holdTick } from './hook/ticks.js'
import type { Series } from './metrics/series.js'
import { type Config, startLine } from './options/config.js'
import { createLive, type Live, type LiveSources } from './options/live.js'
import { isSent } from './options/signals.js'
import { log, setLogLevel } from './process/log.js'
import type { Outlet } from './record/recorder-types.js'
import { type Recorded, recordAll } from './recorded.js'
import type { ReportFilter, SlowRequestHook } from './types.js'
import { endWorker } from './worker/ends.js'
import { joinThread } from './worker/join.js'
import { createKept } from './worker/kept.js'
import { bequeath, type Meeting } from './worker/meeting.js'
import type { FromAgentThread, ToAgentThread } from './worker/messages.js'
import { createReportHooks } from './worker/report-hooks.js'
import { identify } from './worker/service.js'
import { createShared } from './worker/shared.js'
import { type AgentThread, startThread, type ThreadHost } from './worker/thread.js'

export { instrumentations } from '../instrumentations/index.js'
export { hookImports } from './hook/imports.js'

/** What `globalThis[Symbol.for('perfagent')]` holds: one in a thread, whatever copies of the package are loaded. */
export interface Agent extends Omit<Recorded, 'hearAllBut' | 'stopRecording'> {
  version: string
  onSlowRequest(hook: SlowRequestHook, running: boolean): () => void
  /** Starts the agent thread, or joins it. */
  launch(): void
  /** Changes live options. */
  configure(changes: unknown): void
  beforeReport(filter: ReportFilter): () => void
  flush(): Promise<void>
  stop(): Promise<void>
}

/** Asked for by a person, not by an exit: as long as one delivery may take. */
const FLUSH_MS = 10_000

export interface AgentOptions {
  version: string
  config: Config
  /** The application's main file, near which the service's name is looked for. */
  mainFile: () => string
  /** Undefined in a worker thread, whose options are the main thread's. */
  main: MainThread | undefined
  /** Takes back what was set up before the agent was needed. */
  takeBack(): void
}

export interface MainThread {
  /** Where the options come from. */
  sources: LiveSources
  meeting: Meeting
  /** With its options as they are now. */
  leaveToWorkers(): void
}

export function createAgent({ version, config, mainFile, main, takeBack }: AgentOptions): Agent {
  let thread: AgentThread | undefined
  let leaving = false
  let stopped = false
  let serviceName: string | undefined
  const shared = createShared()
  const kept = createKept(batch => thread?.send({ type: 'kept', batch }))
  const hooks = createReportHooks(message => thread?.send(message))
  const series: Series[] = []
  const startFuse = createFuse('starting')
  const handed = main && watchHandedServers()

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
  const { hearAllBut, stopRecording, ...recorded } = recordAll({
    config,
    shared,
    isMainThread: main !== undefined,
    serviceName() {
      serviceName ??= identify(config, mainFile()).service.name
      return serviceName
    },
    outlet,
    onListening: guard(startFuse, () => launch(setImmediate)),
    onSeries(added) {
      series.push(added)
      thread?.send({ type: 'series', series: [added], again: false })
    }
  })
  const { recorder, counting } = recorded
  const takeLast = guard(createFuse('telling what still runs'), recorder.takeLast)
  const undo: (() => void)[] = []

  const live: Live | undefined =
    main &&
    createLive(main.sources, changes => {
      apply(changes)
      main.leaveToWorkers()
      thread?.send({ type: 'configure', changes })
      if (live) thread?.send(inForce(live))
    })

  /**
   * The exit is watched at once: the turn in which work has begun may be the last. But for a server not before it has begun to listen: with
   * a listener of 'exit' registered earlier each request costs 3–4 µs more (Node 24; 18–20, not 15–16 µs), for a reason inside V8's optimiser.
   */
  function launch(when = (watch: () => void): unknown => watch()): void {
    if (thread || stopped) return
    holdTick()
    if (main) log('info', startLine(main.sources.reading))
    thread = startOrJoin({ onMessage: guard(createFuse('its thread'), onMessage), greetings })
    when(guard(startFuse, watchExit))
  }

  function startOrJoin(host: ThreadHost): AgentThread {
    if (!main) return joinThread(shared, host)
    return startThread(config, shared, mainFile(), main.meeting, host, counting !== undefined)
  }

  /** What a new thread is told first. It works off no batch of the last one, so the next batch may leave. */
  function greetings(again: boolean): ToAgentThread[] {
    kept.took()
    return [hooks.registered(), ...(live ? [inForce(live)] : []), { type: 'series', series, again }]
  }

  function watchExit(): void {
    if (!thread || stopped) return
    if (main) {
      undo.push(beforeLeaving(guard(createFuse('sending the rest'), leave), guard(createFuse('coming back'), comeBack)))
      const end = guard(createFuse('ending workers'), ({ threadId }: Worker) => endWorker(main.meeting.ends, threadId))
      undo.push(beforeWorkerIsEnded(end))
    } else undo.push(beforeWorkerLeaves(guard(createFuse('leaving'), leave)))
  }

  function leave(mostMs = Number.POSITIVE_INFINITY, isSure = false): void {
    leaving = true
    if (isSure) handed?.giveBack()
    kept.flush()
    const livesOn = mostMs < Number.POSITIVE_INFINITY
    const stillRunning = recorder.toldRunning()
    for (const timeline of (!livesOn && takeLast()) || []) thread?.send({ type: 'slow', timeline })
    thread?.exit(Math.min(config.exitMs, mostMs), livesOn, stillRunning)
  }

  function comeBack(): void {
    leaving = false
    thread?.comeBack?.()
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

  /** Has all take the changes over that keep something of the options; `config` has them already. */
  function apply(changes: Partial<Config>): void {
    setLogLevel(config.logLevel)
    if (changes.disable) hearAllBut(config.disable)
    recorder.reread()
  }

  function inForce(live: Live, problems: string[] = []): ToAgentThread {
    const names = instrumentations.map(({ name }) => name)
    return { type: 'inForce', inForce: { options: live.inForce(), instrumentations: names, problems } }
  }

  return {
    version,
    ...recorded,
    launch: guard(startFuse, () => launch()),
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
      if (main) bequeath(undefined)
      main?.meeting.stop()
      takeBack()
      handed?.stop()
      stopRecording()
      for (const step of undo) step()
      kept.flush()
      await thread?.stop(config.exitMs)
      thread = undefined
    }
  }
}
