import assert from 'node:assert/strict'
import path from 'node:path'
import { APPS, runProgram } from '../harness/program.js'

describe('a tick', () => {
  it('takes as long after a pause as before, which without the agent is several times as long', async () => {
    const { stdout, stderr } = await runProgram(path.join(APPS, 'ticks.js'), { nodeArgs: ['--expose-gc'] })
    assert.equal(stderr, '')
    const { atFirst, later } = JSON.parse(stdout)
    assert.ok(later < 4 * atFirst, `${atFirst} ns at first, ${later} ns later`)
  })
})
