// What to do depends on how it came about. Each advice of each cause is given here to an incident: the last one of a cause to the example of
// its page, the others to those below.

import assert from 'node:assert/strict'
import type { Cause, Evidence } from '../../lib/types.js'
import { CAUSE_ROWS, rowOf } from '../../lib/verdict/causes/index.js'
import { exampleOf } from './examples.js'
import { inTurn, render, SELECT } from './incidents.js'
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
  operation,
  other,
  own,
  poolWait,
  probe,
  query,
  samples,
  stack
} from './timeline.js'

const hashing = stack('pbkdf2Sync node:internal/crypto/pbkdf2:60', 'login src/login.js:12')
const LARGE = { unsent: { bytes: 6_000_000, start: 12, end: 650 } }
const CONNECTING = { marks: { connecting: 10, sent: 600 } }

const loop = (text: string, count: number) =>
  Array.from({ length: count }, (_, i) => query(text, 5 + i * 30, 33 + i * 30))

const pool = (facts: { size: number; inUse: number; waiting: number; free?: number }) =>
  poolWait(5, 590, { holders: [], ...facts })

const SITUATIONS: [cause: Cause, say: RegExp, given: Case, seen?: Evidence][] = [
  ['db.slow_query', /^Keep connections open/, { durationMs: 700, operations: [query(SELECT, 10, 690, CONNECTING)] }],
  [
    'db.slow_query',
    /^Send less with the statement/,
    { durationMs: 700, operations: [query('INSERT INTO logs VALUES ($1)', 10, 690, LARGE)] }
  ],
  [
    'db.slow_query',
    /^Fetch fewer or smaller rows/,
    { durationMs: 700, operations: [query('SELECT * FROM logs', 10, 690, { marks: { headers: 40 } })] }
  ],
  ['db.slow_query', /^All of them took alike/, { durationMs: 800, operations: inTurn(150, 5) }],
  [
    'cache.slow',
    /^Keep the connection open/,
    { durationMs: 700, operations: [command('GET cart:1', 10, 690, CONNECTING)] }
  ],
  ['cache.slow', /^Send less/, { durationMs: 700, operations: [command('SET page:1', 10, 690, LARGE)] }],
  [
    'message.slow',
    /^Look at whoever answers/,
    {
      durationMs: 700,
      operations: [operation({ kind: 'message', system: 'nats', text: 'request price.calc', start: 5, end: 695 })]
    }
  ],
  ['db.n_plus_one', /^Fetch more rows of the cursor/, { durationMs: 700, operations: loop('FETCH 10 FROM c', 20) }],
  [
    'db.n_plus_one',
    /^Write all rows with one statement/,
    { durationMs: 700, operations: loop('INSERT INTO items VALUES (1)', 20) }
  ],
  [
    'cache.n_plus_one',
    /^Let the cursor bring more/,
    {
      durationMs: 700,
      operations: Array.from({ length: 20 }, (_, i) => command('SCAN', 5 + i * 30, 33 + i * 30))
    }
  ],
  [
    'http.n_plus_one',
    /^Keep connections open between/,
    {
      durationMs: 620,
      operations: Array.from({ length: 12 }, (_, i) =>
        call(`GET https://stock:8080/items/${i}`, 5 + i * 51, 55 + i * 51, {
          marks: { socket: 6 + i * 51, connect: 16 + i * 51, tls: 36 + i * 51, headers: 54 + i * 51 }
        })
      )
    }
  ],
  [
    'db.pool_wait',
    /^One client for all/,
    { durationMs: 900, operations: [command('GET cart:1', 105, 880, { ahead: behind('KEYS *', 60, 870) })] }
  ],
  [
    'db.pool_wait',
    /^Let the pool check/,
    { durationMs: 600, operations: [pool({ size: 10, inUse: 3, waiting: 1, free: 2 })] }
  ],
  [
    'db.pool_wait',
    /^Keep connections open/,
    { durationMs: 600, operations: [pool({ size: 10, inUse: 3, waiting: 1 })] }
  ],
  [
    'db.pool_wait',
    /^Ask for fewer connections at once/,
    {
      durationMs: 640,
      operations: Array.from({ length: 60 }, (_, i) =>
        poolWait(i / 1000, 10 + Math.floor(i / 2) * 20, { size: 2, inUse: 2, waiting: i, holders: [] })
      )
    }
  ],
  [
    'http.slow_peer',
    /^Send less with the call/,
    {
      durationMs: 700,
      operations: [
        call('PUT http://stock:8080/items', 10, 690, {
          marks: { socket: 11, sent: 12, writing: 12, written: 650, headers: 690 },
          ...LARGE
        })
      ]
    }
  ],
  [
    'http.slow_peer',
    /^Ask for less of the answer/,
    {
      durationMs: 700,
      operations: [call('GET http://stock:8080/items', 10, 660, { marks: { socket: 11, sent: 12, headers: 50 } })]
    }
  ],
  [
    'http.slow_peer',
    /^Ask the service for all items/,
    {
      durationMs: 900,
      operations: Array.from({ length: 24 }, (_, i) =>
        call(`GET http://stock:8080/items?page=${i}`, 10, 45 + 35 * i, {
          marks: { socket: 11, sent: 12, headers: 44 + 35 * i }
        })
      )
    }
  ],
  [
    'http.socket_wait',
    /^Have the peer take more streams/,
    {
      durationMs: 700,
      operations: [call('GET http://stock:8080/items', 10, 660, { marks: { full: 11, stream: 600, headers: 655 } })]
    }
  ],
  [
    'cpu.own',
    /^Do more at a time/,
    { durationMs: 700, concurrency: 1 },
    evidence({
      cpu: samples(
        ...Array.from({ length: 50 }, (_, i): [number, number, ReturnType<typeof stack>] => [
          i * 14,
          i * 14 + 10,
          stack(`step${i} node:internal/timers:${i + 1}:5`)
        ])
      )
    })
  ],
  [
    'cpu.own',
    /^Call the asynchronous form/,
    { durationMs: 700, ownTurns: [[0, 690]] },
    evidence({ cpu: samples([0, 690, hashing]) })
  ],
  [
    'loop.blocked',
    /^The code named here .* asynchronous form/,
    { durationMs: 700 },
    evidence({
      blocks: [block(60, 690, ...[100, 200, 400, 600].map(at => probe(at, other('POST /login'), hashing)))],
      cpu: samples([60, 690, hashing])
    })
  ],
  [
    'gc',
    /^Find out what fills the heap/,
    { durationMs: 600, concurrency: 3, heap: { usedBytes: 150e6, limitBytes: 200e6 } },
    evidence({
      cpu: samples([10, 590, [{ function: '(garbage collector)', file: '', line: 0, column: 0 }]])
    })
  ],
  [
    'cpu.throttled',
    /^Other threads than the main one/,
    { durationMs: 900, ownTurns: [[0, 890]] },
    evidence({
      blocks: [block(0, 890, ...[30, 230, 430, 630, 830].map(at => probe(at, own, render)))],
      kernel: {
        ...kernel(900, { ready: [[0, 890]], waits: [[100, 890]], throttled: [[100, 890]] }, 1),
        counters: { processCpuMs: 800 }
      }
    })
  ],
  [
    'cpu.contended',
    /^This process’s own threads/,
    { durationMs: 700, ownTurns: [[0, 690]] },
    evidence({
      kernel: { ...kernel(700, { ready: [[0, 690]], waits: [[100, 600]] }), counters: { processCpuMs: 700 } }
    })
  ],
  [
    'threadpool',
    /^Keep connections open, so that fewer names/,
    {
      durationMs: 900,
      operations: [
        dns('lookup stock', 21, 860, {
          ahead: behind('lookup hooks.example', 15, 855, { kind: 'dns', system: 'dns', target: undefined })
        })
      ]
    }
  ]
]

