// When a delivery is tried again. Pure. The rules are those of OTLP/HTTP: 429, 502, 503 and 504 may be retried, nothing else
// that a backend answers; a connection that failed always.

import type { Outcome } from './exporter.js'

export const MAX_RETRY_AFTER_MS = 5 * 60_000
/** A gateway that says so five times will not take this payload. */
const MAX_GATEWAY_TRIES = 5

const FIRST_MS = 500
/** With the jitter under 10 s: the first report follows a backend's return that soon. */
const LONGEST_MS = 8000
/** Two gaps in a row differ by 2 × (0.8 to 1.25), never less than 1.3. */
const JITTER = { least: 0.9, span: 0.3 }

/** The gap before the next try after so many failures in a row (1 or more). `random` is 0 to 1. */
export const backOffMs = (failures: number, random: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1)) * (JITTER.least + JITTER.span * random)

export interface Answer {
  status: number
  retryAfter: string | undefined
}

/** What an answer other than success means for the batch. */
export function outcomeOf({ status, retryAfter }: Answer, epochMs: number): Outcome {
  const reason = `answered ${status}`
  const afterMs = retryAfterMs(retryAfter, epochMs)
  switch (status) {
    case 429:
    case 503:
      return { type: 'retry', reason, afterMs }
    case 502:
    case 504:
      return { type: 'retry', reason, afterMs, maxTries: MAX_GATEWAY_TRIES }
    case 400:
    case 413:
      return { type: 'refused', reason, quiet: true }
    default:
      return { type: 'refused', reason }
  }
}

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** Seconds or a date; undefined for everything else, also for what lies in the past: then the back-off alone holds. */
export function retryAfterMs(value: string | undefined, epochMs: number): number | undefined {
  const text = value?.trim() ?? ''
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : HTTP_DATE.test(text) ? Date.parse(text) - epochMs : Number.NaN
  return ms >= 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined
}
