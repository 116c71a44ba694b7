// How numbers, moments and causes are written and coloured, the same in all views.

export { rate } from '../lib/fleet/words.js'
export { duration, percent } from '../lib/verdict/words.js'

/** Families share a hue: databases blue, caches teal, calls violet, the loop and the CPU red to yellow. */
const COLORS: Record<string, string> = {
  'db.slow_query': '#3b6fd4',
  'db.n_plus_one': '#6f9cf0',
  'db.pool_wait': '#2553b4',
  'cache.slow': '#0f9a8c',
  'cache.n_plus_one': '#57c4b5',
  'message.slow': '#2b8a3e',
  'http.slow_peer': '#8a5bd1',
  'http.n_plus_one': '#b08ae6',
  'http.socket_wait': '#65389f',
  'http.connect': '#c79be0',
  'dns.slow': '#d9bdec',
  'process.slow': '#a1662f',
  'cpu.own': '#d9480f',
  'loop.blocked': '#c92a2a',
  'loop.saturated': '#e8706b',
  gc: '#b8860b',
  threadpool: '#7a8b2c',
  'cpu.throttled': '#d6336c',
  'cpu.contended': '#f06595',
  'memory.paging': '#7048a8',
  'process.stopped': '#495057',
  'client.slow_upload': '#5c7080',
  'client.slow_download': '#8195a5'
}

export const colorOf = (cause: string): string => COLORS[cause] ?? '#9aa4b2'

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false
})

export const clock = (epochMs: number): string => CLOCK.format(epochMs)

export const count = (value: number): string => Math.round(value).toLocaleString('en-US')

export const counted = (value: number, one: string): string => `${count(value)} ${one}${value === 1 ? '' : 's'}`

export const bytes = (value: number): string =>
  value >= 1e6 ? `${(value / 1e6).toFixed(value >= 1e7 ? 0 : 1)} MB` : `${Math.round(value / 1e3)} kB`

/** A function as it is called; many have no name. */
export const functionOf = (frame: { function: string }): string => frame.function || '(anonymous)'

export const placeOf = ({ file, line }: { file: string; line: number }): string => (file ? `${file}:${line}` : 'native')
