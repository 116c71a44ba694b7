// A report as the agent makes it, for tests of whatever reads reports: a request that waited for a pool, then for a query
// and for a called service. Parts can be replaced.

import type { Report, ReportOperation } from '../lib/types.js'

const operation = (part: Partial<ReportOperation>): ReportOperation => ({
  kind: 'db',
  system: 'postgresql',
  name: 'SELECT orders',
  text: 'SELECT * FROM orders WHERE id = ?',
  target: 'db.internal:5432/shop',
  startMs: 0,
  durationMs: 1,
  count: 1,
  error: null,
  spanId: null,
  statusCode: null,
  phases: null,
  pool: null,
  ...part
})

export const sampleReport = (part: Partial<Report> = {}): Report => ({
  version: 1,
  kind: 'slow_request',
  id: '0b2f7a3e-5a0c-4a53-9d0d-5f8a7f6d2c11',
  service: {
    name: 'orders',
    version: '1.4.2',
    instance: 'a3c5e7d9-0000-4000-8000-000000000001',
    host: 'web-1',
    pid: 71
  },
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  parentSpanId: '53995c3f42cd8ad8',
  traceState: 'vendor=1',
  sampled: true,
  caller: 'gateway',
  at: '2026-11-22T19:31:00.123Z',
  durationMs: 812.4,
  thresholdMs: 500,
  status: 'finished',
  request: { method: 'GET', route: '/orders/:id', path: '/orders/17?full=?', statusCode: 200 },
  operations: [
    operation({
      kind: 'pool',
      name: 'connection wait',
      text: 'connection wait',
      startMs: 3.1,
      durationMs: 590.2,
      pool: {
        size: 10,
        inUse: 10,
        waiting: 4,
        holders: [{ route: 'POST /report', traceId: '0af7651916cd43dd8448eb211c80319c', heldMs: 2104.5 }]
      }
    }),
    operation({ startMs: 594, durationMs: 120.4 }),
    operation({
      kind: 'http',
      system: 'http',
      name: 'GET inventory:8080',
      text: 'GET http://inventory:8080/items/17?fresh=?',
      target: 'inventory:8080',
      startMs: 720,
      durationMs: 61.5,
      spanId: 'b7ad6b7169203331',
      statusCode: 200,
      phases: { socketMs: 0.2, connectMs: 1.1, firstByteMs: 58 }
    }),
    operation({
      kind: 'cache',
      system: 'redis',
      name: 'GET user:?',
      text: 'GET user:?',
      target: 'cache:6379/0',
      startMs: 790,
      durationMs: 4,
      count: 3,
      error: 'ECONNRESET'
    }),
    operation({
      kind: 'custom',
      system: 'custom',
      name: 'render',
      text: 'render',
      target: '',
      startMs: 800,
      durationMs: null
    })
  ],
  breakdown: [
    { cause: 'db.pool_wait', ms: 590.2, share: 0.726, detail: 'postgresql pool 10/10 in use' },
    { cause: 'db.slow_query', ms: 120.4, share: 0.148, detail: 'SELECT orders' },
    { cause: 'http.slow_peer', ms: 61.5, share: 0.076, detail: 'GET inventory:8080' },
    { cause: 'unknown', ms: 36.3, share: 0.045, detail: '' },
    { cause: 'cache.slow', ms: 4, share: 0.005, detail: 'GET user:?' }
  ],
  verdict: {
    cause: 'db.pool_wait',
    summary: 'Waited 590 ms for a connection: all 10 were held, 7 of them by POST /report (oldest 2.1 s).',
    confidence: 'measured',
    share: 0.726,
    advice: 'Shorten what POST /report does while it holds a connection.',
    docs: 'https://example.com/causes#db.pool_wait',
    culprit: {
      route: 'POST /report',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      frame: { function: 'render', file: 'src/report.js', line: 41, column: 9 },
      target: 'db.internal:5432/shop'
    }
  },
  evidence: {
    cpu: {
      samples: 3,
      intervalMs: 10,
      coverageShare: 0.98,
      stacks: [{ frames: [{ function: 'render', file: 'src/report.js', line: 41, column: 9 }], samples: 3, ms: 30.2 }]
    },
    blocks: [
      {
        startMs: 100,
        durationMs: 55,
        route: 'POST /report',
        traceId: '0af7651916cd43dd8448eb211c80319c',
        frame: { function: 'render', file: 'src/report.js', line: 41, column: 9 },
        probes: 2
      }
    ],
    gc: { count: 2, totalMs: 3.4, maxMs: 2.9 },
    loop: { delayMaxMs: 55.1, utilizationShare: 0.31 },
    kernel: null,
    missing: []
  },
  annotations: { tenant: 'acme', items: 17, share: 0.5, fresh: true },
  dropped: { operations: 0, reports: 0 },
  ...part
})
