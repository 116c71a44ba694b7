// Verdicts by the incidents that they were made for: db.slow_query.

import { type Incident, profiled, SELECT, verdicts } from '../incidents.js'
import { evidence, OPEN, other, poolWait, query, samples, stack, turns } from '../timeline.js'

/** In each tenth of a second a piece of an answer is read for so long, and then others work. */
function besideTurns(readMs: number): Pick<Incident, 'given' | 'seen'> {
  const read = stack('parse node_modules/pg/parser.js:3', 'onStreamRead node:internal/stream_base_commons:191:23')
  const work = stack('work src/work.js:3', 'processImmediate node:internal/timers:483:21')
  const pieces = Array.from({ length: 8 }, (_, i) => ({ at: 10 + i * 100, until: 110 + i * 100 }))
  return {
    given: {
      durationMs: 820,
      concurrency: 3,
      operations: [query('SELECT * FROM logs', 10, 810, { marks: { headers: 30 } })],
      turns: turns([other('GET /work')], ...pieces.map(({ at, until }) => [at + readMs, until, 99] as const))
    },
    seen: evidence({
      cpu: samples(
        ...pieces.flatMap(({ at, until }) => [[at, at + readMs, read] as const, [at + readMs, until, work] as const])
      )
    })
  }
}

verdicts('db.slow_query', [
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
    title: 'a large result, between whose pieces others have the loop',
    ...besideTurns(20),
    cause: 'loop.blocked',
    says: /GET \/work.* Inferred: SELECT logs may have been slow as well, since hardly a turn was left to see it\.$/,
    breakdown: { 'loop.blocked': 640, 'db.slow_query': 160, unknown: 20 }
  },
  {
    title: 'few rows, which the server finds one by one while others have the loop',
    ...besideTurns(2),
    cause: 'db.slow_query',
    says: /^Waited 702 ms for SELECT logs .* Inferred: the event loop was busy for 100 % of that time/
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
    title: 'a statement whose rows came as soon as there were any',
    given: { durationMs: 820, operations: [query('SELECT * FROM logs', 10, 810, { marks: { headers: 700 } })] },
    cause: 'db.slow_query',
    says: 'Waited 800 ms for SELECT logs at db:5432/shop.',
    confidence: 'measured'
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
  }
])
