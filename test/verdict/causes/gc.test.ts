// Verdicts by the incidents that they were made for: gc.

import type { Frame } from '../../../lib/types.js'
import { COLLECTING, render, rule, SELECT, verdicts } from '../incidents.js'
import { block, evidence, other, pause, probe, query, samples } from '../timeline.js'

const NEARLY_FULL = { usedBytes: 150 * 2 ** 20, limitBytes: 200 * 2 ** 20 }

verdicts('gc', [
  {
    title: 'two collections, in the longer of which something else stopped the thread',
    given: { durationMs: 700 },
    seen: evidence({ pauses: [pause(50, 400), pause(450, 690)], agent: [{ start: 100, end: 390 }] }),
    cause: 'unknown',
    says: /went to gc \(2 pauses, the longest 240 ms\)/
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
    title: 'a pause in the request’s own code, and a longer one in a time of which nobody knows: none is named',
    given: { durationMs: 600, ownTurns: [[0, 240]] },
    seen: evidence({
      pauses: [pause(20, 220), pause(300, 590)],
      cpu: samples([0, 20, render], [20, 220, COLLECTING], [220, 240, render], [300, 590, COLLECTING])
    }),
    cause: 'gc',
    says: 'Garbage collection stopped the main thread for 490 ms in 2 pauses, the longest 290 ms.',
    culprit: null
  },
  {
    title: 'a pause long after code was seen, and long before: none is named',
    given: { durationMs: 800, ownTurns: [[0, 800]] },
    seen: evidence({
      pauses: [pause(150, 650)],
      cpu: samples([0, 40, render], [150, 650, COLLECTING], [760, 800, render])
    }),
    cause: 'gc',
    says: /^Garbage collection stopped the main thread for 500 ms in one pause\. Another/,
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
    title: 'a pause in a block in which nobody was seen: the code around it may be anybody’s, and is not named',
    given: { durationMs: 600, concurrency: 3 },
    seen: evidence({
      blocks: [block(90, 520)],
      pauses: [pause(100, 500)],
      cpu: samples([90, 100, render], [100, 500, COLLECTING], [500, 520, render])
    }),
    cause: 'gc',
    says: /^Garbage collection stopped the main thread for 400 ms in one pause\./,
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
    title: 'samples that found short pauses, each from a moment before it on, add nothing to what Node told',
    given: { durationMs: 600, ownTurns: [[0, 600]] },
    seen: evidence({
      pauses: Array.from({ length: 30 }, (_, i) => pause(i * 20 + 1, i * 20 + 4)),
      cpu: samples(
        ...Array.from({ length: 30 }, (_, i): [number, number, Frame[]][] => [
          [i * 20, i * 20 + 10, COLLECTING],
          [i * 20 + 10, i * 20 + 20, render]
        ]).flat()
      )
    }),
    cause: 'cpu.own',
    says: /^Its own JavaScript /,
    breakdown: { 'cpu.own': 510, gc: 90 }
  },
  {
    title: 'a few samples of a collection, most of them before the request, are no steps',
    given: { durationMs: 600, ownTurns: [[0, 600]] },
    seen: evidence({
      cpu: samples([-100, 20, COLLECTING], [20, 300, render], [300, 320, COLLECTING], [320, 600, render])
    }),
    cause: 'cpu.own',
    says: /^Its own JavaScript /,
    breakdown: { 'cpu.own': 600 }
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
    title: 'a collection in steps inside another request’s turn is that turn’s',
    given: { durationMs: 620, concurrency: 2 },
    seen: evidence({
      cpu: samples([10, 150, render], [150, 500, COLLECTING], [500, 600, render]),
      blocks: [block(10, 600, ...[40, 60, 100, 180, 300, 420, 540].map(at => probe(at, other('GET /export'), render)))]
    }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 590 ms by GET \/export/,
    breakdown: { 'loop.blocked': 590, unknown: 30 }
  },
  {
    title: 'pauses inside a slow query are the query’s',
    given: { durationMs: 700, operations: [query(SELECT, 0, 690)] },
    seen: evidence({ pauses: [pause(100, 110), pause(300, 320)] }),
    cause: 'db.slow_query',
    says: 'Waited 690 ms for SELECT orders at db:5432/shop.'
  }
])
