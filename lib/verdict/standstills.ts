// When the whole process stood still: stopped by a signal or a debugger, frozen, or on a machine that was itself. Pure.
//
//   main thread    beat beat beat |                         | beat      neither ran nor waited for a CPU
//   agent thread     look   look  |                         | look      woke late, and had not waited for a CPU
//
// A thread that is stopped is in no run queue, so the kernel counts nothing: it looks like sleep. But the agent's thread never means to
// sleep for long while requests are in flight. Where the event loop was silent meanwhile and nothing else of the process ran either,
// the two did not fall asleep by themselves.

import type { CpuEvidence, Evidence, Interval, KernelLook } from '../types.js'

/** The agent looks each 5 to 60 ms (lib/evidence/pace.ts), and at the kernel's counters at once where the loop was silent. */
const NOTABLE_MS = 100

export function standstillsOf({ kernel, blocks }: Evidence): Interval[] {
  const late = kernel?.looks.filter(({ stillMs }) => stillMs >= NOTABLE_MS) ?? []
  return late.flatMap(look =>
    blocks.map(block => standstillIn(look, block)).filter(({ start, end }) => end - start >= NOTABLE_MS)
  )
}

/** What of the time between two looks was awake is told for no moment: the thread that looks is the first to wake. */
const standstillIn = (look: KernelLook, block: Interval): Interval => {
  const end = Math.min(look.end, block.end)
  return { start: Math.max(look.start, block.start, end - look.stillMs), end }
}

/** A sample stands for the time until the next one, and none is taken while nothing runs. */
export function withoutStandstills(evidence: Evidence, standstills: Interval[]): Evidence {
  if (!evidence.cpu || standstills.length === 0) return evidence
  const samples = evidence.cpu.samples.map(sample => standstills.reduce(cut, sample))
  return { ...evidence, cpu: { ...evidence.cpu, samples } }
}

function cut(sample: CpuEvidence['samples'][number], { start, end }: Interval): CpuEvidence['samples'][number] {
  const until = sample.at + sample.ms
  if (until <= start || sample.at >= end) return sample
  const at = sample.at < start ? sample.at : end
  return { ...sample, at, ms: Math.max(0, (sample.at < start ? start : until) - at) }
}
