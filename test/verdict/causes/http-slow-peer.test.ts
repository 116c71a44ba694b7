// Verdicts by the incidents that they were made for: http.slow_peer.

import { verdicts } from '../incidents.js'
import { call, evidence, OPEN, other, samples, stack, turns } from '../timeline.js'

verdicts('http.slow_peer', [
  {
    title: 'a request of the same caller that holds the loop while a peer works',
    given: {
      durationMs: 800,
      concurrency: 2,
      parentSpanId: 'gateway',
      operations: [call('GET /stock', 5, 790, { spanId: 'call-1' })],
      turns: turns([{ ...other('GET /report', 31), parentSpanId: 'gateway' }], [10, 310, 31])
    },
    seen: evidence({ cpu: samples([10, 310, stack('sum src/report.js:7:3')]) }),
    cause: 'http.slow_peer',
    says: 'Waited 785 ms for GET stock:8080/stock, which answered 200.'
  },
  {
    title: 'slow peer',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items/17?sku=1', 10, 660, {
          statusCode: 503,
          marks: { socket: 11, sent: 12, headers: 655 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 649 ms for GET stock:8080/items/?, which answered 503.',
    confidence: 'measured',
    culprit: { statement: 'GET http://stock:8080/items/17?sku=?', target: 'stock:8080' }
  },
  {
    title: 'a peer that is asked for much at once, and answers one after another',
    given: {
      durationMs: 900,
      operations: Array.from({ length: 24 }, (_, i) =>
        call(`GET http://stock:8080/items?page=${i}`, 10, 45 + 35 * i, {
          marks: { socket: 11, sent: 12, headers: 44 + 35 * i }
        })
      )
    },
    cause: 'http.slow_peer',
    says: 'Waited 839 ms for GET stock:8080/items, which answered 200 (one of 24 like calls at once).',
    confidence: 'measured'
  },
  {
    title: 'a few calls side by side are no crowd',
    given: {
      durationMs: 700,
      operations: Array.from({ length: 9 }, (_, i) =>
        call(`GET http://stock:8080/items?page=${i}`, 10, i === 0 ? 660 : 400, {
          marks: { socket: 11, sent: 12, headers: i === 0 ? 655 : 399 }
        })
      )
    },
    cause: 'http.slow_peer',
    says: 'Waited 649 ms for GET stock:8080/items, which answered 200.',
    confidence: 'measured'
  },
  {
    title: 'many calls of gRPC at once, of which the peer takes two at a time',
    given: {
      durationMs: 760,
      operations: Array.from({ length: 12 }, (_, i) => {
        const answered = 10 + 120 * ((i >> 1) + 1)
        return call('POST http://stock:50051/shop.Stock/Level', 10, answered + 1, {
          system: 'grpc',
          target: 'stock:50051',
          statusCode: undefined,
          marks: { sent: 10, headers: answered }
        })
      })
    },
    cause: 'http.slow_peer',
    says:
      'Waited 721 ms for POST stock:50051/shop.Stock/Level (one of 12 like calls at once). Inferred: such calls share a connection, on ' +
      'which a peer takes only so many at once, so it may have waited in its client.',
    confidence: 'inferred'
  },
  {
    title: 'a few calls of gRPC at once: none of them had to wait in its client',
    given: {
      durationMs: 760,
      operations: [240, 480, 740].map(answered =>
        call('POST http://stock:50051/shop.Stock/Level', 10, answered + 1, {
          system: 'grpc',
          target: 'stock:50051',
          statusCode: undefined,
          marks: { sent: 10, headers: answered }
        })
      )
    },
    cause: 'http.slow_peer',
    says: /^Waited 7\d\d ms for .*POST stock:50051\/shop\.Stock\/Level/,
    confidence: 'measured'
  },
  {
    title: 'peer slow in its body',
    given: {
      durationMs: 700,
      operations: [call('GET http://stock:8080/items', 10, 660, { marks: { socket: 11, sent: 12, headers: 50 } })]
    },
    cause: 'http.slow_peer',
    says: 'Waited 649 ms for GET stock:8080/items, which answered 200 and took 610 ms to send its body.'
  },
  {
    title: 'an answer that lay unread is no slow peer',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 690, {
          marks: { socket: 11, sent: 12, headers: 50 },
          unread: [
            { start: 60, end: 350 },
            { start: 360, end: 680 }
          ]
        })
      ]
    },
    cause: 'unknown',
    says:
      'Waited 630 ms for something that perfagent does not time: from 60 ms to 680 ms (but for 10 ms), while the answer to GET ' +
      'stock:8080/items lay unread.',
    confidence: 'measured'
  },
  {
    title: 'peer slow in its body, whose answer lay unread for a moment',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 690, {
          marks: { socket: 11, sent: 12, headers: 50 },
          unread: [{ start: 60, end: 100 }]
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 639 ms for GET stock:8080/items, which answered 200 and took 600 ms to send its body.',
    confidence: 'measured'
  },
  {
    title: 'a call whose body was written slowly',
    given: {
      durationMs: 700,
      operations: [
        call('PUT http://stock:8080/items', 10, 690, { marks: { socket: 11, sent: 12, written: 650, headers: 690 } })
      ]
    },
    cause: 'http.slow_peer',
    says:
      'Waited 679 ms for PUT stock:8080/items, which answered 200. Inferred: the body of PUT stock:8080/items was still being ' +
      'written for 639 ms of it, so whoever wrote it may have been slow.',
    confidence: 'inferred'
  },
  {
    title: 'a call whose body was whole, over a thin line',
    given: {
      durationMs: 700,
      operations: [
        call('PUT http://stock:8080/items', 10, 690, {
          marks: { socket: 11, sent: 12, writing: 12, written: 650, headers: 690 },
          unsent: { bytes: 6_000_000, start: 12, end: 650 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 679 ms for PUT stock:8080/items, which answered 200 (638 ms of it until its 6 MB had been sent).',
    confidence: 'measured'
  },
  {
    title: 'a call whose body is still being written',
    given: {
      durationMs: 700,
      status: 'running',
      operations: [
        call('PUT http://stock:8080/items', 10, OPEN, { statusCode: undefined, marks: { socket: 11, writing: 11 } })
      ]
    },
    cause: 'http.slow_peer',
    says:
      'Still running. Waited 689 ms for PUT stock:8080/items, which has not answered yet. Inferred: the body of PUT stock:8080/items ' +
      'was still being written for 689 ms of it, so whoever wrote it may have been slow.',
    confidence: 'inferred'
  },
  {
    title: 'peer that hangs up',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 300, { marks: { socket: 11, sent: 12, headers: 299 } }),
        call('GET http://stock:8080/reset', 310, 664, {
          statusCode: undefined,
          error: 'read ECONNRESET',
          marks: { socket: 310, sent: 311 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 643 ms for 2 calls; the longest, 354 ms, was GET stock:8080/reset, which failed: read ECONNRESET.'
  },
  {
    title: 'peer that hangs up in its body',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, {
          error: 'aborted',
          marks: { socket: 11, sent: 12, headers: 50 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 649 ms for GET stock:8080/items, which answered 200 and then failed, 610 ms into its body: aborted.'
  },
  {
    title: 'peer that hangs up in a short body',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, {
          error: 'aborted',
          marks: { socket: 11, sent: 12, headers: 640 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 649 ms for GET stock:8080/items, which answered 200 and then failed: aborted.'
  },
  {
    title: 'a body that is still coming',
    given: {
      durationMs: 700,
      status: 'running',
      operations: [call('GET http://stock:8080/items', 10, OPEN, { marks: { socket: 11, sent: 12, headers: 50 } })]
    },
    cause: 'http.slow_peer',
    says: 'Still running. Waited 689 ms for GET stock:8080/items, which answered 200 and has been sending its body for 650 ms.'
  },
  {
    title: 'a body that nobody read',
    given: {
      durationMs: 700,
      operations: [call('GET http://stock:8080/items', 10, OPEN, { marks: { socket: 11, sent: 12, headers: 660 } })]
    },
    cause: 'http.slow_peer',
    says: /^Waited 649 ms for GET stock:8080\/items, which answered 200\. Inferred: .* was still open when the request ended\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a call that is given up and made again',
    given: {
      durationMs: 820,
      operations: [
        call('GET http://stock:8080/a', 10, 712, {
          statusCode: undefined,
          error: 'This operation was aborted',
          marks: { socket: 11 }
        }),
        call('GET http://stock:8080/a', 730, 810, { marks: { socket: 731, headers: 809 } })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 780 ms for 2 calls; the longest, 701 ms, was GET stock:8080/a, which failed: This operation was aborted.'
  },
  {
    title: 'a call that its client sends again by itself',
    given: {
      durationMs: 820,
      operations: [
        call('POST http://stock:50051/shop.Stock/Level', 10, 810, {
          system: 'grpc',
          target: 'stock:50051',
          statusCode: undefined,
          marks: { sent: 10, headers: 809, retried: 809 }
        })
      ]
    },
    cause: 'http.slow_peer',
    says: 'Waited 800 ms for POST stock:50051/shop.Stock/Level. Inferred: its client sent it more than once by itself, and the pauses before that are in this time.',
    confidence: 'inferred'
  },
  {
    title: 'code that ran before a peer’s answer began did not read it',
    given: {
      durationMs: 700,
      concurrency: 1,
      operations: [call('GET http://stock:8080/items', 1, 690, { marks: { headers: 685 } })]
    },
    seen: evidence({ cpu: samples([100, 600, stack('onSnapshot src/feed.js:7:22')]) }),
    cause: 'http.slow_peer',
    says: /^Waited 689 ms for GET stock:8080/,
    breakdown: { 'http.slow_peer': 689, unknown: 11 }
  }
])
