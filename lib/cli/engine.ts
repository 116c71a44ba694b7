// What `perfagent fleet` and `perfagent console --prometheus` have in common: the options that say which metrics engine is asked,
// and for what.

import { addressOf } from '../export/address.js'
import type { Sums } from '../fleet/sums.js'
import { CommandError } from './command.js'
import { askSums } from './prometheus.js'

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }
const DEFAULT_LAST = '15m'
const DEFAULT_TIMEOUT = '30s'
/** Timers of Node take 2^31 ms; a longer one goes off at once. */
const MAX_TIMEOUT_DAYS = 24

export const ENGINE_OPTIONS = {
  prometheus: { type: 'string' },
  last: { type: 'string' },
  match: { type: 'string' },
  header: { type: 'string', multiple: true },
  'service-label': { type: 'string' },
  timeout: { type: 'string' }
} as const

/** Throws for an option that makes no sense; what it returns, for an engine that gives no answer. */
export function engineOf(values: Record<string, unknown>): () => Promise<Sums> {
  const { prometheus, last = DEFAULT_LAST, until, match = '', header = [], timeout = DEFAULT_TIMEOUT } = values
  // A user and a password in the URL become a header: fetch refuses them there, and repeats them as it does.
  const { url, printed, headers } = addressOf(
    engineUrl(prometheus as string | undefined),
    Object.fromEntries((header as string[]).map(readHeader))
  )
  const engine = {
    url,
    printed: printed.replace(/\/$/, ''),
    headers,
    timeoutMs: secondsOf('timeout', String(timeout), MAX_TIMEOUT_DAYS * SECONDS['d']!) * 1000
  }
  const asked = {
    windowSeconds: secondsOf('last', String(last)),
    serviceLabel: values['service-label'] as string | undefined,
    matching: String(match).replace(/^\{|\}$/g, ''),
    untilMs: until === undefined ? undefined : momentOf(String(until))
  }
  return async () => {
    const sums = await askSums(engine, asked)
    const stretch = until === undefined ? `the last ${last}` : `the ${last} before ${until}`
    if (sums.services.length === 0)
      throw new CommandError(`no service had a request in ${stretch}, which needs two collections of metrics at least`)
    return sums
  }
}

function engineUrl(given: string | undefined): string {
  if (given === undefined)
    throw new CommandError('--prometheus URL is missing: where the metrics engine answers PromQL')
  if (!/^https?:$/.test(protocolOf(given))) throw new CommandError('--prometheus is not an http:// or https:// URL')
  return given
}

function protocolOf(url: string): string {
  try {
    return new URL(url).protocol
  } catch {
    return ''
  }
}

function secondsOf(name: string, given: string, most = Number.POSITIVE_INFINITY): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(given) ?? []
  if (!count || !unit || Number(count) === 0)
    throw new CommandError(`--${name} ${given} is no stretch of time like 15m, 2h or 1d`)
  const seconds = Number(count) * SECONDS[unit]!
  if (seconds > most)
    throw new CommandError(`--${name} ${given} is more than can be waited for: ${MAX_TIMEOUT_DAYS}d at most`)
  return seconds
}

function momentOf(given: string): number {
  const moment = Date.parse(given)
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(given) || Number.isNaN(moment))
    throw new CommandError(`--until ${given} is no moment like 2026-11-27T03:25Z, or without Z in this machine's time`)
  return moment
}

function readHeader(given: string): [string, string] {
  const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(given) ?? []
  if (!name || value === undefined) throw new CommandError(`--header ${given.slice(0, 20)}… is not like "name: value"`)
  return [name, value]
}
