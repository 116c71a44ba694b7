import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { ROOT } from '../../lib/api/context.js'
import { createContextManager } from '../../lib/api/context-manager.js'
import { createContext } from '../../lib/record/context.js'
import type { Request } from '../../lib/record/request.js'

describe('an emitter that is bound to a context', () => {
  const key = Symbol('key')
  const manager = createContextManager({ current: createContext<Request>(), contextOf: () => ROOT })
  const active = (): unknown => manager.active().getValue(key)
  const bound = (): EventEmitter => manager.bind(ROOT.setValue(key, 'bound'), new EventEmitter())
  let heard: unknown[]
  const listener = (): void => {
    heard.push(active())
  }
  beforeEach(() => {
    heard = []
  })

  for (const add of ['on', 'once', 'prependListener', 'prependOnceListener'] as const) {
    it(`calls in it what ${add} gave it, until that is taken off by its own name`, () => {
      const emitter = bound()
      emitter[add]('x', listener)
      emitter.emit('x')
      assert.deepEqual(heard, ['bound'])
      emitter.off('x', listener)
      emitter[add]('x', listener)
      emitter.off('x', listener)
      assert.equal(emitter.listenerCount('x'), 0)
      emitter.emit('x')
      assert.deepEqual(heard, ['bound'])
    })
  }

  it('calls what once gave it once', () => {
    const emitter = bound().once('x', listener)
    emitter.emit('x')
    emitter.emit('x')
    assert.deepEqual(heard, ['bound'])
  })

  it('is bound once, however often that is asked', () => {
    const emitter = bound()
    const { on } = emitter
    assert.equal(manager.bind(ROOT.setValue(key, 'later'), emitter), emitter)
    assert.equal(emitter.on, on)
    emitter.on('x', listener).emit('x')
    assert.deepEqual(heard, ['bound'])
  })
})
