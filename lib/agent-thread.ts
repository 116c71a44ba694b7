// The agent thread: watches the application's threads, explains their slow requests, ships the reports. It alone knows
// everybody on its side. It does nothing while no request is in flight but look every IDLE_TICK_MS.
//
// Kept true: a report leaves within a second of its making; a failure here is a log line, never the application's.

import { randomUUID } from 'node:crypto'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { hangUp, pickUp } from './evidence/index.js'
import { createExport } from './export/index.js'
import type { Said } from './kernel/rendezvous.js'
import { openMemory } from './memory/file.js'
import { isSent } from './options/signals.js'
import type { Teller } from './otlp/span-kinds.js'
import { now } from './process/clock.js'
import { log, setLogLevel } from './process/log.js'
import type { InForce, Report, Thread, Timeline } from './types.js'
import { namedBy, toTrace } from './verdict/trace.js'
import { requestName, requestsTold } from './verdict/words.js'
import { signalExitDone, signalHungUp } from './worker/farewell.js'
import { createHandover } from './worker/handover.js'
import type { Joining, Leaving, ThreadData, ToAgentThread } from './worker/messages.js'
import { startMetrics } from './worker/metrics.js'
import { type ServedOptions, type ServedThread, serve } from './worker/served.js'
import { identify } from './worker/service.js'
import { addPending, giveUp, openShared } from './worker/shared.js'
import { comeUp } from './worker/start.js'
import { createUntold } from './worker/untold.js'
import { watchFile } from './worker/watch-file.js'
import { welcomeWorkers } from './worker/welcome.js'

/** A look costs 40 µs, nearly all of it for waking up: so not before the heartbeat can have been missed. */
const MIN_TICK_MS = 5
const IDLE_TICK_MS = 100
/** Of the time at the process's end: the rest is for sending. */
const EXPLAIN_SHARE = 0.6
/** Of what is left then. Workers are stopped next, and one that is just answering would run on for ever (lib/evidence/stops.ts). */
const QUIET_SHARE = 0.5

const { buffer, ends, start, config, mainFile, colors, mayInspect, poolSize, profiledBy, instance, port } =
  workerData as ThreadData & {
    port: MessagePort
  }

