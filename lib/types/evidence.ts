// What was sampled while a request was slow. Types only. Times are milliseconds on the clock of lib/process/clock.ts.

import type { Frame, Interval, RequestRef } from '../types.js'

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
  /** Of the garbage collector, as the thread has been told of them by now. */
  pauses: Interval[]
  kernel?: KernelEvidence | undefined
  /** Times in which libuv's pool had no thread to spare. */
  fullPool?: FullPool[]
  missing: string[]
}

/** A call of the agent's own waited for a thread from `start` to `end`. */
export interface FullPool extends Interval {
  threads: number
  /** One request was in flight in the process when that call was sent. What it stood behind had been called before. */
  alone?: boolean
  /** The most that the application had under way or waiting, by kind; undefined when it could not be asked. */
  calls: PoolCalls | undefined
}

export interface PoolCalls {
  fs: number
  dns: number
  /** `fs` is without fs.readFile. */
  readsUnlisted?: boolean
}

/** What the kernel did with the main thread. */
export interface KernelEvidence {
  /** Gapless, but for times in which nobody looked. */
  looks: KernelLook[]
  /** What part of the request's time lies between looks. */
  coverageShare: number
  /** CPU quota of the container; undefined for none. */
  quotaCores: number | undefined
  /** CPU time of the agent's own thread. */
  agentCpuMs?: number
  /** How much other counters grew, by name with the unit at its end. */
  counters: Record<string, number>
}

export interface KernelLook extends Interval {
  /** On a CPU. */
  cpuMs: number
  /** Ready to run, but on no CPU. Counted when it is over, so it may have begun before `start`. */
  waitMs: number
  /** The quota was used up: summed over CPUs, and counted when it is over. */
  throttledMs: number
  throttledPeriods: number
  /** No thread of the process ran, and neither this one nor the agent's waited for a CPU. The least that it can have been. */
  stillMs: number
}

/** Samples of the main thread. `stacks[sample.stack]` is leaf first; idle samples are not in it. */
export interface CpuEvidence {
  intervalMs: number
  samples: { at: number; ms: number; stack: number }[]
  stacks: Frame[][]
  /** What part of the request's time lies in windows that were received. */
  coverageShare: number
}

/** What `perfagent kernel` tells a console of one slow request, as JSON in the log attribute `perfagent.kernel`. */
export interface KernelTold {
  version: 1
  /** What bears on the verdict first. */
  findings: { kind: string; ms: number; sentence: string }[]
  strips: KernelStrip[]
  onCpu: KernelStack[]
  offCpu: KernelStack[]
}

/** Times count from the request's start. */
export interface KernelStrip {
  name: string
  parts: { startMs: number; durationMs: number; title: string }[]
}

export interface KernelStack {
  /** Leaf first; the last one is the thread. */
  frames: Frame[]
  samples: number
  ms: number
}
