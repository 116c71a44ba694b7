import assert from 'node:assert/strict'
import { comeUp, createStart, leaveWithoutIt } from '../../lib/worker/start.js'

describe('the start of the agent thread', () => {
  it('has it come up or the main thread leave without it, whoever is first', () => {
    const [up, left] = [createStart(), createStart()]
    assert.deepEqual([comeUp(up), leaveWithoutIt(up)], [true, false])
    assert.deepEqual([leaveWithoutIt(left), comeUp(left)], [true, false])
  })
})
