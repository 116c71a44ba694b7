// What slow requests waited for because others had it: what saturation looks like from inside. Pure, over rows.

import type { ServiceSums } from '../../fleet/sums.js'
import type { ReportRow } from '../rows.js'

const RESOURCES: Record<string, string> = {
  'db.pool_wait': 'connection pool',
  'http.socket_wait': 'sockets',
  'loop.blocked': 'event loop',
  'loop.saturated': 'event loop',
  threadpool: 'thread pool',
  'cpu.throttled': 'CPU quota',
  'cpu.contended': 'CPU'
}

export function waitsOf(reports: ReportRow[]): ServiceSums['waited'] {
  const waits = new Map<string, { resource: string; seconds: number; detail: string; longestMs: number }>()
  for (const { slices, summary, cause: main } of reports) {
    for (const { cause, ms } of slices) {
      const resource = RESOURCES[cause]
      if (!resource) continue
      const wait = waits.get(resource) ?? { resource, seconds: 0, detail: '', longestMs: 0 }
      wait.seconds += ms / 1000
      if (cause === main && ms > wait.longestMs) Object.assign(wait, { detail: summary, longestMs: ms })
      waits.set(resource, wait)
    }
  }
  return [...waits.values()].map(({ resource, seconds, detail }) => ({ resource, seconds, detail }))
}
