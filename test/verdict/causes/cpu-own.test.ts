// Verdicts by the incidents that they were made for: cpu.own.

import { profiled, SELECT, verdicts } from '../incidents.js'
import { block, call, evidence, kernel, other, query, samples, stack, turns } from '../timeline.js'

verdicts('cpu.own', [
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
    title: 'hot loop in the first turn',
    given: { durationMs: 620, ownTurns: [[0, 612]] },
    seen: evidence({ cpu: samples([0, 612, stack('parseCatalog src/catalog.js:12', 'handler src/server.js:10')]) }),
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 612 ms on the main thread, mostly in parseCatalog (src/catalog.js:12).',
    confidence: 'measured'
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
    title: 'a block around its own first turn',
    given: { durationMs: 530, ownTurns: [[0, 495]] },
    seen: evidence({ blocks: [block(-5, 505)] }),
    cause: 'cpu.own',
    says: /^Its own JavaScript ran 505 ms/,
    breakdown: { 'cpu.own': 505, unknown: 25 }
  },
  {
    title: 'a request began, sent its query, and then computed',
    given: { durationMs: 530, ownTurns: [[0, 500]], operations: [query(SELECT, 2, 510)] },
    cause: 'cpu.own',
    says: 'Its own JavaScript ran 500 ms on the main thread.',
    confidence: 'measured'
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
    title: 'own code, but the kernel was asked late whether it ran at all',
    given: { durationMs: 700, ownTurns: [[0, 690]] },
    seen: evidence({ kernel: { ...kernel(700, {}), looks: kernel(700, {}).looks.slice(50) } }),
    cause: 'cpu.own',
    says: /Inferred: the kernel was not yet asked whether the thread ran or waited for a CPU\.$/,
    confidence: 'inferred'
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
    title: 'a debugger that pauses the thread: it sleeps, and nobody sees in what',
    given: { durationMs: 700, ownTurns: [[10, 690]] },
    seen: evidence({ cpu: samples([10, 690, stack('(program) :0')]), kernel: kernel(700, { ready: [[0, 30]] }) }),
    cause: 'cpu.own',
    says: /^Its own JavaScript held the main thread for 680 ms, most of it asleep in a system call\. Inferred: in what .* a debugger /,
    confidence: 'inferred'
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
  }
])
