// Calls that are open while a request still runs, or as its caller goes away: whether it waits for them.

import { inTurn, SELECT, verdicts } from './incidents.js'
import { call, OPEN, query } from './timeline.js'

verdicts('calls that are open', [
  {
    title: 'a statement that is open, while a request that still runs makes others one after another',
    given: {
      durationMs: 600,
      status: 'running',
      gotAtOnce: [{ system: 'postgresql', count: 4 }],
      operations: [query('INSERT INTO audit VALUES (1)', 4, OPEN), ...inTurn(190, 2), query(SELECT, 386, OPEN)]
    },
    cause: 'db.slow_query',
    says: /Inferred: SELECT orders is open as well, and which of them is waited for shows only when the request goes on\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a call that is open, while a request that still runs has gone on to a statement that is answered',
    given: {
      durationMs: 600,
      status: 'running',
      operations: [
        call('POST http://stock:8080/beacon', 5, OPEN, { statusCode: undefined, marks: { socket: 6 } }),
        query(SELECT, 30, 60)
      ]
    },
    cause: 'http.slow_peer',
    says: /Inferred: SELECT orders was called meanwhile, so it may be that nobody waits for POST stock:8080\/beacon\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a call that is open beside many statements, of which a request that still runs makes the next',
    given: {
      durationMs: 760,
      status: 'running',
      operations: [
        call('GET http://stock:8080/items', 5, OPEN, { statusCode: undefined, marks: { socket: 6 } }),
        query(SELECT, 7, 750, { count: 300, busyMs: 700 })
      ]
    },
    cause: 'http.slow_peer',
    says: /Inferred: SELECT orders was called meanwhile, so it may be that nobody waits for GET stock:8080\/items\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a call that is open, made beside a quick statement in the same turn',
    given: {
      durationMs: 600,
      status: 'running',
      operations: [
        call('GET http://stock:8080/items', 5, OPEN, { statusCode: undefined, marks: { socket: 6 } }),
        query(SELECT, 6, 12)
      ]
    },
    cause: 'http.slow_peer',
    says: 'Still running. Waited 594 ms for GET stock:8080/items, which has not answered yet.',
    confidence: 'measured'
  },
  {
    title: 'a call that is open, after others one after another',
    given: {
      durationMs: 900,
      status: 'running',
      operations: [...inTurn(40, 2), call('GET http://stock:8080/items', 90, OPEN, { marks: { socket: 91 } })]
    },
    cause: 'http.slow_peer',
    says: /^Still running\. Waited 809 ms for GET stock:8080\/items/,
    confidence: 'measured'
  },
  {
    title: 'like calls at once that are all open',
    given: {
      durationMs: 600,
      status: 'running',
      operations: [1, 2, 30].map(at =>
        call(`GET http://stock:8080/items/${at}`, at, OPEN, { statusCode: undefined, marks: { socket: at } })
      )
    },
    cause: 'http.slow_peer',
    says: /^Still running\. Waited 599 ms for /,
    confidence: 'measured'
  },
  {
    title: 'a call whose body is still coming, while a request that still runs has gone on with its beginning',
    given: {
      durationMs: 700,
      status: 'running',
      operations: [
        call('GET http://stock:8080/items', 5, OPEN, { marks: { socket: 6, headers: 500 } }),
        query('SELECT * FROM carts', 501, OPEN)
      ]
    },
    cause: 'http.slow_peer',
    says: /^Still running\. Waited 49\d ms for GET stock:8080\/items/,
    confidence: 'measured'
  },
  {
    title: 'a statement that is open, made when the answer to a call had begun whose body is still coming',
    given: {
      durationMs: 700,
      status: 'running',
      operations: [
        call('GET http://stock:8080/items', 5, OPEN, { marks: { socket: 6, headers: 100 } }),
        query(SELECT, 102, OPEN)
      ]
    },
    cause: 'db.slow_query',
    says: 'Still running. Waited 598 ms for SELECT orders at db:5432/shop, which has not answered yet.',
    confidence: 'measured'
  },
  {
    title: 'a call that is open, beside a span that has not begun by the time that the application gave it',
    given: {
      durationMs: 600,
      status: 'running',
      operations: [
        call('GET http://stock:8080/items', 5, OPEN, { statusCode: undefined, marks: { socket: 6 } }),
        query(SELECT, 650, OPEN)
      ]
    },
    cause: 'http.slow_peer',
    says: 'Still running. Waited 594 ms for GET stock:8080/items, which has not answered yet.',
    confidence: 'measured'
  },
  {
    title: 'a call that is open as the caller goes away, beside another',
    given: {
      durationMs: 700,
      status: 'aborted',
      operations: [
        query(SELECT, 4, OPEN),
        call('POST http://stock:8080/beacon', 5, OPEN, { statusCode: undefined, marks: { socket: 6 } })
      ]
    },
    cause: 'http.slow_peer',
    says: /Inferred: SELECT orders is open as well/,
    confidence: 'inferred'
  }
])
