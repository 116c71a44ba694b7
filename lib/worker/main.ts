// The agent thread: watches the main thread, gathers evidence, explains slow requests, ships the reports. It alone knows
// everybody on its side. It does nothing while no request is in flight but look every IDLE_TICK_MS.
//
// Kept true: a report leaves within a second of its making; a failure here is a log line, never the application's.

import { randomUUID } from 'node:crypto'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { now } from '../clock.js'
import { readHolders } from '../evidence/holders.js'
import { type EvidenceGatherer, hangUp, startEvidence } from '../evidence/index.js'
import { createExport } from '../export/index.js'
import type { Said } from '../kernel/rendezvous.js'
import { log, setLogLevel } from '../log.js'
import { openMemory } from '../memory/file.js'
import { sendsMetrics } from '../metrics/wanted.js'
import type { InForce, Operation, Report, Timeline, Trace } from '../types.js'
import { toReport } from '../verdict/report.js'
import { toTrace } from '../verdict/trace.js'
import { requestName } from '../verdict/words.js'
import { weightOf } from './backlog.js'
import { type Batch, unpack } from './batch.js'
import { createHandover } from './handover.js'
import type { ThreadData, ToAgentThread, ToMainThread } from './messages.js'
import { startMetrics } from './metrics.js'
import { identify } from './service.js'
import { isBeating, openShared, readSlots, signal, signalExitDone, take } from './shared.js'
import { watchFile } from './watch-file.js'

/** A look costs 40 µs, nearly all of it for waking up: so not before the heartbeat can have been missed. */
const MIN_TICK_MS = 5
const IDLE_TICK_MS = 100
/** beforeReport hooks run on the main thread, which may be blocked; a report that nobody released does not leave. */
const DECIDE_MS = 60_000

const MAX_ENDED = 1000
/** Of the time at the process's end: the rest is for sending. */
const EXPLAIN_SHARE = 0.6

const { buffer, config, mainFile, colors, mayInspect, poolSize, port } = workerData as ThreadData & {
  port: MessagePort
}

