import assert from 'node:assert/strict'
import { batchFacts } from '../../lib/hook/redis-commands.js'
import { maskCommand } from '../../lib/scrub/redis.js'

// The names of a batch's commands, as clients spell them | how it is told.
const BATCHES: [names: unknown[], text: string][] = [
  [['get'], 'PIPELINE 1 (GET)'],
  [['get', 'get', 'get'], 'PIPELINE 3 (3 GET)'],
  [['set', 'EXPIRE', 'set', 'EXPIRE', 'set'], 'PIPELINE 5 (3 SET, 2 EXPIRE)'],
  [['a', 'b', 'c', 'd', 'e', 'f', 'g', 'g'], 'PIPELINE 8 (2 G, A, B, C, D, 2 others)'],
  [Array.from({ length: 60 }, (_, i) => `c${i >> 1}`), 'PIPELINE 60 (2 C0, 2 C1, 2 C2, 2 C3, 2 C4, 50 others)'],
  [['hunter2 is the password', 'get', {}, Buffer.from('set'), undefined], 'PIPELINE 5 (?, GET, ?, ?, ?)'],
  [[], 'PIPELINE 0']
]

describe('a pipeline of Redis', () => {
  for (const [names, text] of BATCHES) {
    it(`is told as ${text}`, () => {
      const told = batchFacts('PIPELINE', { size: names.length, nameAt: i => names[i] }, undefined).text
      assert.equal(told, text)
      assert.equal(maskCommand(told!), text)
    })
  }

  it('whose commands are not known is told by its size', () => {
    assert.equal(batchFacts('MULTI', { size: 3, nameAt: undefined }, undefined).text, 'MULTI 3')
  })
})
