// Verdicts by the incidents that they were made for: db.pool_wait.

import { fullPool, profiled, SELECT, verdicts } from '../incidents.js'
import { call, dns, evidence, operation, other, poolWait, query, samples, stack } from '../timeline.js'

const holders = (...names: [name: string, heldMs: number][]) =>
  names.map(([name, heldMs], i) => ({ request: name === '' ? null : other(name, 100 + i), heldMs }))

const FREE = { size: 10, inUse: 0, waiting: 0, holders: [] }

verdicts('db.pool_wait', [
  {
    title: 'a connection is opened to a name whose look-up waits behind hashes for one of libuv’s threads',
    given: {
      durationMs: 900,
      operations: [poolWait(5, 870, FREE), dns('lookup db.internal', 20, 835), query(SELECT, 871, 880)]
    },
    seen: evidence({ fullPool: [fullPool(-20, 830, { dns: 1 })] }),
    cause: 'threadpool',
    says: /^Libuv’s thread pool was full for 8[12]\d ms \(1 × dns\.lookup, the rest crypto, zlib or an addon\) while this request waited for lookup db\.internal\.$/,
    confidence: 'measured'
  },
  {
    title: 'a connection is opened to a name that is looked up slowly',
    given: {
      durationMs: 900,
      operations: [poolWait(5, 870, FREE), dns('lookup db.internal', 8, 835), query(SELECT, 871, 880)]
    },
    cause: 'dns.slow',
    says: 'Waited 827 ms for lookup db.internal.',
    confidence: 'measured'
  },
  {
    title: 'a connection is opened while libuv’s pool is full of hashes: that of its password may wait as well',
    given: { durationMs: 900, operations: [poolWait(5, 870, FREE), query(SELECT, 871, 880)] },
    seen: evidence({ fullPool: [fullPool(-20, 850, {})] }),
    cause: 'db.pool_wait',
    says: /opening a new one took that long\. Inferred: libuv’s thread pool was full for 845 ms of that time, and who opens a connection may need/,
    confidence: 'inferred'
  },
  {
    title: 'a connection takes long to be opened, while a call looks up another name',
    given: {
      durationMs: 900,
      operations: [
        poolWait(5, 870, FREE),
        call('GET http://stock:8080/', 8, 700, { marks: { socket: 9, dns: 600, connect: 610, headers: 690 } }),
        dns('lookup stock', 9, 600),
        query(SELECT, 871, 880)
      ]
    },
    cause: 'db.pool_wait',
    says: /^Waited 8\d\d ms for a connection, though only 0 of 10 were in use: opening a new one took that long\.$/
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
    title: 'pool that is exhausted until the wait is given up',
    given: {
      durationMs: 600,
      operations: [
        {
          ...poolWait(5, 590, {
            size: 2,
            inUse: 2,
            waiting: 1,
            holders: holders(['POST /pay', 1900], ['POST /pay', 900])
          }),
          error: 'timeout exceeded when trying to connect'
        }
      ]
    },
    cause: 'db.pool_wait',
    says:
      'Waited 585 ms for a connection: all 2 were held, all by POST /pay (oldest 1.9 s), until it failed: timeout exceeded when trying to ' +
      'connect.'
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
    title: 'a wait for a connection, while others of the request wait for the pool of another database',
    given: {
      durationMs: 640,
      operations: [
        operation({ kind: 'pool', system: 'mysql', start: 0, end: 590 }),
        operation({ kind: 'pool', system: 'mysql', start: 1, end: 590 }),
        poolWait(5, 595, { size: 1, inUse: 1, waiting: 0, holders: holders(['POST /report', 900]) })
      ]
    },
    cause: 'db.pool_wait',
    says: /: the only one was held by POST \/report \(oldest 900 ms\)\.$/
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
  }
])
