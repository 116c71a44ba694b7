// Whether reports reach each backend: one report of the doctor's own is sent to it, the way that all go, and shows there as
// `GET /perfagent-doctor`. Nothing is tried again: what happened is said.

import { randomBytes, randomUUID } from 'node:crypto'
import { addressOf } from '../export/address.js'
import type { Destination, Io, Outcome } from '../export/exporter.js'
import { chooseDestinations } from '../export/index.js'
import { pack, packMetrics } from '../export/packed.js'
import { NO_TLS } from '../export/tls.js'
import { createTransport } from '../export/transport.js'
import type { TemporalReading } from '../metrics/temporality.js'
import type { Config } from '../options/config.js'
import type { Report, Service } from '../types.js'
import { type Finding, note, ok, wrong } from './finding.js'

/** They need nobody to answer: the terminal, and the file that lib/doctor/machine.ts looks at. */
const LOCAL = ['stdout', 'file']

export async function checkDelivery(config: Config, service: Service): Promise<Finding[]> {
  const findings: Finding[] = []
  const io: Io = {
    now: () => performance.now(),
    epochMs: Date.now,
    random: Math.random,
    after: () => () => {},
    log: (_level, text) => void findings.push(wrong('export', text, 'npx perfagent options shows what is in force')),
    colors: false
  }
  const destinations = chooseDestinations(config, io)
  const remote = destinations.filter(({ name }) => !LOCAL.includes(name))
  if (destinations.length === 0) findings.push(note('export', 'reports go nowhere but to onSlowRequest hooks'))
  else if (remote.length === 0) findings.push(ok('export', destinations.map(({ name }) => name).join(', ')))
  const report = greeting(service)
  for (const destination of remote) {
    findings.push(await tryOut(destination, report, config))
    destination.close?.()
  }
  if (config.alertEndpoint !== '') findings.push(await tryAlert(config, io, service))
  return findings
}

async function tryOut(destination: Destination, report: Report, { otlpTimeoutMs }: Config): Promise<Finding> {
  const { name, place, deadlineMs = otlpTimeoutMs } = destination
  const metrics = destination.takes === 'metrics'
  const packed = metrics ? packMetrics({ service: report.service, readings: [uptime()] }) : pack(report)
  const send = (signal: AbortSignal) => destination.send([packed], signal, 0)
  return judge(name, place, metrics ? 'metric' : 'report', deadlineMs, send)
}

/** No alert: a line for people, and none for programs, which are woken by those alone. */
async function tryAlert({ alertEndpoint, otlpTimeoutMs }: Config, io: Io, service: Service): Promise<Finding> {
  const address = addressOf(alertEndpoint)
  const transport = createTransport(address, NO_TLS, io)
  const text = `${service.name}: perfagent doctor tried the way to this webhook; no request was slow.`
  const body = [Buffer.from(JSON.stringify({ text, alerts: [] }))]
  const headers = { 'content-type': 'application/json' }
  const post = (signal: AbortSignal) => transport.post({ body, headers, signal })
  const finding = await judge('alert', new URL(address.url).origin, 'line', otlpTimeoutMs, post)
  transport.close()
  return finding
}

async function judge(
  name: string,
  place: string,
  what: string,
  deadlineMs: number,
  send: (signal: AbortSignal) => Promise<Outcome>
): Promise<Finding> {
  const began = performance.now()
  const aborter = new AbortController()
  const timer = setTimeout(() => aborter.abort(new Error(`gave no answer within ${deadlineMs} ms`)), deadlineMs)
  const outcome = await send(aborter.signal)
  clearTimeout(timer)
  const ms = Math.round(performance.now() - began)
  if (outcome.type === 'delivered' && !outcome.rejected) return ok(name, `${place} took a ${what} in ${ms} ms`)
  const reason = outcome.type === 'delivered' ? 'took it and threw it away' : outcome.reason
  return wrong(name, `${place}: ${reason}`, 'see that it listens there and takes what this exporter sends')
}

/** The doctor's own: a metric like those of a service, and no request counted that was none. */
const uptime = (): TemporalReading => ({
  name: 'process.uptime',
  unit: 's',
  description: 'Since the process started.',
  kind: 'gauge',
  counted: false,
  temporality: 'cumulative',
  atMs: Date.now(),
  points: [{ attributes: {}, startMs: 0, value: process.uptime() }]
})

/** The smallest report that is one. */
const greeting = (service: Service): Report => ({
  version: 1,
  kind: 'slow_request',
  id: randomUUID(),
  service,
  traceId: randomBytes(16).toString('hex'),
  spanId: randomBytes(8).toString('hex'),
  parentSpanId: null,
  traceState: null,
  sampled: true,
  caller: null,
  at: new Date().toISOString(),
  durationMs: 1,
  thresholdMs: 1,
  status: 'finished',
  request: { method: 'GET', route: '/perfagent-doctor', path: '/perfagent-doctor', statusCode: 200 },
  operations: [],
  breakdown: [{ cause: 'unknown', ms: 1, share: 1, detail: '' }],
  verdict: {
    cause: 'unknown',
    summary: 'perfagent doctor tried the way to this backend; no request was slow.',
    confidence: 'measured',
    share: 1,
    advice: '',
    docs: '',
    culprit: null
  },
  evidence: {
    cpu: null,
    blocks: [],
    gc: { count: 0, totalMs: 0, maxMs: 0 },
    loop: null,
    kernel: null,
    missing: []
  },
  annotations: {},
  dropped: { operations: 0, reports: 0 }
})
