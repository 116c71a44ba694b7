// Verdicts by the incidents that they were made for: loop.blocked.

import { render, SELECT, verdicts } from '../incidents.js'
import { block, call, evidence, other, own, probe, query, samples, stack, turns } from '../timeline.js'

verdicts('loop.blocked', [
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
    title: 'a turn of another request, long after an own one, at the end of which an answer was read',
    given: {
      durationMs: 700,
      ownTurns: [[0, 40]],
      operations: [query(SELECT, 45, 505)],
      turns: turns([other('GET /export', 31)], [100, 500, 31])
    },
    seen: evidence({ cpu: samples([100, 500, render]) }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 400 ms by GET \/export \(renderCsv, /
  },
  {
    title: 'an own turn at the beginning of a block that others’ code goes on with, in which nobody was seen',
    given: { durationMs: 620, concurrency: 3, ownTurns: [[0, 250]] },
    seen: evidence({
      blocks: [block(0, 600)],
      cpu: samples([0, 250, render], [250, 600, stack('sum src/report.js:7:3')])
    }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 350 ms by somebody .* Inferred: nobody was seen to hold the event loop\./,
    breakdown: { 'loop.blocked': 350, 'cpu.own': 250, unknown: 20 }
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
  }
])
