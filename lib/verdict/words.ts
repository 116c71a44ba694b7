// How numbers are said to people, and rounded for documents. Pure.

import type { Heap, Timeline } from '../types.js'

/** `4.1 ms`, `590 ms`, `2.1 s`. */
export function duration(ms: number): string {
  if (ms > 0 && ms < 0.05) return '< 0.1 ms'
  if (ms < 9.95) return `${trim(ms.toFixed(1))} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  return `${ms < 99_950 ? trim((ms / 1000).toFixed(1)) : Math.round(ms / 1000)} s`
}

/** `492 of 540 ms`; `1 s of 1.2 s`, because `1 of 1.2` would be read as a count. */
export function partOf(ms: number, wholeMs: number): string {
  const [part, whole] = [duration(ms), duration(wholeMs)]
  return formOf(part) === formOf(whole) ? `${part.replace(/ m?s$/, '')} of ${whole}` : `${part} of ${whole}`
}

/** The unit, and whether there are decimals. */
const formOf = (text: string): string => text.replace(/\d+/g, '0')

const trim = (text: string): string => text.replace(/\.0$/, '')

export const plural = (count: number, noun: string, nouns = noun.endsWith('s') ? `${noun}es` : `${noun}s`): string =>
  count === 1 ? `1 ${noun}` : `${count} ${nouns}`

/** `150 of 200 MB`. */
export const heapUse = ({ usedBytes, limitBytes }: Heap): string =>
  `${Math.round(usedBytes / MIB)} of ${Math.round(limitBytes / MIB)} MB`
const MIB = 1024 ** 2

/** `64 kB`, `1.2 MB`, `12 MB`, as networks count. */
export function fileSize(bytes: number): string {
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`
  const mb = bytes / 1_000_000
  return `${mb < 9.95 ? trim(mb.toFixed(1)) : Math.round(mb)} MB`
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`

/** Milliseconds in a report: what the clock can tell. */
export const roundMs = (ms: number): number => Math.round(ms * 10) / 10

export const roundShare = (share: number): number => Math.round(share * 1000) / 1000

/** Whoever it was when no request was current. */
export const OUTSIDE = 'code outside any request'

/** The request that a report is about, where others are named beside it. */
export const ITSELF = 'this request itself'

/** The name of another request as people say it: `GET /orders/:id`. */
export const requestName = ({ method, route }: { method: string; route: string }): string => `${method} ${route}`

/** Slow requests of which it alone tells; one that runs is told again at its end, but the last time. */
export const requestsTold = ({ status, isLast, dropped }: Pick<Timeline, 'status' | 'isLast' | 'dropped'>): number =>
  (status === 'running' && !isLast ? 0 : 1) + dropped.reports
