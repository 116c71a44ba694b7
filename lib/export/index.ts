// How reports leave: which exporters there are, which of them are used, one queue for each of their destinations. Agent
// thread. A new exporter is a file here and a line in EXPORTERS.

import { performance } from 'node:perf_hooks'
import type { Batch } from '../batch/format.js'
import type { TemporalReading } from '../metrics/temporality.js'
import type { Config } from '../options/config.js'
import type { Teller } from '../otlp/span-kinds.js'
import type { Report, Service } from '../types.js'
import { requestsTold } from '../verdict/words.js'
import { alerts } from './alert.js'
import { type ConsoleHost, createConsoleLink } from './ask-console.js'
import type { Destination, Exporter, Io } from './exporter.js'
import { file } from './file.js'
import { http } from './http.js'
import { otlp } from './otlp.js'
import { hold, letGo, type Packed, pack, packMetrics } from './packed.js'
import { type Counts, createQueue, type Queue } from './queue.js'
import { createSpool } from './spool.js'
import { stdout } from './stdout.js'

const EXPORTERS: Exporter[] = [otlp, http, file, stdout]

const MAX_LINES = 2
const LINES_MS = 60_000

export interface Export {
  /** `spans` false: others send those. `tells`: slow requests of which it alone tells. */
  push(report: Report, leaves?: { spans: boolean; tells: number }): void
  /** Of requests that were not slow. */
  pushSpans(batch: Batch, teller: Teller): void
  pushMetrics(readings: TemporalReading[]): void
  /** Resolves in that time, whatever happens. */
  flush(ms: number): Promise<void>
  /** The process may end now, without `stop`. */
  leave(): void
  stop(): void
  /** By destination. */
  counts(): Record<string, Counts>
}

export interface ExportOptions {
  config: Config
  service: Service
  /** Whether stdout shows colours. */
  colors: boolean
  log: Io['log']
  /** Of so many slow requests all destinations have been told, or will be by who reads the spool, or have refused to be. */
  settled?(requests: number): void
  /** Absent: no console is asked anything. */
  console?: ConsoleHost
}

export function createExport({ config, service, colors, log, settled = () => {}, console }: ExportOptions): Export {
  const io: Io = {
    now: () => performance.now(),
    epochMs: Date.now,
    random: Math.random,
    after(ms, call) {
      const timer = setTimeout(call, ms)
      return () => clearTimeout(timer)
    },
    log,
    colors
  }
  const link = console && createConsoleLink({ control: config.consoleControl, io, host: console })
  if (link) io.foundConsole = link.found
  const say = limited(io)
  const { spoolDir, spoolMaxBytes } = config
  const spool = spoolDir === '' ? undefined : createSpool({ folder: spoolDir, maxBytes: spoolMaxBytes, io })
  const queueOf = (destination: Destination): Queue =>
    createQueue({
      destination,
      maxBytes: config.queueMaxBytes,
      deadlineMs: destination.deadlineMs ?? config.otlpTimeoutMs,
      io,
      say,
      settled(packed) {
        spool?.settled(packed.id, destination.name)
        release(packed)
      }
    })
  function release(packed: Packed): void {
    letGo(packed)
    if (packed.holders === 0 && packed.tells > 0) settled(packed.tells)
  }
  const chosen = [...chooseDestinations(config, io), ...alerts(config, io)]
  const queues = chosen.map(queueOf)
  const spanQueues = queues.filter((_, i) => chosen[i]!.packSpans)
  const reportQueues = queues.filter((_, i) => isForReports(chosen[i]!))
  const metricQueues = queues.filter((_, i) => !isForReports(chosen[i]!))
  const give = (packed: Packed, to: Queue[]): void => {
    // Also by us: the first may drop it before the second has it.
    hold(packed, to.length + 1)
    for (const queue of to) queue.push(packed)
    release(packed)
  }
  const push = (packed: Packed, to: Queue[]): void => {
    const names = to.map(({ name }) => name)
    if (spool && names.length > 0) {
      spool.add(packed, names)
      settled(packed.tells)
      packed.tells = 0
    }
    give(packed, to)
  }
  spool?.adopt((packed, destinations) =>
    push(
      packed,
      reportQueues.filter(({ name }) => destinations.has(name))
    )
  )
  return {
    push: (report, { spans, tells } = { spans: true, tells: requestsTold(report) }) =>
      push(pack(report, tells), spans ? reportQueues : reportQueues.filter(queue => !spanQueues.includes(queue))),
    pushMetrics(readings) {
      if (metricQueues.length === 0 || readings.length === 0) return
      give(packMetrics({ service, readings }), metricQueues)
    },
    pushSpans(batch, teller) {
      for (const [i, { packSpans }] of chosen.entries()) {
        if (!packSpans) continue
        const pieces = packSpans(batch, teller)
        for (const piece of pieces) hold(piece, 1)
        queues[i]!.push(...pieces)
      }
    },
    async flush(ms) {
      await Promise.all(queues.map(queue => queue.flush(ms)))
    },
    leave: () => spool?.leave(),
    stop() {
      for (const queue of queues) queue.stop()
      link?.stop()
      spool?.close()
    },
    counts: () => Object.fromEntries(queues.map(queue => [queue.name, queue.counts()]))
  }
}

const isForReports = ({ takes }: Destination): boolean => takes === undefined

/** Those that are named, else those that are configured, else stdout. Of OTLP's signals lib/options/signals.ts says the same. */
export function chooseDestinations(config: Config, io: Io): Destination[] {
  if (config.export.includes('none')) return []
  const named = EXPORTERS.filter(({ name }) => config.export.includes(name))
  if (named.length > 0) {
    return named.flatMap(exporter => {
      const destinations = exporter.destinations(config, io)
      if (destinations.length === 0)
        io.log('warn', `exporter ${exporter.name} is asked for but not told where to send: set ${exporter.where}`)
      return destinations
    })
  }
  const { tracesExporter, logsExporter } = config
  const console = [...tracesExporter, ...logsExporter].includes('console')
  const configured = EXPORTERS.filter(exporter => exporter !== stdout).flatMap(({ destinations }) =>
    destinations(config, io)
  )
  const quiet = configured.some(isForReports) || (tracesExporter.includes('none') && logsExporter.includes('none'))
  return console || !quiet ? [...configured, ...stdout.destinations(config, io)] : configured
}

/** Over all destinations: a backend that is down is no reason to fill somebody's log. */
function limited(io: Io): (text: string) => boolean {
  const said: number[] = []
  return text => {
    const moment = io.now()
    if (said.length >= MAX_LINES && moment - said[0]! < LINES_MS) return false
    said.push(moment)
    if (said.length > MAX_LINES) said.shift()
    io.log('warn', text)
    return true
  }
}
