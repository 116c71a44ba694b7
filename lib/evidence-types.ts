// What was sampled while a request was slow, as types. Times are milliseconds on the clock of lib/clock.ts.

import type { Frame, Interval, RequestRef } from './types.js'

/** A stretch in which the event loop made no turn, and who was seen to hold it. */
export interface Block extends Interval {
  /**
   * One for each probe that was answered from inside the stretch; `request` null: code outside any request. An answer that
   * came late was made after native code had returned: its frames tell who ran, but not that code's line.
   */
  probes: { at: number; lateMs: number; request: RequestRef | null; frames: Frame[] }[]
}

/** What was sampled while a request was slow. An absent part is named in `missing`, with the reason. */
export interface Evidence {
  cpu: CpuEvidence | undefined
  blocks: Block[]
  loop: { delayMaxMs: number; utilizationShare: number } | undefined
  /** Stretches in which the agent itself held the main thread: nobody else is to be blamed for them. */
  agent?: Interval[]
  missing: string[]
}

/** Samples of the main thread. `stacks[sample.stack]` is leaf first; idle samples are not in it. */
export interface CpuEvidence {
  intervalMs: number
  samples: { at: number; ms: number; stack: number }[]
  stacks: Frame[][]
  /** What part of the request's time lies in windows that were received. */
  coverageShare: number
}
