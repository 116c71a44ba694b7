import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { type ConnectingSocket, watchConnecting } from '../../lib/hook/connecting.js'

describe('a socket that connects', () => {
  // what | encrypted | events | moments
  const cases: [string, boolean, string[], string[]][] = [
    ['by a name', false, ['lookup', 'connect'], ['dns', 'connect']],
    ['by an address', false, ['connect'], ['connect']],
    ['with TLS', true, ['lookup', 'connect', 'secureConnect'], ['dns', 'connect', 'securing', 'tls']]
  ]
  for (const [what, encrypted, events, moments] of cases) {
    it(`${what} tells ${moments.join(', ')}, and has no listener of ours after`, () => {
      const socket = Object.assign(new EventEmitter(), { encrypted })
      const told: string[] = []
      watchConnecting(socket as ConnectingSocket, moment => told.push(moment))
      for (const event of events) socket.emit(event)
      assert.deepEqual(told, moments)
      assert.deepEqual(socket.eventNames(), [])
    })
  }
})
