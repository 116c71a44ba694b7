// A call behind others on a connection that answers in order: db.pool_wait, or the call itself was slow.

import { SELECT, verdicts } from '../incidents.js'
import { behind, command, OPEN, other, query } from '../timeline.js'

verdicts('what stood before a call on its connection', [
  {
    title: 'a fast query that was sent behind a slow one on the same connection',
    given: { durationMs: 600, operations: [query(SELECT, 0, 580), query('SELECT * FROM users', 0, 590)] },
    cause: 'db.slow_query',
    says: 'Waited 590 ms for 2 statements; the longest, 580 ms, was SELECT orders at db:5432/shop.',
    confidence: 'measured'
  },
  {
    title: 'a command behind a blocking one on the same connection',
    given: {
      durationMs: 600,
      operations: [command('BLPOP jobs', 0, 580, { blocking: true }), command('GET a', 5, 581)]
    },
    cause: 'unknown',
    says: 'Waited 599 ms, most of it in BLPOP jobs, a command that waits on purpose.'
  },
  {
    title: 'a fast command behind a slow one',
    given: { durationMs: 600, operations: [command('SMEMBERS big', 0, 580), command('GET a', 5, 581)] },
    cause: 'cache.slow',
    says: 'Waited 580 ms for SMEMBERS big at cache:6379.'
  },
  {
    title: 'quick statement behind a slow one of another request, on the only connection of a client',
    given: {
      durationMs: 900,
      operations: [query('SELECT 1 AS item', 5, 890, { marks: { queued: 5, sent: 860 } })]
    },
    cause: 'db.pool_wait',
    says: 'Waited 855 ms before SELECT could be sent: its client has one connection, and other statements were before it.',
    breakdown: { 'db.pool_wait': 855, 'db.slow_query': 30, unknown: 15 }
  },
  {
    title: 'quick statement behind one that is known, whose end was told after the quick one was sent',
    given: {
      durationMs: 900,
      operations: [
        query('SELECT 1 AS item', 5, 890, {
          marks: { queued: 5, sent: 860 },
          ahead: behind('SELECT pg_sleep(1)', 2, 864, { kind: 'db', system: 'postgresql', target: 'db:5432/shop' })
        })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 855 ms before SELECT could be sent: its client has one connection, and SELECT pg_sleep of GET /report was before it, for 855 ms of that.',
    breakdown: { 'db.pool_wait': 855, 'db.slow_query': 30, unknown: 15 }
  },
  {
    title: 'statement that its client has not sent when the request is looked at',
    given: {
      durationMs: 600,
      status: 'running',
      operations: [query('SELECT 1 AS item', 5, OPEN, { marks: { queued: 5 } })]
    },
    cause: 'db.pool_wait',
    says: /^Still running\. Waited 595 ms before SELECT could be sent/
  },
  {
    title: 'statements that a request sends at once on one connection: its own slow one is told',
    given: {
      durationMs: 700,
      operations: [
        query('SELECT pg_sleep(0.6)', 5, 610),
        query('SELECT 1 AS item', 6, 640, { marks: { queued: 6, sent: 611 } })
      ]
    },
    cause: 'db.slow_query',
    says: /the longest, 605 ms, was SELECT/
  },
  {
    title: 'a command behind one of another request that waits on purpose, on one connection',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 5, 880, { ahead: behind('BLPOP jobs', 2, 870, { blocking: true }) })]
    },
    cause: 'db.pool_wait',
    says: 'Waited 865 ms before GET cart:? could be answered: its connection answers in order, and BLPOP jobs of GET /report, which waits on purpose, was before it.',
    breakdown: { 'db.pool_wait': 865, 'cache.slow': 10, unknown: 25 }
  },
  {
    title:
      'a command that its client kept back until it was connected, and that then stood behind one that waits on purpose',
    given: {
      durationMs: 900,
      operations: [
        command('GET cart:1', 5, 880, {
          marks: { connecting: 5, sent: 205 },
          ahead: { ...behind('BLPOP jobs', 205, 870, { blocking: true }), since: 205 }
        })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 665 ms before GET cart:? could be answered: its connection answers in order, and BLPOP jobs of GET /report, which waits on purpose, was before it.',
    breakdown: { 'db.pool_wait': 665, 'cache.slow': 210, unknown: 25 }
  },
  {
    title: 'a command that had no connection for longer than it then stood behind another one',
    given: {
      durationMs: 900,
      operations: [
        command('GET cart:1', 5, 880, {
          marks: { connecting: 5, sent: 405 },
          ahead: { ...behind('BLPOP jobs', 405, 780, { blocking: true }), since: 405 }
        })
      ]
    },
    cause: 'cache.slow',
    says: /^Waited 500 ms for GET cart:\? at cache:6379 \(400 ms of it without a connection\)\. Another 375 ms /,
    breakdown: { 'cache.slow': 500, 'db.pool_wait': 375, unknown: 25 }
  },
  {
    title: 'a quick command behind a slow one of another request, on one connection',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 105, 880, { ahead: behind('KEYS *', 60, 870) })]
    },
    cause: 'db.pool_wait',
    says: 'Waited 765 ms before GET cart:? could be answered: its connection answers in order, and KEYS of GET /report was before it, for 765 ms of that.',
    culprit: { statement: 'KEYS', target: 'cache:6379', route: 'GET /report', traceId: other('').traceId },
    breakdown: { 'db.pool_wait': 765, 'cache.slow': 10, unknown: 125 }
  },
  {
    title: 'a quick command behind a slow one of code outside any request',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 5, 880, { ahead: behind('KEYS *', 300, 870, { request: null }) })]
    },
    cause: 'db.pool_wait',
    says: /and KEYS of code outside any request was before it, for 570 ms of that\.$/,
    culprit: { statement: 'KEYS', target: 'cache:6379' }
  },
  {
    title: 'a command behind many of others, none of which took long',
    given: { durationMs: 900, operations: [command('GET cart:1', 5, 880, { ahead: { until: 860 } })] },
    cause: 'db.pool_wait',
    says: 'Waited 855 ms before GET cart:? could be answered: its connection answers in order, and other commands were before it.'
  },
  {
    title: 'a command behind one that is not over',
    given: {
      durationMs: 900,
      status: 'running',
      operations: [command('GET cart:1', 5, OPEN, { ahead: behind('KEYS *', 2, OPEN) })]
    },
    cause: 'db.pool_wait',
    says: /^Still running\. Waited 895 ms before GET cart:\? could be answered: .* and KEYS of GET \/report was before it, which has not been answered yet\.$/
  },
  {
    title: 'a slow command that was behind another one for a moment',
    given: { durationMs: 900, operations: [command('GET cart:1', 5, 880, { ahead: behind('KEYS *', 2, 100) })] },
    cause: 'cache.slow',
    says: 'Waited 780 ms for GET cart:? at cache:6379.',
    breakdown: { 'cache.slow': 780, 'db.pool_wait': 95, unknown: 25 }
  },
  {
    title: 'a command behind one that was answered before another of the same request',
    given: {
      durationMs: 900,
      operations: [
        command('SORT carts', 5, 200),
        command('GET cart:1', 6, 880, { ahead: { ...behind('KEYS *', 2, 150), until: 870 } })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 670 ms before GET cart:? could be answered: its connection answers in order, and other commands were before it.'
  },
  {
    title: 'a command that Redis answers right after a script that came on another connection',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 5, 880, { ahead: { until: 5, elsewhere: behind('EVAL', 1, 879).call } })]
    },
    cause: 'cache.slow',
    says: 'Waited 875 ms for GET cart:? at cache:6379 (answered right after EVAL of GET /report, which was sent before it on another connection).'
  },
  {
    title: 'two commands of two requests whose answers came together',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 5, 880, { ahead: { until: 5, together: behind('KEYS *', 4, 879).call } })]
    },
    cause: 'cache.slow',
    says: /^Waited 875 ms for GET cart:\? at cache:6379 \(answered together with KEYS of GET \/report on the same connection\)\. Inferred: .*another of them may have been slow/,
    confidence: 'inferred'
  },
  {
    title: 'two of one command by two requests whose answers came together',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 5, 880, { ahead: { until: 5, together: behind('GET cart:2', 4, 879).call } })]
    },
    cause: 'cache.slow',
    says: 'Waited 875 ms for GET cart:? at cache:6379 (answered together with GET cart:? of GET /report on the same connection).',
    confidence: 'measured'
  },
  {
    title: 'a command behind one of its own request, and that behind one of another',
    given: {
      durationMs: 900,
      operations: [
        command('SORT carts', 5, 500, { ahead: behind('KEYS *', 2, 400) }),
        command('GET cart:1', 6, 880, { ahead: behind('SCAN 0', 501, 870) })
      ]
    },
    cause: 'db.pool_wait',
    says: 'Waited 765 ms before SORT carts and 1 other call could be answered: its connection answers in order, and KEYS of GET /report was before it, for 395 ms of that.',
    breakdown: { 'db.pool_wait': 765, 'cache.slow': 110, unknown: 25 }
  }
])
