// The finished document about one slow request: names, masked texts, breakdown, verdict, and the evidence in short. Pure.
// Everything in it is bounded, and what was left out is counted.

import { createRedact, type Redact, secretNames } from '../scrub/secrets.js'
import { maskUrl } from '../scrub/url.js'
import type { Block, Evidence, Operation, Report, ReportOperation, RequestRef, Service, Timeline } from '../types.js'
import { breakDown, toSlices } from './breakdown.js'
import { mostBlamed } from './cpu.js'
import { type Facts, gatherFacts } from './facts.js'
import { relativeFrame } from './frames.js'
import { createNameOf, type NameOf, targetOf } from './names.js'
import { phasesOf } from './phases.js'
import { judge } from './verdict.js'
import { requestName, roundMs, roundShare } from './words.js'

const MAX_OPERATIONS = 500
const MAX_STACKS = 20
const MAX_STACK_DEPTH = 64
const MAX_BLOCKS = 100
const MAX_MISSING = 20
const MAX_NAME_CHARS = 255
const MAX_ERROR_CHARS = 500

export interface ReportInput {
  id: string
  timeline: Timeline
  evidence: Evidence
  service: Service
  /** The service's folder: paths are shown from here on. */
  root: string
  config: ReportConfig
}

export interface ReportConfig {
  sqlText: 'masked' | 'off'
  redact: readonly string[]
}

export function toReport({ id, timeline, evidence, service, root, config }: ReportInput): Report {
  const { nameOf, redact, isSecret } = scrubberOf(config)
  const facts = gatherFacts({ timeline, evidence, nameOf, redact, root })
  const claims = breakDown(facts)
  const operations = longest(timeline)
  return {
    version: 1,
    kind: 'slow_request',
    id,
    service,
    traceId: timeline.traceId,
    spanId: timeline.spanId,
    parentSpanId: timeline.parentSpanId,
    traceState: timeline.traceState || null,
    sampled: timeline.sampled,
    caller: timeline.caller ?? null,
    at: new Date(timeline.at).toISOString(),
    durationMs: roundMs(facts.durationMs),
    thresholdMs: roundMs(timeline.thresholdMs),
    status: timeline.status,
    request: {
      method: timeline.method.slice(0, MAX_NAME_CHARS),
      route: timeline.route.slice(0, MAX_NAME_CHARS),
      path: maskUrl(timeline.path),
      statusCode: timeline.statusCode
    },
    operations: operations.map(operation => toReportOperation(operation, timeline, nameOf, redact)),
    breakdown: toSlices(claims, facts),
    verdict: judge(claims, facts),
    evidence: toReportEvidence(facts),
    annotations: redactValues(timeline.annotations, isSecret, redact),
    dropped: {
      operations: timeline.dropped.operations + timeline.operations.length - operations.length,
      reports: timeline.dropped.reports
    }
  }
}

interface Scrubber {
  nameOf: NameOf
  redact: Redact
  isSecret: (name: string) => boolean
}

/** Kept with the options, because it remembers the texts that it has masked. */
const scrubbers = new WeakMap<ReportConfig, Scrubber>()

function scrubberOf(config: ReportConfig): Scrubber {
  let scrubber = scrubbers.get(config)
  if (!scrubber) {
    const redact = createRedact(config.redact)
    scrubber = { redact, nameOf: createNameOf(redact, config.sqlText), isSecret: secretNames(config.redact) }
    scrubbers.set(config, scrubber)
  }
  return scrubber
}

/** The longest operations, in the order of their start. */
function longest({ operations, end }: Timeline): Operation[] {
  if (operations.length <= MAX_OPERATIONS) return operations
  const durationOf = (operation: Operation): number => (operation.end || end) - operation.start
  const kept = new Set(operations.toSorted((a, b) => durationOf(b) - durationOf(a)).slice(0, MAX_OPERATIONS))
  return operations.filter(operation => kept.has(operation))
}

