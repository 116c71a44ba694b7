import assert from 'node:assert/strict'
import type { Operation } from '../../lib/types.js'
import { createNameOf, type Name } from '../../lib/verdict/names.js'

const nameOf = createNameOf(text => text, 'masked')
const named = (text: string): Name => nameOf({ kind: 'cache', system: 'redis', text } as Operation)

describe('the name of a Redis command', () => {
  it('is that of all batches of its kind, and its text tells the size', () => {
    assert.deepEqual(named('MULTI 3'), { name: 'MULTI', text: 'MULTI 3', label: 'MULTI 3', alike: 'MULTI' })
    assert.equal(named('PIPELINE 100').alike, named('PIPELINE 7').alike)
  })

  it('is the command with the pattern of its key', () => {
    const name = 'GET user:?'
    assert.deepEqual(named('get user:17'), { name, text: name, label: name, alike: name })
  })
})
