// What a file in lib/kernel/probes/ exports: one kind of thing to see, as data and pure functions. Attaching, detaching, reading
// and the clock are not its business (lib/kernel/attach.ts).

import type { KernelEvent } from './events.js'
import type { Summarized } from './recording.js'

export interface Target {
  pid: number
  /** Inode of the process's network namespace. */
  netns: number
}

export interface Probe {
  name: string
  needs: {
    /** `category/name` in tracefs. A kernel without one of them loses this part alone. */
    tracepoints: string[]
    /** Another part whose maps its program reads. */
    part?: string
  }
  /** Maps that it works with: what is left in them at the end is of no interest. The others are printed then. */
  maps: string[]
  /** In bpftrace's language. Each record is one printf, its fields parted by tabs, the first the record's name. */
  program(target: Target): string
  /** The event of a record, or undefined for another part's. `ms` reads a moment or a duration in nanoseconds. */
  parse(fields: string[], ms: (ns: string | undefined) => number): KernelEvent | undefined
  /** Lines for a person; none when nothing was seen. */
  summary(seen: Summarized): string[]
}
