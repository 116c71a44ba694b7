// A pool of which the request itself wanted many connections at once.

import { type Incident, verdicts } from '../incidents.js'
import { OPEN, other, own, poolWait, query } from '../timeline.js'

verdicts('db.pool_wait by the request itself', [
  {
    title: 'pool of one held by the request itself',
    given: {
      durationMs: 600,
      status: 'running',
      operations: [poolWait(5, OPEN, { size: 1, inUse: 1, waiting: 1, holders: [{ request: own, heldMs: 590 }] })]
    },
    cause: 'db.pool_wait',
    says: 'Still running. Waited 595 ms for a connection: the only one was held by this request itself (oldest 590 ms).'
  },
  {
    title: 'pool of which each request wants a second connection while it keeps its first',
    given: {
      durationMs: 1000,
      operations: [
        poolWait(80, 980, {
          size: 3,
          inUse: 3,
          waiting: 2,
          holders: [
            { request: own, heldMs: 60 },
            { request: other('POST /order', 31), heldMs: 70 },
            { request: other('POST /order', 32), heldMs: 65 }
          ]
        })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 900 ms for a connection: all 3 were held, 2 of them by POST /order (oldest 70 ms), and 1 by this request itself.'
  },
  {
    title: 'pool asked for by the request itself, sixty times at once',
    given: {
      durationMs: 640,
      operations: Array.from({ length: 60 }, (_, i) => [
        poolWait(i / 1000, 10 + Math.floor(i / 2) * 20, { size: 2, inUse: 0, waiting: i, holders: [] }),
        query('SELECT pg_sleep(0.02)', 10 + Math.floor(i / 2) * 20, 30 + Math.floor(i / 2) * 20)
      ]).flat()
    },
    cause: 'db.pool_wait',
    says: 'Waited 570 ms for a connection: 59 calls waited for 2 connections, most of them of this request itself.'
  },
  ...['as it says', 'as it does not count'].map((how, counts): Incident => {
    const waiting = (i: number) => (counts === 0 ? i : 0)
    return {
      title: `pool asked for by the request itself more often at once than waits are kept, ${how}`,
      given: {
        durationMs: 640,
        operations: [
          ...Array.from({ length: 20 }, (_, i) =>
            poolWait(i / 1000, 10 + i * 2, { size: 2, inUse: 0, waiting: waiting(i), holders: [] })
          ),
          {
            ...poolWait(0.02, 630, { size: 2, inUse: 0, waiting: waiting(299), holders: [] }),
            count: 280,
            atOnce: 280,
            busyMs: 280 * 330
          }
        ]
      },
      cause: 'db.pool_wait',
      says: 'Waited 630 ms for a connection (281 waits): 299 calls waited for 2 connections, most of them of this request itself.'
    }
  }),
  {
    title: 'pool asked for by the request itself one after another, and more often than waits are kept',
    given: {
      durationMs: 640,
      operations: [
        {
          ...poolWait(0, 630, {
            size: 2,
            inUse: 2,
            waiting: 4,
            holders: [{ request: other('POST /pay', 41), heldMs: 3 }]
          }),
          count: 280,
          atOnce: 1,
          busyMs: 620
        }
      ]
    },
    cause: 'db.pool_wait',
    says: /\(280 waits\): all 2 were held, at least 1 of them by POST \/pay \(oldest 3 ms\)\.$/
  },
  {
    title: 'pool that is still opening its connections when the request asks sixty times at once',
    given: {
      durationMs: 640,
      operations: Array.from({ length: 60 }, (_, i) => [
        poolWait(i / 1000, 10 + Math.floor(i / 2) * 20, {
          size: 2,
          inUse: Math.min(i, 2),
          waiting: Math.max(0, i - 2),
          holders: []
        }),
        query('SELECT pg_sleep(0.02)', 10 + Math.floor(i / 2) * 20, 30 + Math.floor(i / 2) * 20)
      ]).flat()
    },
    cause: 'db.pool_wait',
    says: 'Waited 570 ms for a connection: all 2 were held, and 57 calls waited before it, most of them of this request itself.'
  },
  {
    title: 'pool that counts nobody yet of sixty calls that the request began in one turn',
    given: {
      durationMs: 640,
      operations: Array.from({ length: 60 }, (_, i) => [
        poolWait(i / 1000, 10 + Math.floor(i / 2) * 20, { size: 2, inUse: 0, waiting: 0, holders: [] }),
        query('SELECT pg_sleep(0.02)', 10 + Math.floor(i / 2) * 20, 30 + Math.floor(i / 2) * 20)
      ]).flat()
    },
    cause: 'db.pool_wait',
    says: 'Waited 570 ms for a connection: 59 calls waited for 2 connections, most of them of this request itself.',
    culprit: { target: 'postgresql pool' }
  },
  ...['it counts those as held', 'it counts nobody yet'].map((how, counts): Incident => {
    const isCounted = counts === 0
    return {
      title: `pool that opens its first connections for long while the request asks for more than it may have: ${how}`,
      given: {
        durationMs: 740,
        operations: Array.from({ length: 6 }, (_, i) =>
          poolWait(i / 1000, 600 + Math.floor(i / 2) * 30, {
            size: 2,
            inUse: isCounted ? Math.min(i, 2) : 0,
            waiting: isCounted ? Math.max(0, i - 2) : 0,
            holders: []
          })
        )
      },
      cause: 'db.pool_wait',
      says: /, most of them of this request itself; 600 ms of it passed before the first was open\.$/
    }
  }),
  {
    title: 'pool that opens as many connections as the request asks for at once',
    given: {
      durationMs: 640,
      operations: Array.from({ length: 10 }, (_, i) =>
        poolWait(i / 1000, 600, { size: 10, inUse: i, waiting: 0, holders: [] })
      )
    },
    cause: 'db.pool_wait',
    says: /though only \d of 10 were in use: opening a new one took that long\.$/
  },
  {
    title: 'pool that others held for a moment, but the request asked twenty times at once',
    given: {
      durationMs: 640,
      operations: Array.from({ length: 20 }, (_, i) => [
        poolWait(i / 1000, 10 + i * 30, {
          size: 1,
          inUse: 1,
          waiting: i,
          holders: [{ request: other('POST /pay', 41), heldMs: 3 }]
        }),
        query('SELECT pg_sleep(0.03)', 10 + i * 30, 40 + i * 30)
      ]).flat()
    },
    cause: 'db.pool_wait',
    says: /the only one was held by POST \/pay \(oldest 3 ms\), and 19 calls waited before it, most of them of this request itself\./,
    culprit: { target: 'postgresql pool' }
  },
  {
    title: 'pool that the request asked twice at once',
    given: {
      durationMs: 600,
      operations: [
        poolWait(0, 10, {
          size: 1,
          inUse: 1,
          waiting: 0,
          holders: [{ request: other('POST /pay', 41), heldMs: 3 }]
        }),
        poolWait(0.1, 590, {
          size: 1,
          inUse: 1,
          waiting: 1,
          holders: [{ request: other('POST /pay', 41), heldMs: 3 }]
        })
      ]
    },
    cause: 'db.pool_wait',
    says: /the only one was held by POST \/pay \(oldest 3 ms\), and 1 call of this request itself waited before it\./
  },
  {
    title: 'pool that another holds, where two calls of the request itself are few of those that wait',
    given: {
      durationMs: 600,
      operations: [0, 1, 2].map(i =>
        poolWait(i / 1000, 550 + i, {
          size: 1,
          inUse: 1,
          waiting: 20 + i,
          holders: [{ request: other('POST /pay', 41), heldMs: 300 }]
        })
      )
    },
    cause: 'db.pool_wait',
    says: /the only one was held by POST \/pay \(oldest 300 ms\)\./,
    culprit: { target: 'postgresql pool', route: 'POST /pay', traceId: other('POST /pay', 41).traceId }
  }
])
