// What an exporter is: a name and the destinations that the configuration gives it. Types only. An exporter says how one
// batch is sent; when, how often and how much is kept meanwhile is lib/export/queue.ts, the same for all of them.

import type { Batch } from '../batch/format.js'
import type { Config } from '../options/config.js'
import type { Teller } from '../otlp/span-kinds.js'
import type { LogLevel } from '../process/log.js'
import type { Settings } from './otlp-settings.js'
import type { Packed } from './packed.js'

export interface Exporter {
  /** As the option `export` has it. */
  name: Exclude<Config['export'][number], 'none'>
  /** The variable that says where it sends; absent: it knows a default. */
  where?: string
  /** None when it is not configured, unless it was asked for by name and knows a default. */
  destinations(config: Config, io: Io): Destination[]
}

export interface Destination {
  /** `otlp traces`, `file`: begins the log lines about it. */
  name: string
  /** What it is given; absent: reports. */
  takes?: 'metrics'
  /** Without credentials: the address, the file. */
  place: string
  /** The most reports that one `send` takes. */
  maxBatch: number
  /** Of the reports' JSON in one `send`; absent: the queue's own limit. */
  maxBatchBytes?: number
  /** The most deliveries that may be under way at once: then one may overtake another. Absent: 1. */
  maxUnderWay?: number
  /** Of one delivery, where that is not the general one. */
  deadlineMs?: number
  /** Takes the spans of requests that were not slow too, packed so. */
  packSpans?(batch: Batch, teller: Teller): Packed[]
  /**
   * Never throws for what a backend or a disk does: that is an outcome. Ends soon after the signal is aborted. `lost` counts the
   * reports that this destination did not get since it last took one: it is told so with those that it gets.
   */
  send(batch: Packed[], signal: AbortSignal, lost: number): Promise<Outcome>
  close?(): void
}

export type Outcome =
  /** `rejected` counts what the backend says that it took and threw away (spans, log records): never sent again. */
  | { type: 'delivered'; rejected?: number }
  /** `afterMs`: the backend's own wish. `maxTries` absent: as long as the queue holds it. */
  | { type: 'retry'; reason: string; afterMs?: number | undefined; maxTries?: number }
  /** The batch is lost; the next may fare better. `quiet`: about this payload alone, no news about the destination. */
  | { type: 'refused'; reason: string; quiet?: boolean }
  /** Nothing will be taken any more. */
  | { type: 'off'; reason: string }

/** What the outside world is to an exporter; tests bring their own. */
export interface Io {
  /** Monotonic milliseconds. */
  now(): number
  epochMs(): number
  /** 0 to 1. */
  random(): number
  /** Calls once after that time; returns what cancels it. */
  after(ms: number, call: () => void): () => void
  log(level: Exclude<LogLevel, 'none'>, text: string): void
  /** Whether stdout shows colours. */
  colors: boolean
  /** Told of each answer by which a backend shows itself as a console of ours. */
  foundConsole?(settings: Settings): void
}