const UNCONNECTED: [where: string, operations: Case['operations']][] = [
  [
    'most of the time was without one, but not that of the longest statement',
    [
      query(SELECT, 0, 100),
      ...Array.from({ length: 7 }, (_, i) => {
        const start = 100 + i * 88
        return query(`SELECT c${i} FROM t`, start, start + 88, { marks: { connecting: start, sent: start + 65 } })
      })
    ]
  ],
  [
    'the longest statement had none for most of its time',
    [query(SELECT, 0, 500, { marks: { connecting: 0, sent: 400 } }), query('SELECT 1 FROM t', 500, 900)]
  ],
  ['that of the longest was lost late in it', [query(SELECT, 5, 880, { marks: { lost: 605, resent: 780 } })]]
]

describe('advice', () => {
  for (const [cause, say, given, seen] of SITUATIONS) {
    it(`of ${cause}: ${say.source}`, () => {
      const { verdict } = explain(given, seen)
      assert.equal(verdict.cause, cause, verdict.summary)
      assert.match(verdict.advice, say, verdict.summary)
    })
  }

  for (const [where, operations] of UNCONNECTED) {
    it(`is to keep connections open where ${where}`, () => {
      const { verdict } = explain({ durationMs: 900, operations })
      assert.match(verdict.advice, /^Keep connections open in a pool/, verdict.summary)
    })
  }

  for (const { cause, advice } of CAUSE_ROWS) {
    const example = exampleOf(cause)
    if (!example) continue
    it(`of ${cause}, where nothing more is known of it`, () => {
      assert.equal(example.verdict.advice, advice.at(-1)!.say)
    })
  }

  it('has an incident here for each text', () => {
    const without = CAUSE_ROWS.flatMap(({ cause }) =>
      rowOf(cause)
        .advice.slice(0, -1)
        .filter(({ say }) => !SITUATIONS.some(([of, shown]) => of === cause && shown.test(say)))
        .map(({ say }) => `${cause}: ${say}`)
    )
    assert.deepEqual(without, [])
  })

  it('fits always in the end', () => {
    for (const { advice } of CAUSE_ROWS)
      assert.deepEqual(advice.map(({ when }) => when === undefined).indexOf(true), advice.length - 1)
  })
})
