// Whose code ran where it has no context, or that of a request that was over.

import type { Frame } from '../../lib/types.js'
import { COLLECTING, render, SELECT, verdicts } from './incidents.js'
import { block, call, evidence, ORIGIN, other, own, probe, query, samples, stack, turns } from './timeline.js'

/** It ended before the request that is explained began. */
const over = (agoMs: number) => ({ ...other('GET /warmup', 31), endedAt: ORIGIN - agoMs })

const PARSE = stack(
  'parseRow node_modules/pg/lib/result.js:63:11',
  'onStreamRead node:internal/stream_base_commons:191:23'
)

verdicts('code in a context that may be another’s', [
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
    title: 'its own rows, read on a connection that the program had opened before any request',
    given: { durationMs: 600, concurrency: 1, operations: [query(SELECT, 10, 590, { marks: { headers: 100 } })] },
    seen: evidence({
      blocks: [block(150, 585, ...[190, 300, 420, 540].map(at => probe(at, null, PARSE)))],
      cpu: samples([150, 585, PARSE])
    }),
    cause: 'cpu.own',
    says:
      'Its own JavaScript ran 435 ms on the main thread, mostly in parseRow (node_modules/pg/lib/result.js:63:11). Inferred: what its own call ' +
      'brought was read outside its context, as on a connection that was open before; it was the only request.',
    confidence: 'inferred'
  },
  {
    title: 'rows read on a connection that the program had opened before any request, while another is in flight',
    given: { durationMs: 600, concurrency: 2, operations: [query(SELECT, 10, 590, { marks: { headers: 100 } })] },
    seen: evidence({
      blocks: [block(150, 585, ...[190, 300, 420, 540].map(at => probe(at, null, PARSE)))],
      cpu: samples([150, 585, PARSE])
    }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 435 ms by code outside any request \(parseRow, .* Inferred: the code may belong to a request whose context it had lost/,
    confidence: 'inferred'
  },
  {
    title: 'its own rows, read in turns of a request that is over',
    given: {
      durationMs: 600,
      concurrency: 1,
      operations: [query(SELECT, 10, 590, { marks: { headers: 15 } })],
      turns: turns([{ ...other('GET /login', 31), endedAt: 0 }], [20, 300, 31], [302, 585, 31])
    },
    seen: evidence({ cpu: samples([20, 585, PARSE]) }),
    cause: 'cpu.own',
    says: /^Its own JavaScript ran 56\d ms .*parseRow .*Inferred: what its own call brought was read outside its context/,
    confidence: 'inferred'
  },
  {
    title: 'rows of others, which come while the request’s own statement has not begun to answer',
    given: { durationMs: 800, concurrency: 1, operations: [query(SELECT, 10, 790)] },
    seen: evidence({
      blocks: [block(150, 400, ...[190, 300].map(at => probe(at, null, PARSE)))],
      cpu: samples([150, 400, PARSE])
    }),
    cause: 'db.slow_query',
    says: /^Waited 7\d\d ms for SELECT orders/,
    breakdown: { 'db.slow_query': 780, unknown: 20 }
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
    title: 'a large message of a worker that is read while several requests wait',
    given: { durationMs: 520, concurrency: 3 },
    seen: evidence({ blocks: [block(20, 500)], cpu: samples([20, 500, stack('(program) :0')]) }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 480 ms by somebody .* Inferred: .*; native code ran that no JavaScript had called, /,
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
    title: 'an answer that is made and ended by what a worker’s message calls',
    given: { durationMs: 530, endedOutside: true },
    seen: evidence({
      blocks: [
        block(
          20,
          528,
          probe(450, null, stack('totals src/report.js:4:9', 'emitMessage node:internal/per_context/messageport:23:17'))
        )
      ]
    }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 50\d ms by code outside any request \(totals, .* Inferred: such code also ended its answer, /,
    confidence: 'inferred'
  },
  {
    title: 'turns of a timer that works on its request and ends the answer',
    given: {
      durationMs: 530,
      concurrency: 1,
      endedOutside: true,
      turns: { from: 0, to: 530, requests: [], stretches: [30, 529, 0] }
    },
    seen: evidence({
      cpu: samples([30, 529, stack('flush src/batch.js:4:9', 'listOnTimeout node:internal/timers:581:17')])
    }),
    cause: 'loop.blocked',
    says: / by code outside any request \(flush, .* Inferred: such code also ended its answer, so this may be its own work, called by /,
    confidence: 'inferred'
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
  }
])
