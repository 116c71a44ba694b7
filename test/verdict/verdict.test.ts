// Verdicts, by the incidents that they were made for.

import assert from 'node:assert/strict'
import type { Evidence, Frame, Report } from '../../lib/types.js'
import {
  behind,
  block,
  type Case,
  call,
  command,
  dns,
  evidence,
  explain,
  kernel,
  millisecondsOf,
  named,
  noEvidence,
  OPEN,
  ORIGIN,
  OWN_ID,
  operation,
  other,
  own,
  pause,
  poolWait,
  probe,
  query,
  samples,
  stack,
  turns
} from './timeline.js'

interface Incident {
  title: string
  given: Case
  seen?: Evidence
  cause: string
  says: string | RegExp
  confidence?: Report['verdict']['confidence']
  breakdown?: Record<string, number>
  culprit?: Report['verdict']['culprit']
}

/** It ended before the request that is explained began. */
const over = (agoMs: number) => ({ ...other('GET /warmup', 31), endedAt: ORIGIN - agoMs })

const LOOK_UP = { kind: 'dns', system: 'dns', target: undefined } as const
const SELECT = 'SELECT * FROM orders WHERE id = 17'
/** V8's own entry of a profile has a blank in its name. */
const COLLECTING = [{ function: '(garbage collector)', file: '', line: 0, column: 0 }]
const NEARLY_FULL = { usedBytes: 150 * 2 ** 20, limitBytes: 200 * 2 ** 20 }
const render = stack('renderCsv src/export.js:41:9', 'handler src/server.js:12:3')
const rule = (i: number) =>
  stack(`rule${i} src/rules.js:${i + 1}:5`, 'applyRules src/price.js:5', 'handler src/server.js:10')
const profiled = stack('renderCsv src/export.js:38', 'handler src/server.js:10')

const statements = (count: number, eachMs: number, gapMs: number) =>
  Array.from({ length: count }, (_, i) =>
    query(`SELECT * FROM items WHERE id = ${i}`, 10 + i * (eachMs + gapMs), 10 + i * (eachMs + gapMs) + eachMs)
  )

/** Each as soon as the one before is answered. */
const inTurn = (eachMs: number, count: number, from = 5) =>
  Array.from({ length: count }, (_, i) =>
    query(`SELECT * FROM table_${'abcdef'[i]}`, from + i * eachMs + 1, from + (i + 1) * eachMs - 1)
  )

const holders = (...names: [name: string, heldMs: number][]) =>
  names.map(([name, heldMs], i) => ({ request: name === '' ? null : other(name, 100 + i), heldMs }))

const quota = Array.from({ length: 8 }, (_, i): [number, number] => [i * 100 + 20, i * 100 + 100])

/** All in one block, of which the thread ran 3 ms in 10. */
const asleep = (durationMs: number, majorFaults: number): Pick<Incident, 'given' | 'seen'> => ({
  given: { durationMs, concurrency: 1, ownTurns: [[0, 0.5]] },
  seen: evidence({
    blocks: [block(5, durationMs - 5, probe(100, own, render), probe(700, own, render))],
    cpu: samples([5, durationMs - 5, render]),
    kernel: {
      ...kernel(durationMs, {
        ready: Array.from({ length: durationMs / 10 }, (_, i): [number, number] => [i * 10, i * 10 + 3])
      }),
      counters: { majorFaults }
    }
  })
})

/** All threads from 100 to 3100; V8 takes no sample then, so the last one lasts. */
const stopped = (
  given: Partial<Case>,
  cpu = samples(),
  ran = render,
  still: [number, number][] = [[100, 3100]]
): Pick<Incident, 'given' | 'seen'> => ({
  given: { durationMs: 3140, concurrency: 1, ...given },
  seen: evidence({
    blocks: [block(98, 3102, ...(cpu.samples.length > 0 ? [probe(3101, own, ran)] : []))],
    cpu,
    kernel: kernel(given.durationMs ?? 3140, { still })
  })
})

