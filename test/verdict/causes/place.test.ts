// Which function is named where code ran for long.

import type { Frame } from '../../../lib/types.js'
import { profiled, render, rule, SELECT, verdicts } from '../incidents.js'
import { block, evidence, OWN_ID, own, probe, query, samples, stack, turns } from '../timeline.js'

verdicts('the place that is named', [
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
    title:
      'a body of 26 MB that is parsed: a probe is answered at once by what is called before, the next when it is parsed',
    given: { durationMs: 1509, ownTurns: [[497, 1505]] },
    seen: evidence({
      blocks: [
        block(
          497,
          1505,
          probe(
            610,
            own,
            stack(
              'debug node_modules/debug/src/common.js:66:17',
              'parse node_modules/body-parser/lib/types/json.js:92:9'
            ),
            11
          ),
          probe(1499, own, stack('next node_modules/router/index.js:189:17', 'handle src/server.js:4:9'), 886)
        )
      ],
      cpu: samples([610, 1500, stack('parse node_modules/body-parser/lib/types/json.js:76:27')])
    }),
    cause: 'cpu.own',
    says: /^Its own JavaScript ran 1 s on the main thread, mostly in parse \(node_modules\/body-parser\/lib\/types\/json.js:76:27\)\. /
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
    title: 'sync crypto',
    given: { durationMs: 620, ownTurns: [[0, 612]] },
    seen: evidence({
      cpu: samples([0, 612, stack('pbkdf2Sync node:internal/crypto/pbkdf2:60', 'login src/login.js:12')])
    }),
    cause: 'cpu.own',
    says: /mostly in pbkdf2Sync in login \(src\/login\.js:12\)\.$/
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
])