function toReportOperation(
  operation: Operation,
  { start, end }: Timeline,
  nameOf: NameOf,
  redact: Redact
): ReportOperation {
  const { name, text } = nameOf(operation)
  const open = Number.isNaN(operation.end)
  return {
    kind: operation.kind,
    system: operation.system,
    name,
    text,
    target: targetOf(operation),
    startMs: roundMs(operation.start - start),
    durationMs: open ? null : roundMs(operation.end - operation.start),
    count: operation.count,
    error: operation.error === undefined ? null : redact(operation.error).slice(0, MAX_ERROR_CHARS),
    spanId: operation.spanId ?? null,
    statusCode: operation.statusCode ?? null,
    phases: operation.marks ? toReportPhases(operation, open ? end : operation.end) : null,
    pool: operation.pool ? toReportPool(operation.pool) : null
  }
}

const toReportPhases = (operation: Operation, end: number): Record<string, number> =>
  Object.fromEntries(phasesOf(operation, end).map(phase => [`${phase.name}Ms`, roundMs(phase.end - phase.start)]))

const toReportPool = (pool: NonNullable<Operation['pool']>): ReportOperation['pool'] => ({
  size: pool.size,
  inUse: pool.inUse,
  waiting: pool.waiting,
  holders: pool.holders.flatMap(({ request, heldMs }) =>
    request ? [{ route: requestName(request), traceId: request.traceId, heldMs: roundMs(heldMs) }] : []
  )
})

function toReportEvidence(facts: Facts): Report['evidence'] {
  const { evidence, timeline } = facts
  const pauses = timeline.gc.map(({ start, end }) => end - start)
  return {
    cpu: evidence.cpu ? toReportCpu(facts, evidence.cpu) : null,
    blocks: toReportBlocks(facts),
    gc: {
      count: pauses.length,
      totalMs: roundMs(pauses.reduce((a, b) => a + b, 0)),
      maxMs: roundMs(Math.max(0, ...pauses))
    },
    loop: evidence.loop
      ? {
          delayMaxMs: roundMs(evidence.loop.delayMaxMs),
          utilizationShare: roundShare(evidence.loop.utilizationShare)
        }
      : null,
    kernel: null,
    missing: evidence.missing.slice(0, MAX_MISSING)
  }
}

function toReportCpu({ root, timeline }: Facts, cpu: NonNullable<Evidence['cpu']>): Report['evidence']['cpu'] {
  const sums = cpu.stacks.map(frames => ({ frames, samples: 0, ms: 0 }))
  const samples = cpu.samples.filter(({ at }) => at >= timeline.start && at < timeline.end)
  for (const { stack, ms } of samples) {
    const sum = sums[stack]
    if (!sum) continue
    sum.samples++
    sum.ms += ms
  }
  const hottest = sums.filter(sum => sum.samples > 0).sort((a, b) => b.ms - a.ms)
  return {
    samples: samples.length,
    intervalMs: cpu.intervalMs,
    coverageShare: roundShare(cpu.coverageShare),
    stacks: hottest.slice(0, MAX_STACKS).map(sum => ({
      frames: sum.frames.slice(0, MAX_STACK_DEPTH).map(frame => relativeFrame(frame, root)),
      samples: sum.samples,
      ms: roundMs(sum.ms)
    }))
  }
}

function toReportBlocks({ evidence, timeline, root }: Facts): Report['evidence']['blocks'] {
  const kept = new Set(evidence.blocks.toSorted((a, b) => b.end - b.start - (a.end - a.start)).slice(0, MAX_BLOCKS))
  return evidence.blocks
    .filter(block => kept.has(block))
    .map(({ start, end, probes }) => {
      const request = mostSeen(probes)
      const blamed = mostBlamed(probes.map(({ frames }) => ({ stack: frames, weight: 1 })))?.blame.frame
      return {
        startMs: roundMs(start - timeline.start),
        durationMs: roundMs(end - start),
        route: request ? requestName(request) : null,
        traceId: request?.traceId ?? null,
        frame: blamed ? relativeFrame(blamed, root) : null,
        probes: probes.length
      }
    })
}

const mostSeen = (probes: Block['probes']): RequestRef | null | undefined => {
  const seen = (id: number | undefined): number => probes.filter(({ request }) => request?.id === id).length
  return probes.toSorted((a, b) => seen(b.request?.id) - seen(a.request?.id))[0]?.request
}

function redactValues(
  annotations: Timeline['annotations'],
  isSecret: (name: string) => boolean,
  redact: Redact
): Timeline['annotations'] {
  return Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => {
      if (isSecret(name)) return [name, '?']
      return [name, typeof value === 'string' ? redact(value) : value]
    })
  )
}