function main(): void {
  setLogLevel(config.logLevel)
  const shared = openShared(buffer)
  const { service, root } = identify(config, mainFile)
  const memory = openMemory(config.memoryFile, service.version, text => log('warn', text))
  let inForce: InForce | undefined
  const outlet = createExport({
    config,
    service,
    colors,
    log,
    console: {
      state: () => inForce && { version: 1, service: { ...service, attributes: undefined }, ...inForce },
      wanted: options => tell({ type: 'console', options })
    }
  })
  // Not awaited here: the port's listener is what keeps this thread alive meanwhile.
  const starting = startEvidence({ ...config, mayInspect, poolSize }, shared)
  const handover = createHandover()
  const metrics = sendsMetrics(config)
    ? startMetrics({ config, shared, ask: () => tell({ type: 'tell' }), push: outlet.pushMetrics })
    : undefined
  const explaining = new Set<Promise<void>>()
  const undecided = new Map<string, (report: Report | null) => void>()
  const ended = new Set<number>()
  let hooks = { reports: false, decides: false }
  let unexplained = 0
  let saidUnexplained = false
  let looking = false
  let exiting = false
  let ticking: NodeJS.Timeout | undefined

  port.on('message', (message: ToAgentThread) => {
    switch (message.type) {
      case 'slow':
        void begin(message.timeline).then(() => take(shared, weightOf(message.timeline)))
        break
      case 'running':
        for (const timeline of message.timelines) void begin(timeline)
        break
      case 'kept':
        outlet.pushSpans(() => tracesOf(message.batch))
        tell({ type: 'took' })
        break
      case 'hooks':
        hooks = message
        break
      case 'decided':
        undecided.get(message.id)?.(message.report)
        break
      case 'series':
        metrics?.learn(message)
        break
      case 'told':
        metrics?.told(message.told)
        break
      case 'configure':
        Object.assign(config, message.changes)
        setLogLevel(config.logLevel)
        void starting.then(evidence => evidence.configure(config))
        break
      case 'inForce':
        inForce = message.inForce
        break
      case 'flush':
        void flush(message.ms).then(() => tell({ type: 'flushed', id: message.id }))
        break
      case 'exit':
        exiting = true
        void leave(message.ms)
    }
  })
  void starting.then(tick)
  if (config.configFile !== '') watchFile(config.configFile, text => tell({ type: 'configFile', text }))

  function* tracesOf(batch: Batch): Generator<Trace, void> {
    for (const timeline of unpack(batch)) yield toTrace({ id: randomUUID(), timeline, service, root, config })
  }

  function tick(evidence: EvidenceGatherer): void {
    const moment = now()
    const { oldest, overdue } = readSlots(shared, moment)
    const busy = isBeating(shared)
    const next = evidence.tick(moment, busy, oldest)
    metrics?.tick(moment)
    if (overdue && !looking && !exiting) void lookForRunning(evidence)
    ticking = setTimeout(tick, busy ? Math.max(MIN_TICK_MS, next - moment) : IDLE_TICK_MS, evidence)
  }

  async function lookForRunning(evidence: EvidenceGatherer): Promise<void> {
    looking = true
    const answer = await evidence.look('overdue()')
    if (answer) for (const timeline of JSON.parse(answer) as Timeline[]) void begin(revive(timeline))
    if (answer === undefined) tell({ type: 'look' })
    looking = false
  }

  /** A question that was answered late brings a request as running whose end has been told: that is no news. */
  async function begin(timeline: Timeline): Promise<void> {
    if (timeline.status === 'running' && ended.has(timeline.id)) return
    if (timeline.status !== 'running') noteEnd(timeline.id)
    else handover.say(() => slow(timeline))
    const work = explain(timeline).catch(error => noteUnexplained(timeline, error))
    explaining.add(work)
    await work
    explaining.delete(work)
  }

  /** Said once: what fails for one request fails for most. The next report that leaves tells how many were lost. */
  function noteUnexplained({ status, dropped }: Timeline, error: Error): void {
    if (!saidUnexplained) log('warn', `a slow request could not be explained: ${error.stack}`)
    saidUnexplained = true
    // One that still runs comes again at its end.
    if (status !== 'running') unexplained += 1 + dropped.reports
  }

  function noteEnd(id: number): void {
    ended.add(id)
    if (ended.size > MAX_ENDED) ended.delete(ended.values().next().value!)
  }

  async function explain(timeline: Timeline): Promise<void> {
    const seen = await (await starting).between(timeline.start, timeline.end)
    const made = toReport({ id: randomUUID(), timeline: readHolders(timeline), evidence: seen, service, root, config })
    made.news = memory.learn(requestName(made.request), made.verdict.cause)
    const report = hooks.decides ? await decide(made) : made
    if (!report) {
      unexplained += made.dropped.reports
      return
    }
    report.dropped.reports += unexplained
    outlet.push(report, { spans: timeline.tracedElsewhere !== true })
    unexplained = 0
    metrics?.slow(report)
    handover.say(() => ({ type: 'report', start: timeline.start, end: timeline.end, report }))
    if (hooks.reports) tell({ type: 'report', report })
  }

  function decide(report: Report): Promise<Report | null> {
    return new Promise(resolve => {
      const timer = setTimeout(() => undecided.get(report.id)?.(null), DECIDE_MS)
      undecided.set(report.id, decided => {
        clearTimeout(timer)
        undecided.delete(report.id)
        resolve(decided)
      })
      tell({ type: 'decide', report })
    })
  }

  async function flush(ms: number): Promise<void> {
    const deadline = now() + ms
    await explained(ms)
    await metrics?.collect()
    await outlet.flush(Math.max(0, deadline - now()))
  }

  async function explained(ms: number): Promise<void> {
    const deadline = now() + ms
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, ms)
    })
    while (explaining.size > 0 && now() < deadline) await Promise.race([Promise.all(explaining), late])
    clearTimeout(timer)
  }

  /** Hangs up before it sends: a session that is open when the process ends has Node say so on the service's stderr. */
  async function leave(ms: number): Promise<void> {
    const deadline = now() + ms
    void starting.then(evidence => evidence.hurry())
    await explained(ms * EXPLAIN_SHARE)
    clearTimeout(ticking)
    memory.save()
    handover.close()
    void starting.then(evidence => evidence.stop())
    // Also where the evidence was still starting: it waits for answers of a main thread that gives none any more.
    setImmediate(hangUp)
    metrics?.stop()
    // Reports do not wait for metrics, for which the main thread is asked once more.
    await Promise.all([outlet.flush(Math.max(0, deadline - now())), metrics?.collect(true)])
    await outlet.flush(Math.max(0, deadline - now()))
    outlet.stop()
    signalExitDone(shared)
  }

  function tell(message: ToMainThread): void {
    port.postMessage(message)
    if (exiting) signal(shared)
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

/** A look's answer comes as JSON, which knows no NaN and no undefined. */
function revive(timeline: Timeline): Timeline {
  const operations = timeline.operations.map(
    (operation): Operation => ({ ...operation, end: operation.end ?? Number.NaN })
  )
  return { ...timeline, operations }
}

if (parentPort) main()
