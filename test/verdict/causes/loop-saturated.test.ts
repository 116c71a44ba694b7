// Verdicts by the incidents that they were made for: loop.saturated.

import { profiled, render, SELECT, verdicts } from '../incidents.js'
import { block, call, evidence, other, own, probe, query, samples, stack, turns } from '../timeline.js'

verdicts('loop.saturated', [
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
  }
])
