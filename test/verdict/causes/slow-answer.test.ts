// Verdicts by the incidents that they were made for: message.slow, process.slow.

import { verdicts } from '../incidents.js'
import { OPEN, operation } from '../timeline.js'

verdicts('message.slow, process.slow', [
  {
    title: 'two child processes',
    given: {
      durationMs: 900,
      status: 'running',
      operations: [
        operation({ kind: 'process', system: 'process', text: 'convert', start: 0, end: 300 }),
        operation({ kind: 'process', system: 'process', text: 'node', start: 300, end: OPEN })
      ]
    },
    cause: 'process.slow',
    says: 'Still running. Waited 900 ms for 2 child processes; the longest, 600 ms, was child process node, which has not ended yet.'
  },
  {
    title: 'a request by NATS, which somebody behind the broker answers',
    given: {
      durationMs: 700,
      operations: [
        operation({
          kind: 'message',
          system: 'nats',
          text: 'request price.calc',
          target: 'nats:4222',
          start: 5,
          end: 695
        })
      ]
    },
    cause: 'message.slow',
    says: 'Waited 690 ms for the answer to request price.calc, sent through nats:4222.'
  }
])
