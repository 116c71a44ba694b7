// Which reports a view is about, as its address says: `?service=&route=&cause=&from=&to=&min=&max=`. Pure.

import type { ReportRow } from '../rows.js'

export interface Filter {
  service?: string
  version?: string
  /** `GET /orders/:id`. */
  route?: string
  cause?: string
  /** Epoch milliseconds of the start. */
  from?: number
  to?: number
  /** Milliseconds of the duration. */
  min?: number
  max?: number
  /** Any text of name, sentence and route. */
  text?: string
}

export function filterOf(query: URLSearchParams): Filter {
  const text = (name: string): string | undefined => query.get(name) || undefined
  const number = (name: string): number | undefined => {
    const value = Number(query.get(name) || Number.NaN)
    return Number.isFinite(value) ? value : undefined
  }
  const filter = {
    service: text('service'),
    version: text('version'),
    route: text('route'),
    cause: text('cause'),
    from: number('from'),
    to: number('to'),
    min: number('min'),
    max: number('max'),
    text: text('q')?.toLowerCase()
  }
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
}

export function matches(filter: Filter, row: ReportRow): boolean {
  return (
    (filter.service === undefined || row.service === filter.service) &&
    (filter.version === undefined || row.version === filter.version) &&
    (filter.cause === undefined || row.cause === filter.cause) &&
    row.at >= (filter.from ?? -Infinity) &&
    row.at <= (filter.to ?? Infinity) &&
    row.durationMs >= (filter.min ?? 0) &&
    row.durationMs <= (filter.max ?? Infinity) &&
    (filter.route === undefined || row.route === filter.route) &&
    (filter.text === undefined ||
      `${row.service} ${row.route} ${row.cause} ${row.summary}`.toLowerCase().includes(filter.text))
  )
}
