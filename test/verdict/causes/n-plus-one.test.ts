// Verdicts by the incidents that they were made for: db.n_plus_one, cache.n_plus_one, http.n_plus_one.

import { profiled, statements, verdicts } from '../incidents.js'
import { call, command, evidence, other, own, poolWait, query, samples, stack, turns } from '../timeline.js'

verdicts('db.n_plus_one, cache.n_plus_one, http.n_plus_one', [
  {
    title: 'a loop of statements beside a slower peer: what was repeated is named',
    given: { durationMs: 930, operations: [...statements(30, 9, 1), call('GET /stock', 320, 925)] },
    cause: 'http.slow_peer',
    says: /Another \d+ ms \(\d\d %\) went to db\.n_plus_one \(30 × SELECT items\)\.$/
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
    title:
      'a loop of quick queries with work of its own after each, beside requests that do the same: that work is told',
    given: {
      durationMs: 910,
      concurrency: 3,
      operations: statements(60, 9, 6),
      turns: turns(
        [other('GET /score')],
        ...Array.from({ length: 60 }, (_, i): [number, number, number][] => [
          [10 + i * 15, 18 + i * 15, 99],
          [19 + i * 15, 25 + i * 15, 7]
        ]).flat()
      )
    },
    seen: evidence({
      cpu: samples([5, 900, stack('inspect node:internal/util/inspect:363:9', 'log src/audit.js:12:3')])
    }),
    cause: 'db.n_plus_one',
    says: /^Ran 60 like statements one after another \(SELECT items, 9 ms each\): 540 of 910 ms\. Another 3\d\d ms \((?:39|40) %\) went to cpu\.own \(inspect in log \(src\/audit\.js:12:3\)\)\. Inferred: the event loop was busy/,
    confidence: 'inferred'
  },
  {
    title:
      'a loop of quick queries whose answers wait to be read, while others hold the loop: how quick one can be is told',
    given: {
      durationMs: 1000,
      concurrency: 3,
      operations: Array.from({ length: 60 }, (_, i) =>
        query(`SELECT * FROM items WHERE id = ${i}`, 5 + i * 16, 5 + i * 16 + (i % 9 === 0 ? 0.7 : 15.5))
      )
    },
    seen: evidence({ cpu: samples([5, 990, stack('score src/score.js:7:3')]) }),
    cause: 'db.n_plus_one',
    says: /^Ran 60 like statements one after another \(SELECT items, 14 ms each, the quickest 0\.7 ms\): .*Inferred: the event loop was busy/,
    confidence: 'inferred'
  },
  {
    title: 'a loop of calls between which Node sends and reads them: the driver’s work is told with them',
    given: {
      durationMs: 905,
      concurrency: 3,
      operations: Array.from({ length: 60 }, (_, i) => call('GET /stock', 5 + i * 15, 14 + i * 15))
    },
    seen: evidence({
      cpu: samples([5, 900, stack('processHeader node:internal/deps/undici/undici:2360:14', 'load src/stock.js:3:9')])
    }),
    cause: 'http.n_plus_one',
    says: /^Ran 60 like calls one after another \(GET stock:8080\/stock, 9 ms each\): 8\d\d of 905 ms\./
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
  }
])
