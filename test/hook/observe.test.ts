import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { observeCalls, observeEvents, observeReturns } from '../../lib/hook/observe.js'
import { setLogLevel } from '../../lib/process/log.js'

describe('what looks at calls as they pass', () => {
  before(() => setLogLevel('none'))
  after(() => setLogLevel('warn'))

  it('is told before a call, of its arguments, and changes nothing of it', () => {
    const told: unknown[] = []
    const stream = {
      push(...args: unknown[]) {
        told.push('called')
        return args.length
      }
    }
    observeCalls(stream, 'push', 'observe-calls', (self, args) => told.push(self === stream, ...args))
    assert.equal(stream.push('a', 'b'), 2)
    assert.deepEqual(told, [true, 'a', 'b', 'called'])
  })

  it('is told after those calls alone that returned what it wants', () => {
    const told: unknown[] = []
    const socket = { write: (full: boolean) => !full }
    observeReturns(socket, 'write', 'observe-returns', false, self => told.push(self === socket))
    assert.deepEqual([socket.write(false), socket.write(true), socket.write(false)], [true, false, true])
    assert.deepEqual(told, [true])
  })

  it('is told of its own events alone, before who listens', () => {
    const told: string[] = []
    const response = new EventEmitter()
    observeEvents(response, 'observe-events', { finish: () => told.push('look') })
    for (const event of ['finish', 'close']) response.on(event, (...args) => told.push(event, ...args))
    assert.deepEqual(
      [response.emit('finish', 'x'), response.emit('close'), response.emit('other')],
      [true, true, false]
    )
    assert.deepEqual(told, ['look', 'finish', 'x', 'close'])
  })

  it('is asked no more when it has failed three times, and each call goes on', () => {
    let looks = 0
    const stream = { push: () => 'pushed' }
    observeCalls(stream, 'push', 'observe-fails', () => {
      looks++
      throw new Error('a fault of ours')
    })
    assert.deepEqual(
      Array.from({ length: 5 }, () => stream.push()),
      Array(5).fill('pushed')
    )
    assert.equal(looks, 3)
  })
})
