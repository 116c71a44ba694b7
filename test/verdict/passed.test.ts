// Calls side by side: which of them the request waited for, and which it only made.

import { inTurn, statements, verdicts } from './incidents.js'
import { call, command, OPEN, own, poolWait, query } from './timeline.js'

verdicts('calls side by side', [
  {
    title: 'a call that is given up long after another one was answered: it was waited for',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, {
          statusCode: undefined,
          error: 'The operation was aborted',
          marks: { socket: 10, sent: 12 }
        }),
        call('GET http://price:8080/', 10, 100, { target: 'price:8080' })
      ]
    },
    cause: 'http.slow_peer',
    says: /^Waited .*GET stock:8080\/items, which failed: The operation was aborted/
  },
  {
    title: 'a call whose body came from another call',
    given: {
      durationMs: 700,
      operations: [
        call('PUT http://stock:8080/items', 10, 690, { marks: { socket: 11, sent: 12, written: 650, headers: 690 } }),
        call('GET http://store:8080/items', 12, 648, {
          target: 'store:8080',
          marks: { socket: 12, sent: 12, headers: 20 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 679 ms for 2 calls; the longest, 636 ms, was GET store:8080/items, which answered 200 and took 628 ms to send its body.',
    confidence: 'measured'
  },
  {
    title: 'a call that nobody waits for, beside statements one after another',
    given: { durationMs: 760, operations: [call('POST http://stock:8080/beacon', 5, 705), ...inTurn(250, 3)] },
    cause: 'db.slow_query',
    says: /^Waited 744 ms for 3 statements; the longest, 248 ms, was SELECT table_/,
    confidence: 'measured',
    breakdown: { 'db.slow_query': 744, unknown: 15, 'http.slow_peer': 1 }
  },
  {
    title: 'a statement that nobody waits for, beside others one after another',
    given: {
      durationMs: 760,
      gotAtOnce: [{ system: 'postgresql', count: 4 }],
      operations: [query('INSERT INTO audit VALUES (1)', 4, 705), ...inTurn(250, 3)]
    },
    cause: 'db.slow_query',
    says: /was SELECT table_/,
    confidence: 'measured'
  },
  {
    title: 'a command that nobody waits for, while a request that still runs makes statements one after another',
    given: {
      durationMs: 900,
      status: 'running',
      operations: [command('SET cart', 4, 705), ...inTurn(250, 3), query('SELECT * FROM prices', 755, OPEN)]
    },
    cause: 'db.slow_query',
    says: /^Still running\. Waited 889 ms for 4 statements/
  },
  {
    title: 'a call that nobody waits for, beside many like statements one after another',
    given: { durationMs: 780, operations: [call('POST http://stock:8080/beacon', 5, 705), ...statements(150, 5, 0.1)] },
    cause: 'db.n_plus_one',
    says: /^Ran 150 like statements one after another/,
    confidence: 'measured'
  },
  {
    title: 'a peer that loses a race and answers all the same, while the request goes on with the answer of the other',
    given: {
      durationMs: 760,
      operations: [
        call('GET http://stock:8080/a', 5, 100),
        call('GET http://stock:8080/b', 5, 600),
        ...inTurn(325, 2, 100)
      ]
    },
    cause: 'db.slow_query',
    says: /^Waited 646 ms for 2 statements/
  },
  {
    title: 'two things side by side, both waited for, of which the longer one has a next',
    given: {
      durationMs: 1000,
      operations: [
        call('GET http://stock:8080/items', 5, 600),
        query('SELECT * FROM carts', 601, 990),
        ...inTurn(240, 4, 2)
      ]
    },
    cause: 'http.slow_peer',
    says: /^Waited 595 ms for GET stock:8080\/items/,
    breakdown: { 'http.slow_peer': 595, 'db.slow_query': 389, unknown: 16 }
  },
  {
    title: 'a slow call, and now and then a statement of a timer, of which one is answered last',
    given: {
      durationMs: 720,
      operations: [
        call('GET http://stock:8080/items', 5, 705),
        ...Array.from({ length: 6 }, (_, i) => query('SELECT lease', 100 + i * 120, 117 + i * 120))
      ]
    },
    cause: 'http.slow_peer',
    says: /GET stock:8080\/items/
  },
  {
    title: 'a loop that runs in the background, beside a call with whose answer the request ends',
    given: { durationMs: 708, operations: [call('GET http://stock:8080/items', 5, 706), ...statements(138, 5, 0.05)] },
    cause: 'http.slow_peer',
    says: /^Waited 697 ms for GET stock:8080\/items/
  },
  {
    title: 'an answer whose body is read beside the statement that its beginning was waited for',
    given: {
      durationMs: 900,
      operations: [
        call('GET http://stock:8080/items', 5, 800, { marks: { socket: 6, headers: 500 } }),
        query('SELECT * FROM carts', 501, 890)
      ]
    },
    cause: 'http.slow_peer',
    says: /^Waited 495 ms for GET stock:8080\/items/
  },
  {
    title: 'an answer whose body is read beside statements one after another that its beginning was waited for',
    given: {
      durationMs: 900,
      operations: [
        call('GET http://stock:8080/items', 5, 800, { marks: { socket: 6, headers: 500 } }),
        query('SELECT * FROM carts', 501, 650),
        query('SELECT * FROM prices', 651, 890)
      ]
    },
    cause: 'http.slow_peer',
    says: /^Waited 495 ms for GET stock:8080\/items/,
    breakdown: { 'http.slow_peer': 495, 'db.slow_query': 388, unknown: 16, 'http.socket_wait': 1 }
  },
  {
    title: 'a statement that nobody waits for, beside an answer whose beginning was waited for',
    given: {
      durationMs: 900,
      gotAtOnce: [{ system: 'postgresql', count: 2 }],
      operations: [
        call('GET http://stock:8080/items', 5, 800, { marks: { socket: 6, headers: 500 } }),
        query('SELECT * FROM carts', 501, 890),
        query('INSERT INTO audit VALUES (1)', 4, 850)
      ]
    },
    cause: 'http.slow_peer',
    says: /^Waited 495 ms for GET stock:8080\/items/
  },
  {
    title: 'a call that nobody waits for, beside statements of which too many were made to be kept one by one',
    given: {
      durationMs: 760,
      operations: [
        call('POST http://stock:8080/beacon', 5, 705),
        query('SELECT * FROM items WHERE id = 1', 10, 740, { count: 150, busyMs: 715 })
      ]
    },
    cause: 'db.n_plus_one',
    says: /^Ran 150 like statements/
  },
  {
    title: 'a connection that is waited for beside statements one after another of this request, which hold it',
    given: {
      durationMs: 760,
      operations: [
        poolWait(5, 604, { size: 1, inUse: 1, waiting: 1, holders: [{ request: own, heldMs: 590 }] }),
        query('SELECT * FROM late', 604.5, 700),
        ...inTurn(198, 3),
        query('SELECT * FROM last', 601, 750)
      ]
    },
    cause: 'db.pool_wait',
    says: /^Waited 599 ms for a connection: the only one was held by this request itself/
  },
  {
    title: 'a peer that hangs, beside a loop that runs in the background',
    given: {
      durationMs: 760,
      status: 'running',
      operations: [
        call('GET http://stock:8080/items', 5, OPEN, { marks: { socket: 6 } }),
        ...statements(138, 5, 0.05),
        query('SELECT 1', 715, OPEN)
      ]
    },
    cause: 'http.slow_peer',
    says: /^Still running\. Waited .* for GET stock:8080\/items/
  },
  {
    title: 'a statement that is given up after a while, and others one after another in its place',
    given: {
      durationMs: 860,
      gotAtOnce: [{ system: 'postgresql', count: 3 }],
      operations: [query('SELECT * FROM stale', 5, 705), ...inTurn(250, 2, 350)]
    },
    cause: 'db.slow_query',
    says: /^Waited 842 ms for 3 statements; the longest, 346 ms, was SELECT stale/,
    confidence: 'measured'
  },
  {
    title: 'a race of two peers, of which the loser is aborted',
    given: {
      durationMs: 820,
      operations: [
        call('GET http://a/search', 10, 810, { target: 'a', marks: { socket: 11, headers: 809 } }),
        call('GET http://b/search', 260, 812, {
          target: 'b',
          statusCode: undefined,
          error: 'This operation was aborted',
          marks: { socket: 261 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 799 ms for GET a/search, which answered 200.'
  },
  {
    title:
      'a race of two peers, of which the loser is aborted as the other begins to answer, which takes longer to be read',
    given: {
      durationMs: 820,
      operations: [
        call('GET http://a/search', 10, 501, {
          target: 'a',
          statusCode: undefined,
          error: 'This operation was aborted',
          marks: { socket: 11 }
        }),
        call('GET http://b/search', 260, 812, { target: 'b', marks: { socket: 261, headers: 500 } })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 800 ms for 2 calls; the longest, 551 ms, was GET b/search, which answered 200 and took 312 ms to send its body.'
  },
  {
    title: 'a call that its own deadline ends, while two others by chance are just answered',
    given: {
      durationMs: 620,
      operations: [
        call('GET http://reviews/items', 10, 612, {
          target: 'reviews',
          statusCode: undefined,
          error: 'The operation was aborted due to timeout',
          marks: { socket: 11 }
        }),
        call('GET http://prices/a', 12, 305, { target: 'prices', marks: { socket: 13, headers: 304 } }),
        call('GET http://prices/b', 306, 600, { target: 'prices', marks: { socket: 307, headers: 599 } })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 601 ms for GET reviews/items, which failed: The operation was aborted due to timeout.'
  },
  {
    title: 'a race of two peers, of which the second was asked late and answered soon',
    given: {
      durationMs: 820,
      operations: [
        call('GET http://a/search', 10, 811, {
          target: 'a',
          statusCode: undefined,
          error: 'This operation was aborted',
          marks: { socket: 11 }
        }),
        call('GET http://b/search', 760, 810, { target: 'b', marks: { socket: 761, headers: 809 } })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 798 ms for 2 calls; the longest, 749 ms, was GET a/search, which failed: This operation was aborted.'
  },
  {
    title: 'a statement whose rows come from a call',
    given: {
      durationMs: 820,
      operations: [query('COPY logs FROM STDIN', 10, 810), call('GET http://stock:8080/items', 20, 790)]
    },
    cause: 'http.slow_peer',
    says: /^Waited 770 ms for GET stock:8080\/items/,
    confidence: 'measured'
  }
])
