// A metric as it was read at one moment, whoever keeps it: what is made OTLP of. Types only.

import type { MetricRow } from './row.js'

export type Plain = string | number | boolean | (string | number | boolean)[]

/** Sums and histograms are cumulative: what they count since `startMs`. */
export interface Reading {
  name: string
  unit: string
  description: string
  kind: MetricRow['kind']
  /** Name and version of who counted it; absent: the agent. */
  scope?: { name: string; version: string }
  /** Whether it was counted as things happened, or read off when asked: `lowmemory` makes deltas of the former alone. */
  counted: boolean
  points: Point[]
}

export interface Point {
  attributes: Record<string, Plain | undefined>
  /** Epoch milliseconds. */
  startMs: number
  /** A number, or a histogram's values. */
  value: number | Distribution
  exemplars?: Exemplar[]
}

/** Explicit: one count more than bounds. Exponential: `counts[i]` is the bucket of index `offset + i`. */
export type Distribution =
  | { type: 'explicit'; sum: number; counts: number[]; bounds: readonly number[] }
  | { type: 'exponential'; sum: number; zeroCount: number; counts: number[]; offset: number; scale: number }

/** One value, with the trace that it was measured in. */
export interface Exemplar {
  value: number
  /** Epoch milliseconds. */
  atMs: number
  traceId: string
  spanId: string
}
