import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { returnOf, returnTo } from '../../lib/hook/return.js'

describe('the way back into a request', () => {
  it('is that of the last who subscribed, also when another leaves after', () => {
    const context = new AsyncLocalStorage<object>()
    const [first, second] = [{}, {}]
    const current = (): unknown => returnOf('way-back').run({}, () => context.getStore(), undefined, [])
    const undoFirst = returnTo('way-back', context, () => first)
    const undoSecond = returnTo('way-back', context, () => second)
    undoFirst()
    assert.equal(current(), second)
    undoSecond()
    assert.equal(current(), undefined)
  })
})
