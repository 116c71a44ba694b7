// One request for each cause: the pages in docs/causes show what is made of them.

import type { Cause, Evidence, Report } from '../../lib/types.js'
import {
  block,
  type Case,
  call,
  command,
  dns,
  evidence,
  explain,
  kernel,
  operation,
  other,
  own,
  pause,
  poolWait,
  probe,
  query,
  samples,
  stack
} from './timeline.js'

const ORDER = 'SELECT * FROM orders WHERE customer = 17 ORDER BY made DESC'
const exporting = stack('renderCsv src/export.js:41:9', 'exportOrders src/server.js:88:12', 'route src/server.js:20:5')

const rendering = stack('renderPage src/page.js:30:7', 'page src/server.js:22:9')
const stopped = Array.from({ length: 9 }, (_, i): [number, number] => [i * 100 + 20, i * 100 + 100])

const EXAMPLES: Partial<Record<Cause, { given: Case; seen?: Evidence }>> = {
  'db.slow_query': {
    given: {
      durationMs: 684.2,
      operations: [query('SELECT * FROM customers WHERE id = 17', 3.1, 6.4), query(ORDER, 7.2, 671.9)]
    }
  },
  'db.n_plus_one': {
    given: {
      durationMs: 540,
      operations: [
        query(ORDER, 4, 12),
        ...Array.from({ length: 120 }, (_, i) =>
          query(`SELECT * FROM items WHERE order_id = ${i}`, 14 + i * 4.3, 18.1 + i * 4.3)
        )
      ]
    }
  },
  'db.pool_wait': {
    given: {
      durationMs: 812.4,
      operations: [
        poolWait(3, 593.2, {
          size: 10,
          inUse: 10,
          waiting: 4,
          holders: [
            ...Array.from({ length: 7 }, (_, i) => ({
              request: other('POST /report', 41 + i),
              heldMs: 2100 - i * 150
            })),
            ...Array.from({ length: 3 }, (_, i) => ({ request: other('GET /orders', 51 + i), heldMs: 20 }))
          ]
        }),
        query(ORDER, 593.4, 640)
      ]
    }
  },
  'cache.slow': { given: { durationMs: 610, operations: [command('SMEMBERS baskets', 2, 603)] } },
  'cache.n_plus_one': {
    given: {
      durationMs: 720,
      operations: Array.from({ length: 900 }, (_, i) => command(`GET price:${i}`, 5 + i * 0.78, 5.6 + i * 0.78))
    }
  },
  'http.slow_peer': {
    given: {
      durationMs: 933,
      operations: [
        call('GET http://stock:8080/items/17', 12, 921, { marks: { socket: 12.3, sent: 12.9, headers: 918 } })
      ]
    }
  },
  'http.n_plus_one': {
    given: {
      durationMs: 960,
      operations: Array.from({ length: 24 }, (_, i) =>
        call(`GET http://stock:8080/items/${i}`, 10 + i * 39, 48 + i * 39, {
          marks: { socket: 10.2 + i * 39, headers: 47 + i * 39 }
        })
      )
    }
  },
  'http.socket_wait': {
    given: {
      durationMs: 700,
      operations: [call('GET http://stock:8080/items/17', 10, 660, { marks: { socket: 600, sent: 601, headers: 655 } })]
    }
  },
  'http.connect': {
    given: {
      durationMs: 700,
      operations: [
        call('GET https://stock:8443/items/17', 10, 660, {
          target: 'stock:8443',
          marks: { socket: 10.4, dns: 600, connect: 608, tls: 631, sent: 631.5, headers: 655 }
        })
      ]
    }
  },
  'message.slow': {
    given: {
      durationMs: 640,
      operations: [
        query('SELECT * FROM orders WHERE id = 17', 2, 8),
        operation({ kind: 'message', system: 'kafka', text: 'send orders', target: 'broker:9092', start: 9, end: 629 })
      ]
    }
  },
  'dns.slow': {
    given: {
      durationMs: 5030,
      operations: [dns('lookup stock.internal', 4, 5009)]
    }
  },
  'process.slow': {
    given: {
      durationMs: 910,
      operations: [operation({ kind: 'process', system: 'process', text: 'convert', start: 6, end: 881 })]
    }
  },
  'cpu.own': {
    given: { durationMs: 640, operations: [query(ORDER, 3, 21)], concurrency: 3 },
    seen: evidence({
      blocks: [
        block(
          23,
          635,
          ...[55, 75, 115, 195, 315, 435, 555].map(at =>
            probe(at, own, stack('parseCatalog src/catalog.js:12:22', 'catalog src/server.js:31:9'))
          )
        )
      ],
      cpu: samples([22, 634, stack('parseCatalog src/catalog.js:12', 'catalog src/server.js:31')])
    })
  },
  'loop.blocked': {
    given: { durationMs: 530, concurrency: 4 },
    seen: evidence({
      blocks: [block(20, 500, ...[50, 70, 110, 190, 310, 430].map(at => probe(at, other('GET /export'), exporting)))]
    })
  },
  'loop.saturated': {
    given: { durationMs: 640, concurrency: 64 },
    seen: evidence({
      blocks: [0, 205, 410].map((at, round) =>
        block(
          at,
          at + 200,
          ...[30, 50, 90, 170].map((ms, i) =>
            probe(
              at + ms,
              other(i === 2 ? 'GET /search' : 'GET /quote', round * 9 + i + 30),
              stack('price src/quote.js:7:3')
            )
          )
        )
      )
    })
  },
  'cpu.throttled': {
    given: { durationMs: 912, concurrency: 3 },
    seen: evidence({
      blocks: [block(0, 905, ...[30, 230, 430, 630, 830].map(at => probe(at, own, rendering)))],
      cpu: samples([0, 905, rendering]),
      kernel: {
        ...kernel(912, { ready: [[0, 905]], waits: stopped, throttled: stopped }, 0.2),
        counters: { processCpuMs: 260, majorFaults: 0, involuntarySwitches: 14, voluntarySwitches: 3 }
      }
    })
  },
  'cpu.contended': {
    given: { durationMs: 900, concurrency: 3 },
    seen: evidence({
      blocks: [block(0, 895, ...[30, 230, 430, 630, 830].map(at => probe(at, own, rendering)))],
      cpu: samples([0, 895, rendering]),
      kernel: {
        ...kernel(900, { ready: [[0, 895]], waits: Array.from({ length: 56 }, (_, i) => [i * 16, i * 16 + 12]) }),
        counters: { processCpuMs: 230, majorFaults: 0, involuntarySwitches: 56, voluntarySwitches: 2 }
      }
    })
  },
  gc: {
    given: {
      durationMs: 660,
      ownTurns: [[0, 650]]
    },
    seen: evidence({ pauses: Array.from({ length: 20 }, (_, i) => pause(i * 32, i * 32 + 21)) })
  },
  threadpool: {
    given: { durationMs: 1203, concurrency: 6 },
    seen: evidence({
      fullPool: [
        { start: 6, end: 640, threads: 4, calls: { fs: 4, dns: 1 } },
        { start: 650, end: 1190, threads: 4, calls: { fs: 9, dns: 1 } }
      ]
    })
  },
  'client.slow_upload': {
    given: {
      durationMs: 1420,
      upload: { waits: [{ start: 2, end: 1380 }], over: true },
      operations: [query('INSERT INTO photos VALUES (1)', 1382, 1411)]
    }
  },
  'memory.paging': {
    given: { durationMs: 900, concurrency: 1 },
    seen: evidence({
      blocks: [
        block(
          10,
          890,
          ...[40, 60, 100, 180, 300, 420, 540, 660, 780].map(at =>
            probe(at, own, stack('sum src/table.js:12:22', 'report src/server.js:31:9'))
          )
        )
      ],
      cpu: samples([10, 890, stack('sum src/table.js:12:22', 'report src/server.js:31:9')]),
      kernel: {
        ...kernel(900, { ready: Array.from({ length: 90 }, (_, i): [number, number] => [i * 10, i * 10 + 3]) }),
        counters: { majorFaults: 1210 }
      }
    })
  },
  'process.stopped': {
    given: { durationMs: 3131, operations: [query(ORDER, 94, 3122)] },
    seen: evidence({ blocks: [block(98, 3112)], kernel: kernel(3131, { still: [[100, 3110]] }) })
  },
  'client.slow_download': {
    given: {
      durationMs: 1730,
      operations: [query(ORDER, 4, 310)],
      download: {
        waits: [
          { start: 330, end: 900 },
          { start: 910, end: 1729 }
        ],
        over: true
      }
    }
  },
  unknown: {
    given: {
      durationMs: 700,
      operations: [
        query('SELECT * FROM customers WHERE id = 17', 2, 12),
        query('INSERT INTO audit_log VALUES (1)', 662, 690)
      ]
    }
  }
}

export function exampleOf(cause: Cause): Report | undefined {
  const example = EXAMPLES[cause]
  return example && explain(example.given, example.seen)
}

/** What a page shows of the report. */
export function excerptOf(cause: Cause): string | undefined {
  const example = exampleOf(cause)
  return example && JSON.stringify(excerpt(example), null, 2)
}

const excerpt = ({ durationMs, verdict, breakdown }: Report): object => {
  const { cause, summary, confidence, share, culprit } = verdict
  return { durationMs, verdict: { cause, summary, confidence, share, culprit }, breakdown }
}
