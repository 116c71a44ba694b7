// Epoch milliseconds as nanoseconds in 64 bits, exactly. Pure. Nanoseconds of today need 61 bits, a double has 53: so the
// milliseconds are split first and no intermediate value exceeds 2 ** 53. What is no moment after 1970 becomes 0, OTLP's "unknown".

const NANOS_PER_MS = 1_000_000
const HALF_WORD = 2 ** 16
const WORD = 2 ** 32

interface Moment {
  wholeMs: number
  restNanos: number
}

function split(epochMs: number): Moment {
  if (!(epochMs > 0 && epochMs < Number.MAX_SAFE_INTEGER)) return { wholeMs: 0, restNanos: 0 }
  const wholeMs = Math.floor(epochMs)
  const restNanos = Math.round((epochMs - wholeMs) * NANOS_PER_MS)
  return restNanos < NANOS_PER_MS ? { wholeMs, restNanos } : { wholeMs: wholeMs + 1, restNanos: 0 }
}

export function toWords(epochMs: number): { low: number; high: number } {
  const { wholeMs, restNanos } = split(epochMs)
  const upper = Math.floor(wholeMs / HALF_WORD) * NANOS_PER_MS
  const lower = (wholeMs % HALF_WORD) * NANOS_PER_MS + restNanos + (upper % HALF_WORD) * HALF_WORD
  return { low: lower % WORD, high: (Math.floor(upper / HALF_WORD) + Math.floor(lower / WORD)) % WORD }
}

export function toDecimal(epochMs: number): string {
  const { wholeMs, restNanos } = split(epochMs)
  return wholeMs === 0 ? String(restNanos) : `${wholeMs}${String(restNanos).padStart(6, '0')}`
}
