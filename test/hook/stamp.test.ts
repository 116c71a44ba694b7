import assert from 'node:assert/strict'
import { createStamp } from '../../lib/hook/stamp.js'

describe('a stamp', () => {
  it('keeps the last value of an object, unseen by others, and knows no other object', () => {
    const stamp = createStamp<number>()
    const object = Object.freeze({})
    stamp.put(object, 1)
    stamp.put(object, 2)
    assert.deepEqual([stamp.of(object), stamp.of({}), createStamp().of(object)], [2, undefined, undefined])
    assert.deepEqual(Reflect.ownKeys(object), [])
  })
})
