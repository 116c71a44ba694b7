// The finished document about one slow request: names, masked texts, breakdown, verdict, and the evidence in short. Pure.
// Everything in it is bounded, and what was left out is counted.

import type { Block, Evidence, Frame, KernelEvidence, Report, RequestRef, Timeline } from '../types.js'
import { breakDown, toSlices } from './breakdown.js'
import type { Claim } from './causes/row.js'
import { busyMs, mostBlamed, msByStack } from './cpu.js'
import { type Facts, gatherFacts } from './facts.js'
import { relativeFrame } from './frames.js'
import { withOwnFrames } from './installed.js'
import { insideSum } from './off-cpu.js'
import { scrubberOf, type TraceInput, toTrace } from './trace.js'
import { judge } from './verdict.js'
import { requestName, roundMs, roundShare } from './words.js'

const MAX_STACKS = 20
const MAX_STACK_DEPTH = 64
const MAX_BLOCKS = 100
const MAX_MISSING = 20

export interface ReportInput extends TraceInput {
  timeline: Timeline
  evidence: Evidence
  /** The folder of an application that was installed as a package. */
  installed?: string
}

export function toReport(input: ReportInput): Report {
  const { thread, root, config, installed = '' } = input
  const { timeline, evidence } = withOwnFrames(input, installed, root)
  const { nameOf, redact } = scrubberOf(config)
  const facts = gatherFacts({ timeline, isWorker: thread !== undefined, evidence, nameOf, redact, root })
  const claims = breakDown(facts)
  return {
    version: 1,
    kind: 'slow_request',
    ...toTrace({ ...input, timeline }),
    thresholdMs: roundMs(timeline.thresholdMs),
    breakdown: toSlices(claims, facts),
    verdict: judge(claims, facts),
    evidence: toReportEvidence(facts, claims)
  }
}

function toReportEvidence(facts: Facts, claims: Claim[]): Report['evidence'] {
  const { evidence, timeline, cpu } = facts
  const pauses = evidence.pauses.map(({ start, end }) => end - start)
  return {
    cpu: evidence.cpu ? toReportCpu(facts, evidence.cpu, ownMsOf(claims, facts)) : null,
    blocks: toReportBlocks(facts),
    gc: {
      count: pauses.length,
      totalMs: roundMs(pauses.reduce((a, b) => a + b, 0)),
      maxMs: roundMs(Math.max(0, ...pauses))
    },
    loop: evidence.loop
      ? {
          delayMaxMs: roundMs(evidence.loop.delayMaxMs),
          // Node's clock of the loop reads too much while the profile runs (lib/metrics/loop-time.ts).
          utilizationShare: roundShare(
            cpu.covered ? busyMs(cpu, [timeline]) / (facts.durationMs || 1) : evidence.loop.utilizationShare
          )
        }
      : null,
    kernel: evidence.kernel ? toReportKernel(evidence.kernel, facts) : null,
    missing: evidence.missing.slice(0, MAX_MISSING)
  }
}

function toReportKernel(kernel: KernelEvidence, { timeline, isWorker }: Facts): Record<string, number> {
  const sumOf = (name: Parameters<typeof insideSum>[1]): number => insideSum(kernel, name, timeline)
  const { quotaCores, counters, coverageShare } = kernel
  return {
    [isWorker ? 'workerThreadCpuMs' : 'mainThreadCpuMs']: roundMs(sumOf('cpuMs')),
    runQueueWaitMs: roundMs(sumOf('waitMs')),
    ...(quotaCores !== undefined && {
      quotaCores: roundShare(quotaCores),
      throttledMs: roundMs(sumOf('throttledMs')),
      throttledPeriods: Math.round(sumOf('throttledPeriods'))
    }),
    ...Object.fromEntries(Object.entries(counters).map(([name, value]) => [name, roundMs(value)])),
    coverageShare: roundShare(coverageShare)
  }
}

/** By stack: the time of its samples in which the request's own code ran. */
const ownMsOf = (claims: Claim[], { cpu }: Facts): Map<Frame[], number> =>
  msByStack(cpu, claims.find(({ cause }) => cause === 'cpu.own')?.pieces ?? [])

function toReportCpu(
  { root, timeline }: Facts,
  cpu: NonNullable<Evidence['cpu']>,
  ownMs: Map<Frame[], number>
): Report['evidence']['cpu'] {
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
      ms: roundMs(sum.ms),
      ownMs: roundMs(Math.min(sum.ms, ownMs.get(sum.frames) ?? 0))
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
