import assert from 'node:assert/strict'
import { createFuse, guard } from '../../lib/hook/guard.js'
import { setLogLevel } from '../../lib/process/log.js'

describe('code of ours in the stack of the application', () => {
  before(() => setLogLevel('none'))
  after(() => setLogLevel('warn'))

  const failing = (error: unknown) => () => {
    throw error
  }

  it('is switched off after three failures, whichever of its handlers failed', () => {
    const [one, another, third] = [1, 2, 3].map(() => guard(createFuse('guard-handlers'), failing(new Error('ours'))))
    one!()
    another!()
    assert.equal(createFuse('guard-handlers').blown, false)
    third!()
    assert.equal(createFuse('guard-handlers').blown, true)
    assert.equal(guard(createFuse('guard-handlers'), () => 1)(), undefined)
  })

  it('is not switched off by an overflow of the stack, which is the fault of whoever had filled it', () => {
    const overflow = (): never => overflow()
    const guarded = guard(createFuse('guard-overflow'), overflow)
    for (let i = 0; i < 5; i++) guarded()
    assert.equal(createFuse('guard-overflow').blown, false)
  })

  it('is switched off by any other failure, whatever is thrown', () => {
    const fuse = createFuse('guard-anything')
    for (const thrown of [new RangeError('ours'), 'text', undefined]) guard(fuse, failing(thrown))()
    assert.equal(fuse.blown, true)
  })

  it('is switched off also by errors that do not say what they are', () => {
    const silent = (error: Error): Error =>
      Object.defineProperty(error, 'message', { get: () => assert.fail('the application sees that it is read') })
    for (const error of [new Error(), new RangeError()]) {
      const fuse = createFuse(`guard-silent-${error.name}`)
      const guarded = guard(fuse, failing(silent(error)))
      for (let i = 0; i < 3; i++) guarded()
      assert.equal(fuse.blown, true, error.name)
    }
  })
})
