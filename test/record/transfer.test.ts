import assert from 'node:assert/strict'
import { beginTransfer, toTransfer } from '../../lib/record/transfer.js'

describe('the transfer of a body', () => {
  const wait = { start: 10, end: 100 }
  // what | waiting | over | end | waits
  const cases: [string, boolean, boolean, number, (typeof wait)[] | undefined][] = [
    ['that is waited for has a wait to now', true, false, 100, [wait]],
    ['that is over is waited for no more', true, true, 100, undefined],
    ['that nobody waits for has none', false, false, 100, undefined],
    ['that is waited for as long as the network takes has none', true, false, 10.5, undefined]
  ]
  for (const [what, waiting, over, end, waits] of cases) {
    it(what, () => assert.deepEqual(toTransfer({ ...beginTransfer(10), waiting, over }, end)?.waits, waits))
  }
})