const INCIDENTS: Incident[] = [
  {
    title: 'slow query',
    given: { durationMs: 812, operations: [query(SELECT, 10, 630), query('SELECT * FROM users', 640, 660)] },
    cause: 'db.slow_query',
    says: 'Waited 640 ms for 2 statements; the longest, 620 ms, was SELECT orders at db:5432/shop.',
    confidence: 'measured',
    breakdown: { 'db.slow_query': 640, unknown: 172 },
    culprit: { statement: 'SELECT * FROM orders WHERE id = ?', target: 'db:5432/shop' }
  },
  {
    title: 'a statement that is still running',
    given: { durationMs: 600, status: 'running', operations: [query(SELECT, 10, OPEN)] },
    cause: 'db.slow_query',
    says: 'Still running. Waited 590 ms for SELECT orders at db:5432/shop, which has not answered yet.',
    confidence: 'measured'
  },
  {
    title: 'a statement that failed',
    given: { durationMs: 600, operations: [query(SELECT, 10, 590, { error: 'timeout of "s3cret 1"' })] },
    cause: 'db.slow_query',
    says: 'Waited 580 ms for SELECT orders at db:5432/shop, which failed: timeout of "?".'
  },
  {
    title: 'two statements of which the longer failed',
    given: {
      durationMs: 700,
      operations: [query(SELECT, 10, 90), query('SELECT * FROM users', 100, 690, { error: 'canceling statement.' })]
    },
    cause: 'db.slow_query',
    says: 'Waited 670 ms for 2 statements; the longest, 590 ms, was SELECT users at db:5432/shop, which failed: canceling statement.'
  },
  {
    title: 'an error with a long text',
    given: { durationMs: 600, operations: [query(SELECT, 10, 590, { error: `no ${'more '.repeat(40)}` })] },
    cause: 'db.slow_query',
    says: /, which failed: no (?:more ){23}m…\.$/
  },
  {
    title: 'two child processes',
    given: {
      durationMs: 900,
      status: 'running',
      operations: [
        operation({ kind: 'process', system: 'process', text: 'convert', start: 0, end: 300 }),
        operation({ kind: 'process', system: 'process', text: 'node', start: 300, end: OPEN })
      ]
    },
    cause: 'process.slow',
    says: 'Still running. Waited 900 ms for 2 child processes; the longest, 600 ms, was child process node, which has not ended yet.'
  },
  {
    title: 'the caller went away during a query',
    given: { durationMs: 600, status: 'aborted', operations: [query(SELECT, 10, OPEN)] },
    cause: 'db.slow_query',
    says: /^The caller went away\. Waited 590 ms for SELECT orders/
  },
  {
    title: 'slow queries side by side, each on its own connection: the one that was waited for last',
    given: {
      durationMs: 600,
      operations: [poolWait(0, 0), poolWait(0, 0), query(SELECT, 0, 200), query('SELECT * FROM users', 0, 590)]
    },
    cause: 'db.slow_query',
    says: 'Waited 590 ms for SELECT users at db:5432/shop.',
    confidence: 'measured'
  },
  {
    title: 'a fast query that was sent behind a slow one on the same connection',
    given: { durationMs: 600, operations: [query(SELECT, 0, 580), query('SELECT * FROM users', 0, 590)] },
    cause: 'db.slow_query',
    says: 'Waited 590 ms for 2 statements; the longest, 580 ms, was SELECT orders at db:5432/shop.',
    confidence: 'measured'
  },
  {
    title: 'slow queries side by side, nobody knows on which connections',
    given: { durationMs: 600, operations: [query(SELECT, 0, 250), query('SELECT * FROM users', 0, 590)] },
    cause: 'db.slow_query',
    says: /the longest, 340 ms, was SELECT users at db:5432\/shop\. Inferred: several statements were under way/,
    confidence: 'inferred'
  },
  {
    title: 'slow queries side by side on connections of their own, of which a pool had some at once',
    given: {
      durationMs: 600,
      operations: [
        query('SELECT * FROM sessions', 0, 3),
        poolWait(4, 4.1),
        query(SELECT, 4, 250),
        query('SELECT * FROM users', 4, 590)
      ],
      gotAtOnce: [{ system: 'postgresql', count: 2 }]
    },
    cause: 'db.slow_query',
    says: 'Waited 586 ms for SELECT users at db:5432/shop.',
    confidence: 'measured'
  },
  {
    title: 'a command behind a blocking one on the same connection',
    given: {
      durationMs: 600,
      operations: [command('BLPOP jobs', 0, 580, { blocking: true }), command('GET a', 5, 581)]
    },
    cause: 'unknown',
    says: 'Waited 599 ms, most of it in BLPOP jobs, a command that waits on purpose.'
  },
  {
    title: 'two collections, in the longer of which something else stopped the thread',
    given: { durationMs: 700 },
    seen: evidence({ pauses: [pause(50, 400), pause(450, 690)], agent: [{ start: 100, end: 390 }] }),
    cause: 'unknown',
    says: /went to gc \(2 pauses, the longest 240 ms\)/
  },
  {
    title: 'two hundred statements, none of which is long or like another',
    given: {
      durationMs: 2000,
      operations: Array.from({ length: 200 }, (_, i) =>
        query(`SELECT a FROM t${i}`, i * 10, i * 10 + (i === 50 ? 10 : 9))
      )
    },
    cause: 'db.slow_query',
    says: /^Waited 1\.8 s for 200 statements one after another, none of which took less than 9 ms; the longest, 10 ms, was SELECT t50 at db:5432\/shop\.$/
  },
  {
    title: 'a fast command behind a slow one',
    given: { durationMs: 600, operations: [command('SMEMBERS big', 0, 580), command('GET a', 5, 581)] },
    cause: 'cache.slow',
    says: 'Waited 580 ms for SMEMBERS big at cache:6379.'
  },
  {
    title: 'many small turns, told one by one',
    given: {
      durationMs: 640,
      concurrency: 40,
      turns: turns(
        Array.from({ length: 8 }, (_, i) => other(i % 4 === 3 ? 'GET /search' : 'GET /quote', 30 + i)),
        ...Array.from({ length: 64 }, (_, i): [number, number, number] => [i * 10, i * 10 + 9, 30 + (i % 8)])
      )
    },
    seen: evidence({ cpu: samples([0, 640, stack('price src/quote.js:7:3')]) }),
    cause: 'loop.saturated',
    says:
      'The main thread was busy for 577 ms in many small turns, with 40 or more requests in flight: GET /quote 75 %, ' +
      'GET /search 25 %; the most in price (src/quote.js:7:3).',
    confidence: 'measured',
    breakdown: { 'loop.saturated': 577, unknown: 63 }
  },
  {
    title: 'many small turns, most of requests that are not named: none of them is to blame alone',
    given: {
      durationMs: 600,
      concurrency: 1000,
      turns: turns(
        [other('GET /quote', 31)],
        ...Array.from({ length: 120 }, (_, i): [number, number, number] => [i * 5, i * 5 + 5, i % 12 === 0 ? 31 : -1])
      )
    },
    seen: evidence({ cpu: samples([0, 600, stack('price src/quote.js:7:3')]) }),
    cause: 'loop.saturated',
    says:
      'The main thread was busy for 600 ms in many small turns, with 1000 or more requests in flight: GET /quote; the most in ' +
      'price (src/quote.js:7:3).',
    confidence: 'measured',
    breakdown: { 'loop.saturated': 600 }
  },
  {
    title: 'its own work in many turns, beside that of others',
    given: {
      durationMs: 600,
      concurrency: 9,
      turns: turns(
        [other('GET /list', 31), other('GET /list', 32)],
        ...Array.from({ length: 60 }, (_, i): [number, number, number] =>
          i % 6 === 5 ? [i * 10, i * 10 + 10, i % 12 === 5 ? 31 : 32] : [i * 10, i * 10 + 10, 7]
        )
      )
    },
    seen: evidence({ cpu: samples([0, 600, stack('reindex src/index.js:3:9')]) }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 500 ms on the main thread, mostly in reindex (src/index.js:3:9).',
    confidence: 'measured',
    breakdown: { 'cpu.own': 500, 'loop.saturated': 100 }
  },
  {
    title: 'one other request that works in many turns',
    given: {
      durationMs: 600,
      concurrency: 3,
      turns: turns(
        [other('GET /reindex', 31), other('GET /list', 32)],
        ...Array.from({ length: 60 }, (_, i): [number, number, number] => [i * 10, i * 10 + 10, i % 10 === 0 ? 32 : 31])
      )
    },
    seen: evidence({ cpu: samples([0, 600, stack('reindex src/index.js:3:9')]) }),
    cause: 'loop.blocked',
    says: 'The event loop was held for 540 ms by GET /reindex (reindex, src/index.js:3:9) while this request waited.',
    confidence: 'measured',
    breakdown: { 'loop.blocked': 540, 'loop.saturated': 60 }
  },
  {
    title: 'a large answer that is parsed by fetch: Node alone, but one call of it, between other programs',
    given: { durationMs: 600, concurrency: 2, turns: turns([own], [0, 595, OWN_ID]) },
    seen: evidence({
      cpu: samples(
        [0, 70, stack('resume node:internal/deps/undici/undici:11299:39')],
        [80, 150, stack('decode node:internal/encoding:440:11')],
        [150, 180, stack('emitHook node:internal/async_hooks:225:18')],
        [200, 230, stack('execute node:internal/deps/undici/undici:6102:14')],
        [240, 280, stack('_copyActual node:buffer:241:21')],
        [300, 490, stack('parseJSONFromBytes node:internal/deps/undici/undici:5879:32')],
        [500, 540, stack('onStreamRead node:internal/stream_base_commons:168:22')]
      )
    }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 595 ms on the main thread, the most (40 %) in parseJSONFromBytes (node:internal/deps/undici/undici:5879:32).'
  },
  {
    title: 'a loop by setImmediate until something is there: samples show little, and of that Node alone',
    given: { durationMs: 600, concurrency: 2, turns: turns([own], [0, 595, OWN_ID]) },
    seen: evidence({
      cpu: samples(
        [0, 10, stack('emitHook node:internal/async_hooks:225:18')],
        [200, 210, stack('runMicrotasks', 'runNextTicks node:internal/process/task_queues:63:22')],
        [400, 410, stack('waitReady src/rates.js:4:9', 'processImmediate node:internal/timers:525:9')],
        [500, 520, stack('callbackTrampoline node:internal/async_hooks:118:28')]
      )
    }),
    cause: 'cpu.own',
    says:
      'Its own JavaScript ran 595 ms on the main thread, hardly any of it in code of the application or a package: it was called very ' +
      'often for very little, as by setImmediate until something is there, or with small pieces.',
    culprit: {}
  },
  {
    title: 'a large Blob that fetch sends: three functions of Node, none of which has most, had all of the time',
    given: { durationMs: 600, concurrency: 2, turns: turns([own], [0, 595, OWN_ID]) },
    seen: evidence({
      cpu: samples(
        [0, 240, stack('readNext node:internal/blob:346:26')],
        [240, 450, stack('pull node:internal/deps/undici/undici:5734:21')],
        [450, 590, stack('cloneAsUint8Array node:internal/webstreams/util:112:29')]
      )
    }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 595 ms on the main thread, the most (41 %) in readNext (node:internal/blob:346:26).'
  },
  {
    title: 'six calls that this very process answers, each in a turn of 90 ms',
    given: {
      durationMs: 560,
      concurrency: 7,
      operations: Array.from({ length: 6 }, (_, i) =>
        call('GET /items/1', 5, 95 + i * 90, { target: '127.0.0.1:3000', spanId: `call-${i}` })
      ),
      turns: turns(
        Array.from({ length: 6 }, (_, i) => ({ ...other('GET /items/:id', 31 + i), parentSpanId: `call-${i}` })),
        ...Array.from({ length: 6 }, (_, i): [number, number, number] => [5 + i * 91, 94 + i * 91, 31 + i])
      )
    },
    seen: evidence({ cpu: samples([5, 555, stack('price src/items.js:7:3')]) }),
    cause: 'loop.saturated',
    says:
      'The main thread was busy for 540 ms in many small turns, with 7 or more requests in flight: GET /items/:id (called by ' +
      'this request); the most in price (src/items.js:7:3).',
    confidence: 'measured'
  },
  {
    title: 'a call that this very process answers, and whose answer comes later',
    given: {
      durationMs: 800,
      concurrency: 2,
      operations: [call('GET /report', 5, 790, { target: '127.0.0.1:3000', spanId: 'call-1' })],
      turns: turns([{ ...other('GET /report', 31), parentSpanId: 'call-1' }], [10, 510, 31])
    },
    seen: evidence({ cpu: samples([10, 510, stack('sum src/report.js:7:3')]) }),
    cause: 'loop.blocked',
    says:
      'The event loop was held for 500 ms by GET /report (called by this request; sum, src/report.js:7:3) while this request waited. ' +
      'Another 285 ms (36 %) went to http.slow_peer (GET 127.0.0.1:3000/report).',
    confidence: 'measured',
    breakdown: { 'loop.blocked': 500, 'http.slow_peer': 285, unknown: 15 }
  },
  {
    title: 'a request of the same caller that holds the loop while a peer works',
    given: {
      durationMs: 800,
      concurrency: 2,
      parentSpanId: 'gateway',
      operations: [call('GET /stock', 5, 790, { spanId: 'call-1' })],
      turns: turns([{ ...other('GET /report', 31), parentSpanId: 'gateway' }], [10, 310, 31])
    },
    seen: evidence({ cpu: samples([10, 310, stack('sum src/report.js:7:3')]) }),
    cause: 'http.slow_peer',
    says: 'Waited 785 ms for GET stock:8080/stock, which answered 200.'
  },
  {
    title: 'a timer that a request had begun, which is long over',
    given: { durationMs: 600 },
    seen: evidence({
      blocks: [
        block(20, 580, ...[60, 180, 300, 420, 540].map(at => probe(at, over(5000), stack('refresh src/rates.js:8:12'))))
      ]
    }),
    cause: 'loop.blocked',
    says: 'The event loop was held for 560 ms by what GET /warmup left running (refresh, src/rates.js:8:12) while this request waited.',
    culprit: {
      route: 'GET /warmup',
      traceId: other('GET /warmup', 31).traceId,
      frame: { function: 'refresh', file: 'src/rates.js', line: 8, column: 12 }
    }
  },
  {
    title: 'a request that has answered, and goes on at once',
    given: { durationMs: 600 },
    seen: evidence({
      blocks: [
        block(20, 580, ...[60, 180, 300, 420, 540].map(at => probe(at, over(-15), stack('count src/stats.js:8:12'))))
      ]
    }),
    cause: 'loop.blocked',
    says: 'The event loop was held for 560 ms by GET /warmup (count, src/stats.js:8:12) while this request waited.'
  },
  {
    title: 'rows that came in the context of a request that was over',
    given: {
      durationMs: 600,
      concurrency: 3,
      turns: turns(
        [{ ...other('GET /login', 31), endedAt: 0 }],
        ...Array.from({ length: 60 }, (_, i): [number, number, number] => [i * 10, i * 10 + 10, 31])
      )
    },
    seen: evidence({
      cpu: samples([0, 600, stack('toCsv src/export.js:3:9', 'onStreamRead node:internal/stream_base_commons:191:23')])
    }),
    cause: 'loop.blocked',
    says:
      'The event loop was held for 600 ms by what GET /login left running (toCsv, src/export.js:3:9) while this request waited. Inferred: ' +
      'GET /login was over by then, and may only have opened the connection that was read, for whomever.',
    confidence: 'inferred',
    breakdown: { 'loop.blocked': 600 }
  },
  {
    title: 'rows that came in turns of which few were sampled, in the context of a request that was over',
    given: {
      durationMs: 600,
      concurrency: 3,
      turns: turns(
        [{ ...other('GET /login', 31), endedAt: 0 }],
        ...Array.from({ length: 60 }, (_, i): [number, number, number] => [
          i * 10 + (i % 5 === 0 ? 0 : 1),
          i * 10 + 9,
          31
        ])
      )
    },
    seen: evidence({
      cpu: samples([0, 600, stack('toCsv src/export.js:3:9', 'onStreamRead node:internal/stream_base_commons:191:23')])
    }),
    cause: 'loop.blocked',
    says: /left running \(toCsv, src\/export\.js:3:9\) .*Inferred: GET \/login was over by then, and may only have opened the connection/,
    confidence: 'inferred'
  },
  {
    title: 'rows that a stream read in ticks, among collections, in the context of a request that was over',
    given: {
      durationMs: 600,
      concurrency: 3,
      turns: turns(
        [{ ...other('GET /login', 31), endedAt: 0 }],
        ...Array.from({ length: 60 }, (_, i): [number, number, number] => [i * 10, i * 10 + 10, 31])
      )
    },
    seen: evidence({
      cpu: samples(
        [
          0,
          20,
          stack('toCsv src/export.js:3:9', 'Socket.read node:net:754:37', 'flow node:internal/streams/readable:1099:14')
        ],
        [20, 600, COLLECTING]
      )
    }),
    cause: 'loop.blocked',
    says: /left running .*Inferred: GET \/login was over by then, and may only have opened the connection/,
    confidence: 'inferred'
  },
  {
    title: 'rows that came in the context of a request that still runs',
    given: {
      durationMs: 600,
      concurrency: 3,
      turns: turns(
        [other('GET /export', 31)],
        ...Array.from({ length: 60 }, (_, i): [number, number, number] => [i * 10, i * 10 + 10, 31])
      )
    },
    seen: evidence({
      cpu: samples([0, 600, stack('toCsv src/export.js:3:9', 'onStreamRead node:internal/stream_base_commons:191:23')])
    }),
    cause: 'loop.blocked',
    says: 'The event loop was held for 600 ms by GET /export (toCsv, src/export.js:3:9) while this request waited.',
    confidence: 'measured'
  },
  {
    title: 'turns in which a request that was over works on',
    given: {
      durationMs: 600,
      concurrency: 3,
      turns: turns(
        [{ ...other('GET /login', 31), endedAt: 0 }],
        ...Array.from({ length: 60 }, (_, i): [number, number, number] => [i * 10, i * 10 + 10, 31])
      )
    },
    seen: evidence({ cpu: samples([0, 600, stack('toCsv src/export.js:3:9')]) }),
    cause: 'loop.blocked',
    says: 'The event loop was held for 600 ms by what GET /login left running (toCsv, src/export.js:3:9) while this request waited.',
    confidence: 'measured',
    breakdown: { 'loop.blocked': 600 }
  },
  {
    title: 'a loop of queries with a timer after each: the thread slept, so the pauses are nobody’s work',
    given: { durationMs: 640, concurrency: 1, operations: statements(30, 12, 9) },
    seen: evidence({ cpu: samples() }),
    cause: 'db.n_plus_one',
    says: /^Ran 30 like statements one after another \(SELECT items, 12 ms each\): 360 of 640 ms\. Another 280 ms \(44 %\) went to unknown \(/,
    confidence: 'measured'
  },
  {
    title: 'a loop of queries after each of which their driver works',
    given: { durationMs: 640, concurrency: 1, operations: statements(30, 12, 9) },
    seen: evidence({
      cpu: samples(
        ...Array.from({ length: 30 }, (_, i): [number, number, ReturnType<typeof stack>] => [
          22 + i * 21,
          31 + i * 21,
          stack('toRow node_modules/orm/index.js:5:1')
        ])
      )
    }),
    cause: 'db.n_plus_one',
    says: /^Ran 30 like statements one after another \(SELECT items, 12 ms each\): 621 of 640 ms/
  },
  {
    title: 'a loop of queries, each followed by a short turn of its own',
    given: {
      durationMs: 640,
      concurrency: 2,
      operations: statements(60, 9, 1),
      turns: turns(
        [],
        ...Array.from({ length: 60 }, (_, i): [number, number, number] => [18.5 + i * 10, 20.2 + i * 10, 7])
      )
    },
    cause: 'db.n_plus_one',
    says: /^Ran 60 like statements one after another/,
    confidence: 'measured',
    breakdown: { 'db.n_plus_one': 599, unknown: 39.8, 'cpu.own': 1.2 }
  },
  {
    title: 'turns that were told of too late',
    given: {
      durationMs: 640,
      concurrency: 40,
      turns: turns(
        Array.from({ length: 8 }, (_, i) => other('GET /quote', 30 + i)),
        ...Array.from({ length: 24 }, (_, i): [number, number, number] => [400 + i * 10, 410 + i * 10, 30 + (i % 8)])
      )
    },
    seen: evidence({ cpu: samples([0, 640, stack('price src/quote.js:7:3')]) }),
    cause: 'loop.saturated',
    says: /Inferred: samples show what ran, not for which request\.$/,
    confidence: 'inferred',
    breakdown: { 'loop.saturated': 640 }
  },
  {
    title: 'native code in the first turn of another request, which answers no question',
    given: {
      durationMs: 600,
      turns: { from: 600, to: 600, stretches: [30, 540, 31], requests: [other('GET /catalog', 31)] }
    },
    seen: evidence({ blocks: [block(26, 545)], cpu: samples([30, 540, stack('parse', 'loadCatalog src/a.js:3:9')]) }),
    cause: 'loop.blocked',
    says: 'The event loop was held for 519 ms by GET /catalog (JSON.parse in loadCatalog, src/a.js:3:9) while this request waited.',
    confidence: 'measured'
  },
  {
    title: 'promises that resolve at once',
    given: {
      durationMs: 700,
      concurrency: 1,
      ownTurns: [[0, 0.3]],
      silences: [{ start: 0, end: 690, request: own }]
    },
    seen: evidence({ blocks: [block(-4, 690)], cpu: samples([0, 690, stack('walk src/walk.js:7:22')]) }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 690 ms on the main thread, mostly in walk (src/walk.js:7:22).',
    confidence: 'measured'
  },
  {
    title: 'promises of another request that resolve at once',
    given: { durationMs: 700, silences: [{ start: 30, end: 690, request: other('GET /walk', 31) }] },
    seen: evidence({ blocks: [block(26, 690)], cpu: samples([30, 690, stack('walk src/walk.js:7:22')]) }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 66\d ms by GET \/walk \(walk, .* Inferred: nobody .*; GET \/walk alone had begun in that turn\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a job that a timer called in the turn in which it began',
    given: {
      durationMs: 700,
      concurrency: 1,
      ownTurns: [[0, 0.3]],
      silences: [{ start: 0, end: 690, request: own }]
    },
    seen: evidence({
      blocks: [block(-4, 690)],
      cpu: samples([5, 690, stack('sweep src/job.js:7:22', 'processTimers node:internal/timers:545:9')])
    }),
    cause: 'loop.blocked',
    says: / by code outside any request \(sweep, .* Inferred: nobody was seen to hold the event loop; a timer or a message called it, maybe the request’s own\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a job that a timer called and nobody was seen in, while the only request waited for a peer',
    given: { durationMs: 700, concurrency: 1, operations: [call('GET http://stock:8080/items', 2, 690)] },
    seen: evidence({
      blocks: [block(10, 690)],
      cpu: samples([
        10,
        690,
        stack('structuredClone :0', 'refresh src/job.js:7:22', 'listOnTimeout node:internal/timers:623:25')
      ])
    }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 680 ms by code outside any request \(structuredClone in refresh, /,
    confidence: 'inferred'
  },
  {
    title: 'a large message of a worker that is read while the only request waits is nobody’s JavaScript',
    given: { durationMs: 500, concurrency: 1, status: 'running' },
    seen: evidence({
      blocks: [block(20, 500)],
      cpu: samples([20, 370, stack('(program) :0')], [370, 500, COLLECTING])
    }),
    cause: 'loop.blocked',
    says: /^Still running\. The event loop was held for \d+ ms by somebody while .* Inferred: nobody was seen to hold the event loop; native code ran that no JavaScript had called, as when a large message of a worker is read\.$/,
    confidence: 'inferred'
  },
  {
    title:
      'a large message of a worker that is read, collected and handled: of the time without the collector most is its reading',
    given: { durationMs: 500, concurrency: 1 },
    seen: evidence({
      blocks: [block(20, 500)],
      cpu: samples(
        [20, 220, stack('(program) :0')],
        [220, 370, COLLECTING],
        [370, 500, stack('emitMessage node:internal/per_context/messageport:23:9')]
      )
    }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 330 ms by somebody .* Inferred: .*; native code ran that no JavaScript had called, /,
    confidence: 'inferred'
  },
  {
    title: 'code of the only request that nobody was seen in, run by a promise between two timers',
    given: { durationMs: 700, concurrency: 1 },
    seen: evidence({
      blocks: [block(30, 690)],
      cpu: samples([
        30,
        690,
        stack(
          'clone src/page.js:7:22',
          'processTicksAndRejections node:internal/process/task_queues:105:5',
          'runNextTicks node:internal/process/task_queues:65:3',
          'listOnTimeout node:internal/timers:549:9'
        )
      ])
    }),
    cause: 'cpu.own',
    says: / Inferred: nobody was seen to hold the event loop; it was the only request\.$/,
    confidence: 'inferred'
  },
  {
    title: 'pool exhausted by another route',
    given: {
      durationMs: 640,
      operations: [
        poolWait(5, 595, {
          size: 10,
          inUse: 10,
          waiting: 3,
          holders: holders(
            ...Array.from({ length: 7 }, (_, i): [string, number] => ['POST /report', 300 * (i + 1)]),
            ['GET /a', 20],
            ['GET /b', 10],
            ['GET /b', 10]
          )
        }),
        query(SELECT, 596, 600)
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 590 ms for a connection: all 10 were held, 7 of them by POST /report (oldest 2.1 s).',
    confidence: 'measured',
    culprit: { target: 'postgresql pool', route: 'POST /report', traceId: '106'.padStart(32, '0') }
  },
  {
    title: 'pool exhausted by a line that is known',
    given: {
      durationMs: 640,
      operations: [
        poolWait(5, 595, {
          size: 2,
          inUse: 2,
          waiting: 1,
          holders: [
            { request: other('POST /pay', 41), heldMs: 1900 },
            {
              request: other('POST /pay', 42),
              heldMs: 900,
              takenAt: stack('connect node_modules/pg-pool/index.js:169:3', 'pay src/pay.js:7:31')
            }
          ]
        })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 590 ms for a connection: all 2 were held, all by POST /pay (oldest 1.9 s, taken in pay, src/pay.js:7:31).',
    culprit: {
      target: 'postgresql pool',
      route: 'POST /pay',
      traceId: '41'.padStart(32, '0'),
      frame: { function: 'pay', file: 'src/pay.js', line: 7, column: 31 }
    }
  },
  {
    title: 'pool of two, of which the one that is held for longer was taken elsewhere',
    given: {
      durationMs: 640,
      operations: [
        poolWait(5, 595, {
          size: 2,
          inUse: 2,
          waiting: 1,
          holders: [
            { request: other('POST /pay', 41), heldMs: 700, takenAt: stack('refund src/pay.js:30:3') },
            { request: other('POST /pay', 42), heldMs: 1900, takenAt: stack('pay src/pay.js:7:31') }
          ]
        })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 590 ms for a connection: all 2 were held, all by POST /pay (oldest 1.9 s, taken in pay, src/pay.js:7:31).'
  },
  {
    title: 'pool of two, of which two routes have one each: who has had it for longer is told',
    given: {
      durationMs: 640,
      operations: [
        poolWait(5, 595, { size: 2, inUse: 2, waiting: 1, holders: holders(['GET /a', 600], ['POST /pay', 1900]) })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 590 ms for a connection: all 2 were held, 1 of them by POST /pay (oldest 1.9 s).'
  },
  {
    title: 'pool of five, of which three were looked at, all of one route',
    given: {
      durationMs: 640,
      operations: [
        poolWait(5, 595, {
          size: 5,
          inUse: 5,
          waiting: 1,
          holders: holders(['POST /pay', 600], ['POST /pay', 1900], ['POST /pay', 700])
        })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 590 ms for a connection: all 5 were held, at least 3 of them by POST /pay (oldest 1.9 s).'
  },
  {
    title: 'pool of one held by the request itself',
    given: {
      durationMs: 600,
      status: 'running',
      operations: [poolWait(5, OPEN, { size: 1, inUse: 1, waiting: 1, holders: [{ request: own, heldMs: 590 }] })]
    },
    cause: 'db.pool_wait',
    says: 'Still running. Waited 595 ms for a connection: the only one was held by this request itself (oldest 590 ms).'
  },
  {
    title: 'quick statement behind a slow one of another request, on the only connection of a client',
    given: {
      durationMs: 900,
      operations: [query('SELECT 1 AS item', 5, 890, { marks: { queued: 5, sent: 860 } })]
    },
    cause: 'db.pool_wait',
    says: 'Waited 855 ms before SELECT could be sent: its client has one connection, and other statements were before it.',
    breakdown: { 'db.pool_wait': 855, 'db.slow_query': 30, unknown: 15 }
  },
  {
    title: 'quick statement behind one that is known, whose end was told after the quick one was sent',
    given: {
      durationMs: 900,
      operations: [
        query('SELECT 1 AS item', 5, 890, {
          marks: { queued: 5, sent: 860 },
          ahead: behind('SELECT pg_sleep(1)', 2, 864, { kind: 'db', system: 'postgresql', target: 'db:5432/shop' })
        })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 855 ms before SELECT could be sent: its client has one connection, and SELECT pg_sleep of GET /report was before it, for 855 ms of that.',
    breakdown: { 'db.pool_wait': 855, 'db.slow_query': 30, unknown: 15 }
  },
  {
    title: 'statement that its client has not sent when the request is looked at',
    given: {
      durationMs: 600,
      status: 'running',
      operations: [query('SELECT 1 AS item', 5, OPEN, { marks: { queued: 5 } })]
    },
    cause: 'db.pool_wait',
    says: /^Still running\. Waited 595 ms before SELECT could be sent/
  },
  {
    title: 'statements that a request sends at once on one connection: its own slow one is told',
    given: {
      durationMs: 700,
      operations: [
        query('SELECT pg_sleep(0.6)', 5, 610),
        query('SELECT 1 AS item', 6, 640, { marks: { queued: 6, sent: 611 } })
      ]
    },
    cause: 'db.slow_query',
    says: /the longest, 605 ms, was SELECT/
  },
  {
    title: 'pool that opens connections slowly',
    given: { durationMs: 600, operations: [poolWait(5, 590, { size: 10, inUse: 3, waiting: 1, holders: [] })] },
    cause: 'db.pool_wait',
    says: 'Waited 585 ms for a connection, though only 3 of 10 were in use: opening a new one took that long.'
  },
  {
    title: 'pool of which one connection is in use, and another takes long to be opened',
    given: { durationMs: 600, operations: [poolWait(5, 590, { size: 10, inUse: 1, waiting: 1, holders: [] })] },
    cause: 'db.pool_wait',
    says: 'Waited 585 ms for a connection, though only 1 of 10 was in use: opening a new one took that long.'
  },
  {
    title: 'pool that counts the connections that it has, and has none yet',
    given: { durationMs: 600, operations: [poolWait(5, 590, { size: 0, inUse: 0, waiting: 0, holders: [] })] },
    cause: 'db.pool_wait',
    says: 'Waited 585 ms for a connection, of which the pool had none: opening one took that long.'
  },
  {
    title: 'pool that checks a connection before it gives it: nothing is said of a new one',
    given: {
      durationMs: 600,
      operations: [poolWait(5, 590, { size: 10, inUse: 3, waiting: 1, free: 2, holders: [] })]
    },
    cause: 'db.pool_wait',
    says:
      'Waited 585 ms for a connection, though 2 of 10 were open and free: its pool took that long to give one out, ' +
      'as a pool does that checks a connection first (a ping).'
  },
  {
    title: 'pool whose server cannot be reached',
    given: {
      durationMs: 900,
      operations: [
        {
          ...poolWait(5, 805, { size: 4, inUse: 0, waiting: 0, holders: [] }),
          error: 'connect ETIMEDOUT'
        }
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 800 ms for a connection, though only 0 of 4 were in use: opening a new one took that long, and failed: connect ETIMEDOUT.'
  },
  {
    title: 'pool of which each request wants a second connection while it keeps its first',
    given: {
      durationMs: 1000,
      operations: [
        poolWait(80, 980, {
          size: 3,
          inUse: 3,
          waiting: 2,
          holders: [
            { request: own, heldMs: 60 },
            { request: other('POST /order', 31), heldMs: 70 },
            { request: other('POST /order', 32), heldMs: 65 }
          ]
        })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 900 ms for a connection: all 3 were held, 2 of them by POST /order (oldest 70 ms), and 1 by this request itself.'
  },
  {
    title: 'pool asked for by the request itself, sixty times at once',
    given: {
      durationMs: 640,
      operations: Array.from({ length: 60 }, (_, i) => [
        poolWait(i / 1000, 10 + Math.floor(i / 2) * 20, { size: 2, inUse: 0, waiting: i, holders: [] }),
        query('SELECT pg_sleep(0.02)', 10 + Math.floor(i / 2) * 20, 30 + Math.floor(i / 2) * 20)
      ]).flat()
    },
    cause: 'db.pool_wait',
    says: 'Waited 570 ms for a connection: 59 calls waited for 2 connections, most of them of this request itself.'
  },
  {
    title: 'pool that is still opening its connections when the request asks sixty times at once',
    given: {
      durationMs: 640,
      operations: Array.from({ length: 60 }, (_, i) => [
        poolWait(i / 1000, 10 + Math.floor(i / 2) * 20, {
          size: 2,
          inUse: Math.min(i, 2),
          waiting: Math.max(0, i - 2),
          holders: []
        }),
        query('SELECT pg_sleep(0.02)', 10 + Math.floor(i / 2) * 20, 30 + Math.floor(i / 2) * 20)
      ]).flat()
    },
    cause: 'db.pool_wait',
    says: 'Waited 570 ms for a connection: all 2 were held, and 57 calls waited before it, most of them of this request itself.'
  },
  {
    title: 'pool that counts nobody yet of sixty calls that the request began in one turn',
    given: {
      durationMs: 640,
      operations: Array.from({ length: 60 }, (_, i) => [
        poolWait(i / 1000, 10 + Math.floor(i / 2) * 20, { size: 2, inUse: 0, waiting: 0, holders: [] }),
        query('SELECT pg_sleep(0.02)', 10 + Math.floor(i / 2) * 20, 30 + Math.floor(i / 2) * 20)
      ]).flat()
    },
    cause: 'db.pool_wait',
    says: 'Waited 570 ms for a connection: 59 calls waited for 2 connections, most of them of this request itself.',
    culprit: { target: 'postgresql pool' }
  },
  ...['it counts those as held', 'it counts nobody yet'].map((how, counts): Incident => {
    const isCounted = counts === 0
    return {
      title: `pool that opens its first connections for long while the request asks for more than it may have: ${how}`,
      given: {
        durationMs: 740,
        operations: Array.from({ length: 6 }, (_, i) =>
          poolWait(i / 1000, 600 + Math.floor(i / 2) * 30, {
            size: 2,
            inUse: isCounted ? Math.min(i, 2) : 0,
            waiting: isCounted ? Math.max(0, i - 2) : 0,
            holders: []
          })
        )
      },
      cause: 'db.pool_wait',
      says: /, most of them of this request itself; 600 ms of it passed before the first was open\.$/
    }
  }),
  {
    title: 'pool that opens as many connections as the request asks for at once',
    given: {
      durationMs: 640,
      operations: Array.from({ length: 10 }, (_, i) =>
        poolWait(i / 1000, 600, { size: 10, inUse: i, waiting: 0, holders: [] })
      )
    },
    cause: 'db.pool_wait',
    says: /though only \d of 10 were in use: opening a new one took that long\.$/
  },
  {
    title: 'pool that others held for a moment, but the request asked twenty times at once',
    given: {
      durationMs: 640,
      operations: Array.from({ length: 20 }, (_, i) => [
        poolWait(i / 1000, 10 + i * 30, {
          size: 1,
          inUse: 1,
          waiting: i,
          holders: [{ request: other('POST /pay', 41), heldMs: 3 }]
        }),
        query('SELECT pg_sleep(0.03)', 10 + i * 30, 40 + i * 30)
      ]).flat()
    },
    cause: 'db.pool_wait',
    says: /the only one was held by POST \/pay \(oldest 3 ms\), and 19 calls waited before it, most of them of this request itself\./,
    culprit: { target: 'postgresql pool' }
  },
  {
    title: 'pool that the request asked twice at once',
    given: {
      durationMs: 600,
      operations: [
        poolWait(0, 10, {
          size: 1,
          inUse: 1,
          waiting: 0,
          holders: [{ request: other('POST /pay', 41), heldMs: 3 }]
        }),
        poolWait(0.1, 590, {
          size: 1,
          inUse: 1,
          waiting: 1,
          holders: [{ request: other('POST /pay', 41), heldMs: 3 }]
        })
      ]
    },
    cause: 'db.pool_wait',
    says: /the only one was held by POST \/pay \(oldest 3 ms\), and 1 call of this request itself waited before it\./
  },
  {
    title: 'pool that another holds, where two calls of the request itself are few of those that wait',
    given: {
      durationMs: 600,
      operations: [0, 1, 2].map(i =>
        poolWait(i / 1000, 550 + i, {
          size: 1,
          inUse: 1,
          waiting: 20 + i,
          holders: [{ request: other('POST /pay', 41), heldMs: 300 }]
        })
      )
    },
    cause: 'db.pool_wait',
    says: /the only one was held by POST \/pay \(oldest 300 ms\)\./,
    culprit: { target: 'postgresql pool', route: 'POST /pay', traceId: other('POST /pay', 41).traceId }
  },
  {
    title: 'pool leaked by a client nobody was seen to take',
    given: {
      durationMs: 600,
      operations: [poolWait(5, 590, { size: 2, inUse: 2, waiting: 1, holders: holders(['', 0], ['', 0]) })]
    },
    cause: 'db.pool_wait',
    says: 'Waited 585 ms for a connection: all 2 were held.',
    culprit: { target: 'postgresql pool' }
  },
  {
    title: 'N+1 in a loop',
    given: { durationMs: 555, operations: statements(120, 4.1, 0.4) },
    cause: 'db.n_plus_one',
    says: 'Ran 120 like statements one after another (SELECT items, 4.1 ms each): 540 of 555 ms.',
    confidence: 'measured',
    culprit: { statement: 'SELECT * FROM items WHERE id = ?', target: 'db:5432/shop' }
  },
  {
    title: 'two loops of statements, of which the second takes longer',
    given: {
      durationMs: 700,
      operations: [
        ...Array.from({ length: 20 }, (_, i) => query(`SELECT * FROM users WHERE id = ${i}`, 5 + i * 5, 9 + i * 5)),
        ...statements(100, 5, 0.5).map(each => ({ ...each, start: each.start + 110, end: each.end + 110 }))
      ]
    },
    cause: 'db.n_plus_one',
    says: /^Ran 100 like statements one after another \(SELECT items, 5 ms each\), and 20 like calls of 1 other kind: /
  },
  {
    title: 'N+1 of the only request, whose driver keeps the thread busy with it',
    given: { durationMs: 555, concurrency: 1, operations: statements(120, 4.1, 0.4) },
    seen: evidence({ cpu: samples([0, 400, stack('parse node_modules/pg-protocol/parser.js:7')]) }),
    cause: 'db.n_plus_one',
    says: /^Ran 120 like statements one after another/,
    confidence: 'measured'
  },
  {
    title: 'N+1 of the only request, while a job outside any keeps the thread busy',
    given: { durationMs: 555, concurrency: 1, operations: statements(120, 4.1, 0.4) },
    seen: evidence({
      cpu: samples([0, 500, stack('score src/rebuild.js:7', 'processImmediate node:internal/timers:504')])
    }),
    cause: 'db.n_plus_one',
    says: /Inferred: the event loop was busy for \d+ % of that time, mostly in score \(src\/rebuild\.js:7\), so answers may have waited/,
    confidence: 'inferred'
  },
  {
    title: 'N+1 with work between the statements',
    given: { durationMs: 1250, operations: statements(20, 10, 50) },
    seen: evidence({ cpu: samples([0, 1250, profiled]) }),
    cause: 'loop.saturated',
    says: /busy for 1\.1 s/
  },
  {
    title: 'N+1 beyond the recorder’s limit',
    given: {
      durationMs: 5000,
      operations: [
        ...statements(10, 4, 0.5),
        query('SELECT * FROM items WHERE id = 11', 55, 4990, { count: 1000, busyMs: 4400 })
      ],
      dropped: { operations: 1000, reports: 0 }
    },
    cause: 'db.n_plus_one',
    says: /^Ran 1010 like statements one after another \(SELECT items, 4.4 ms each\): 5 of 5 s\.$/
  },
  {
    title: 'N+1 hidden by Promise.all on one connection',
    given: {
      durationMs: 500,
      operations: Array.from({ length: 100 }, (_, i) => query(`SELECT * FROM items WHERE id = ${i}`, 5, 9 + i * 4.8))
    },
    cause: 'db.n_plus_one',
    says: /^Ran 100 like statements that waited for each other/,
    confidence: 'inferred'
  },
  {
    title: 'N+1 hidden by Promise.all over a pool of 2',
    given: {
      durationMs: 520,
      operations: Array.from({ length: 100 }, (_, i) => {
        const from = 5 + Math.floor(i / 2) * 10
        const pool = {
          size: 2,
          inUse: 2,
          waiting: i,
          holders: [
            { request: own, heldMs: 3 },
            { request: own, heldMs: 3 }
          ]
        }
        return [
          ...(i < 2 ? [] : [poolWait(5, from, pool)]),
          query(`SELECT * FROM items WHERE id = ${i}`, from, from + 10)
        ]
      }).flat()
    },
    cause: 'db.pool_wait',
    says: /^Waited 480 ms for a connection: all 2 were held, all by this request itself/
  },
  {
    title: 'ten slow queries side by side are no N+1',
    given: {
      durationMs: 600,
      operations: Array.from({ length: 10 }, (_, i) => query(`SELECT * FROM items WHERE id = ${i}`, 5, 560 + i))
    },
    cause: 'db.slow_query',
    says: 'Waited 555 ms for SELECT items at db:5432/shop.'
  },
  {
    title: 'thousands of GETs',
    given: {
      durationMs: 900,
      operations: Array.from({ length: 1000 }, (_, i) => command(`GET user:${i}`, i * 0.8, i * 0.8 + 0.6))
    },
    cause: 'cache.n_plus_one',
    says: 'Ran 1000 like commands one after another (GET user:?, 0.6 ms each): 800 of 900 ms.'
  },
  {
    title: 'slow command',
    given: { durationMs: 600, operations: [command('KEYS *', 5, 590)] },
    cause: 'cache.slow',
    says: 'Waited 585 ms for KEYS at cache:6379.'
  },
  {
    title: 'a command that waits on purpose',
    given: { durationMs: 5100, operations: [command('BLPOP jobs', 5, 5005, { blocking: true })] },
    cause: 'unknown',
    says: 'Waited 5.1 s, most of it in BLPOP jobs, a command that waits on purpose.'
  },
  {
    title: 'slow peer',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items/17?sku=1', 10, 660, {
          statusCode: 503,
          marks: { socket: 11, sent: 12, headers: 655 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 649 ms for GET stock:8080/items/?, which answered 503.',
    confidence: 'measured',
    culprit: { statement: 'GET http://stock:8080/items/17?sku=?', target: 'stock:8080' }
  },
  {
    title: 'a peer that is asked for much at once, and answers one after another',
    given: {
      durationMs: 900,
      operations: Array.from({ length: 24 }, (_, i) =>
        call(`GET http://stock:8080/items?page=${i}`, 10, 45 + 35 * i, {
          marks: { socket: 11, sent: 12, headers: 44 + 35 * i }
        })
      )
    },
    cause: 'http.slow_peer',
    says: 'Waited 839 ms for GET stock:8080/items, which answered 200 (one of 24 like calls at once).',
    confidence: 'measured'
  },
  {
    title: 'a few calls side by side are no crowd',
    given: {
      durationMs: 700,
      operations: Array.from({ length: 9 }, (_, i) =>
        call(`GET http://stock:8080/items?page=${i}`, 10, i === 0 ? 660 : 400, {
          marks: { socket: 11, sent: 12, headers: i === 0 ? 655 : 399 }
        })
      )
    },
    cause: 'http.slow_peer',
    says: 'Waited 649 ms for GET stock:8080/items, which answered 200.',
    confidence: 'measured'
  },
  {
    title: 'many calls of gRPC at once, of which the peer takes two at a time',
    given: {
      durationMs: 760,
      operations: Array.from({ length: 12 }, (_, i) => {
        const answered = 10 + 120 * ((i >> 1) + 1)
        return call('POST http://stock:50051/shop.Stock/Level', 10, answered + 1, {
          system: 'grpc',
          target: 'stock:50051',
          statusCode: undefined,
          marks: { sent: 10, headers: answered }
        })
      })
    },
    cause: 'http.slow_peer',
    says:
      'Waited 721 ms for POST stock:50051/shop.Stock/Level (one of 12 like calls at once). Inferred: such calls share a connection, on ' +
      'which a peer takes only so many at once, so it may have waited in its client.',
    confidence: 'inferred'
  },
  {
    title: 'a call that is given up long after another one was answered: it was waited for',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, {
          statusCode: undefined,
          error: 'The operation was aborted',
          marks: { socket: 10, sent: 12 }
        }),
        call('GET http://price:8080/', 10, 100, { target: 'price:8080' })
      ]
    },
    cause: 'http.slow_peer',
    says: /^Waited .*GET stock:8080\/items, which failed: The operation was aborted/
  },
  {
    title: 'peer slow in its body',
    given: {
      durationMs: 700,
      operations: [call('GET http://stock:8080/items', 10, 660, { marks: { socket: 11, sent: 12, headers: 50 } })]
    },
    cause: 'http.slow_peer',
    says: 'Waited 649 ms for GET stock:8080/items, which answered 200 and took 610 ms to send its body.'
  },
  {
    title: 'an answer that lay unread is no slow peer',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 690, {
          marks: { socket: 11, sent: 12, headers: 50 },
          unread: [
            { start: 60, end: 350 },
            { start: 360, end: 680 }
          ]
        })
      ]
    },
    cause: 'unknown',
    says:
      'Waited 630 ms for something that perfagent does not time: from 60 ms to 680 ms (but for 10 ms), while the answer to GET ' +
      'stock:8080/items lay unread.',
    confidence: 'measured'
  },
  {
    title: 'peer slow in its body, whose answer lay unread for a moment',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 690, {
          marks: { socket: 11, sent: 12, headers: 50 },
          unread: [{ start: 60, end: 100 }]
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 639 ms for GET stock:8080/items, which answered 200 and took 600 ms to send its body.',
    confidence: 'measured'
  },
  {
    title: 'a body with whose pieces its own code works',
    given: {
      durationMs: 700,
      concurrency: 3,
      operations: [call('GET http://stock:8080/items', 10, 690, { marks: { socket: 11, sent: 12, headers: 50 } })],
      turns: turns(
        [other('GET /ping', 31)],
        ...Array.from({ length: 60 }, (_, i): [number, number, number] => [
          60 + i * 10,
          69 + i * 10,
          i % 20 === 0 ? 31 : 7
        ])
      )
    },
    seen: evidence({ cpu: samples([60, 660, stack('parse src/parse.js:3:9')]) }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 513 ms on the main thread, mostly in parse (src/parse.js:3:9).',
    confidence: 'measured'
  },
  {
    title: 'a call whose body was written slowly',
    given: {
      durationMs: 700,
      operations: [
        call('PUT http://stock:8080/items', 10, 690, { marks: { socket: 11, sent: 12, written: 650, headers: 690 } })
      ]
    },
    cause: 'http.slow_peer',
    says:
      'Waited 679 ms for PUT stock:8080/items, which answered 200. Inferred: the body of PUT stock:8080/items was still being ' +
      'written for 639 ms of it, so whoever wrote it may have been slow.',
    confidence: 'inferred'
  },
  {
    title: 'a call whose body was whole, over a thin line',
    given: {
      durationMs: 700,
      operations: [
        call('PUT http://stock:8080/items', 10, 690, {
          marks: { socket: 11, sent: 12, writing: 12, written: 650, headers: 690 },
          unsent: { bytes: 6_000_000, start: 12, end: 650 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 679 ms for PUT stock:8080/items, which answered 200 (638 ms of it until its 6 MB had been sent).',
    confidence: 'measured'
  },
  {
    title: 'a call whose body is still being written',
    given: {
      durationMs: 700,
      status: 'running',
      operations: [
        call('PUT http://stock:8080/items', 10, OPEN, { statusCode: undefined, marks: { socket: 11, writing: 11 } })
      ]
    },
    cause: 'http.slow_peer',
    says:
      'Still running. Waited 689 ms for PUT stock:8080/items, which has not answered yet. Inferred: the body of PUT stock:8080/items ' +
      'was still being written for 689 ms of it, so whoever wrote it may have been slow.',
    confidence: 'inferred'
  },
  {
    title: 'a program whose output was waited for',
    given: {
      durationMs: 700,
      operations: [operation({ kind: 'process', system: 'process', text: 'tail', start: 10, end: 702 })]
    },
    cause: 'unknown',
    says: /while .*tail ran, for whose output or message it may have waited\.$/
  },
  {
    title: 'a call whose body came from another call',
    given: {
      durationMs: 700,
      operations: [
        call('PUT http://stock:8080/items', 10, 690, { marks: { socket: 11, sent: 12, written: 650, headers: 690 } }),
        call('GET http://store:8080/items', 12, 648, {
          target: 'store:8080',
          marks: { socket: 12, sent: 12, headers: 20 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 679 ms for 2 calls; the longest, 636 ms, was GET store:8080/items, which answered 200 and took 628 ms to send its body.',
    confidence: 'measured'
  },
  {
    title: 'peer that hangs up',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 300, { marks: { socket: 11, sent: 12, headers: 299 } }),
        call('GET http://stock:8080/reset', 310, 664, {
          statusCode: undefined,
          error: 'read ECONNRESET',
          marks: { socket: 310, sent: 311 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 643 ms for 2 calls; the longest, 354 ms, was GET stock:8080/reset, which failed: read ECONNRESET.'
  },
  {
    title: 'peer that hangs up in its body',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, {
          error: 'aborted',
          marks: { socket: 11, sent: 12, headers: 50 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 649 ms for GET stock:8080/items, which answered 200 and then failed, 610 ms into its body: aborted.'
  },
  {
    title: 'peer that hangs up in a short body',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, {
          error: 'aborted',
          marks: { socket: 11, sent: 12, headers: 640 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 649 ms for GET stock:8080/items, which answered 200 and then failed: aborted.'
  },
  {
    title: 'a body that is still coming',
    given: {
      durationMs: 700,
      status: 'running',
      operations: [call('GET http://stock:8080/items', 10, OPEN, { marks: { socket: 11, sent: 12, headers: 50 } })]
    },
    cause: 'http.slow_peer',
    says: 'Still running. Waited 689 ms for GET stock:8080/items, which answered 200 and has been sending its body for 650 ms.'
  },
  {
    title: 'a body that nobody read',
    given: {
      durationMs: 700,
      operations: [call('GET http://stock:8080/items', 10, OPEN, { marks: { socket: 11, sent: 12, headers: 660 } })]
    },
    cause: 'http.slow_peer',
    says: /^Waited 649 ms for GET stock:8080\/items, which answered 200\. Inferred: .* was still open when the request ended\.$/,
    confidence: 'inferred'
  },
  {
    title: 'maxSockets reached',
    given: {
      durationMs: 700,
      operations: [call('GET http://stock:8080/items', 10, 660, { marks: { socket: 600, sent: 601, headers: 655 } })]
    },
    cause: 'http.socket_wait',
    says: 'Waited 590 ms for a free socket to stock:8080, before GET stock:8080/items could be sent.',
    breakdown: { 'http.socket_wait': 590, 'http.slow_peer': 60, unknown: 50 }
  },
  {
    title: 'maxSockets reached by its own calls',
    given: {
      durationMs: 760,
      operations: Array.from({ length: 10 }, (_, i) => {
        const sent = 10 + 150 * (i >> 1)
        return call('GET http://stock:8080/items', 10, sent + 150, {
          marks: { socket: sent, sent, headers: sent + 149 }
        })
      })
    },
    cause: 'http.socket_wait',
    says: 'Waited 600 ms for a free socket to stock:8080, before GET stock:8080/items (one of 10 like calls at once) could be sent.'
  },
  {
    title: 'a channel of gRPC whose peer accepts, but says nothing yet',
    given: {
      durationMs: 760,
      operations: [
        call('POST http://stock:50051/shop.Stock/Level', 10, 750, {
          system: 'grpc',
          target: 'stock:50051',
          statusCode: undefined,
          marks: { connecting: 10, connect: 700, headers: 740 }
        })
      ]
    },
    cause: 'http.connect',
    says: 'Setting up a connection to stock:50051 took 690 ms: DNS, TCP, TLS and the peer’s first words together 690 ms.'
  },
  {
    title: 'a channel of gRPC whose peer is not there until it has tried more than once',
    given: {
      durationMs: 760,
      operations: [
        call('POST http://stock:50051/shop.Stock/Get', 10, 750, {
          system: 'grpc',
          target: 'stock:50051',
          marks: { connecting: 10, failedTry: 20, connect: 700, headers: 740 }
        })
      ]
    },
    cause: 'http.connect',
    says: 'Setting up a connection to stock:50051 took 690 ms: DNS, TCP, TLS and the peer’s first words together 690 ms, 680 ms of it after a first try had failed.'
  },
  {
    title: 'an agent that takes long to make a socket, as a proxy’s does',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, { marks: { opening: 10, socket: 600, sent: 601, headers: 655 } })
      ]
    },
    cause: 'http.connect',
    says: 'Setting up a connection to stock:8080 took 590 ms: through its agent (a proxy?) 590 ms.'
  },
  {
    title: 'an agent that has made no socket yet',
    given: {
      durationMs: 700,
      status: 'running',
      operations: [call('GET http://stock:8080/items', 10, OPEN, { statusCode: undefined, marks: { opening: 10 } })]
    },
    cause: 'http.connect',
    says: 'Still running. Setting up a connection to stock:8080 took 690 ms: through its agent (a proxy?) 690 ms.'
  },
  {
    title: 'a call that nobody waits for, beside statements one after another',
    given: { durationMs: 760, operations: [call('POST http://stock:8080/beacon', 5, 705), ...inTurn(250, 3)] },
    cause: 'db.slow_query',
    says: /^Waited 744 ms for 3 statements; the longest, 248 ms, was SELECT table_/,
    confidence: 'measured',
    breakdown: { 'db.slow_query': 744, unknown: 15, 'http.slow_peer': 1 }
  },
  {
    title: 'a statement that nobody waits for, beside others one after another',
    given: {
      durationMs: 760,
      gotAtOnce: [{ system: 'postgresql', count: 4 }],
      operations: [query('INSERT INTO audit VALUES (1)', 4, 705), ...inTurn(250, 3)]
    },
    cause: 'db.slow_query',
    says: /was SELECT table_/,
    confidence: 'measured'
  },
  {
    title: 'a command that nobody waits for, while a request that still runs makes statements one after another',
    given: {
      durationMs: 900,
      status: 'running',
      operations: [command('SET cart', 4, 705), ...inTurn(250, 3), query('SELECT * FROM prices', 755, OPEN)]
    },
    cause: 'db.slow_query',
    says: /^Still running\. Waited 889 ms for 4 statements/
  },
  {
    title: 'a call that nobody waits for, beside many like statements one after another',
    given: { durationMs: 780, operations: [call('POST http://stock:8080/beacon', 5, 705), ...statements(150, 5, 0.1)] },
    cause: 'db.n_plus_one',
    says: /^Ran 150 like statements one after another/,
    confidence: 'measured'
  },
  {
    title: 'a peer that loses a race and answers all the same, while the request goes on with the answer of the other',
    given: {
      durationMs: 760,
      operations: [
        call('GET http://stock:8080/a', 5, 100),
        call('GET http://stock:8080/b', 5, 600),
        ...inTurn(325, 2, 100)
      ]
    },
    cause: 'db.slow_query',
    says: /^Waited 646 ms for 2 statements/
  },
  {
    title: 'two things side by side, both waited for, of which the longer one has a next',
    given: {
      durationMs: 1000,
      operations: [
        call('GET http://stock:8080/items', 5, 600),
        query('SELECT * FROM carts', 601, 990),
        ...inTurn(240, 4, 2)
      ]
    },
    cause: 'http.slow_peer',
    says: /^Waited 595 ms for GET stock:8080\/items/,
    breakdown: { 'http.slow_peer': 595, 'db.slow_query': 389, unknown: 16 }
  },
  {
    title: 'a slow call, and now and then a statement of a timer, of which one is answered last',
    given: {
      durationMs: 720,
      operations: [
        call('GET http://stock:8080/items', 5, 705),
        ...Array.from({ length: 6 }, (_, i) => query('SELECT lease', 100 + i * 120, 117 + i * 120))
      ]
    },
    cause: 'http.slow_peer',
    says: /GET stock:8080\/items/
  },
  {
    title: 'a loop that runs in the background, beside a call with whose answer the request ends',
    given: { durationMs: 708, operations: [call('GET http://stock:8080/items', 5, 706), ...statements(138, 5, 0.05)] },
    cause: 'http.slow_peer',
    says: /^Waited 697 ms for GET stock:8080\/items/
  },
  {
    title: 'an answer whose body is read beside the statement that its beginning was waited for',
    given: {
      durationMs: 900,
      operations: [
        call('GET http://stock:8080/items', 5, 800, { marks: { socket: 6, headers: 500 } }),
        query('SELECT * FROM carts', 501, 890)
      ]
    },
    cause: 'http.slow_peer',
    says: /^Waited 495 ms for GET stock:8080\/items/
  },
  {
    title: 'an answer whose body is read beside statements one after another that its beginning was waited for',
    given: {
      durationMs: 900,
      operations: [
        call('GET http://stock:8080/items', 5, 800, { marks: { socket: 6, headers: 500 } }),
        query('SELECT * FROM carts', 501, 650),
        query('SELECT * FROM prices', 651, 890)
      ]
    },
    cause: 'http.slow_peer',
    says: /^Waited 495 ms for GET stock:8080\/items/,
    breakdown: { 'http.slow_peer': 495, 'db.slow_query': 388, unknown: 16, 'http.socket_wait': 1 }
  },
  {
    title: 'a statement that nobody waits for, beside an answer whose beginning was waited for',
    given: {
      durationMs: 900,
      gotAtOnce: [{ system: 'postgresql', count: 2 }],
      operations: [
        call('GET http://stock:8080/items', 5, 800, { marks: { socket: 6, headers: 500 } }),
        query('SELECT * FROM carts', 501, 890),
        query('INSERT INTO audit VALUES (1)', 4, 850)
      ]
    },
    cause: 'http.slow_peer',
    says: /^Waited 495 ms for GET stock:8080\/items/
  },
  {
    title: 'a call that nobody waits for, beside statements of which too many were made to be kept one by one',
    given: {
      durationMs: 760,
      operations: [
        call('POST http://stock:8080/beacon', 5, 705),
        query('SELECT * FROM items WHERE id = 1', 10, 740, { count: 150, busyMs: 715 })
      ]
    },
    cause: 'db.n_plus_one',
    says: /^Ran 150 like statements/
  },
  {
    title: 'a connection that is waited for beside statements one after another of this request, which hold it',
    given: {
      durationMs: 760,
      operations: [
        poolWait(5, 604, { size: 1, inUse: 1, waiting: 1, holders: [{ request: own, heldMs: 590 }] }),
        query('SELECT * FROM late', 604.5, 700),
        ...inTurn(198, 3),
        query('SELECT * FROM last', 601, 750)
      ]
    },
    cause: 'db.pool_wait',
    says: /^Waited 599 ms for a connection: the only one was held by this request itself/
  },
  {
    title: 'a peer that hangs, beside a loop that runs in the background',
    given: {
      durationMs: 760,
      status: 'running',
      operations: [
        call('GET http://stock:8080/items', 5, OPEN, { marks: { socket: 6 } }),
        ...statements(138, 5, 0.05),
        query('SELECT 1', 715, OPEN)
      ]
    },
    cause: 'http.slow_peer',
    says: /^Still running\. Waited .* for GET stock:8080\/items/
  },
  {
    title: 'a statement that is open, while a request that still runs makes others one after another',
    given: {
      durationMs: 600,
      status: 'running',
      gotAtOnce: [{ system: 'postgresql', count: 4 }],
      operations: [query('INSERT INTO audit VALUES (1)', 4, OPEN), ...inTurn(190, 2), query(SELECT, 386, OPEN)]
    },
    cause: 'db.slow_query',
    says: /Inferred: SELECT orders is open as well, and which of them is waited for shows only when the request goes on\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a call that is open, while a request that still runs has gone on to a statement that is answered',
    given: {
      durationMs: 600,
      status: 'running',
      operations: [
        call('POST http://stock:8080/beacon', 5, OPEN, { statusCode: undefined, marks: { socket: 6 } }),
        query(SELECT, 30, 60)
      ]
    },
    cause: 'http.slow_peer',
    says: /Inferred: SELECT orders was called meanwhile, so it may be that nobody waits for POST stock:8080\/beacon\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a call that is open beside many statements, of which a request that still runs makes the next',
    given: {
      durationMs: 760,
      status: 'running',
      operations: [
        call('GET http://stock:8080/items', 5, OPEN, { statusCode: undefined, marks: { socket: 6 } }),
        query(SELECT, 7, 750, { count: 300, busyMs: 700 })
      ]
    },
    cause: 'http.slow_peer',
    says: /Inferred: SELECT orders was called meanwhile, so it may be that nobody waits for GET stock:8080\/items\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a call that is open, made beside a quick statement in the same turn',
    given: {
      durationMs: 600,
      status: 'running',
      operations: [
        call('GET http://stock:8080/items', 5, OPEN, { statusCode: undefined, marks: { socket: 6 } }),
        query(SELECT, 6, 12)
      ]
    },
    cause: 'http.slow_peer',
    says: 'Still running. Waited 594 ms for GET stock:8080/items, which has not answered yet.',
    confidence: 'measured'
  },
  {
    title: 'a call that is open, after others one after another',
    given: {
      durationMs: 900,
      status: 'running',
      operations: [...inTurn(40, 2), call('GET http://stock:8080/items', 90, OPEN, { marks: { socket: 91 } })]
    },
    cause: 'http.slow_peer',
    says: /^Still running\. Waited 809 ms for GET stock:8080\/items/,
    confidence: 'measured'
  },
  {
    title: 'like calls at once that are all open',
    given: {
      durationMs: 600,
      status: 'running',
      operations: [1, 2, 30].map(at =>
        call(`GET http://stock:8080/items/${at}`, at, OPEN, { statusCode: undefined, marks: { socket: at } })
      )
    },
    cause: 'http.slow_peer',
    says: /^Still running\. Waited 599 ms for /,
    confidence: 'measured'
  },
  {
    title: 'a call whose body is still coming, while a request that still runs has gone on with its beginning',
    given: {
      durationMs: 700,
      status: 'running',
      operations: [
        call('GET http://stock:8080/items', 5, OPEN, { marks: { socket: 6, headers: 500 } }),
        query('SELECT * FROM carts', 501, OPEN)
      ]
    },
    cause: 'http.slow_peer',
    says: /^Still running\. Waited 49\d ms for GET stock:8080\/items/,
    confidence: 'measured'
  },
  {
    title: 'a call that is open as the caller goes away, beside another',
    given: {
      durationMs: 700,
      status: 'aborted',
      operations: [
        query(SELECT, 4, OPEN),
        call('POST http://stock:8080/beacon', 5, OPEN, { statusCode: undefined, marks: { socket: 6 } })
      ]
    },
    cause: 'http.slow_peer',
    says: /Inferred: SELECT orders is open as well/,
    confidence: 'inferred'
  },
  {
    title: 'a statement that is given up after a while, and others one after another in its place',
    given: {
      durationMs: 860,
      gotAtOnce: [{ system: 'postgresql', count: 3 }],
      operations: [query('SELECT * FROM stale', 5, 705), ...inTurn(250, 2, 350)]
    },
    cause: 'db.slow_query',
    says: /^Waited 842 ms for 3 statements; the longest, 346 ms, was SELECT stale/,
    confidence: 'measured'
  },
  {
    title: 'a race of two peers, of which the loser is aborted',
    given: {
      durationMs: 820,
      operations: [
        call('GET http://a/search', 10, 810, { target: 'a', marks: { socket: 11, headers: 809 } }),
        call('GET http://b/search', 260, 812, {
          target: 'b',
          statusCode: undefined,
          error: 'This operation was aborted',
          marks: { socket: 261 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 799 ms for GET a/search, which answered 200.'
  },
  {
    title:
      'a race of two peers, of which the loser is aborted as the other begins to answer, which takes longer to be read',
    given: {
      durationMs: 820,
      operations: [
        call('GET http://a/search', 10, 501, {
          target: 'a',
          statusCode: undefined,
          error: 'This operation was aborted',
          marks: { socket: 11 }
        }),
        call('GET http://b/search', 260, 812, { target: 'b', marks: { socket: 261, headers: 500 } })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 800 ms for 2 calls; the longest, 551 ms, was GET b/search, which answered 200 and took 312 ms to send its body.'
  },
  {
    title: 'a race of two peers, of which the second was asked late and answered soon',
    given: {
      durationMs: 820,
      operations: [
        call('GET http://a/search', 10, 811, {
          target: 'a',
          statusCode: undefined,
          error: 'This operation was aborted',
          marks: { socket: 11 }
        }),
        call('GET http://b/search', 760, 810, { target: 'b', marks: { socket: 761, headers: 809 } })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 798 ms for 2 calls; the longest, 749 ms, was GET a/search, which failed: This operation was aborted.'
  },
  {
    title: 'a call that is given up and made again',
    given: {
      durationMs: 820,
      operations: [
        call('GET http://stock:8080/a', 10, 712, {
          statusCode: undefined,
          error: 'This operation was aborted',
          marks: { socket: 11 }
        }),
        call('GET http://stock:8080/a', 730, 810, { marks: { socket: 731, headers: 809 } })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 780 ms for 2 calls; the longest, 701 ms, was GET stock:8080/a, which failed: This operation was aborted.'
  },
  {
    title: 'a call that its client sends again by itself',
    given: {
      durationMs: 820,
      operations: [
        call('POST http://stock:50051/shop.Stock/Level', 10, 810, {
          system: 'grpc',
          target: 'stock:50051',
          statusCode: undefined,
          marks: { sent: 10, headers: 809, retried: 809 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 800 ms for POST stock:50051/shop.Stock/Level. Inferred: its client sent it more than once by itself, and the pauses before that are in this time.',
    confidence: 'inferred'
  },
  {
    title: 'a transaction of different statements over a long way',
    given: {
      durationMs: 800,
      operations: ['SELECT a FROM a', 'SELECT b FROM b', 'UPDATE a SET a = 1', 'UPDATE b SET b = 1', 'COMMIT'].map(
        (text, i) => query(text, 10 + 150 * i, 155 + 151 * i)
      )
    },
    cause: 'db.slow_query',
    says: 'Waited 735 ms for 5 statements, none of which took less than 145 ms; the longest, 149 ms, was COMMIT at db:5432/shop.',
    confidence: 'measured'
  },
  {
    title: 'a statement that was sent to a pooler',
    given: { durationMs: 820, operations: [query('SELECT * FROM orders', 10, 810, { pooled: true })] },
    cause: 'db.slow_query',
    says:
      'Waited 800 ms for SELECT orders at db:5432/shop. Inferred: it was sent to a pooler (pgbouncer?), and may have waited there for a ' +
      'connection to the database.',
    confidence: 'inferred'
  },
  {
    title: 'a large result over a thin line',
    given: { durationMs: 820, operations: [query('SELECT * FROM logs', 10, 810, { marks: { headers: 40 } })] },
    cause: 'db.slow_query',
    says: 'Waited 800 ms for SELECT logs at db:5432/shop (770 ms of it while its rows came in).',
    confidence: 'measured'
  },
  ...['SELECT 1; SELECT * FROM logs;', 'CALL report(1)'].map(
    (text): Incident => ({
      title: `several statements as one, of which another than the first may be slow: ${text}`,
      given: { durationMs: 820, operations: [query(text, 10, 810, { marks: { headers: 40 } })] },
      cause: 'db.slow_query',
      says: /^Waited 800 ms for \w+ .*at db:5432\/shop \(770 ms of it after the first of its answers had begun\)\.$/,
      confidence: 'measured'
    })
  ),
  {
    title: 'a statement with a large parameter over a thin line',
    given: {
      durationMs: 820,
      operations: [
        query('INSERT INTO logs VALUES ($1)', 10, 810, { unsent: { bytes: 12_000_050, start: 12, end: 790 } })
      ]
    },
    cause: 'db.slow_query',
    says: 'Waited 800 ms for INSERT logs at db:5432/shop (778 ms of it until its 12 MB had been sent).',
    confidence: 'measured'
  },
  {
    title: 'a large parameter that is still being sent',
    given: {
      durationMs: 820,
      status: 'running',
      operations: [
        query('INSERT INTO logs VALUES ($1)', 10, OPEN, { unsent: { bytes: 1_249_000, start: 20, end: OPEN } })
      ]
    },
    cause: 'db.slow_query',
    says:
      'Still running. Waited 810 ms for INSERT logs at db:5432/shop (its 1.2 MB had not all been sent after 800 ms), which has not ' +
      'answered yet.',
    confidence: 'measured'
  },
  {
    title: 'a large parameter that was sent soon',
    given: {
      durationMs: 820,
      operations: [query('INSERT INTO logs VALUES ($1)', 10, 810, { unsent: { bytes: 90_000, start: 12, end: 200 } })]
    },
    cause: 'db.slow_query',
    says: 'Waited 800 ms for INSERT logs at db:5432/shop.',
    confidence: 'measured'
  },
  {
    title: 'a large result whose reader is behind',
    given: {
      durationMs: 820,
      operations: [query('SELECT * FROM logs', 10, 810, { marks: { headers: 40 }, unread: [{ start: 50, end: 700 }] })]
    },
    cause: 'unknown',
    says: 'Waited 670 ms for something that perfagent does not time: from 50 ms to 700 ms, while the answer to SELECT logs lay unread.',
    confidence: 'measured'
  },
  ...['COPY logs FROM STDIN', "LOAD DATA LOCAL INFILE 'x' INTO TABLE logs"].map(
    (sql): Incident => ({
      title: `a statement whose rows the program sends: ${sql}`,
      given: { durationMs: 820, operations: [query(sql, 10, 810, { marks: { headers: 11 } })] },
      cause: 'db.slow_query',
      says: new RegExp(
        `^Waited 800 ms for ${sql.slice(0, 4)} logs at db:5432/shop. Inferred: the rows for ${sql.slice(0, 4)} logs came from this ` +
          'program, so whoever gives them may have been slow'
      ),
      confidence: 'inferred'
    })
  ),
  ...(
    [
      [
        'COPY logs TO STDOUT',
        'cpu.own',
        'Its own JavaScript ran 513 ms on the main thread, mostly in parse (src/parse.js:3:9).'
      ],
      ['SELECT * FROM logs', 'db.slow_query', /^Waited \d+ ms for SELECT logs/]
    ] as const
  ).map(
    ([sql, cause, says]): Incident => ({
      title: `own code that works with the pieces of an answer: ${sql}`,
      given: {
        durationMs: 700,
        concurrency: 3,
        operations: [query(sql, 10, 690)],
        turns: turns(
          [other('GET /ping', 31)],
          ...Array.from({ length: 60 }, (_, i): [number, number, number] => [
            60 + i * 10,
            69 + i * 10,
            i % 20 === 0 ? 31 : 7
          ])
        )
      },
      seen: evidence({ cpu: samples([60, 660, stack('parse src/parse.js:3:9')]) }),
      cause,
      says,
      confidence: cause === 'cpu.own' ? 'measured' : 'inferred'
    })
  ),
  {
    title: 'a statement whose rows come from a call',
    given: {
      durationMs: 820,
      operations: [query('COPY logs FROM STDIN', 10, 810), call('GET http://stock:8080/items', 20, 790)]
    },
    cause: 'http.slow_peer',
    says: /^Waited 770 ms for GET stock:8080\/items/,
    confidence: 'measured'
  },
  {
    title: 'a statement whose rows came as soon as there were any',
    given: { durationMs: 820, operations: [query('SELECT * FROM logs', 10, 810, { marks: { headers: 700 } })] },
    cause: 'db.slow_query',
    says: 'Waited 800 ms for SELECT logs at db:5432/shop.',
    confidence: 'measured'
  },
  {
    title: 'a quick command that was sent together with a slow one, and answered together with it',
    given: { durationMs: 420, operations: [command('GET flags', 5, 411), command('EVAL', 5.1, 411.1)] },
    cause: 'cache.slow',
    says: /^Waited 406 ms for GET flags at cache:6379, sent together with EVAL\. Inferred: .*another of them may have been slow/,
    confidence: 'inferred'
  },
  {
    title: 'a quick command whose answer came before those of two slow ones that were sent with it',
    given: {
      durationMs: 720,
      operations: [command('GET flags', 5, 411), command('MGET a b', 5.1, 500), command('EVAL', 5.2, 700)]
    },
    cause: 'cache.slow',
    says: /the longest, 406 ms, was GET flags at cache:6379, sent together with MGET a b and 1 other\. Inferred: /,
    confidence: 'inferred'
  },
  {
    title: 'a slow command after a quick one that was answered at once, though they were sent together',
    given: { durationMs: 420, operations: [command('GET flags', 5, 7), command('EVAL', 5.1, 411)] },
    cause: 'cache.slow',
    says: 'Waited 404 ms for EVAL at cache:6379.'
  },
  {
    title: 'commands that were kept back together until their client was connected',
    given: {
      durationMs: 420,
      operations: [
        command('GET flags', 5, 411, { marks: { connecting: 5, sent: 409 } }),
        command('TTL flags', 5.1, 411.1, { marks: { connecting: 5.1, sent: 409 } })
      ]
    },
    cause: 'cache.slow',
    says: 'Waited 406 ms for GET flags at cache:6379 (404 ms of it without a connection).',
    confidence: 'measured'
  },
  {
    title: 'scripts that were sent together',
    given: {
      durationMs: 520,
      operations: [command('EVAL', 5, 511), command('EVAL', 5.1, 511.1), command('EVAL', 5.2, 511.2)]
    },
    cause: 'cache.slow',
    says: 'Waited 506 ms for EVAL at cache:6379, sent together with EVAL and 1 other.'
  },
  {
    title: 'a command that was sent when another one had been read, and one at another server',
    given: {
      durationMs: 420,
      operations: [
        command('GET flags', 5, 411),
        command('EVAL', 40, 411.1),
        command('KEYS *', 5, 411, { target: 'other:6379' })
      ]
    },
    cause: 'cache.slow',
    says: /GET flags at cache:6379|KEYS at other:6379/
  },
  {
    title: 'commands that the client batches by itself',
    given: {
      durationMs: 820,
      operations: [
        command('GET session:1', 10, 805, { marks: { batched: 10 } }),
        command('LRANGE feed', 10, 805.1, { marks: { batched: 10 } }),
        command('GET flags', 10, 805.2, { marks: { batched: 10 } })
      ]
    },
    cause: 'cache.slow',
    says: 'Waited 795 ms for GET session:? at cache:6379, in one batch with LRANGE feed and 1 other.'
  },
  {
    title: 'commands of one batch, between whose ends code runs that waited for the first, and one of the next batch',
    given: {
      durationMs: 900,
      operations: [
        command('GET session:1', 10, 805, { marks: { batched: 10 } }),
        command('LRANGE feed', 10, 840, { marks: { batched: 10 } }),
        command('GET other', 10, 804, { target: 'other:6379', marks: { batched: 10 } }),
        command('TTL session:1', 10, 806),
        command('GET flags', 841, 850, { marks: { batched: 841 } })
      ]
    },
    cause: 'cache.slow',
    says: /the longest, 795 ms, was GET session:\? at cache:6379, in one batch with LRANGE feed\.$/
  },
  {
    title: 'undici pool exhausted',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, { system: 'undici', marks: { sent: 600, headers: 655 } })
      ]
    },
    cause: 'http.socket_wait',
    says: 'Waited 590 ms for a free socket to stock:8080, before GET stock:8080/items could be sent.'
  },
  {
    title: 'undici pool exhausted, before the agent listened',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, {
          system: 'undici',
          marks: { unseen: 0, sent: 600, headers: 655 }
        })
      ]
    },
    cause: 'http.socket_wait',
    says: /^Waited 590 ms for a free socket.* Inferred: the set-up of the connection was not seen\.$/,
    confidence: 'inferred'
  },
  {
    title: 'slow DNS of undici',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock/items', 10, 660, {
          marks: { connecting: 10, dns: 600, connect: 602, sent: 603, headers: 655 }
        })
      ]
    },
    cause: 'http.connect',
    says: 'Setting up a connection to stock:8080 took 592 ms: DNS 590 ms, TCP 2 ms.'
  },
  {
    title: 'many connections to one peer that are opened at once',
    given: {
      durationMs: 1000,
      operations: Array.from({ length: 40 }, (_, i) =>
        call(`GET http://stock:8080/prices?i=${i}`, 10 + i, 900 + i, {
          marks: { socket: 11 + i, connecting: 11 + i, connect: 850 + i, sent: 851 + i, headers: 899 + i }
        })
      )
    },
    cause: 'http.connect',
    says: /^Setting up a connection to stock:8080 \(one of 40 that it opened at once\) took 8\d\d ms: TCP 839 ms\./
  },
  {
    title:
      'connections to one peer that are opened one after another: each is as long as it was, and all together the time',
    given: {
      durationMs: 1000,
      operations: [310, 290, 300].map((ms, i) =>
        call(`GET http://stock:8080/prices?i=${i}`, 10 + 320 * i, 15 + 320 * i + ms, {
          marks: {
            connecting: 10 + 320 * i,
            connect: 10 + 320 * i + ms,
            sent: 11 + 320 * i + ms,
            headers: 14 + 320 * i + ms
          }
        })
      )
    },
    cause: 'http.connect',
    says: 'Setting up 3 connections to stock:8080 took 900 ms; the longest: TCP 310 ms.'
  },
  {
    title:
      'connections to several peers that are opened at once: the time is that of the longest, whoever is told to have had it',
    given: {
      durationMs: 1000,
      operations: ['a', 'b', 'c'].map((peer, i) =>
        call(`GET http://${peer}:80/`, 10 + 100 * i, 760 + 100 * i, {
          target: `${peer}:80`,
          marks: { connecting: 10 + 100 * i, connect: 750 + 100 * i - i, sent: 751 + 100 * i, headers: 755 + 100 * i }
        })
      )
    },
    cause: 'http.connect',
    says: /^Setting up \d connections took 9\d\d ms; the longest, to a:80: TCP 740 ms\.$/
  },
  {
    title:
      'a connection whose set-up ends beside a statement that is waited for longer: no more is told of it than of the time',
    given: {
      durationMs: 1000,
      operations: [
        call('GET http://stock:8080/items', 10, 960, {
          marks: { connecting: 10, connect: 950, sent: 951, headers: 955 }
        }),
        query(SELECT, 700, 975)
      ]
    },
    cause: 'http.connect',
    says: /^Setting up a connection to stock:8080 took 690 ms: TCP 690 ms\./
  },
  {
    title: 'many calls that wait for one connection to one peer',
    given: {
      durationMs: 1000,
      operations: Array.from({ length: 40 }, (_, i) =>
        call(`GET http://stock:8080/prices?i=${i}`, 10, 900 + i, {
          marks: { connecting: 10, connect: 850, sent: 851, headers: 899 + i }
        })
      )
    },
    cause: 'http.connect',
    says: 'Setting up a connection to stock:8080 took 840 ms: TCP 840 ms.'
  },
  {
    title: 'a statement for each month’s table, one after another',
    given: {
      durationMs: 800,
      operations: Array.from({ length: 12 }, (_, i) =>
        query(`SELECT v FROM sales_m${i} WHERE v > $1`, 10 + 60 * i, i === 3 ? 247 : 50 + 60 * i)
      )
    },
    cause: 'db.slow_query',
    says: /^Waited 497 ms for 12 statements one after another, none of which took less than 40 ms; the longest, 57 ms, was SELECT sales_m3/
  },
  {
    title: 'a statement for each month’s table, all at once',
    given: {
      durationMs: 800,
      operations: Array.from({ length: 12 }, (_, i) =>
        query(`SELECT v FROM sales_m${i} WHERE v > $1`, 10, 60 * (i + 1))
      )
    },
    cause: 'db.slow_query',
    says: /^Waited 710 ms for 12 statements(?:, none of which took less than \d+ ms)?; the longest/
  },
  {
    title: 'slow DNS',
    given: {
      durationMs: 700,
      operations: [
        call('GET https://stock/items', 10, 660, {
          marks: { socket: 10, dns: 600, connect: 608, tls: 630, sent: 631, headers: 655 }
        })
      ]
    },
    cause: 'http.connect',
    says: 'Setting up a connection to stock:8080 took 620 ms: DNS 590 ms, TCP 8 ms, TLS 22 ms.'
  },
  {
    title: 'calls one after another, whose connections are soon set up',
    given: {
      durationMs: 620,
      operations: Array.from({ length: 12 }, (_, i) =>
        call(`GET http://stock:8080/items/${i}`, 5 + i * 51, 55 + i * 51, {
          marks: { socket: 6 + i * 51, connect: 16 + i * 51, headers: 54 + i * 51 }
        })
      )
    },
    cause: 'http.n_plus_one',
    says: 'Ran 12 like calls one after another (GET stock:8080/items/?, 50 ms each): 611 of 620 ms.'
  },
  {
    title: 'calls one after another, each of which sets up a connection of its own',
    given: {
      durationMs: 620,
      operations: Array.from({ length: 12 }, (_, i) =>
        call(`GET https://stock:8080/items/${i}`, 5 + i * 51, 55 + i * 51, {
          marks: { socket: 6 + i * 51, connect: 16 + i * 51, tls: 36 + i * 51, headers: 54 + i * 51 }
        })
      )
    },
    cause: 'http.n_plus_one',
    says: 'Ran 12 like calls one after another (GET stock:8080/items/?, 50 ms each, 30 ms of it to set up a connection): 611 of 620 ms.'
  },
  {
    title: 'a request by NATS, which somebody behind the broker answers',
    given: {
      durationMs: 700,
      operations: [
        operation({
          kind: 'message',
          system: 'nats',
          text: 'request price.calc',
          target: 'nats:4222',
          start: 5,
          end: 695
        })
      ]
    },
    cause: 'message.slow',
    says: 'Waited 690 ms for the answer to request price.calc, sent through nats:4222.'
  },
  {
    title: 'sequential calls that could be one',
    given: {
      durationMs: 620,
      operations: Array.from({ length: 12 }, (_, i) =>
        call(`GET http://stock:8080/items/${i}`, i * 51, i * 51 + 50, {
          marks: { socket: i * 51, headers: i * 51 + 49 }
        })
      )
    },
    cause: 'http.n_plus_one',
    says: 'Ran 12 like calls one after another (GET stock:8080/items/?, 50 ms each): 611 of 620 ms.'
  },
  {
    title: 'hot loop in the first turn',
    given: { durationMs: 620, ownTurns: [[0, 612]] },
    seen: evidence({ cpu: samples([0, 612, stack('parseCatalog src/catalog.js:12', 'handler src/server.js:10')]) }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 612 ms on the main thread, mostly in parseCatalog (src/catalog.js:12).',
    confidence: 'measured'
  },
  {
    title: 'JSON.parse of 40 MB after an await, a probe answered at its end',
    given: { durationMs: 720, operations: [query(SELECT, 5, 60)] },
    seen: evidence({
      blocks: [block(60, 700, probe(698, own, stack('load src/load.js:4:9', 'handler src/server.js:12:3'), 608))],
      cpu: samples([60, 700, stack('parse', 'load src/load.js:3', 'handler src/server.js:10')])
    }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 640 ms on the main thread, mostly in JSON.parse in load (src/load.js:3).',
    confidence: 'measured',
    breakdown: { 'cpu.own': 640, 'db.slow_query': 55, unknown: 25 }
  },
  {
    title: 'native code of another request, which answered late, unprofiled',
    given: { durationMs: 720 },
    seen: evidence({
      cpu: { ...samples(), coverageShare: 0 },
      blocks: [block(60, 700, probe(698, other('GET /import'), stack('handler src/server.js:12:3'), 600))]
    }),
    cause: 'loop.blocked',
    says: 'The event loop was held for 640 ms by GET /import (handler, src/server.js:12:3) while this request waited.',
    confidence: 'measured'
  },
  {
    title: 'native code that answered when it had returned, at the next function of Node’s, unprofiled',
    given: { durationMs: 720, ownTurns: [[60, 700]] },
    seen: evidence({
      cpu: { ...samples(), coverageShare: 0 },
      blocks: [
        block(60, 700, probe(698, own, stack('end node:_http_outgoing:900:9', 'handler src/server.js:12:3'), 600))
      ]
    }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 640 ms on the main thread, mostly in handler (src/server.js:12:3).',
    confidence: 'measured'
  },
  {
    title: 'native code that answered when it had returned, inside what had called it, unprofiled',
    given: { durationMs: 720, ownTurns: [[60, 700]] },
    seen: evidence({
      cpu: { ...samples(), coverageShare: 0 },
      blocks: [
        block(
          60,
          700,
          probe(
            698,
            own,
            stack('from node:buffer:300:9', 'pbkdf2Sync node:internal/crypto/pbkdf2:60:3', 'login src/login.js:12:3'),
            600
          )
        )
      ]
    }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 640 ms on the main thread, mostly in pbkdf2Sync in login (src/login.js:12:3).'
  },
  {
    title: 'an answer too late for the code that the samples show',
    given: { durationMs: 720 },
    seen: evidence({
      blocks: [
        block(
          60,
          700,
          probe(698, other('GET /cheap'), stack('cheap src/cheap.js:4:9', 'handler src/server.js:12:3'), 600)
        )
      ],
      cpu: samples([60, 695, stack('parse', 'load src/load.js:3', 'handler src/server.js:10')])
    }),
    cause: 'loop.blocked',
    says: /Inferred: the event loop was silent/,
    confidence: 'inferred'
  },
  {
    title: 'the agent’s own start',
    given: { durationMs: 130, thresholdMs: 100, operations: [query(SELECT, 5, 118)] },
    seen: evidence({ blocks: [block(10, 115)], agent: [{ start: 11, end: 114 }] }),
    cause: 'unknown',
    says: /^Waited 120 ms, most of it for perfagent itself, which started its CPU profile\. Inferred: part of that time others/,
    confidence: 'inferred'
  },
  {
    title: 'the agent’s own start, of which the kernel says that the main thread ran all the time',
    given: { durationMs: 130, thresholdMs: 100 },
    seen: evidence({
      blocks: [block(10, 115)],
      agent: [{ start: 11, end: 114 }],
      kernel: kernel(130, { ready: [[10, 118]] })
    }),
    cause: 'unknown',
    says: /most of it for perfagent itself/,
    confidence: 'measured'
  },
  {
    title: 'the agent’s own start, drawn out by others on the CPUs',
    given: { durationMs: 130, thresholdMs: 100 },
    seen: evidence({
      blocks: [block(10, 115)],
      agent: [{ start: 11, end: 114 }],
      kernel: kernel(130, { ready: [[10, 118]], waits: [[20, 110]] })
    }),
    cause: 'cpu.contended',
    says: /^The main thread was ready to run but waited 90 ms for a CPU, on which others ran/,
    confidence: 'measured'
  },
  {
    title: 'the agent’s own start, where a timer took longer',
    given: { durationMs: 200, thresholdMs: 100, operations: [query(SELECT, 125, 130)] },
    seen: evidence({
      blocks: [block(40, 110)],
      agent: [{ start: 50, end: 110 }],
      kernel: kernel(200, { ready: [[50, 110]] })
    }),
    cause: 'unknown',
    says: /^Waited \d+ ms for something that perfagent does not time: in 3 gaps, the longest 70 ms from 130 ms to 200 ms, after/
  },
  {
    title: 'code that was optimised before the profile began: samples show its caller, probes show it',
    given: { durationMs: 620, ownTurns: [[0, 612]] },
    seen: evidence({
      blocks: [
        block(
          0,
          612,
          ...[30, 50, 90, 170].map(at => probe(at, own, stack('burn src/burn.js:6:3', 'handler src/server.js:9:3')))
        )
      ],
      cpu: samples([0, 612, stack('now node:perf_hooks:9', 'handler src/server.js:9')])
    }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 612 ms on the main thread, mostly in burn (src/burn.js:6:3).'
  },
  {
    title: 'what a function called first, and for a moment, is not what it was busy with',
    given: { durationMs: 620, ownTurns: [[0, 612]] },
    seen: evidence({
      cpu: samples(
        [0, 30, stack('toString node:buffer:834', 'loadItems src/load.js:3')],
        [30, 612, stack('loadItems src/load.js:3')]
      )
    }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 612 ms on the main thread, mostly in loadItems (src/load.js:3).'
  },
  {
    title: 'of the lines of one function the one that ran the longest',
    given: { durationMs: 620, ownTurns: [[0, 612]] },
    seen: evidence({
      cpu: samples([0, 60, stack('load src/load.js:3')], [60, 612, stack('parse', 'load src/load.js:9')])
    }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 612 ms on the main thread, mostly in JSON.parse in load (src/load.js:9).'
  },
  {
    title: 'a probe that was answered late, after the native code had returned',
    given: { durationMs: 620, ownTurns: [[0, 612]] },
    seen: evidence({
      blocks: [block(0, 612, probe(611, own, stack('render src/view.js:6:3', 'handler src/server.js:9:3'), 580))],
      cpu: samples([0, 612, stack('parse', 'handler src/server.js:8')])
    }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 612 ms on the main thread, mostly in JSON.parse in handler (src/server.js:8).'
  },
  {
    title: 'the start of the CPU profile itself',
    given: { durationMs: 620, concurrency: 1 },
    seen: evidence({ blocks: [block(95, 600)], agent: [{ start: 100, end: 600 }] }),
    cause: 'unknown',
    says: /^Waited 615 ms, most of it for perfagent itself/
  },
  {
    title: 'a late probe that finds somebody else’s code',
    given: { durationMs: 720, operations: [] },
    seen: evidence({
      blocks: [
        block(60, 700, probe(698, other('GET /cheap'), stack('cheap src/cheap.js:4:9', 'handler src/server.js:12:3')))
      ],
      cpu: samples([60, 695, stack('parse', 'load src/load.js:3', 'handler src/server.js:10')])
    }),
    cause: 'loop.blocked',
    says: /Inferred: the event loop was silent for longer than anybody was seen to hold it/,
    confidence: 'inferred'
  },
  {
    title: 'sync crypto',
    given: { durationMs: 620, ownTurns: [[0, 612]] },
    seen: evidence({
      cpu: samples([0, 612, stack('pbkdf2Sync node:internal/crypto/pbkdf2:60', 'login src/login.js:12')])
    }),
    cause: 'cpu.own',
    says: /mostly in pbkdf2Sync in login \(src\/login\.js:12\)\.$/
  },
  {
    title: 'work spread over many small turns, alone',
    given: { durationMs: 620, concurrency: 1, ownTurns: [[0, 10]] },
    seen: evidence({ cpu: samples([0, 612, profiled]) }),
    cause: 'cpu.own',
    says: /^Its own JavaScript ran 612 ms.*Inferred: the main thread was busy in turns too short/,
    confidence: 'inferred'
  },
  {
    title: 'many small turns of many requests',
    given: { durationMs: 620, concurrency: 50 },
    seen: evidence({ cpu: samples([0, 612, profiled]) }),
    cause: 'loop.saturated',
    says: /^The main thread was busy for 612 ms in many small turns, with 50 or more requests in flight; the most in renderCsv/,
    confidence: 'inferred'
  },
  {
    title: 'long rounds of the loop, each with small turns of many requests',
    given: { durationMs: 620, concurrency: 50, operations: [query(SELECT, 5, 280), query(SELECT, 285, 560)] },
    seen: evidence({
      blocks: [
        block(0, 200, ...[30, 50, 90, 170].map((at, i) => probe(at, other('GET /work', 200 + i), render))),
        block(
          205,
          400,
          ...[235, 255, 295, 375].map((at, i) => probe(at, other(i ? 'GET /work' : 'GET /list', 300 + i), render))
        ),
        block(405, 600, ...[435, 455, 495, 575].map((at, i) => probe(at, other('GET /work', 400 + i), render)))
      ]
    }),
    cause: 'loop.saturated',
    says: /in many small turns, with 50 or more requests in flight: GET \/work \d+ %, GET \/list \d+ %; the most in renderCsv/,
    confidence: 'inferred'
  },
  {
    title: 'one long round of the loop: probes get rarer, turns do not get longer',
    given: { durationMs: 600, concurrency: 80 },
    seen: evidence({
      blocks: [
        block(
          5,
          595,
          ...[35, 55, 95, 175, 295, 415, 535].map((at, i) =>
            probe(at, i === 4 ? own : other('GET /work', 200 + i), render)
          )
        )
      ]
    }),
    cause: 'loop.saturated',
    says: /^The main thread was busy for 590 ms in many small turns, with 80 or more requests in flight: GET \/work/,
    breakdown: { 'loop.saturated': 590, unknown: 10 }
  },
  {
    title: 'one long turn among many small ones',
    given: { durationMs: 600, concurrency: 80 },
    seen: evidence({
      blocks: [
        block(
          5,
          595,
          ...[35, 55, 95, 175, 295, 415, 535].map((at, i) =>
            probe(at, other(i > 2 ? 'GET /export' : 'GET /work', i > 2 ? 99 : 200 + i), render)
          )
        )
      ]
    }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 460 ms by GET \/export/,
    breakdown: { 'loop.blocked': 460, 'loop.saturated': 130, unknown: 10 }
  },
  {
    title: 'three long blocks by three requests are blocks',
    given: { durationMs: 920, concurrency: 5 },
    seen: evidence({
      blocks: [0, 305, 610].map(at =>
        block(at, at + 300, ...[30, 50, 90, 170, 290].map(ms => probe(at + ms, other('GET /export', at + 50), render)))
      )
    }),
    cause: 'loop.blocked',
    says: 'The event loop was held for 900 ms by GET /export (renderCsv, src/export.js:41:9) while this request waited.',
    confidence: 'measured'
  },
  {
    title: 'native code between two requests’ probes',
    given: { durationMs: 1020, concurrency: 5 },
    seen: evidence({
      blocks: [
        block(
          0,
          1000,
          probe(30, other('GET /a', 31), render),
          probe(930, other('GET /b', 32), render),
          probe(990, other('GET /b', 32), render)
        )
      ]
    }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 1 s, 520 ms of it by GET \/b .* \(and 1 other\) while this request waited\. Inferred: the event loop was silent/,
    confidence: 'inferred'
  },
  {
    title: 'slow calls side by side are no N+1',
    given: {
      durationMs: 620,
      operations: Array.from({ length: 12 }, (_, i) => call(`GET http://stock:8080/items/${i}`, 5, 300 + i * 25))
    },
    cause: 'http.slow_peer',
    says: /^Waited 570 ms for GET stock:8080\/items\/\?/
  },
  {
    title: 'N+1 with a limit of four at a time',
    given: {
      durationMs: 620,
      operations: Array.from({ length: 200 }, (_, i) =>
        query(`SELECT * FROM items WHERE id = ${i}`, 5 + Math.floor(i / 4) * 12, 15 + Math.floor(i / 4) * 12)
      )
    },
    cause: 'db.n_plus_one',
    says: /^Ran 200 like statements that waited for each other/,
    confidence: 'inferred'
  },
  {
    title: 'waited behind another request',
    given: { durationMs: 530 },
    seen: evidence({
      blocks: [
        block(
          20,
          500,
          probe(50, other('GET /export'), render),
          probe(170, other('GET /export'), render),
          probe(400, other('GET /export'), render)
        )
      ]
    }),
    cause: 'loop.blocked',
    says: 'The event loop was held for 480 ms by GET /export (renderCsv, src/export.js:41:9) while this request waited.',
    confidence: 'measured',
    culprit: {
      route: 'GET /export',
      traceId: '99'.padStart(32, '0'),
      frame: { function: 'renderCsv', file: 'src/export.js', line: 41, column: 9 }
    }
  },
  {
    title: 'waited behind a timer outside any request',
    given: { durationMs: 530 },
    seen: evidence({
      blocks: [
        block(20, 500, probe(450, null, stack('sweep src/jobs.js:4:9', 'listOnTimeout node:internal/timers:581:17')))
      ],
      cpu: samples([20, 500, stack('inner src/jobs.js:2', 'sweep src/jobs.js:4', 'tick src/jobs.js:9')])
    }),
    cause: 'loop.blocked',
    says: /held for 480 ms by code outside any request \(inner, src\/jobs\.js:2\)/
  },
  {
    title: 'code without context while nobody else was there',
    given: { durationMs: 530, concurrency: 1 },
    seen: evidence({ blocks: [block(20, 500, probe(50, null, render), probe(450, null, render))] }),
    cause: 'loop.blocked',
    says: /Inferred: it was the only request, so the code may be its own/,
    confidence: 'inferred'
  },
  {
    title: 'a block shared by its own code and another’s',
    given: { durationMs: 620 },
    seen: evidence({
      blocks: [
        block(
          0,
          600,
          probe(40, own, render),
          probe(160, own, render),
          probe(240, other('GET /export'), render),
          probe(560, other('GET /export'), render)
        )
      ]
    }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 400 ms by GET \/export .*Another 200 ms \(32 %\) went to cpu\.own/,
    breakdown: { 'loop.blocked': 400, 'cpu.own': 200, unknown: 20 }
  },
  {
    title: 'a block that nobody was seen to hold',
    given: { durationMs: 530 },
    seen: evidence({ blocks: [block(20, 500)], missing: ['probe: the inspector is denied'] }),
    cause: 'loop.blocked',
    says: 'The event loop was held for 480 ms by somebody while this request waited. Inferred: nobody was seen to hold the event loop (missing: probe: the inspector is denied).',
    confidence: 'inferred'
  },
  {
    title: 'a block around its own first turn',
    given: { durationMs: 530, ownTurns: [[0, 495]] },
    seen: evidence({ blocks: [block(-5, 505)] }),
    cause: 'cpu.own',
    says: /^Its own JavaScript ran 505 ms/,
    breakdown: { 'cpu.own': 505, unknown: 25 }
  },
  {
    title: 'query answered while the loop was blocked',
    given: { durationMs: 530, operations: [query(SELECT, 10, 503)] },
    seen: evidence({
      blocks: [block(20, 500, probe(50, other('GET /export'), render), probe(400, other('GET /export'), render))]
    }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 480 ms by GET \/export .* Inferred: the answer to SELECT orders may have been there earlier/,
    confidence: 'inferred',
    breakdown: { 'loop.blocked': 480, 'db.slow_query': 13, unknown: 37 }
  },
  {
    title: 'query answered long after a block',
    given: { durationMs: 830, operations: [query(SELECT, 10, 800)] },
    seen: evidence({ blocks: [block(20, 300, probe(50, other('GET /export'), render))] }),
    cause: 'db.slow_query',
    says: 'Waited 790 ms for SELECT orders at db:5432/shop.',
    confidence: 'measured'
  },
  {
    title: 'looked at while another request holds the loop',
    given: { durationMs: 500, status: 'running', operations: [query(SELECT, 10, OPEN)] },
    seen: evidence({
      blocks: [block(20, 500, probe(50, other('GET /export'), render), probe(490, other('GET /export'), render))]
    }),
    cause: 'loop.blocked',
    says: /^Still running\. The event loop was held for 480 ms by GET \/export/,
    confidence: 'inferred'
  },
  {
    title: 'a request began, sent its query, and then computed',
    given: { durationMs: 530, ownTurns: [[0, 500]], operations: [query(SELECT, 2, 510)] },
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 500 ms on the main thread.',
    confidence: 'measured'
  },
  {
    title: 'calls that were short, or of which less than half went into reading, are none of its own code',
    given: {
      durationMs: 720,
      concurrency: 1,
      operations: [
        query('SELECT * FROM a', 0, 60),
        query('SELECT * FROM b', 70, 115),
        query('SELECT * FROM c', 120, 320),
        query(SELECT, 330, 710)
      ]
    },
    seen: evidence({ cpu: samples([0, 60, profiled], [70, 115, profiled], [220, 310, profiled]) }),
    cause: 'db.slow_query',
    says: /^Waited 625 ms for 3 statements; the longest, 380 ms, was SELECT orders/,
    breakdown: { 'db.slow_query': 625, 'cpu.own': 60, unknown: 35 }
  },
  {
    title: 'a wait for a connection, in which the thread was busy, is none of its own code',
    given: {
      durationMs: 620,
      concurrency: 1,
      operations: [poolWait(10, 600, { size: 10, inUse: 10, waiting: 3, holders: [] })]
    },
    seen: evidence({ cpu: samples([100, 590, profiled]) }),
    cause: 'db.pool_wait',
    says: /Inferred: the event loop was busy/,
    confidence: 'inferred'
  },
  {
    title: 'many like queries whose rows take long to read are still many like queries',
    given: {
      durationMs: 850,
      concurrency: 1,
      operations: Array.from({ length: 12 }, (_, i) => query('SELECT * FROM items WHERE id = $1', i * 70, i * 70 + 68))
    },
    seen: evidence({
      cpu: samples(
        ...Array.from({ length: 12 }, (_, i): Parameters<typeof samples>[0] => [i * 70 + 20, i * 70 + 60, profiled])
      )
    }),
    cause: 'db.n_plus_one',
    says: /^Ran 12 like/
  },
  {
    title: 'own code that slept for less than half of its time ran',
    given: { durationMs: 700, ownTurns: [[0, 690]] },
    seen: evidence({ cpu: samples([0, 690, profiled]), kernel: kernel(700, { ready: [[0, 500]] }) }),
    cause: 'cpu.own',
    says: /^Its own JavaScript ran 690 ms on the main thread/
  },
  {
    title: 'own code, of which the kernel was asked for the most part',
    given: { durationMs: 700, ownTurns: [[0, 690]] },
    seen: evidence({ kernel: { ...kernel(700, {}), looks: kernel(700, {}).looks.slice(25) } }),
    cause: 'cpu.own',
    says: /^Its own JavaScript/,
    confidence: 'measured'
  },
  {
    title: 'rows that take longer to read than to find',
    given: { durationMs: 690, concurrency: 1, operations: [query(SELECT, 0, 686)] },
    seen: evidence({
      cpu: samples([
        100,
        680,
        stack('parse node_modules/pg-protocol/dist/parser.js:62', 'onData node_modules/pg/lib/connection.js:9')
      ])
    }),
    cause: 'cpu.own',
    says: /^Its own JavaScript ran 580 ms on the main thread, mostly in parse \(node_modules\/pg-protocol.* Inferred: the main thread was busy while SELECT orders was under way; it was the only request\.$/,
    confidence: 'inferred',
    breakdown: { 'cpu.own': 580, 'db.slow_query': 106, unknown: 4 }
  },
  {
    title: 'a timer that runs again and again while the only request waits for a peer is not its own code',
    given: {
      durationMs: 700,
      concurrency: 1,
      operations: [call('GET http://stock:8080/items', 1, 690, { marks: { headers: 20 } })]
    },
    seen: evidence({
      cpu: samples(
        ...[30, 180, 330, 480].map((at): [number, number, Frame[]] => [
          at,
          at + 100,
          stack('tick src/job.js:7:22', 'listOnTimeout node:internal/timers:623:25')
        ])
      )
    }),
    cause: 'http.slow_peer',
    says: /^Waited 689 ms for GET stock:8080/,
    breakdown: { 'http.slow_peer': 689, unknown: 11 }
  },
  {
    title: 'code that ran before a peer’s answer began did not read it',
    given: {
      durationMs: 700,
      concurrency: 1,
      operations: [call('GET http://stock:8080/items', 1, 690, { marks: { headers: 685 } })]
    },
    seen: evidence({ cpu: samples([100, 600, stack('onSnapshot src/feed.js:7:22')]) }),
    cause: 'http.slow_peer',
    says: /^Waited 689 ms for GET stock:8080/,
    breakdown: { 'http.slow_peer': 689, unknown: 11 }
  },
  {
    title: 'an answer that takes longer to parse, piece by piece, than to come',
    given: {
      durationMs: 700,
      concurrency: 1,
      operations: [call('GET http://stock:8080/items', 1, 690, { marks: { headers: 50 } })]
    },
    seen: evidence({ cpu: samples([60, 660, stack('write node_modules/saxes/saxes.js:7:22')]) }),
    cause: 'cpu.own',
    says: /Inferred: the main thread was busy while GET stock:8080\S* was under way; it was the only request\.$/,
    confidence: 'inferred'
  },
  {
    title: 'GC storm',
    given: {
      durationMs: 600,
      ownTurns: [[0, 590]]
    },
    seen: evidence({ pauses: Array.from({ length: 20 }, (_, i) => pause(i * 29, i * 29 + 20)) }),
    cause: 'gc',
    says: /^Garbage collection stopped the main thread for 400 ms in 20 pauses, the longest 20 ms\. Another 190 ms \(32 %\) went to cpu\.own/,
    confidence: 'measured',
    breakdown: { gc: 400, 'cpu.own': 190, unknown: 10 }
  },
  {
    title: 'a long collection in a block of the loop in which nobody was seen',
    given: { durationMs: 600, concurrency: 3 },
    seen: evidence({ blocks: [block(90, 520)], pauses: [pause(100, 500)] }),
    cause: 'gc',
    says: /^Garbage collection stopped the main thread for 400 ms in one pause\./,
    confidence: 'measured'
  },
  {
    title: 'pauses around which one function ran: it is named',
    given: { durationMs: 600, ownTurns: [[0, 590]] },
    seen: evidence({
      pauses: Array.from({ length: 10 }, (_, i) => pause(i * 59 + 19, i * 59 + 59)),
      cpu: samples(
        ...Array.from({ length: 10 }, (_, i): [number, number, Frame[]][] => [
          [i * 59, i * 59 + 19, render],
          [i * 59 + 19, i * 59 + 59, COLLECTING]
        ]).flat()
      )
    }),
    cause: 'gc',
    says: 'Garbage collection stopped the main thread for 400 ms in 10 pauses, the longest 40 ms, most of it while renderCsv (src/export.js:41:9) ran. Another 190 ms (32 %) went to cpu.own (renderCsv (src/export.js:41:9)).',
    confidence: 'measured',
    culprit: { frame: { function: 'renderCsv', file: 'src/export.js', line: 41, column: 9 } },
    breakdown: { gc: 400, 'cpu.own': 190, unknown: 10 }
  },
  {
    title: 'one pause after which nothing more ran in that turn: what ran before it is named',
    given: { durationMs: 600, ownTurns: [[0, 595]] },
    seen: evidence({ pauses: [pause(100, 595)], cpu: samples([0, 100, render], [100, 600, COLLECTING]) }),
    cause: 'gc',
    says: 'Garbage collection stopped the main thread for 495 ms in one pause, most of it while renderCsv (src/export.js:41:9) ran.',
    culprit: { frame: { function: 'renderCsv', file: 'src/export.js', line: 41, column: 9 } }
  },
  {
    title: 'pauses of which only the shorter ones lie in code that samples found: none is named',
    given: {
      durationMs: 600,
      ownTurns: [
        [0, 200],
        [220, 590]
      ]
    },
    seen: evidence({
      pauses: [pause(20, 190), pause(220, 590)],
      cpu: samples([0, 20, render], [20, 200, COLLECTING], [220, 590, COLLECTING])
    }),
    cause: 'gc',
    says: 'Garbage collection stopped the main thread for 540 ms in 2 pauses, the longest 370 ms.',
    culprit: null
  },
  {
    title: 'pauses around which now this and now that function ran: none is named',
    given: { durationMs: 600, ownTurns: [[0, 600]] },
    seen: evidence({
      pauses: Array.from({ length: 6 }, (_, i) => pause(i * 100 + 20, i * 100 + 90)),
      cpu: samples(
        ...Array.from({ length: 6 }, (_, i): [number, number, Frame[]][] => [
          [i * 100, i * 100 + 20, rule(i)],
          [i * 100 + 20, i * 100 + 90, COLLECTING],
          [i * 100 + 90, i * 100 + 100, rule(i)]
        ]).flat()
      )
    }),
    cause: 'gc',
    says: /^Garbage collection stopped the main thread for 420 ms in 6 pauses, the longest 70 ms\. Another/,
    culprit: null
  },
  {
    title: 'pauses between the turns of a request, after code of others: nobody’s line is named',
    given: { durationMs: 600, concurrency: 3, ownTurns: [[0, 20]] },
    seen: evidence({
      pauses: [pause(60, 300), pause(320, 560)],
      cpu: samples([0, 60, render], [60, 300, COLLECTING], [300, 320, render], [320, 560, COLLECTING])
    }),
    cause: 'gc',
    says: /^Garbage collection stopped the main thread for 480 ms in 2 pauses, the longest 240 ms\./,
    culprit: null
  },
  {
    title: 'a collection in steps, of which Node tells none: CPU samples found them',
    given: { durationMs: 600, ownTurns: [[0, 595]] },
    seen: evidence({
      pauses: [pause(100, 140), pause(300, 340)],
      cpu: samples(
        [0, 90, render],
        [90, 260, COLLECTING],
        [260, 280, render],
        [280, 500, COLLECTING],
        [500, 595, render]
      )
    }),
    cause: 'gc',
    says: 'Garbage collection stopped the main thread for 370 ms: 80 ms in 2 pauses, the longest 40 ms, and the rest in steps, as CPU samples found, most of it while renderCsv (src/export.js:41:9) ran. Another 225 ms (38 %) went to cpu.own (renderCsv (src/export.js:41:9)).',
    confidence: 'measured'
  },
  {
    title: 'a turn that goes on, of whose pauses Node has told none yet: CPU samples found them',
    given: { durationMs: 600, status: 'running', ownTurns: [[0, 600]] },
    seen: evidence({ cpu: samples([0, 100, render], [100, 600, COLLECTING]) }),
    cause: 'gc',
    says: 'Still running. Garbage collection stopped the main thread for 500 ms, as CPU samples found, most of it while renderCsv (src/export.js:41:9) ran.',
    confidence: 'measured',
    breakdown: { gc: 500, 'cpu.own': 100 }
  },
  {
    title: 'samples that found the end of a pause, and a few by chance, add nothing to what Node told',
    given: { durationMs: 600, ownTurns: [[0, 600]] },
    seen: evidence({
      pauses: [pause(103, 397)],
      cpu: samples(
        [0, 100, render],
        [100, 410, COLLECTING],
        [410, 500, render],
        [500, 540, COLLECTING],
        [540, 600, render]
      )
    }),
    cause: 'cpu.own',
    says: / ran 306 ms on the main thread, mostly in renderCsv .* went to gc \(1 pause, the longest 294 ms\)\.$/,
    breakdown: { 'cpu.own': 306, gc: 294 }
  },
  {
    title: 'a heap that is nearly full, of whose collections Node is asked for few',
    given: { durationMs: 600, concurrency: 3, heap: NEARLY_FULL },
    seen: evidence({
      pauses: [pause(0, 20)],
      cpu: samples([10, 410, COLLECTING], [410, 590, render]),
      blocks: [block(5, 600, probe(40, other('GET /export'), render))]
    }),
    cause: 'gc',
    says: /^Garbage collection stopped the main thread for 410 ms: its heap was nearly full \(150 of 200 MB\), and V8 collects again and again for little room\. Another 190 ms \(32 %\) went to unknown \(nothing is kept of calls and turns while the heap is nearly full\)\.$/,
    confidence: 'measured',
    breakdown: { gc: 410, unknown: 190 }
  },
  {
    title: 'what a request did while the heap was nearly full is not guessed from what is left',
    given: { durationMs: 600, ownTurns: [[0, 10]], concurrency: 1, heap: NEARLY_FULL },
    seen: evidence({ cpu: samples([100, 550, render]) }),
    cause: 'unknown',
    says: /^Took 600 ms for what is not known: the heap was nearly full \(150 of 200 MB\), and what requests do is not kept then\. Inferred: calls and turns were not kept\.$/,
    confidence: 'inferred',
    breakdown: { unknown: 600 }
  },
  {
    title: 'pauses inside another request’s turn are that turn’s',
    given: { durationMs: 620, concurrency: 2 },
    seen: evidence({
      pauses: [pause(150, 300), pause(400, 500)],
      blocks: [block(10, 600, ...[40, 60, 100, 180, 300, 420, 540].map(at => probe(at, other('GET /export'), render)))]
    }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 590 ms by GET \/export/,
    confidence: 'measured',
    breakdown: { 'loop.blocked': 590, unknown: 30 }
  },
  {
    title: 'pauses inside a slow query are the query’s',
    given: { durationMs: 700, operations: [query(SELECT, 0, 690)] },
    seen: evidence({ pauses: [pause(100, 110), pause(300, 320)] }),
    cause: 'db.slow_query',
    says: 'Waited 690 ms for SELECT orders at db:5432/shop.'
  },
  {
    title: 'back-off between the tries of a call',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/rates', 2, 12, { statusCode: 503 }),
        call('GET http://stock:8080/rates', 662, 690)
      ]
    },
    cause: 'unknown',
    says: / from 12 ms to 662 ms, after GET stock:8080\/rates, which answered 503, before GET stock:8080\/rates\.$/
  },
  {
    title: 'a wait after a statement that failed',
    given: {
      durationMs: 700,
      operations: [
        query('SELECT * FROM users', 2, 12, { error: 'deadlock detected' }),
        query('SELECT 1 FROM t', 662, 690)
      ]
    },
    cause: 'unknown',
    says: / from 12 ms to 662 ms, after SELECT users, which failed \(deadlock detected\), before SELECT t\.$/
  },
  {
    title: 'a pause after a transaction that failed',
    given: {
      durationMs: 700,
      operations: [
        query('UPDATE seats SET n = 1', 2, 12, { error: 'could not serialize access' }),
        query('ROLLBACK', 12, 14),
        query('BEGIN', 662, 664)
      ]
    },
    cause: 'unknown',
    says: / from 14 ms to 662 ms, after ROLLBACK of UPDATE seats, which failed \(could not serialize access\), before BEGIN\.$/
  },
  {
    title: 'uninstrumented wait',
    given: {
      durationMs: 700,
      operations: [query('SELECT * FROM users', 2, 12), query('INSERT INTO audit_log VALUES (1)', 662, 690)]
    },
    cause: 'unknown',
    says: 'Waited 662 ms for something that perfagent does not time: from 12 ms to 662 ms, after SELECT users, before INSERT audit_log.',
    confidence: 'measured'
  },
  {
    title: 'a wait goes on over what interrupts it for a moment',
    given: {
      durationMs: 700,
      operations: [query('SELECT * FROM users', 0, 10), query('INSERT INTO audit_log VALUES (1)', 690, 700)]
    },
    seen: evidence({ pauses: [pause(14, 18), pause(300, 303), pause(500, 506)] }),
    cause: 'unknown',
    says: 'Waited 667 ms for something that perfagent does not time: from 10 ms to 690 ms (but for 13 ms), after SELECT users, before INSERT audit_log.',
    confidence: 'measured'
  },
  {
    title: 'a wait goes on over a moment of the agent’s own',
    given: { durationMs: 700 },
    seen: evidence({ agent: [{ start: 500, end: 502 }] }),
    cause: 'unknown',
    says: 'Waited 700 ms for something that perfagent does not time: from 0 ms to 700 ms.'
  },
  {
    title: 'a wait ends with a call, however short',
    given: { durationMs: 700, operations: [query('SELECT * FROM users', 250, 251)] },
    cause: 'unknown',
    says: 'Waited 699 ms for something that perfagent does not time: in 2 gaps, the longest 449 ms from 251 ms to 700 ms, after SELECT users.'
  },
  {
    title: 'a wait ends with what takes as long as a good part of it',
    given: { durationMs: 700 },
    seen: evidence({ pauses: [pause(250, 400)] }),
    cause: 'unknown',
    says: /in 2 gaps, the longest 300 ms from 400 ms to 700 ms\./
  },
  {
    title: 'two waits between calls, and slivers around turns',
    given: {
      durationMs: 800,
      operations: [0, 2, 4, 9, 260, 264, 768, 770, 774].map((at, i) => query(SELECT, at, at + 1 + (i % 2)))
    },
    cause: 'unknown',
    says: /in 2 gaps, the longest 502 ms from 266 ms to 768 ms, after SELECT orders, before SELECT orders\.$/
  },
  {
    title: 'a wait, and as much time again in many short ones',
    given: {
      durationMs: 2080,
      operations: Array.from({ length: 24 }, (_, i) => query(SELECT, 1000 + i * 45, 1005 + i * 45))
    },
    cause: 'unknown',
    says: /^Waited 2 s for something that perfagent does not time: in 25 gaps, the longest 1 s from 0 ms to 1000 ms/
  },
  {
    title: 'uninstrumented wait inside an operation of the application',
    given: { durationMs: 700, operations: [named('outer', 0, 700), named('charge card', 5, 690)] },
    cause: 'unknown',
    says: "Waited 700 ms for something that perfagent does not time: from 0 ms to 700 ms, inside 'charge card'."
  },
  {
    title: 'uninstrumented wait, of which a part lies inside an operation of the application',
    given: { durationMs: 1300, operations: [named('price rules', 0, 600), named('tax', 620, 680)] },
    cause: 'unknown',
    says: "Waited 1.3 s for something that perfagent does not time: from 0 ms to 1300 ms, 600 ms of it inside 'price rules'."
  },
  {
    title: 'uninstrumented wait, of which hardly a part lies inside an operation of the application',
    given: { durationMs: 1300, operations: [named('tax', 620, 680)] },
    cause: 'unknown',
    says: 'Waited 1.3 s for something that perfagent does not time: from 0 ms to 1300 ms.'
  },
  {
    title: 'uninstrumented wait, unprofiled',
    given: { durationMs: 700 },
    seen: noEvidence('cpu profile: switched off'),
    cause: 'unknown',
    says: 'Spent 700 ms on something that perfagent does not time: from 0 ms to 700 ms. Inferred: no CPU samples cover that time, so it may have been code of its own (missing: cpu profile: switched off).',
    confidence: 'inferred'
  },
  {
    title: 'fire-and-forget query',
    given: { durationMs: 700, operations: [query('INSERT INTO audit_log VALUES (1)', 10, OPEN)] },
    cause: 'unknown',
    says: /while INSERT audit_log was open, which had no answer when the request ended\.$/
  },
  {
    title: 'an answer that had begun and was never read to its end',
    given: {
      durationMs: 900,
      operations: [call('GET http://stock:8080/export', 5, OPEN, { marks: { sent: 6, headers: 20 } })]
    },
    cause: 'unknown',
    says: /while GET stock:8080\/export was open, whose answer was not read to its end when the request ended\.$/
  },
  {
    title: 'fire-and-forget query beside an awaited one',
    given: {
      durationMs: 700,
      operations: [query('INSERT INTO audit_log VALUES (1)', 10, OPEN), query(SELECT, 20, 690)]
    },
    cause: 'db.slow_query',
    says: 'Waited 670 ms for SELECT orders at db:5432/shop.'
  },
  {
    title: 'a call, and then a wait that nobody times, which may have begun with it',
    given: { durationMs: 800, operations: [call('GET http://stock:8080/audit', 5, 455)] },
    cause: 'http.slow_peer',
    says: 'Waited 450 ms for GET stock:8080/audit, which answered 200. Another 350 ms (44 %) went to unknown (from 455 ms to 800 ms, after GET stock:8080/audit). Inferred: nothing that is timed followed GET stock:8080/audit for 345 ms, so it may be that nobody waited for it.',
    confidence: 'inferred'
  },
  {
    title: 'a program, and then a wait that nobody times, before a statement',
    given: {
      durationMs: 1000,
      operations: [
        operation({ kind: 'process', system: 'child_process', text: 'convert', start: 5, end: 505 }),
        query(SELECT, 900, 990)
      ]
    },
    cause: 'process.slow',
    says: /Inferred: nothing that is timed followed .*convert for 395 ms, so it may be that nobody waited for it\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a call that is made again after a pause, so that somebody waited for it',
    given: {
      durationMs: 1000,
      operations: [call('GET http://stock:8080/job', 5, 455), call('GET http://stock:8080/job', 800, 990)]
    },
    cause: 'http.slow_peer',
    says: /^Waited 640 ms for 2 calls; .*\.$/,
    confidence: 'measured'
  },
  {
    title: 'a call that is followed by a statement, and a wait that nobody times after that',
    given: { durationMs: 1000, operations: [call('GET http://stock:8080/items', 5, 555), query(SELECT, 555, 640)] },
    cause: 'http.slow_peer',
    says: /^Waited 550 ms for GET stock:8080\/items, which answered 200\. Another 365 ms .*\)\.$/,
    confidence: 'measured'
  },
  {
    title: 'a loop of statements, and then a wait that nobody times',
    given: { durationMs: 1200, operations: statements(30, 20, 1) },
    cause: 'db.n_plus_one',
    says: /\)\.$/,
    confidence: 'measured'
  },
  {
    title: 'a call beside turns of which no sample was taken: the kernel counted them',
    given: { durationMs: 700, concurrency: 1, operations: [call('GET http://stock:8080/items', 10, 690)] },
    seen: evidence({ kernel: kernel(700, { ready: [[20, 640]] }) }),
    cause: 'http.slow_peer',
    says: /Inferred: the event loop was busy for 91 % of that time, so answers may have waited to be read\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a call beside short turns: the kernel counted few of them',
    given: { durationMs: 700, concurrency: 1, operations: [call('GET http://stock:8080/items', 10, 690)] },
    seen: evidence({ kernel: kernel(700, { ready: [[20, 300]] }) }),
    cause: 'http.slow_peer',
    says: /^Waited 680 ms for GET stock:8080\/items\b.*\.$/,
    confidence: 'measured'
  },
  {
    title: 'a call after turns of which no sample was taken: the kernel counted them before it',
    given: { durationMs: 700, concurrency: 1, operations: [call('GET http://stock:8080/items', 320, 690)] },
    seen: evidence({ kernel: kernel(700, { ready: [[20, 300]] }) }),
    cause: 'http.slow_peer',
    says: /^Waited 370 ms for GET stock:8080\/items\b.*\.$/,
    confidence: 'measured'
  },
  {
    title: 'a slow query nobody could vouch for',
    given: { durationMs: 700, operations: [query(SELECT, 10, 690)] },
    seen: noEvidence('probe: the inspector is denied'),
    cause: 'db.slow_query',
    says: /Inferred: nothing watched the event loop meanwhile \(missing: probe/,
    confidence: 'inferred'
  },
  {
    title: 'a large answer that takes its time to be read: what that was done with is said',
    given: { durationMs: 700, concurrency: 3, operations: [query(SELECT, 10, 690)] },
    seen: evidence({
      cpu: samples([0, 420, stack('parseRow src/rows.js:8:3')], [420, 700, stack('parseDate src/dates.js:2:5')])
    }),
    cause: 'db.slow_query',
    says: / Inferred: the event loop was busy for 100 % of that time, mostly in parseRow \(src\/rows\.js:8:3\), so answers may have waited to be read\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a query on a saturated event loop',
    given: { durationMs: 700, concurrency: 80, operations: [query(SELECT, 10, 690)] },
    seen: evidence({ cpu: samples([0, 700, profiled]) }),
    cause: 'db.slow_query',
    says: /Inferred: the event loop was busy for 100 % of that time/,
    confidence: 'inferred'
  },
  {
    title: 'a mixture',
    given: { durationMs: 600, operations: [poolWait(0, 350), query(SELECT, 350, 590)] },
    cause: 'db.pool_wait',
    says: 'Waited 350 ms for a connection. Another 240 ms (40 %) went to db.slow_query (SELECT orders).'
  },
  {
    title: 'nothing at all',
    given: { durationMs: 0 },
    cause: 'unknown',
    says: /^Nothing was recorded\./,
    breakdown: {}
  },
  {
    title: 'CPU throttled by cgroup: neither its code nor the pauses of the collector ran meanwhile',
    given: { durationMs: 900, ownTurns: [[0, 890]] },
    seen: evidence({
      pauses: [pause(110, 200)],
      cpu: samples([0, 890, profiled]),
      kernel: kernel(900, { ready: [[0, 890]], waits: quota, throttled: quota }, 0.5)
    }),
    cause: 'cpu.throttled',
    says: /^The CPU quota of 0\.5 cores was used up: the main thread was ready to run but stopped for 640 ms in 8 periods/,
    confidence: 'measured',
    breakdown: { 'cpu.throttled': 640, 'cpu.own': 240, gc: 10, unknown: 10 }
  },
  {
    title: 'another request’s code under a quota: the quota is to blame, and the code that was stopped is named',
    given: { durationMs: 700, concurrency: 2 },
    seen: evidence({
      blocks: [block(0, 695, ...[30, 130, 230, 330, 430, 530, 630].map(at => probe(at, other('GET /export'), render)))],
      kernel: kernel(700, { ready: [[0, 695]], waits: quota, throttled: quota }, 0.2)
    }),
    cause: 'cpu.throttled',
    says: /most of it inside renderCsv \(src\/export\.js:41:9\)/
  },
  {
    title: 'a quota that is used up while the main thread sleeps takes nothing from the request',
    given: { durationMs: 700, operations: [query(SELECT, 5, 690)] },
    seen: evidence({ kernel: kernel(700, { throttled: quota }, 0.5) }),
    cause: 'db.slow_query',
    says: /^Waited 685 ms for SELECT orders/,
    confidence: 'measured'
  },
  {
    title: 'a short wait for a CPU in the middle of a slow query did not lengthen it',
    given: { durationMs: 700, operations: [query(SELECT, 5, 690)] },
    seen: evidence({ kernel: kernel(700, { waits: [[100, 300]] }) }),
    cause: 'db.slow_query',
    says: /^Waited 685 ms for SELECT orders/
  },
  {
    title: 'a busy neighbour on the same CPUs',
    given: { durationMs: 800, concurrency: 2 },
    seen: evidence({
      blocks: [block(0, 795, ...[30, 130, 230, 330, 430, 530, 630, 730].map(at => probe(at, own, render)))],
      cpu: samples([0, 795, profiled]),
      kernel: kernel(800, { ready: [[0, 795]], waits: Array.from({ length: 50 }, (_, i) => [i * 16, i * 16 + 12]) })
    }),
    cause: 'cpu.contended',
    says: /^The main thread was ready to run but waited 600 ms for a CPU, on which others ran, most of it inside renderCsv/,
    confidence: 'measured'
  },
  {
    title: 'a busy neighbour, while code of many places was to run: none of them is most of it',
    given: { durationMs: 800, concurrency: 2 },
    seen: evidence({
      blocks: [block(0, 795)],
      cpu: samples(
        ...Array.from({ length: 8 }, (_, i): [number, number, Frame[]] => [i * 100, i * 100 + 100, rule(i)])
      ),
      kernel: kernel(800, { ready: [[0, 795]], waits: Array.from({ length: 50 }, (_, i) => [i * 16, i * 16 + 12]) })
    }),
    cause: 'cpu.contended',
    says: /on which others ran, the most \(1\d %\) inside rule\d \(src\/rules\.js/
  },
  {
    title:
      'a busy neighbour while the garbage collector ran: not the code that answered when it was done is told, but the collector',
    given: { durationMs: 800, ownTurns: [[0, 795]] },
    seen: evidence({
      blocks: [block(5, 795, probe(400, own, render, 370), probe(790, own, render, 380))],
      pauses: [pause(10, 400), pause(410, 790)],
      cpu: samples([0, 795, COLLECTING]),
      kernel: kernel(800, { ready: [[0, 795]], waits: Array.from({ length: 50 }, (_, i) => [i * 16, i * 16 + 12]) })
    }),
    cause: 'cpu.contended',
    says: /^The main thread was ready to run but waited 600 ms for a CPU, on which others ran, most of it in pauses of the garbage collector\.$/,
    confidence: 'measured',
    culprit: {}
  },
  {
    title: 'code whose callees the samples do not know: of many that probes find, none is named for all of it',
    given: { durationMs: 800, concurrency: 1, ownTurns: [[0, 790]] },
    seen: evidence({
      blocks: [block(5, 790, ...[30, 130, 230, 330, 430, 530, 630].map((at, i) => probe(at, own, rule(i))))],
      cpu: samples([0, 790, rule(0).slice(1)])
    }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 790 ms on the main thread, mostly in applyRules (src/price.js:5).'
  },
  {
    title: 'code that calls many natives, none of which has most of its time',
    given: { durationMs: 800, concurrency: 1, ownTurns: [[0, 790]] },
    seen: evidence({
      cpu: samples(
        ...Array.from({ length: 8 }, (_, i): [number, number, Frame[]] => [
          i * 100,
          i * 100 + 100,
          stack(`native${i}`, 'applyRules src/price.js:5')
        ])
      )
    }),
    cause: 'cpu.own',
    says: /^Its own JavaScript ran \d+ ms on the main thread, mostly in applyRules \(src\/price\.js:5\)\.$/
  },
  {
    title: 'own code, but the kernel was asked late whether it ran at all',
    given: { durationMs: 700, ownTurns: [[0, 690]] },
    seen: evidence({ kernel: { ...kernel(700, {}), looks: kernel(700, {}).looks.slice(50) } }),
    cause: 'cpu.own',
    says: /Inferred: the kernel was not yet asked whether the thread ran or waited for a CPU\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a thread that slept before and after, and between had no CPU in the midst of the request’s own code',
    given: { durationMs: 700, concurrency: 2, turns: turns([own], [103, 599, OWN_ID]) },
    seen: evidence({
      blocks: [block(103, 599)],
      // The wait may have begun a moment before the code did: looks are not at the same moments as turns.
      kernel: kernel(700, { ready: [[100, 600]], waits: [[102, 600]] })
    }),
    cause: 'cpu.contended',
    says: /^The main thread was ready to run but waited 496 ms for a CPU/,
    confidence: 'measured',
    breakdown: { 'cpu.contended': 496, unknown: 204 }
  },
  {
    title: 'a wait for a CPU that was counted long after it began',
    given: { durationMs: 700, ownTurns: [[0, 690]] },
    seen: evidence({
      kernel: {
        looks: [
          { start: 0, end: 100, cpuMs: 80, waitMs: 0, throttledMs: 0, throttledPeriods: 0, stillMs: 0 },
          { start: 100, end: 600, cpuMs: 0, waitMs: 0, throttledMs: 0, throttledPeriods: 0, stillMs: 0 },
          { start: 600, end: 700, cpuMs: 60, waitMs: 540, throttledMs: 0, throttledPeriods: 0, stillMs: 0 }
        ],
        coverageShare: 1,
        quotaCores: undefined,
        counters: { processCpuMs: 500 }
      }
    }),
    cause: 'cpu.contended',
    says: 'The main thread was ready to run but waited 540 ms for a CPU, on which others ran (this process’s own threads among them: libuv’s pool, workers or an addon). Meanwhile it ran for 140 ms, the process’s other threads for 360 ms.'
  },
  {
    title: 'a wait for a CPU, while the process’s other threads did their usual',
    given: { durationMs: 700, ownTurns: [[0, 690]] },
    seen: evidence({
      kernel: { ...kernel(700, { ready: [[0, 690]], waits: [[100, 600]] }), counters: { processCpuMs: 350 } }
    }),
    cause: 'cpu.contended',
    says: 'The main thread was ready to run but waited 500 ms for a CPU, on which others ran. Meanwhile it ran for 190 ms, the process’s other threads for 160 ms. Another 190 ms (27 %) went to cpu.own.'
  },
  {
    title: 'a wait for a CPU, after the thread was looked at long before',
    given: { durationMs: 700, ownTurns: [[0, 690]] },
    seen: evidence({
      kernel: {
        looks: [
          { start: -60, end: 40, cpuMs: 100, waitMs: 0, throttledMs: 0, throttledPeriods: 0, stillMs: 0 },
          { start: 40, end: 700, cpuMs: 120, waitMs: 540, throttledMs: 0, throttledPeriods: 0, stillMs: 0 }
        ],
        coverageShare: 1,
        quotaCores: undefined,
        counters: { processCpuMs: 520 }
      }
    }),
    cause: 'cpu.contended',
    says: 'The main thread was ready to run but waited 540 ms for a CPU, on which others ran (this process’s own threads among them: libuv’s pool, workers or an addon). Meanwhile it ran for 160 ms, the process’s other threads for 360 ms.'
  },
  {
    title: 'a slow uploader, while a statement ran that was not waited for so long',
    given: {
      durationMs: 900,
      operations: [query(SELECT, 5, 200), query('INSERT INTO photos', 860, 880)],
      upload: { waits: [{ start: 1, end: 850 }], over: true }
    },
    cause: 'client.slow_upload',
    says: 'Waited 849 ms for the caller to send the body of its request.',
    confidence: 'measured',
    breakdown: { 'client.slow_upload': 849, 'db.slow_query': 20, unknown: 31 }
  },
  {
    title: 'a body that is worked with piece by piece, each time for a moment',
    given: {
      durationMs: 900,
      upload: { waits: [{ start: 1, end: 880 }], over: true },
      turns: turns(
        [],
        ...Array.from({ length: 70 }, (_, i): [number, number, number] => [100 + 11 * i, 110 + 11 * i, OWN_ID])
      )
    },
    cause: 'cpu.own',
    says: /^Its own JavaScript ran 700 ms on the main thread/,
    breakdown: { 'cpu.own': 700, 'client.slow_upload': 179, unknown: 21 }
  },
  {
    title: 'a slow uploader, while others have the loop for moments',
    given: {
      durationMs: 900,
      upload: { waits: [{ start: 1, end: 880 }], over: true },
      turns: turns(
        [other('GET /catalog', 31)],
        ...Array.from({ length: 70 }, (_, i): [number, number, number] => [100 + 11 * i, 110 + 11 * i, 31])
      )
    },
    cause: 'client.slow_upload',
    says: 'Waited 879 ms for the caller to send the body of its request.'
  },
  {
    title: 'a gateway that waits for its caller, and has begun to pass the body on',
    given: {
      durationMs: 600,
      status: 'running',
      operations: [call('PUT http://store/files', 80, OPEN, { marks: { socket: 81, connect: 82 } })],
      upload: { waits: [{ start: 1, end: 600 }], over: false }
    },
    cause: 'client.slow_upload',
    says: /^Still running\. Waited 599 ms for the caller to send/
  },
  {
    title: 'an answer that did not wait for the end of the body',
    given: {
      durationMs: 700,
      operations: [query(SELECT, 5, 690)],
      upload: { waits: [{ start: 1, end: 695 }], over: false }
    },
    cause: 'db.slow_query',
    says: /^Waited 685 ms for SELECT orders/
  },
  {
    title: 'a caller that went away in the middle of its body',
    given: { durationMs: 700, status: 'aborted', upload: { waits: [{ start: 20, end: 700 }], over: false } },
    cause: 'client.slow_upload',
    says: /^The caller went away\. Waited 680 ms for the caller to send/
  },
  {
    title: 'a slow downloader',
    given: {
      durationMs: 900,
      operations: [query(SELECT, 5, 60)],
      download: { waits: [{ start: 70, end: 899 }], over: true }
    },
    cause: 'client.slow_download',
    says: 'Waited 829 ms for the caller to take the answer.',
    confidence: 'measured'
  },
  {
    title: 'a full buffer while a cursor goes on: the caller, but it may have been the statement',
    given: {
      durationMs: 900,
      operations: [query(SELECT, 5, 890)],
      download: { waits: [{ start: 70, end: 870 }], over: true }
    },
    cause: 'client.slow_download',
    says: /Inferred: calls were under way meanwhile/,
    confidence: 'inferred'
  },
  {
    title: 'an answer that lies in the buffers because another request holds the loop',
    given: { durationMs: 900, concurrency: 2, download: { waits: [{ start: 20, end: 899 }], over: true } },
    seen: evidence({
      blocks: [block(25, 890, ...[60, 180, 300, 420, 540, 660, 780].map(at => probe(at, other('GET /export'), render)))]
    }),
    cause: 'loop.blocked',
    says: /by GET \/export/
  },
  {
    title: 'an answer that gets on by a piece in each turn of a loop that another request keeps busy',
    given: {
      durationMs: 900,
      download: { waits: [{ start: 20, end: 899 }], over: true },
      turns: turns(
        [other('GET /export', 31)],
        ...Array.from({ length: 14 }, (_, i): [number, number, number] => [20 + 62 * i, 80 + 62 * i, 31])
      )
    },
    seen: evidence({ cpu: samples([20, 890, profiled]) }),
    cause: 'loop.blocked',
    says: /held for 840 ms by GET \/export .*Inferred: the caller may have been slow as well, since hardly a turn was left to see it\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a slow downloader, beside a loop that is busy for half of the time',
    given: {
      durationMs: 900,
      download: { waits: [{ start: 20, end: 899 }], over: true },
      turns: turns(
        [other('GET /export', 31)],
        ...Array.from({ length: 7 }, (_, i): [number, number, number] => [20 + 124 * i, 80 + 124 * i, 31])
      )
    },
    seen: evidence({
      cpu: samples(
        ...Array.from({ length: 7 }, (_, i): [number, number, Frame[]] => [20 + 124 * i, 80 + 124 * i, profiled])
      )
    }),
    cause: 'client.slow_download',
    says: /^Waited 8\d\d ms for the caller to take the answer/
  },
  {
    title: 'libuv’s pool full of hashes while the request waits for a file',
    given: { durationMs: 700, operations: [query(SELECT, 5, 30)] },
    seen: evidence({ fullPool: [{ start: 65, end: 690, threads: 4, calls: { fs: 1, dns: 0 } }] }),
    cause: 'threadpool',
    says: /^Libuv’s thread pool was full for 625 ms \(1 × fs, the rest crypto, zlib or an addon\) while this request waited/,
    confidence: 'measured'
  },
  {
    title: 'a request that fills libuv’s pool by itself',
    given: { durationMs: 1700 },
    seen: evidence({ fullPool: [{ start: 35, end: 1480, threads: 4, alone: true, calls: { fs: 0, dns: 0 } }] }),
    cause: 'threadpool',
    says: /^Libuv’s thread pool was full for 1\.4 s \(with crypto, zlib or an addon\) while this request waited for something that nobody times; most likely its own calls filled it: it alone was in flight then\. Inferred: /,
    confidence: 'inferred'
  },
  {
    title: 'four hashes of four requests have the pool: each has a thread, and is slow itself',
    given: { durationMs: 700 },
    seen: evidence({
      fullPool: [{ start: 35, end: 690, threads: 4, calls: { fs: 0, dns: 0 } }],
      kernel: { ...kernel(700, {}), counters: { processCpuMs: 660 } }
    }),
    cause: 'threadpool',
    says: /Inferred: its own call may be one of those that had a thread, and slow itself\.$/,
    confidence: 'inferred'
  },
  {
    title: 'four hashes of one request, which has the pool for itself',
    given: { durationMs: 1700 },
    seen: evidence({ fullPool: [{ start: 35, end: 1480, threads: 4, alone: true, calls: { fs: 0, dns: 0 } }] }),
    cause: 'threadpool',
    says: /; most likely its own calls filled it: it alone was in flight then\. Inferred: its own call may be one of those that had a thread/,
    confidence: 'inferred'
  },
  {
    title: 'a hash that came when the pool was full of others, and was slow itself once it had a thread',
    given: { durationMs: 1700 },
    seen: evidence({ fullPool: [{ start: -20, end: 1480, threads: 4, calls: { fs: 0, dns: 0 } }] }),
    cause: 'threadpool',
    says: /Inferred: that the request waited for the pool is concluded from when it was full\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a hash that is asked for when libuv’s pool was full of others',
    given: { durationMs: 700 },
    seen: evidence({ fullPool: [{ start: -20, end: 690, threads: 4, calls: { fs: 0, dns: 0 } }] }),
    cause: 'threadpool',
    says: /waited for a call in it\.$/,
    confidence: 'measured'
  },
  {
    title: 'a request that comes while another’s calls fill libuv’s pool',
    given: { durationMs: 700 },
    seen: evidence({ fullPool: [{ start: -20, end: 690, threads: 4, alone: true, calls: { fs: 1, dns: 0 } }] }),
    cause: 'threadpool',
    says: /waited for a call in it\.$/
  },
  {
    title: 'a request that fills libuv’s pool for a moment, and then waits behind others',
    given: { durationMs: 700 },
    seen: evidence({
      fullPool: [
        { start: 35, end: 200, threads: 4, alone: true, calls: { fs: 1, dns: 0 } },
        { start: 200, end: 690, threads: 4, alone: false, calls: { fs: 1, dns: 0 } }
      ]
    }),
    cause: 'threadpool',
    says: /waited for a call in it\.$/
  },
  {
    title: 'libuv’s pool full on a Node that does not list reads of files',
    given: { durationMs: 700, operations: [query(SELECT, 5, 30)] },
    seen: evidence({ fullPool: [{ start: 65, end: 690, threads: 4, calls: { fs: 1, dns: 0, readsUnlisted: true } }] }),
    cause: 'threadpool',
    says: /full for 625 ms \(1 × fs, the rest crypto, zlib, fs\.readFile or an addon\) while/,
    confidence: 'measured'
  },
  {
    title: 'asleep in its own code, while many pages are read back',
    ...asleep(880, 120),
    cause: 'memory.paging',
    says: /^Waited \d+ ms for memory that the kernel had taken .* \(120 pages\), most of it inside renderCsv/,
    confidence: 'measured'
  },
  {
    title: 'asleep in its own code, with the few pages of a program that starts',
    ...asleep(880, 30),
    cause: 'cpu.own',
    says: /^Its own JavaScript held .* asleep in a system call/
  },
  {
    title: 'asleep in its own code for longer than its pages can have taken',
    ...asleep(2000, 60),
    cause: 'cpu.own',
    says: /^Its own JavaScript held .* asleep in a system call/
  },
  {
    title: 'a process that was stopped while it waited for a statement',
    ...stopped({ operations: [query('SELECT 1', 100, 3130)] }),
    cause: 'process.stopped',
    says: /^The whole process stood still for 3 s: none of its threads ran or waited for a CPU, as when a signal/,
    confidence: 'measured',
    culprit: null
  },
  {
    title: 'a process that was stopped in the midst of its own code',
    ...stopped({ ownTurns: [[0, 4000]], durationMs: 4100 }, samples([0, 90, render], [3100, 4000, render]), render),
    cause: 'process.stopped',
    says: /machine is suspended\.$/,
    confidence: 'measured',
    culprit: null
  },
  {
    title: 'a process that was stopped in a wait that nobody times and that went on afterwards',
    ...stopped({ durationMs: 5000 }),
    cause: 'process.stopped',
    says: /Inferred: what the request waited for meanwhile may have taken as long without it\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a statement that took longer than the process was stopped meanwhile',
    ...stopped({ operations: [query('SELECT 1', 50, 8000)], durationMs: 8010 }),
    cause: 'db.slow_query',
    says: /^Waited 7\.9 s for SELECT/,
    confidence: 'measured'
  },
  {
    title: 'a main thread asleep in a system call, while others of the process go on',
    ...stopped({ ownTurns: [[0, 3130]] }, samples([100, 3100, render]), render, []),
    cause: 'cpu.own',
    says: /^Its own JavaScript held the main thread for 3\.1 s, most of it asleep in a system call/
  },
  {
    title: 'many files that wait behind hashes, which keep a CPU busy',
    given: { durationMs: 900 },
    seen: evidence({
      fullPool: [{ start: 35, end: 890, threads: 4, calls: { fs: 22, dns: 0 } }],
      kernel: { ...kernel(900, {}), counters: { processCpuMs: 840 } }
    }),
    cause: 'threadpool',
    says: /full for 855 ms \(crypto, zlib or an addon at work, 22 × fs under way or waiting\)/,
    confidence: 'measured'
  },
  {
    title: 'few files that wait behind hashes, which keep a CPU busy',
    given: { durationMs: 900 },
    seen: evidence({
      fullPool: [{ start: 35, end: 890, threads: 4, calls: { fs: 3, dns: 0 } }],
      kernel: { ...kernel(900, {}), counters: { processCpuMs: 840 } }
    }),
    cause: 'threadpool',
    says: /full for 855 ms \(crypto, zlib or an addon at work, 3 × fs under way or waiting\)/,
    confidence: 'measured'
  },
  {
    title: 'four files of a dead network drive have the pool, and names wait behind them',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [{ start: 35, end: 890, threads: 4, calls: { fs: 4, dns: 3 } }] }),
    cause: 'threadpool',
    says: /full for 855 ms \(4 × fs, 3 × dns.lookup\)/,
    confidence: 'measured'
  },
  {
    title: 'one of few files that are slow themselves, as of a dead drive: it may have a thread',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [{ start: 35, end: 890, threads: 4, calls: { fs: 5, dns: 0 } }] }),
    cause: 'threadpool',
    says: /Inferred: its own call may be one of those that had a thread, and slow itself\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a file that was asked for when the pool was full of slow ones',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [{ start: -20, end: 890, threads: 4, calls: { fs: 5, dns: 0 } }] }),
    cause: 'threadpool',
    says: /\(5 × fs\) while this request waited for a call in it\.$/,
    confidence: 'measured'
  },
  {
    title: 'one of many files: most of them wait',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [{ start: 35, end: 890, threads: 4, calls: { fs: 8, dns: 0 } }] }),
    cause: 'threadpool',
    says: /\(8 × fs\) while this request waited for a call in it\.$/,
    confidence: 'measured'
  },
  {
    title: 'a timer on a crowded machine: the heartbeat waits for a CPU again and again, the request does not',
    given: { durationMs: 900 },
    seen: evidence({
      kernel: kernel(900, { waits: Array.from({ length: 44 }, (_, i) => [i * 20 + 13, i * 20 + 20]) })
    }),
    cause: 'unknown',
    says: /does not time/,
    confidence: 'measured'
  },
  {
    title: 'many short steps that nobody times, on a crowded machine: each waits for a CPU',
    given: { durationMs: 900 },
    seen: evidence({
      kernel: kernel(900, { waits: Array.from({ length: 89 }, (_, i) => [i * 10 + 3, i * 10 + 10]) })
    }),
    cause: 'cpu.contended',
    says: /waited 6\d\d ms for a CPU/
  },
  {
    title: 'hashes have the pool and the CPUs, and the main thread only sleeps',
    given: { durationMs: 1900 },
    seen: evidence({
      fullPool: [{ start: 80, end: 1880, threads: 4, calls: { fs: 1, dns: 0 } }],
      kernel: kernel(1900, { waits: Array.from({ length: 93 }, (_, i) => [i * 20 + 12, i * 20 + 20]) })
    }),
    cause: 'threadpool',
    says: /full for 1.[78] s/,
    confidence: 'measured'
  },
  {
    title: 'hashes have the pool and the CPUs, and the heartbeat often comes late for want of one',
    given: { durationMs: 1900 },
    seen: evidence({
      blocks: Array.from({ length: 18 }, (_, i) => block(i * 100 + 40, i * 100 + 100)),
      fullPool: [{ start: 80, end: 1880, threads: 4, calls: { fs: 1, dns: 0 } }],
      kernel: kernel(1900, { waits: Array.from({ length: 18 }, (_, i) => [i * 100 + 40, i * 100 + 100]) })
    }),
    cause: 'threadpool',
    says: /full for 1.[78] s/,
    confidence: 'measured'
  },
  {
    title: 'a synchronous read of a drive that does not answer: the thread is held, and sleeps',
    given: { durationMs: 700, ownTurns: [[10, 690]] },
    seen: evidence({ cpu: samples([10, 690, profiled]), kernel: kernel(700, { ready: [[0, 30]] }) }),
    cause: 'cpu.own',
    says: /^Its own JavaScript held the main thread for 680 ms, most of it asleep in a system call, mostly in renderCsv/,
    confidence: 'measured'
  },
  {
    title: 'code that runs, between other programs: it does not sleep',
    given: { durationMs: 900, ownTurns: [[0, 895]] },
    seen: evidence({
      cpu: samples([0, 895, profiled]),
      kernel: kernel(900, {
        ready: [[0, 895]],
        waits: Array.from({ length: 44 }, (_, i) => [i * 20 + 12, i * 20 + 20])
      })
    }),
    cause: 'cpu.own',
    says: /^Its own JavaScript ran \d+ ms on the main thread/
  },
  {
    title: 'a file that is opened, read and closed, each behind a full pool',
    given: { durationMs: 1600, operations: [query(SELECT, 0, 20)] },
    seen: evidence({
      fullPool: [35, 550, 1070].map(start => ({ start, end: start + 505, threads: 4, calls: { fs: 1, dns: 0 } }))
    }),
    cause: 'threadpool',
    says: /full for 1.5 s/,
    confidence: 'measured'
  },
  {
    title: 'lookups alone never fill the pool: somebody has the other half',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [{ start: 35, end: 890, threads: 4, calls: { fs: 0, dns: 8 } }] }),
    cause: 'threadpool',
    says: /\(8 × dns.lookup, the rest crypto, zlib or an addon\)/
  },
  {
    title: 'a full pool of which nobody could be asked',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [{ start: 35, end: 890, threads: 4, calls: undefined }] }),
    cause: 'threadpool',
    says: /\(with what could not be asked\)/
  },
  {
    title: 'a wait that nobody times, while threads that nobody sees keep a CPU busy',
    given: { durationMs: 900 },
    seen: evidence({ kernel: { ...kernel(900, {}), counters: { processCpuMs: 810 } } }),
    cause: 'unknown',
    says: /does not time: from 0 ms to 900 ms\. Meanwhile the process’s other threads ran for 810 ms: worker threads, crypto, zlib or an addon\.$/,
    confidence: 'measured'
  },
  {
    title: 'a wait that nobody times, while other threads do their usual',
    given: { durationMs: 900 },
    seen: evidence({ kernel: { ...kernel(900, {}), counters: { processCpuMs: 300 } } }),
    cause: 'unknown',
    says: /does not time: from 0 ms to 900 ms\.$/
  },
  {
    title: 'a wait that nobody times, while perfagent’s own thread had much to do',
    given: { durationMs: 900 },
    seen: evidence({ kernel: { ...kernel(900, {}), agentCpuMs: 450, counters: { processCpuMs: 600 } } }),
    cause: 'unknown',
    says: /does not time: from 0 ms to 900 ms\.$/
  },
  {
    title: 'a command that its client keeps until there is a connection: not the server was slow',
    given: { durationMs: 900, operations: [command('GET cart:1', 5, 880, { marks: { connecting: 5, sent: 870 } })] },
    cause: 'cache.slow',
    says: /^Waited 875 ms for GET cart:\? at cache:6379 \(865 ms of it without a connection\)\.$/
  },
  {
    title: 'a command whose connection was lost, and which its client sent again on the next one',
    given: { durationMs: 900, operations: [command('GET cart:1', 5, 880, { marks: { lost: 105, resent: 780 } })] },
    cause: 'cache.slow',
    says: 'Waited 875 ms for GET cart:? at cache:6379 (its connection was lost after 100 ms, and 675 ms passed until it was sent again).'
  },
  {
    title:
      'a command whose connection was lost, and that had to wait for the first one before: the loss is what is said',
    given: {
      durationMs: 900,
      operations: [
        command('GET cart:1', 5, 880, { marks: { connecting: 5, sent: 305, lost: 405, resent: 580 }, error: 'closed' })
      ]
    },
    cause: 'cache.slow',
    says: / \(its connection was lost after 400 ms, and 175 ms passed until it was sent again\), which failed: closed\.$/
  },
  {
    title: 'a command whose connection was lost, and no other came',
    given: { durationMs: 900, operations: [command('GET cart:1', 5, 880, { marks: { lost: 705 }, error: 'closed' })] },
    cause: 'cache.slow',
    says: / \(its connection was lost after 700 ms, and it was not sent again\), which failed: closed\.$/
  },
  {
    title: 'eight statements, each on a connection that is made for it',
    given: {
      durationMs: 720,
      operations: Array.from({ length: 8 }, (_, i) =>
        query(`SELECT c${i} FROM t`, i * 90, i * 90 + 90, { marks: { connecting: i * 90, sent: i * 90 + 65 } })
      )
    },
    cause: 'db.slow_query',
    says: /^Waited 720 ms for 8 statements \(520 ms of it without a connection\); the longest, 90 ms, was SELECT t at db:5432\/shop\.$/
  },
  {
    title: 'one statement of two had to wait for its connection: that is said of it',
    given: {
      durationMs: 900,
      operations: [query(SELECT, 0, 500, { marks: { connecting: 0, sent: 400 } }), query('SELECT 1 FROM t', 500, 900)]
    },
    cause: 'db.slow_query',
    says: /^Waited 900 ms for 2 statements; the longest, 500 ms, was SELECT orders at db:5432\/shop \(400 ms of it without a connection\)\.$/
  },
  {
    title: 'a command that its client keeps, while its own code ran for a moment: a part is no longer than the whole',
    given: {
      durationMs: 900,
      ownTurns: [[780, 880]],
      operations: [command('GET cart:1', 5, 881, { marks: { connecting: 5, sent: 879 } })]
    },
    cause: 'cache.slow',
    says: /^Waited (77\d ms) for GET cart:\? at cache:6379 \(\1 of it without a connection\)\./
  },
  {
    title: 'a command behind one of another request that waits on purpose, on one connection',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 5, 880, { ahead: behind('BLPOP jobs', 2, 870, { blocking: true }) })]
    },
    cause: 'db.pool_wait',
    says: 'Waited 865 ms before GET cart:? could be answered: its connection answers in order, and BLPOP jobs of GET /report, which waits on purpose, was before it.',
    breakdown: { 'db.pool_wait': 865, 'cache.slow': 10, unknown: 25 }
  },
  {
    title: 'a quick command behind a slow one of another request, on one connection',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 105, 880, { ahead: behind('KEYS *', 60, 870) })]
    },
    cause: 'db.pool_wait',
    says: 'Waited 765 ms before GET cart:? could be answered: its connection answers in order, and KEYS of GET /report was before it, for 765 ms of that.',
    culprit: { statement: 'KEYS', target: 'cache:6379', route: 'GET /report', traceId: other('').traceId },
    breakdown: { 'db.pool_wait': 765, 'cache.slow': 10, unknown: 125 }
  },
  {
    title: 'a quick command behind a slow one of code outside any request',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 5, 880, { ahead: behind('KEYS *', 300, 870, { request: null }) })]
    },
    cause: 'db.pool_wait',
    says: /and KEYS of code outside any request was before it, for 570 ms of that\.$/,
    culprit: { statement: 'KEYS', target: 'cache:6379' }
  },
  {
    title: 'a command behind many of others, none of which took long',
    given: { durationMs: 900, operations: [command('GET cart:1', 5, 880, { ahead: { until: 860 } })] },
    cause: 'db.pool_wait',
    says: 'Waited 855 ms before GET cart:? could be answered: its connection answers in order, and other commands were before it.'
  },
  {
    title: 'a command behind one that is not over',
    given: {
      durationMs: 900,
      status: 'running',
      operations: [command('GET cart:1', 5, OPEN, { ahead: behind('KEYS *', 2, OPEN) })]
    },
    cause: 'db.pool_wait',
    says: /^Still running\. Waited 895 ms before GET cart:\? could be answered: .* and KEYS of GET \/report was before it, which has not been answered yet\.$/
  },
  {
    title: 'a slow command that was behind another one for a moment',
    given: { durationMs: 900, operations: [command('GET cart:1', 5, 880, { ahead: behind('KEYS *', 2, 100) })] },
    cause: 'cache.slow',
    says: 'Waited 780 ms for GET cart:? at cache:6379.',
    breakdown: { 'cache.slow': 780, 'db.pool_wait': 95, unknown: 25 }
  },
  {
    title: 'a command behind one that was answered before another of the same request',
    given: {
      durationMs: 900,
      operations: [
        command('SORT carts', 5, 200),
        command('GET cart:1', 6, 880, { ahead: { ...behind('KEYS *', 2, 150), until: 870 } })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 670 ms before GET cart:? could be answered: its connection answers in order, and other commands were before it.'
  },
  {
    title: 'a command that Redis answers right after a script that came on another connection',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 5, 880, { ahead: { until: 5, elsewhere: behind('EVAL', 1, 879).call } })]
    },
    cause: 'cache.slow',
    says: 'Waited 875 ms for GET cart:? at cache:6379 (answered right after EVAL of GET /report, which was sent before it on another connection).'
  },
  {
    title: 'two commands of two requests whose answers came together',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 5, 880, { ahead: { until: 5, together: behind('KEYS *', 4, 879).call } })]
    },
    cause: 'cache.slow',
    says: /^Waited 875 ms for GET cart:\? at cache:6379 \(answered together with KEYS of GET \/report on the same connection\)\. Inferred: .*another of them may have been slow/,
    confidence: 'inferred'
  },
  {
    title: 'two of one command by two requests whose answers came together',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 5, 880, { ahead: { until: 5, together: behind('GET cart:2', 4, 879).call } })]
    },
    cause: 'cache.slow',
    says: 'Waited 875 ms for GET cart:? at cache:6379 (answered together with GET cart:? of GET /report on the same connection).',
    confidence: 'measured'
  },
  {
    title: 'a command behind one of its own request, and that behind one of another',
    given: {
      durationMs: 900,
      operations: [
        command('SORT carts', 5, 500, { ahead: behind('KEYS *', 2, 400) }),
        command('GET cart:1', 6, 880, { ahead: behind('SCAN 0', 501, 870) })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 765 ms before SORT carts and 1 other call could be answered: its connection answers in order, and KEYS of GET /report was before it, for 395 ms of that.',
    breakdown: { 'db.pool_wait': 765, 'cache.slow': 110, unknown: 25 }
  },
  {
    title: 'a command for which no connection came',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 5, 880, { marks: { connecting: 5 }, error: 'closed' })]
    },
    cause: 'cache.slow',
    says: / \(875 ms of it without a connection\), which failed: closed\.$/
  },
  {
    title: 'a slow command whose client connected for a moment',
    given: { durationMs: 900, operations: [command('GET cart:1', 5, 880, { marks: { connecting: 5, sent: 60 } })] },
    cause: 'cache.slow',
    says: /^Waited 875 ms for GET cart:\? at cache:6379\.$/
  },
  {
    title: 'a call whose name is looked up behind a full pool: no name server is to blame',
    given: {
      durationMs: 900,
      operations: [call('GET http://stock:8080/items', 20, 880, { marks: { socket: 21, dns: 860, connect: 861 } })]
    },
    seen: evidence({ fullPool: [{ start: 30, end: 858, threads: 4, calls: { fs: 0, dns: 1 } }] }),
    cause: 'threadpool',
    says: /^Libuv’s thread pool was full for 839 ms \(1 × dns.lookup, .*\) while this request waited for the look-up of a name, before GET stock:8080\/items could be sent\.$/,
    confidence: 'measured'
  },
  {
    title: 'a look-up behind a full pool, which is still full when it is over: that it stood in the queue is a guess',
    given: { durationMs: 900, operations: [dns('lookup stock', 20, 880)] },
    seen: evidence({ fullPool: [{ start: 30, end: 1400, threads: 4, calls: { fs: 9, dns: 1 } }] }),
    cause: 'threadpool',
    says: /while this request waited for lookup stock\. Inferred: that the request waited for the pool/,
    confidence: 'inferred'
  },
  {
    title: 'a look-up that goes on when the pool has long been free: a slow name server',
    given: { durationMs: 900, operations: [dns('lookup stock', 20, 880)] },
    seen: evidence({ fullPool: [{ start: 30, end: 780, threads: 4, calls: { fs: 4, dns: 1 } }] }),
    cause: 'dns.slow',
    says: /lookup stock/
  },
  {
    title: 'a look-up that is over as a pool becomes free that was full for a moment: a slow name server',
    given: { durationMs: 900, operations: [dns('lookup stock', 20, 880)] },
    seen: evidence({ fullPool: [{ start: 600, end: 878, threads: 4, calls: { fs: 4, dns: 1 } }] }),
    cause: 'dns.slow',
    says: /lookup stock/
  },
  {
    title: 'a short look-up behind a full pool, and then a long wait that nobody times',
    given: { durationMs: 900, operations: [dns('lookup stock', 40, 240)] },
    seen: evidence({ fullPool: [{ start: 35, end: 890, threads: 4, calls: { fs: 9, dns: 1 } }] }),
    cause: 'threadpool',
    says: /while this request waited for something that nobody times\./
  },
  {
    title: 'dns.resolve needs no thread of a full pool',
    given: { durationMs: 900, operations: [dns('resolve4 stock', 20, 880)] },
    seen: evidence({ fullPool: [{ start: 30, end: 878, threads: 4, calls: { fs: 4, dns: 0 } }] }),
    cause: 'dns.slow',
    says: /resolve4 stock/
  },
  {
    title: 'a call whose name is looked up behind a slow one: no name server of its own is to blame',
    given: {
      durationMs: 900,
      operations: [
        call('GET http://stock:8080/items', 20, 880, { marks: { socket: 21, dns: 860, connect: 861 } }),
        dns('lookup stock', 21, 860, {
          ahead: behind('lookup hooks.example', 15, 855, { ...LOOK_UP, request: other('GET /hook') })
        })
      ]
    },
    cause: 'threadpool',
    says: /^Waited 834 ms for a thread for lookup stock, before GET stock:8080\/items could be sent: half of libuv’s threads look up names, and lookup hooks\.example of GET \/hook had one of them\.$/,
    confidence: 'measured',
    culprit: {
      route: 'GET /hook',
      statement: 'lookup hooks.example',
      target: '',
      traceId: '00000000000000000000000000000099'
    }
  },
  {
    title: 'a look-up behind others that is slow itself, too: both are told',
    given: {
      durationMs: 900,
      operations: [
        dns('lookup stock', 20, 880, {
          ahead: behind('lookup stock', 15, 380, { ...LOOK_UP, request: other('GET /hook') })
        })
      ]
    },
    cause: 'dns.slow',
    says: /^Waited 500 ms for lookup stock\. Another 360 ms \(40 %\) went to threadpool \(lookup stock behind others\)\.$/
  },
  {
    title: 'a look-up of a request that still runs, whose turn has not come',
    given: {
      durationMs: 900,
      status: 'running',
      operations: [
        dns('lookup stock', 20, OPEN, {
          ahead: {
            ...behind('lookup hooks.example', 15, 0, { ...LOOK_UP, request: null, end: Number.NaN }),
            until: Number.NaN
          }
        })
      ]
    },
    cause: 'threadpool',
    says: /^Still running\. Waited 880 ms for a thread for lookup stock: .* lookup hooks\.example of code outside any request had one of them\.$/
  },
  {
    title: 'a timer that ends while the pool is still full: that it waited for the pool is a guess',
    given: { durationMs: 700 },
    seen: evidence({ fullPool: [{ start: 35, end: 1400, threads: 4, calls: { fs: 4, dns: 0 } }] }),
    cause: 'threadpool',
    says: /Inferred: that the request waited for the pool is concluded from when it was full/,
    confidence: 'inferred'
  },
  {
    title: 'a timer that goes on when the pool has long been free',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [{ start: 35, end: 500, threads: 4, calls: { fs: 4, dns: 0 } }] }),
    cause: 'threadpool',
    says: /Inferred/,
    confidence: 'inferred'
  },
  {
    title: 'its own code ran while the pool was full',
    given: { durationMs: 700, ownTurns: [[10, 690]] },
    seen: evidence({
      cpu: samples([10, 690, profiled]),
      fullPool: [{ start: 40, end: 690, threads: 4, calls: { fs: 4, dns: 0 } }]
    }),
    cause: 'cpu.own',
    says: /renderCsv/
  },
  {
    title: 'a full pool does not excuse a slow query',
    given: { durationMs: 700, operations: [query(SELECT, 5, 690)] },
    seen: evidence({ fullPool: [{ start: 0, end: 700, threads: 4, calls: { fs: 5, dns: 0 } }] }),
    cause: 'db.slow_query',
    says: /^Waited 685 ms for SELECT orders/,
    confidence: 'measured'
  },
  {
    title: 'a block that was over long before a statement that has not answered yet',
    given: { durationMs: 600, status: 'running', operations: [query(SELECT, 10, OPEN)] },
    seen: evidence({ blocks: [block(100, 250, probe(130, other('GET /export'), render))] }),
    cause: 'db.slow_query',
    says: /^Still running\. Waited 590 ms for SELECT orders/,
    breakdown: { 'db.slow_query': 590, unknown: 10 }
  },
  {
    title: 'a pause of 5 ms, long before the answer came',
    given: { durationMs: 600, operations: [query(SELECT, 10, 590)] },
    seen: evidence({ pauses: [pause(570, 575)] }),
    cause: 'db.slow_query',
    says: 'Waited 580 ms for SELECT orders at db:5432/shop.',
    breakdown: { 'db.slow_query': 580, unknown: 20 }
  },
  {
    title: 'a large pool, of which not every connection was looked at',
    given: {
      durationMs: 640,
      operations: [
        poolWait(5, 595, { size: 50, inUse: 50, waiting: 1, holders: holders(['POST /report', 900], ['GET /a', 20]) })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 590 ms for a connection: all 50 were held, at least 1 of them by POST /report (oldest 900 ms).'
  },
  {
    title: 'a parser in a pipeline: each sample shows another function of one package, and none of the application',
    given: { durationMs: 700, ownTurns: [[0, 640]] },
    seen: evidence({
      cpu: samples(
        ...['isQuote', 'push', 'onRecord', 'onField'].map((name, i): [number, number, Frame[]] => [
          160 * i,
          160 * (i + 1),
          stack(
            `${name} node_modules/csv/index.js:${i}:1`,
            'transform node_modules/csv/index.js:90:3',
            'write node:stream:3'
          )
        ])
      )
    }),
    cause: 'cpu.own',
    says: /, mostly in transform \(node_modules\/csv\/index\.js:90:3\)\.$/
  },
  {
    title: 'a function that calls two packages, of which samples show the one and most probes met the other',
    given: { durationMs: 700, ownTurns: [[0, 640]] },
    seen: evidence({
      cpu: samples(
        [0, 200, stack('toItems node_modules/items/index.js:1:1', 'check src/orders.js:5:1')],
        [200, 640, stack('validate node_modules/rules/index.js:1:1', 'check src/orders.js:5:1')]
      ),
      blocks: [
        block(
          0,
          640,
          probe(30, own, stack('toItems node_modules/items/index.js:3:1', 'check src/orders.js:6:9')),
          probe(60, own, stack('toItems node_modules/items/index.js:3:1', 'check src/orders.js:6:9')),
          probe(400, own, stack('Rules.validate node_modules/rules/index.js:3:1', 'check src/orders.js:7:9'))
        )
      ]
    }),
    cause: 'cpu.own',
    says: /mostly in validate \(node_modules\/rules\) in check \(src\/orders\.js:7:9\)\.$/
  },
  {
    title: 'one of three probes met the place that most samples show: it does not stand for them',
    given: { durationMs: 700, ownTurns: [[0, 640]] },
    seen: evidence({
      cpu: samples([0, 640, profiled]),
      blocks: [
        block(
          0,
          640,
          probe(100, own, render),
          probe(300, own, stack('sum src/sum.js:5:1', 'handler src/server.js:12:3')),
          probe(500, own, stack('sum src/sum.js:6:1', 'handler src/server.js:12:3'))
        )
      ]
    }),
    cause: 'cpu.own',
    says: /mostly in renderCsv \(src\/export\.js:38\)\.$/
  }
]

describe('verdict', () => {
  for (const { title, given, seen, cause, says, confidence, breakdown, culprit } of INCIDENTS) {
    it(title, () => {
      const report = explain(given, seen)
      const { verdict } = report
      assert.equal(verdict.cause, cause, verdict.summary)
      if (typeof says === 'string') assert.equal(verdict.summary, says)
      else assert.match(verdict.summary, says)
      if (confidence) assert.equal(verdict.confidence, confidence)
      if (breakdown) assert.deepEqual(millisecondsOf(report), breakdown)
      if (culprit) assert.deepEqual(verdict.culprit, culprit)
    })
  }
})
