// Verdicts by the incidents that they were made for: http.socket_wait.

import { verdicts } from '../incidents.js'
import { call } from '../timeline.js'

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
