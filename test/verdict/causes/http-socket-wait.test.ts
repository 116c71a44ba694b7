// Verdicts by the incidents that they were made for: http.socket_wait.

import { verdicts } from '../incidents.js'
import { call, other, own } from '../timeline.js'

const HELD = { marks: { socket: 600, sent: 601, headers: 655 } }
const heldFor = (text: string) => ({ kind: 'http' as const, system: 'http', text, target: 'stock:8080' })

verdicts('http.socket_wait', [
  {
    title: 'maxSockets reached',
    given: {
      durationMs: 700,
      operations: [call('GET http://stock:8080/items', 10, 660, { marks: { socket: 600, sent: 601, headers: 655 } })]
    },
    cause: 'http.socket_wait',
    says: 'Waited 590 ms for a free socket to stock:8080, before GET stock:8080/items could be sent.',
    breakdown: { 'http.socket_wait': 590, 'http.slow_peer': 60, unknown: 50 }
  },
  {
    title: 'maxSockets reached by the calls of others',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, {
          ...HELD,
          pool: {
            size: 3,
            inUse: 3,
            waiting: 0,
            holders: [
              { request: other('GET /pay', 40), heldMs: 900, call: heldFor('GET http://stock:8080/pay') },
              { request: other('GET /export', 41), heldMs: 30, call: heldFor('GET http://stock:8080/all') },
              { request: other('GET /export', 42), heldMs: 640, call: heldFor('GET http://stock:8080/all?key=sesame') }
            ]
          }
        })
      ]
    },
    cause: 'http.socket_wait',
    says:
      'Waited 590 ms for a free socket to stock:8080, before GET stock:8080/items could be sent: all 3 were held, 2 of them by GET /export ' +
      '(oldest 640 ms, for GET stock:8080/all).',
    culprit: {
      statement: 'GET http://stock:8080/all?key=?',
      target: 'stock:8080',
      route: 'GET /export',
      traceId: '42'.padStart(32, '0')
    }
  },
  {
    title: 'maxSockets reached by a job',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, {
          ...HELD,
          pool: { size: 1, inUse: 1, waiting: 0, holders: [{ request: null, heldMs: 900 }] }
        })
      ]
    },
    cause: 'http.socket_wait',
    says:
      'Waited 590 ms for a free socket to stock:8080, before GET stock:8080/items could be sent: the only one was held by code outside any ' +
      'request (oldest 900 ms).',
    culprit: { statement: 'GET http://stock:8080/items', target: 'stock:8080' }
  },
  {
    title: 'maxSockets reached, and nobody saw by whom',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, {
          ...HELD,
          pool: { size: 2, inUse: 2, waiting: 3, holders: [{ request: null, heldMs: 0 }] }
        })
      ]
    },
    cause: 'http.socket_wait',
    says: 'Waited 590 ms for a free socket to stock:8080, before GET stock:8080/items could be sent: all 2 were held.'
  },
  {
    title: 'maxTotalSockets reached, of which some are idle',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, {
          ...HELD,
          pool: {
            size: 4,
            inUse: 1,
            free: 3,
            waiting: 0,
            holders: [{ request: other('GET /pay', 40), heldMs: 900, call: heldFor('GET http://stock:8080/pay') }]
          }
        })
      ]
    },
    cause: 'http.socket_wait',
    says:
      'Waited 590 ms for a free socket to stock:8080, before GET stock:8080/items could be sent: 1 of 4 was held by GET /pay (oldest 900 ms, ' +
      'for GET stock:8080/pay), and 3 were kept open to other peers.'
  },
  {
    title: 'maxSockets reached by its own calls, which others had the sockets before',
    given: {
      durationMs: 760,
      operations: Array.from({ length: 8 }, (_, i) =>
        call('GET http://stock:8080/items', 10, 160 + 150 * (i >> 1), {
          marks: { socket: 20 + 150 * (i >> 1), headers: 159 + 150 * (i >> 1) },
          pool: {
            size: 2,
            inUse: 2,
            waiting: i,
            holders: [
              { request: other('GET /pay', 40), heldMs: 900, call: heldFor('GET http://stock:8080/pay') },
              { request: own, heldMs: 3, call: heldFor('GET http://stock:8080/items') }
            ]
          }
        })
      )
    },
    cause: 'http.socket_wait',
    says: /all 2 were held, 1 of them by GET \/pay \(oldest 900 ms, for GET stock:8080\/pay\), and 1 by this request itself, and 6 calls waited before it, most of them of this request itself\.$/,
    culprit: { statement: 'GET http://stock:8080/items', target: 'stock:8080' }
  },
  {
    title: 'maxSockets reached by its own calls',
    given: {
      durationMs: 760,
      operations: Array.from({ length: 10 }, (_, i) => {
        const sent = 10 + 150 * (i >> 1)
        return call('GET http://stock:8080/items', 10, sent + 150, {
          marks: { socket: sent, sent, headers: sent + 149 }
        })
      })
    },
    cause: 'http.socket_wait',
    says: 'Waited 600 ms for a free socket to stock:8080, before GET stock:8080/items (one of 10 like calls at once) could be sent.'
  },
  {
    title: 'undici pool exhausted',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, { system: 'undici', marks: { sent: 600, headers: 655 } })
      ]
    },
    cause: 'http.socket_wait',
    says: 'Waited 590 ms for a free socket to stock:8080, before GET stock:8080/items could be sent.'
  },
  {
    title: 'undici pool exhausted, before the agent listened',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, {
          system: 'undici',
          marks: { unseen: 0, sent: 600, headers: 655 }
        })
      ]
    },
    cause: 'http.socket_wait',
    says: /^Waited 590 ms for a free socket.* Inferred: the set-up of the connection was not seen\.$/,
    confidence: 'inferred'
  }
])
