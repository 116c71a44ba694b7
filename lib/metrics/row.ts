// What the table of metrics (table.ts) says of each one. Data only; `row` keeps a row's own texts as its type.

export interface MetricRow {
  name: string
  /** UCUM. */
  unit: string
  kind: 'histogram' | 'counter' | 'updown' | 'gauge'
  attributes: readonly string[]
  meaning: string
  where: 'recorded' | 'asked' | 'seen'
  /** Of the stable semantic conventions, of those in development, or ours. */
  status: 'stable' | 'development' | 'own'
  /** Further combinations of attributes share the series `otel.metric.overflow=true`. */
  maxSeries: number
  /** Explicit bounds of a histogram. */
  bounds?: readonly number[]
}

export const row = <const Row extends MetricRow>(entry: Row): Row => entry