function main(): void {
  setLogLevel(config.logLevel)
  const shared = openShared(buffer)
  const { service, root, installed } = identify(config, mainFile, instance)
  const memory = openMemory(config.memoryFile, service.version, text => log('warn', text))
  let inForce: InForce | undefined
  const outlet = createExport({
    config,
    service,
    colors,
    log,
    settled: requests => pend(-requests),
    console: {
      state: () => inForce && { version: 1, service: { ...service, attributes: undefined }, ...inForce },
      wanted: options => mainThread.tell({ type: 'console', options })
    }
  })
  const handover = createHandover()
  const evidence = { ...config, mayInspect, poolSize, profiledBy, isOnly: () => workers.served.size === 0 }
  let exiting = false
  let leaving = Promise.resolve()
  let ticking: NodeJS.Timeout | undefined

  const common: Omit<ServedOptions, 'thread' | 'port' | 'shared'> = {
    evidence,
    inAllReports: { service, root, installed, config },
    untold: createUntold({ now, isExiting: () => exiting, count: more => giveUp(shared, more) }),
    pend,
    isExiting: () => exiting,
    onEnd: () => {},
    pass,
    send
  }
  if (!comeUp(start)) return
  const mainThread = serve({
    ...common,
    thread: undefined,
    port,
    shared,
    // `perfagent kernel` looks at the main thread.
    onEnd: timeline => handover.say(() => slow(timeline)),
    send(report, timeline, from) {
      send(report, timeline, from)
      handover.say(() => ({ type: 'report', start: timeline.start, end: timeline.end, report }))
    }
  })
  const workers = welcomeWorkers(ends, joined => {
    const worker = serve({ ...common, ...joined })
    joined.port.on('message', message => receive(worker, message))
    return worker
  })
  const threads = (): ServedThread[] => [mainThread, ...workers.served]
  const metrics = isSent(config, 'Metrics')
    ? startMetrics({
        config,
        shared,
        again: instance !== '',
        ask: () => mainThread.tell({ type: 'askMetrics' }),
        push: outlet.pushMetrics
      })
    : undefined

  port.on('message', message => receive(mainThread, message))
  void mainThread.starting.then(tick)
  if (config.configFile !== '') watchFile(config.configFile, text => mainThread.tell({ type: 'configFile', text }))
  process.on('workerMessage', (joining: Joining) => workers.join(joining))
  mainThread.tell({ type: 'up', instance: service.instance })

  function pend(count: number): void {
    addPending(shared, count)
  }

  function receive(from: ServedThread, message: ToAgentThread): void {
    if (from.handle(message)) return
    switch (message.type) {
      case 'kept':
        outlet.pushSpans(message.batch, tellerOf(from.thread))
        from.took(message.batch)
        break
      case 'series':
        metrics?.learn(message)
        break
      case 'metrics':
        metrics?.told(message.told)
        break
      case 'configure':
        Object.assign(config, message.changes)
        Object.assign(evidence, message.changes)
        setLogLevel(config.logLevel)
        for (const { starting } of threads()) void starting.then(gatherer => gatherer.configure(config))
        for (const worker of workers.served) worker.tell({ type: 'configured', changes: message.changes })
        break
      case 'inForce':
        inForce = message.inForce
        break
      case 'flush':
        void flush(message.ms, message.last).then(() => from.tell({ type: 'flushed', id: message.id }))
        break
      case 'exit':
        leaving = leaving.then(() => leave(message))
        break
      case 'stay':
        leaving = leaving.then(stay)
    }
  }

  const tellerOf = (thread: Thread | undefined): Teller => ({
    service,
    thread: thread ? `${thread.id} ${thread.name}` : '',
    traceOf: timeline => toTrace({ id: randomUUID(), timeline, service, root, config, thread }),
    named: operation => namedBy(config, operation)
  })

  function tick(): void {
    clearTimeout(ticking)
    const moment = now()
    const next = Math.min(...threads().map(thread => thread.tick(moment)))
    metrics?.tick(moment)
    ticking = setTimeout(tick, Math.min(IDLE_TICK_MS, Math.max(MIN_TICK_MS, next - moment)))
  }

  /** A worker's own hooks come first, then those of the main thread, which are there for the whole process. */
  async function pass(made: Report, from: ServedThread): Promise<Report | null> {
    made.news = memory.learn(requestName(made.request), made.verdict.cause)
    let report: Report | null = made
    for (const thread of new Set([from, mainThread])) {
      if (report && thread.hooks.decides) report = await thread.decide(report)
    }
    return report
  }

  function send(report: Report, { tracedElsewhere, isLast }: Timeline, from: ServedThread): void {
    outlet.push(report, { spans: tracedElsewhere !== true, tells: requestsTold({ ...report, isLast }) })
    metrics?.slow(report)
    for (const thread of new Set([from, mainThread])) if (thread.hooks.reports) thread.tell({ type: 'report', report })
  }

  async function flush(ms: number, last: boolean): Promise<void> {
    const deadline = now() + ms
    await explained(ms)
    await metrics?.collect()
    await outlet.flush(Math.max(0, deadline - now()))
    if (!last) return
    await hangUpWhenQuiet(ms * QUIET_SHARE)
    stopLooking()
    metrics?.stop()
    outlet.stop()
  }

  const explained = (ms: number): Promise<unknown> => Promise.all(threads().map(thread => thread.explained(ms)))

  /**
   * Before the process ends, or this thread alone: of a session that is still open Node would say so on the service's stderr, and
   * what this thread is told by one while its own inspector goes aborts the process (evidence/inspected-workers.ts).
   */
  async function hangUpWhenQuiet(quietMs: number): Promise<void> {
    await Promise.race([workers.quiet(), new Promise(resolve => setTimeout(resolve, quietMs))])
    hangUp()
  }

  function stopLooking(): void {
    clearTimeout(ticking)
    // Not awaited: evidence that is still starting waits for answers of a main thread that gives none any more.
    for (const { starting } of threads()) void starting.then(gatherer => gatherer.stop())
  }

  /** The process is to end. It may live on: so nothing is closed here that could not go on. */
  async function leave({ nth, deadline, livesOn }: Leaving): Promise<void> {
    exiting = true
    if (!livesOn) for (const thread of threads()) thread.passOn()
    const leftMs = (share = 1): number => Math.max(0, deadline - now()) * share
    for (const { starting } of threads()) void starting.then(gatherer => gatherer.hurry())
    await Promise.all(threads().map(thread => thread.gathered(leftMs(EXPLAIN_SHARE))))
    // Before whatever else needs a CPU: a starved machine may give us one late.
    await hangUpWhenQuiet(leftMs(QUIET_SHARE))
    signalHungUp(shared, nth)
    await explained(leftMs(EXPLAIN_SHARE))
    stopLooking()
    memory.save()
    handover.close()
    // Reports do not wait for metrics, for which the main thread is asked once more.
    await Promise.all([outlet.flush(leftMs()), metrics?.collect(true)])
    await outlet.flush(leftMs())
    outlet.leave()
    signalExitDone(shared, nth)
  }

  function stay(): void {
    exiting = false
    pickUp()
    mainThread.lookAnew()
    workers.lookAnew()
    void mainThread.starting.then(tick)
  }
}

const slow = ({ traceId, spanId, method, route, start }: Timeline): Said => ({
  type: 'slow',
  traceId,
  spanId,
  method,
  route,
  start
})

if (parentPort) main()
