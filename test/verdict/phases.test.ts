import assert from 'node:assert/strict'
import { phasesOf, sumPhases } from '../../lib/verdict/phases.js'
import { call, OPEN } from './timeline.js'

type Marks = Record<string, number>

const CASES: [title: string, marks: Marks | undefined, phases: Record<string, number>][] = [
  ['no moment is known', undefined, { firstByte: 100 }],
  ['a kept socket', { socket: 1, sent: 2, headers: 90 }, { socket: 1, firstByte: 89, body: 10 }],
  [
    'a new connection',
    { socket: 1, dns: 21, connect: 31, tls: 61, sent: 62, headers: 90 },
    { socket: 1, dns: 20, connect: 10, tls: 30, firstByte: 29, body: 10 }
  ],
  [
    'an address instead of a name',
    { socket: 1, connect: 31, headers: 90 },
    { socket: 1, connect: 30, firstByte: 59, body: 10 }
  ],
  ['a connection that never came', { socket: 1, connecting: 1 }, { socket: 1, connect: 99 }],
  [
    'a connection that never came, of a name',
    { socket: 1, connecting: 1, dns: 11 },
    { socket: 1, dns: 10, connect: 89 }
  ],
  ['a name that was never found', { socket: 1, connecting: 1, resolving: 1 }, { socket: 1, dns: 99 }],
  [
    'a found name that does not answer',
    { socket: 1, connecting: 1, resolving: 1, dns: 5 },
    { socket: 1, dns: 4, connect: 95 }
  ],
  [
    'a handshake that never ended',
    { socket: 1, connecting: 1, connect: 11, securing: 11 },
    { socket: 1, connect: 10, tls: 89 }
  ],
  ['undici with a free connection', { sent: 2, headers: 90 }, { socket: 2, firstByte: 88, body: 10 }],
  [
    'undici that connects first',
    { connect: 40, sent: 42, headers: 90 },
    { connect: 40, socket: 2, firstByte: 48, body: 10 }
  ],
  [
    'undici that waits, connects, and sends another call first',
    { connecting: 10, dns: 20, connect: 40, sent: 60, headers: 90 },
    { socket: 30, dns: 10, connect: 20, firstByte: 30, body: 10 }
  ],
  [
    'undici with a connection that was begun before',
    { connecting: -10, connect: 40, sent: 40, headers: 90 },
    { connect: 40, firstByte: 50, body: 10 }
  ],
  [
    'undici whose connection was taken by another call',
    { connecting: 10, sent: 60, headers: 90 },
    { socket: 60, firstByte: 30, body: 10 }
  ],
  ['a command that was sent again', { lost: 10, resent: 80 }, { socket: 70, firstByte: 30 }],
  [
    'a command that was kept back, and sent again',
    { connecting: 0, sent: 20, lost: 30, resent: 80 },
    { socket: 70, firstByte: 30 }
  ],
  ['a command whose connection was lost', { lost: 10 }, { firstByte: 10, socket: 90 }],
  ['HTTP/2 with a free stream', { stream: 0, headers: 90 }, { firstByte: 90, body: 10 }],
  ['HTTP/2 whose streams were taken', { full: 0, stream: 60, headers: 90 }, { socket: 60, firstByte: 30, body: 10 }],
  [
    'gRPC, sent by a channel whose streams were taken',
    { sent: 0, full: 0, stream: 60, headers: 90 },
    { socket: 60, firstByte: 30, body: 10 }
  ],
  [
    'gRPC, sent by a new connection whose streams were taken',
    { connecting: 0, connect: 20, full: 20, stream: 60, headers: 90 },
    { connect: 20, socket: 40, firstByte: 30, body: 10 }
  ],
  ['gRPC, sent by a channel whose streams are taken', { sent: 0, full: 0 }, { socket: 100 }],
  ['HTTP/2 whose streams are taken', { full: 0 }, { socket: 100 }],
  ['HTTP/2 whose peer took more than was known', { full: 0, headers: 90 }, { firstByte: 90, body: 10 }],
  [
    'undici with a connector that takes its time, as a proxy’s does',
    { connecting: 10, opened: 40, sent: 42, headers: 90 },
    { socket: 12, opening: 30, firstByte: 48, body: 10 }
  ],
  ['an agent that takes its time', { opening: 1, socket: 40, headers: 90 }, { opening: 40, firstByte: 50, body: 10 }],
  ['undici while it connects', { connecting: 10 }, { socket: 10, connect: 90 }],
  [
    'an answer before the request was sent',
    { socket: 1, headers: 20, sent: 50 },
    { socket: 1, firstByte: 19, body: 80 }
  ],
  ['moments after its end', { socket: 1, headers: 500 }, { socket: 1, firstByte: 99 }],
  ['moments out of order', { socket: 50, dns: 20, headers: 10 }, { dns: 20, body: 80 }]
]

describe('phasesOf', () => {
  for (const [title, marks, expected] of CASES) {
    it(title, () => {
      const phases = phasesOf(call('GET /', 0, 100, { marks }), 100)
      assert.deepEqual(Object.fromEntries(sumPhases(phases)), expected)
      assert.equal(
        phases.reduce((sum, { start, end }) => sum + end - start, 0),
        100
      )
    })
  }

  it('a call that is open or failed before anything happened waits for a socket', () => {
    assert.equal(phasesOf(call('GET /', 0, OPEN), 100)[0]!.name, 'socket')
    assert.equal(phasesOf(call('GET /', 0, 100, { error: 'timeout' }), 100)[0]!.name, 'socket')
  })

  it('a call that failed to connect waited for that', () => {
    for (const error of [
      'connect ECONNREFUSED 127.0.0.1:1',
      'getaddrinfo ENOTFOUND a',
      'Connect Timeout Error (a:1)'
    ]) {
      assert.equal(phasesOf(call('GET /', 0, 100, { error }), 100)[0]!.name, 'connect')
    }
  })
})
