// The report about a slow request (report.schema.json), its causes and its parts, and what leaves of a request that was not slow.
// Types, and the list of causes. Times count from the request's start.

import type { Frame, OperationKind } from '../types.js'
import type { ReportSpan } from './span.js'

export const CAUSES = [
  'db.slow_query',
  'db.n_plus_one',
  'db.pool_wait',
  'cache.slow',
  'cache.n_plus_one',
  'message.slow',
  'http.slow_peer',
  'http.n_plus_one',
  'http.socket_wait',
  'http.connect',
  'dns.slow',
  'process.slow',
  'cpu.own',
  'loop.blocked',
  'loop.saturated',
  'gc',
  'threadpool',
  'cpu.throttled',
  'cpu.contended',
  'memory.paging',
  'process.stopped',
  'client.slow_upload',
  'client.slow_download',
  'unknown'
] as const
export type Cause = (typeof CAUSES)[number]

export interface Slice {
  cause: Cause
  ms: number
  share: number
  detail: string
}

export interface Culprit {
  route?: string
  traceId?: string
  frame?: Frame
  /** The masked statement, the peer or the pool. */
  statement?: string
  target?: string
}

export interface Verdict {
  cause: Cause
  summary: string
  confidence: 'measured' | 'inferred'
  share: number
  advice: string
  docs: string
  culprit: Culprit | null
}

export interface ReportOperation {
  kind: OperationKind
  system: string
  /** `SELECT orders`, `GET user:?`, `GET inventory:8080`; `text` is masked. */
  name: string
  text: string
  target: string
  startMs: number
  /** Null while it runs. */
  durationMs: number | null
  count: number
  error: string | null
  spanId: string | null
  statusCode: number | null
  /** Named parts of `durationMs`: `socketMs`, `openingMs`, `dnsMs`, `connectMs`, `tlsMs`, `firstByteMs`, `bodyMs`. */
  phases: Record<string, number> | null
  /** Of a wait for a pool, or of a call that waited for a socket. */
  pool: {
    size: number
    inUse: number
    waiting: number
    holders: { route: string; traceId: string; heldMs: number; frame?: Frame; call?: string }[]
  } | null
  /** Absent where it is the request's. */
  parentSpanId?: string
  span?: ReportSpan
}

/** A worker thread of the application, as Node numbers it; `name`: as it was given one, else ''. */
export interface Thread {
  id: number
  name: string
}

/** Who made a report. */
export interface Service {
  name: string
  version: string
  instance: string
  host: string
  pid: number
  /** Further attributes of OpenTelemetry's resource: host, process, container, deployment. */
  attributes?: Record<string, string>
}

/** What leaves of a request as spans; of one that was not slow this is all. */
export interface Trace {
  id: string
  service: Service
  traceId: string
  spanId: string
  parentSpanId: string | null
  /** As it came, without what we noted ourselves; null for nothing. */
  traceState: string | null
  /** The trace's flag, as peers were told. */
  sampled: boolean
  /** The service that called, where it has perfagent. */
  caller: string | null
  at: string
  durationMs: number
  status: 'finished' | 'running' | 'aborted'
  request: { method: string; route: string; path: string; statusCode: number | null }
  /** The worker thread that served it; absent: the main thread. */
  thread?: Thread
  operations: ReportOperation[]
  span?: ReportSpan
  /** Null: nobody asked why it took its time. */
  verdict: Verdict | null
  annotations: Record<string, string | number | boolean>
  dropped: { operations: number; reports: number }
}

/** The cause of a report was not seen for its route before this deployment. */
export interface News {
  /** The version before. */
  since: string
  /** By what the route was slow until then. */
  usual: Cause[]
}

/** The finished document about one slow request; report.schema.json is its contract. `version: 1` is a promise. */
export interface Report extends Trace {
  version: 1
  kind: 'slow_request'
  thresholdMs: number
  breakdown: Slice[]
  verdict: Verdict
  /** Absent or null: its cause was usual for the route, or nothing is remembered. */
  news?: News | null
  evidence: {
    cpu: {
      samples: number
      intervalMs: number
      coverageShare: number
      /** `ownMs`: what of `ms` was the request's own code; the rest ran while it waited. Older agents do not tell. */
      stacks: { frames: Frame[]; samples: number; ms: number; ownMs?: number }[]
      /** The same as base64 of gzip pprof, over HTTP by option. */
      pprof?: string
    } | null
    blocks: {
      startMs: number
      durationMs: number
      route: string | null
      traceId: string | null
      frame: Frame | null
      probes: number
    }[]
    gc: { count: number; totalMs: number; maxMs: number }
    loop: { delayMaxMs: number; utilizationShare: number } | null
    kernel: Record<string, number> | null
    missing: string[]
  }
}
