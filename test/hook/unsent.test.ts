// What waits in the process to be sent, told by a socket's own buffer.

import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createUnsent, type UnsentMessage } from '../../lib/hook/unsent.js'

const LARGE_BYTES = 100_000
const unsent = createUnsent('test')

/** A socket whose kernel takes what it was handed when it is asked to. */
function socketOf(highWaterMark?: number) {
  const taking: (() => void)[] = []
  const socket = new Writable({ highWaterMark, write: (_chunk, _encoding, done) => void taking.push(done) })
  const take = async (): Promise<void> => {
    for (let done = taking.shift(); done; done = taking.shift()) {
      done()
      await nextTurn()
    }
  }
  return { socket, take }
}

describe('what waits in the process to be sent', () => {
  const told: UnsentMessage[] = []
  const hear = (message: unknown): unknown => told.push(message as UnsentMessage)
  before(() => channel(unsent.channel).subscribe(hear))
  after(() => channel(unsent.channel).unsubscribe(hear))
  beforeEach(() => told.splice(0))

  it('is told of a large message, and when it has gone', async () => {
    const { socket, take } = socketOf()
    const call = {}
    socket.write(Buffer.alloc(LARGE_BYTES))
    unsent.look(call, socket)
    assert.deepEqual(told, [{ call, bytes: LARGE_BYTES }])
    await take()
    assert.deepEqual(told.slice(1), [{ call, bytes: 0 }])
    assert.deepEqual(socket.eventNames(), [])
  })

  it('is told of no small message, nor of none, and nobody listens then', () => {
    const { socket } = socketOf()
    unsent.look({}, socket)
    socket.write(Buffer.alloc(1000))
    unsent.look({}, socket)
    unsent.lookSoon({}, socket, 1000)
    for (const none of [undefined, null, {}]) unsent.look({}, none)
    assert.deepEqual([told, socket.eventNames()], [[], []])
  })

  it('is not told, and nobody listens, where the socket will not say when it has gone', async () => {
    const { socket, take } = socketOf(10 * LARGE_BYTES)
    socket.write(Buffer.alloc(LARGE_BYTES))
    unsent.look({}, socket)
    unsent.lookSoon({}, socket, LARGE_BYTES)
    await nextTurn()
    assert.deepEqual([told, socket.eventNames()], [[], []])
    await take()
  })

  it('is not told where one listener more would be a warning to the application', async () => {
    const { socket, take } = socketOf()
    for (let i = 0; i < socket.getMaxListeners(); i++) socket.on('drain', () => {})
    socket.write(Buffer.alloc(LARGE_BYTES))
    unsent.look({}, socket)
    assert.equal(socket.listenerCount('drain'), socket.getMaxListeners())
    assert.deepEqual(told, [])
    await take()

    socket.setMaxListeners(0)
    socket.write(Buffer.alloc(LARGE_BYTES))
    unsent.look({}, socket)
    await take()
    assert.equal(told.length, 2)
  })

  it('of many messages on one socket is told by one listener, and again of later ones', async () => {
    const { socket, take } = socketOf()
    const calls = Array.from({ length: 30 }, (_, i) => ({ i }))
    for (const call of calls) {
      socket.write(Buffer.alloc(LARGE_BYTES))
      unsent.look(call, socket)
    }
    assert.equal(socket.listenerCount('drain'), 1)
    await take()
    assert.deepEqual(
      told.filter(({ bytes }) => bytes === 0).map(({ call }) => call),
      calls
    )
    const later = {}
    socket.write(Buffer.alloc(LARGE_BYTES))
    unsent.look(later, socket)
    await take()
    assert.deepEqual(told.slice(-2), [
      { call: later, bytes: LARGE_BYTES },
      { call: later, bytes: 0 }
    ])
  })

  it('is told of a body that is handed over in one piece soon, and of none in pieces', async () => {
    const { socket, take } = socketOf()
    const call = {}
    unsent.lookSoon(call, socket, LARGE_BYTES)
    await Promise.resolve()
    socket.write(Buffer.alloc(LARGE_BYTES))
    await nextTurn()
    assert.deepEqual(told, [{ call, bytes: LARGE_BYTES }])
    await take()

    unsent.lookSoon({}, socket, 3 * LARGE_BYTES)
    socket.write(Buffer.alloc(LARGE_BYTES))
    await nextTurn()
    assert.equal(told.length, 2)
  })
})
